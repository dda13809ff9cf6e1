//! Plans in the languages that people change Azure and clusters by. The same plans are the same text, to the byte.

mod az;
mod bicep;
mod manifests;
mod quote;
mod symbols;
mod terraform;
#[cfg(test)]
mod tests;

pub(crate) use az::script;
pub(crate) use bicep::bicep;
pub(crate) use manifests::manifests;
pub(crate) use quote::{shell, word};
pub(crate) use terraform::{Azurerm, terraform};

use super::model::{IdentityPlan, Principal};

/// How people see that it works, once it is written: as lines of comments that begin with `comment`.
fn verification(plans: &[IdentityPlan], comment: &str) -> String {
    let mut lines = vec![
        "To see that it works, ask for a token as each service account does. Minutes may pass first, and half an hour for an issuer that"
            .to_owned(),
        "is new to Entra. CLIENT_ID is the identity's client id, and AZURE_CONFIG_DIR keeps your own sign-in as it is:".to_owned(),
        String::new(),
        "  export AZURE_CONFIG_DIR=$(mktemp -d)".to_owned(),
    ];
    for plan in plans {
        let client_id = match (&plan.principal, &plan.client_id) {
            (_, Some(client_id)) | (Principal::Application(client_id), _) => client_id.as_str().to_owned(),
            (Principal::Managed(identity), None) => format!("CLIENT_ID_OF_{}", identity.name),
        };
        // In several clusters an account has one name.
        let mut asked: Vec<_> = plan
            .credentials
            .iter()
            .map(|one| (&one.account, &one.audience))
            .collect();
        asked.dedup();
        for (account, audience) in asked {
            lines.push(format!(
                "  az login --service-principal --username {} --tenant {} --allow-no-subscriptions --federated-token \\",
                word(&client_id),
                word(plan.tenant.as_str())
            ));
            lines.push(format!(
                "    \"$(kubectl create token {} --namespace {} --audience {})\"",
                word(&account.name),
                word(&account.namespace),
                word(audience)
            ));
        }
    }
    let line = |line: String| format!("{comment} {line}").trim_end().to_owned() + "\n";
    lines.into_iter().map(line).collect()
}
