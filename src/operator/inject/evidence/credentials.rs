//! Identities and credentials of the application's own. SDKs take them before a managed identity, or ask for another one.

use super::{Application, Findings};
use crate::operator::edit::join;
use crate::operator::inject::{Diagnostic, options::Audience};

/// Variables that hold a credential, and who takes them.
const CREDENTIALS: [(&[&str], &str); 4] = [
    (&["AZURE_CLIENT_SECRET"], "EnvironmentCredential"),
    (&["AZURE_CLIENT_CERTIFICATE_PATH"], "EnvironmentCredential"),
    (&["AZURE_USERNAME", "AZURE_PASSWORD"], "EnvironmentCredential"),
    (&["AZURE_FEDERATED_TOKEN_FILE"], "WorkloadIdentityCredential"),
];

/// The variable by which DefaultAzureCredential is told what to try, and what lets it try a managed identity.
const CHAIN: &str = "AZURE_TOKEN_CREDENTIALS";
const CHAINS: [&str; 2] = ["prod", "managedidentitycredential"];

/// Looks at the environment and the mounts of one container.
pub(super) fn look(app: &Application<'_>, findings: &mut Findings) {
    other_identity(app, findings);
    for (names, taken_by) in CREDENTIALS {
        let set: Vec<_> = names.iter().filter_map(|name| app.variable(name)).collect();
        if let Some(first) = set.first() {
            let names: Vec<_> = set
                .iter()
                .map(|variable| variable.display_without_value())
                .collect();
            let text = format!(
                "container `{}` sets {}, and DefaultAzureCredential tries {taken_by} before a managed identity, so it does not ask wisp; remove what sets it up",
                app.container.name,
                names.join(" and ")
            );
            findings
                .warnings
                .push(Diagnostic::new(first.at.clone(), text));
        }
    }
    if let Some(chain) = app.variable(CHAIN)
        && let Some(value) = chain.value()
        && !CHAINS.contains(&value.trim().to_ascii_lowercase().as_str())
    {
        let text = format!(
            "container `{}` sets {}, which keeps DefaultAzureCredential from a managed identity, so it does not ask wisp; set it to `ManagedIdentityCredential`, or remove it",
            app.container.name,
            chain.display()
        );
        findings
            .warnings
            .push(Diagnostic::new(chain.at.clone(), text));
    }
    own_token(app, findings);
}

/// The application asks for one identity, and wisp has another.
fn other_identity(app: &Application<'_>, findings: &mut Findings) {
    // Which of several is asked for is the application's choice.
    if app.pod.options.settings.lists_identities() {
        return;
    }
    for known in app.pod.identity() {
        let Some(variable) = app.variable(known.variable) else { continue };
        let (Some(asked), Some((value, by))) = (variable.value(), known.value) else { continue };
        if asked
            .trim_end_matches('/')
            .eq_ignore_ascii_case(value.trim_end_matches('/'))
        {
            continue;
        }
        let text = format!(
            "container `{}` sets {}, but the {} of wisp is `{value}` by {by}; make both the same, or remove the variable",
            app.container.name,
            variable.display(),
            known.what
        );
        findings
            .warnings
            .push(Diagnostic::new(variable.at.clone(), text));
    }
}

/// A token for Entra that the manifest itself mounts, whatever its volume is called.
fn own_token(app: &Application<'_>, findings: &mut Findings) {
    let spec = app.pod.template.get("spec");
    let volumes = spec.and_then(|spec| spec.get("volumes")?.as_array());
    let exchangeable = |volume: &&serde_json::Value| {
        let sources = volume
            .pointer("/projected/sources")
            .and_then(|sources| sources.as_array());
        sources.into_iter().flatten().any(|source| {
            let audience = source
                .pointer("/serviceAccountToken/audience")
                .and_then(|audience| audience.as_str());
            audience.is_some_and(|audience| {
                let is_usual = Audience::ALL.iter().any(|usual| usual.name() == audience);
                is_usual || audience == app.pod.options.audience()
            })
        })
    };
    let mounts = app
        .container
        .value
        .get("volumeMounts")
        .and_then(|mounts| mounts.as_array());
    let mounted = |name: &str| {
        let is_it = |mount: &serde_json::Value| mount.get("name").is_some_and(|mounted| mounted == name);
        mounts.is_some_and(|mounts| mounts.iter().any(is_it))
    };
    let names = volumes
        .into_iter()
        .flatten()
        .filter(exchangeable)
        .filter_map(|volume| volume.get("name")?.as_str());
    for name in names.filter(|name| mounted(name)) {
        let text = format!(
            "container `{}` mounts volume `{name}` with a token that Entra accepts, so it can use the identity without wisp; remove the mount if only wisp should",
            app.container.name
        );
        findings
            .warnings
            .push(Diagnostic::new(join(&app.container.at, "volumeMounts"), text));
    }
}
