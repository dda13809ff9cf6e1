//! Plans as a script for the Azure CLI.

use std::fmt::Write as _;

use serde_json::json;

use super::{quote::shell, verification};
use crate::operator::identity::model::{FederatedCredential, IdentityPlan, Principal};

/// What comes before the identities: how to wait, and how each thing is made or checked.
const HEAD: &str = include_str!("az.sh");

/// The script. It makes what is missing, one write at a time, and changes nothing that is there.
pub(crate) fn script(plans: &[IdentityPlan]) -> String {
    let mut script = HEAD.to_owned();
    for plan in plans {
        script.push('\n');
        script.push_str(&identity(plan));
    }
    script.push('\n');
    script.push_str(&verification(plans, "#"));
    script.push_str("\nexit \"$wrong\"\n");
    script
}

fn identity(plan: &IdentityPlan) -> String {
    let mut text = String::new();
    let condition = match &plan.principal {
        Principal::Managed(identity) => {
            let location = plan.location.as_deref().unwrap_or_default();
            let fields =
                [&identity.subscription, &identity.resource_group, &identity.name].map(|text| shell(text));
            let tags = plan
                .tags
                .iter()
                .map(|(key, value)| shell(&format!("{key}={value}")));
            let words: Vec<_> = fields
                .into_iter()
                .chain([shell(location)])
                .chain(tags)
                .collect();
            let check = plan
                .client_id
                .as_ref()
                .map(|id| format!(" && client_is {}", shell(id.as_str())));
            format!("managed {}{}", words.join(" "), check.unwrap_or_default())
        }
        Principal::Application(client_id) => format!("application {}", shell(client_id.as_str())),
    };
    let _ = writeln!(text, "if {condition}; then");
    for credential in &plan.credentials {
        let _ = writeln!(text, "  {}", self::credential(credential, &plan.principal));
    }
    for role in &plan.roles {
        let name = role.role.name.as_ref().or(role.role.id.as_ref());
        let _ = writeln!(text, "  role {} {}", shell(name.map_or("", String::as_str)), shell(&role.scope));
    }
    text.push_str("fi\n");
    text
}

fn credential(credential: &FederatedCredential, principal: &Principal) -> String {
    let FederatedCredential { name, issuer, account, audience } = credential;
    let subject = account.subject();
    let words = [name, issuer, &subject, audience]
        .map(|text| shell(text))
        .join(" ");
    match principal {
        Principal::Managed(_) => format!("credential {words}"),
        // Microsoft Graph takes it as one document.
        Principal::Application(_) => {
            let document =
                json!({"name": name, "issuer": issuer, "subject": subject, "audiences": [audience]});
            format!("credential {words} {}", shell(&document.to_string()))
        }
    }
}
