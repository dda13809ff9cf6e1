//! What a refusal says besides what is wrong: which variables of the application lead here, and what is configured.

use hyper::{Method, header::CONTENT_TYPE};

use super::{
    ShowIdentity,
    context::RequestContext,
    dialect::{Dialect, Kind},
    request,
    request_error::RequestError,
};
use crate::{failure::one_line, identity::Registry};

/// The most that a list of configured identities takes, in bytes. An answer has 1 KiB.
const MAX_LIST: usize = 480;

/// More about one refusal.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Explanation {
    /// For the answer, where ids stand in full: who passed the guard may ask for each of them.
    pub(super) answer: String,
    /// For the log, where ids stand as the settings have it.
    pub(super) log: String,
    /// The variables of the application that led here, where it shows.
    pub(super) leftover: Option<&'static str>,
}

/// A sign that variables of another service led a client here.
#[derive(Debug, Eq, PartialEq)]
struct Leftover {
    /// What shows it.
    sign: &'static str,
    /// The variables behind it: the endpoint, and what it needs besides.
    variables: &'static str,
    /// What to do instead of removing them.
    instead: &'static str,
}

/// `IDENTITY_ENDPOINT` names this path, as if it were App Service's.
static APP_SERVICE: Leftover = Leftover {
    sign: "The header X-IDENTITY-HEADER belongs to App Service",
    variables: "IDENTITY_ENDPOINT and IDENTITY_HEADER",
    instead: "end IDENTITY_ENDPOINT with /msi/token and set WISP_IDENTITY_HEADER to the value of IDENTITY_HEADER",
};

const FORMER_INSTEAD: &str =
    "end MSI_ENDPOINT with /msi/token and set WISP_IDENTITY_HEADER to the value of MSI_SECRET";

/// The same with the older variables.
static FORMER_APP_SERVICE: Leftover = Leftover {
    sign: "The header secret belongs to App Service",
    variables: "MSI_ENDPOINT and MSI_SECRET",
    instead: FORMER_INSTEAD,
};

/// The same, seen by the version that those clients ask for.
static FORMER_VERSION: Leftover = Leftover {
    sign: "The api-version 2017-09-01 belongs to App Service",
    variables: "MSI_ENDPOINT and MSI_SECRET",
    instead: FORMER_INSTEAD,
};

/// `MSI_ENDPOINT` alone names this path, as if it were Cloud Shell's.
static CLOUD_SHELL: Leftover = Leftover {
    sign: "A POST with a form belongs to Cloud Shell",
    variables: "MSI_ENDPOINT",
    instead: "end MSI_ENDPOINT with /oauth2/token",
};

impl Leftover {
    /// What shows in a request that was `refused`. Nothing where another reason is the one to give.
    fn of(refused: &RequestError, context: &RequestContext) -> Option<&'static Self> {
        let (kind, headers) = (context.dialect.map(Dialect::kind), &context.head.headers);
        match refused {
            // Any tool can be told to POST; a form is what these clients send.
            RequestError::Method(_) if kind == Some(Kind::Imds) && context.head.method == Method::POST => {
                (headers.contains_key(CONTENT_TYPE) && request::is_form(headers)).then_some(&CLOUD_SHELL)
            }
            RequestError::ApiVersion if kind != Some(Kind::Imds) => None,
            RequestError::MetadataHeader
            | RequestError::ApiVersion
            | RequestError::UnknownPath
            | RequestError::NotServed => {
                if headers.contains_key("x-identity-header") {
                    Some(&APP_SERVICE)
                } else if headers.contains_key("secret") {
                    Some(&FORMER_APP_SERVICE)
                } else if context.summary().asks_for_version("2017-09-01") {
                    Some(&FORMER_VERSION)
                } else {
                    None
                }
            }
            _ => None,
        }
    }

    fn advice(&self) -> String {
        let Self { sign, variables, instead } = self;
        format!(
            "{sign}; {variables} led the client here. Fix: remove {variables} from the application, or {instead}."
        )
    }
}

impl Explanation {
    /// More about a request that was `refused`.
    pub(super) fn of(
        refused: &RequestError,
        context: &RequestContext,
        registry: Option<&Registry>,
        show: &ShowIdentity,
    ) -> Self {
        if let Some(leftover) = Leftover::of(refused, context) {
            let advice = leftover.advice();
            return Self { log: advice.clone(), answer: advice, leftover: Some(leftover.variables) };
        }
        let Some(registry) = registry.filter(|_| refused.may_be_learned()) else { return Self::default() };
        let fix = match context.summary().identity(show) {
            Some(("object_id", _)) => "give the identity its object_id in WISP_IDENTITIES",
            Some(("resource_id", _)) => "give the identity its resource_id in WISP_IDENTITIES",
            _ => "add this one to WISP_IDENTITIES",
        };
        let text = |show: &dyn Fn(&str) -> String| {
            format!(
                "Fix: ask for an identity that is configured here, or {fix}. Configured: {}.",
                list(registry, show)
            )
        };
        Self { answer: text(&str::to_owned), log: text(show), leftover: None }
    }
}

/// The configured identities, as many as fit.
fn list(registry: &Registry, show: &dyn Fn(&str) -> String) -> String {
    let mut identities: Vec<_> = registry
        .identities()
        .map(|identity| {
            let client_id = identity.entry.client_id.as_str();
            let shown = show(client_id);
            // One without a name has its client id for it.
            if identity.entry.name.eq_ignore_ascii_case(client_id) {
                shown
            } else {
                format!("{} (client_id {shown})", one_line(&identity.entry.name))
            }
        })
        .collect();
    identities.sort_unstable();
    let mut list = String::new();
    for (n, identity) in identities.iter().enumerate() {
        if list.len() + identity.len() > MAX_LIST {
            let more = identities.len() - n;
            return if n == 0 { format!("{more}") } else { format!("{list} and {more} more") };
        }
        if n > 0 {
            list.push_str(", ");
        }
        list.push_str(identity);
    }
    list
}
