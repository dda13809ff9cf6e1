//! Variables of other ways to a managed identity that an application still has. SDKs follow them before they think of the
//! metadata service, so requests never come to wisp.

use hyper::Uri;
use serde_json::Value;

use super::{Application, Findings, variables::Variable};
use crate::{
    names::IMDS_ADDRESS,
    operator::inject::{Diagnostic, additions, settings::identities},
};

/// A variable that says where to ask.
struct Endpoint {
    name: &'static str,
    /// What is told by it.
    of: &'static str,
    /// What is of no use without it.
    with: &'static [&'static str],
    /// It needs a secret that the sidecar knows.
    needs_secret: bool,
}

/// In the order in which SDKs look at them.
const ENDPOINTS: [Endpoint; 3] = [
    Endpoint {
        name: "IDENTITY_ENDPOINT",
        of: "App Service, Service Fabric or Azure Arc",
        with: &["IDENTITY_HEADER", THUMBPRINT, "IMDS_ENDPOINT"],
        needs_secret: true,
    },
    Endpoint {
        name: "MSI_ENDPOINT",
        of: "App Service, Cloud Shell or Azure Machine Learning",
        with: &["MSI_SECRET"],
        needs_secret: false,
    },
    Endpoint {
        name: "AZURE_POD_IDENTITY_AUTHORITY_HOST",
        of: "AAD pod-managed identity, or from another stand-in for the metadata service",
        with: &[],
        needs_secret: false,
    },
];

/// Makes of App Service's variables those of Service Fabric, which answers by https.
pub(crate) const THUMBPRINT: &str = "IDENTITY_SERVER_THUMBPRINT";

/// The variables that say where to ask.
pub(crate) fn endpoint_variables() -> impl Iterator<Item = &'static str> {
    ENDPOINTS.iter().map(|endpoint| endpoint.name)
}

/// Where the variables of App Service have wisp.
const APP_SERVICE_PATH: &str = "/msi/token";

/// Where an address leads.
enum Leads {
    /// To wisp, and whether by App Service's path.
    Wisp { app_service: bool },
    /// To the metadata service, and so to wisp if something leads its requests there.
    Imds,
    /// To a port of the pod at which nothing listens, as far as the pod says.
    Nowhere(u16),
    /// Somewhere else, or nobody knows where.
    Elsewhere,
}

/// Looks at the environment of one container.
pub(super) fn look(app: &Application<'_>, findings: &mut Findings) {
    let options = app.pod.options;
    let set = additions::variables(options.mode, options.token_port, &options.variables);
    let replaced = |name: &str| {
        set.iter()
            .any(|set| set.get("name").is_some_and(|set| set == name))
    };
    for endpoint in &ENDPOINTS {
        // What wisp sets itself is refused where the container sets it too, and wins over what comes in whole.
        if let Some(variable) = app.variable(endpoint.name)
            && !replaced(endpoint.name)
        {
            judge(app, endpoint, variable, findings);
        }
    }
    if let Some(thumbprint) = app.variable(THUMBPRINT)
        && replaced("IDENTITY_ENDPOINT")
    {
        let text = format!(
            "container `{}` sets {}, with which SDKs take wisp for Service Fabric and ask it by https; remove it",
            app.container.name,
            thumbprint.display()
        );
        findings
            .diagnostics
            .push(Diagnostic::new(thumbprint.at.clone(), text));
    }
}

fn judge(app: &Application<'_>, endpoint: &Endpoint, variable: &Variable, findings: &mut Findings) {
    let mode = app.pod.options.mode;
    let leads = leads(app, variable);
    let text = match leads {
        Leads::Wisp { app_service: false } if !endpoint.needs_secret => return,
        Leads::Imds if endpoint.with.is_empty() && mode.catches_imds() => return,
        Leads::Wisp { .. } => {
            "which is wisp, but only mode `env` gives both the secret that is asked for there".to_owned()
        }
        Leads::Imds if endpoint.with.is_empty() => {
            "which is the node's metadata service, and nothing leads its requests to wisp in this mode"
                .to_owned()
        }
        Leads::Imds => "and SDKs ask there in a way that the metadata service does not answer".to_owned(),
        Leads::Nowhere(port) => {
            format!("where SDKs ask first, and no container of the pod says that it listens on port {port}")
        }
        Leads::Elsewhere => "where SDKs ask first, so they never ask wisp".to_owned(),
    };
    let text = format!(
        "container `{}` sets {}, {text}: it is left over from {}; remove {}",
        app.container.name,
        variable.display(),
        endpoint.of,
        names(app, endpoint),
    );
    let diagnostic = Diagnostic::new(variable.at.clone(), text);
    match leads {
        Leads::Nowhere(_) => findings.diagnostics.push(diagnostic),
        _ => findings.warnings.push(diagnostic),
    }
}

/// The variable and those that go with it, as far as they are set.
fn names(app: &Application<'_>, endpoint: &Endpoint) -> String {
    let with = endpoint
        .with
        .iter()
        .copied()
        .filter(|name| app.variable(name).is_some());
    let names: Vec<_> = std::iter::once(endpoint.name)
        .chain(with)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

fn leads(app: &Application<'_>, variable: &Variable) -> Leads {
    let Some(uri) = variable.value().and_then(|value| value.parse::<Uri>().ok()) else {
        return Leads::Elsewhere;
    };
    let (Some(host), Some(scheme)) = (uri.host(), uri.scheme_str()) else { return Leads::Elsewhere };
    let port = uri
        .port_u16()
        .unwrap_or(if scheme == "https" { 443 } else { 80 });
    let is_loopback = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback());
    if host == IMDS_ADDRESS.to_string() {
        return Leads::Imds;
    }
    if !is_loopback {
        return Leads::Elsewhere;
    }
    let spec = app.pod.template.get("spec").unwrap_or(&Value::Null);
    let of_identities = identities::ports(app.pod.options, spec);
    if port == app.pod.options.token_port || of_identities.iter().any(|(_, theirs)| *theirs == port) {
        return Leads::Wisp { app_service: uri.path().eq_ignore_ascii_case(APP_SERVICE_PATH) };
    }
    if app.pod.listens_on(port) { Leads::Elsewhere } else { Leads::Nowhere(port) }
}
