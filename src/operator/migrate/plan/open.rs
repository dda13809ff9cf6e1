//! What only the user can decide, and what to write for it.

use std::collections::BTreeSet;

use super::{
    cluster,
    draft::{Ask, Draft, NAMESPACE},
    identities::held_in_the_end,
    model::{ClusterFacts, Decision, PlannedIdentity},
    name_of,
};
use crate::operator::{
    identity::model::MAX_CREDENTIALS,
    migrate::inventory::{Inventory, model::Workload},
};

/// What stands for the answer.
pub(super) const FILL_IN: &str = "FILL-IN";

/// All that is open, first what is about all of the cluster.
pub(super) fn decisions(
    drafts: &[Draft<'_>],
    identities: &[PlannedIdentity],
    facts: &ClusterFacts,
    inventory: &Inventory,
) -> Vec<Decision> {
    let mut open = of_cluster(identities, facts, inventory);
    let mut asked = BTreeSet::new();
    for draft in drafts {
        let Some(Ask { field, prompt, client_id }) = &draft.ask else { continue };
        let about = name_of(draft.workload);
        let prompt = match &draft.reason {
            Some(reason) => format!("{prompt} ({reason})"),
            None => prompt.clone(),
        };
        let (location, write) = match client_id {
            None if *field == NAMESPACE => ("arguments", format!("{NAMESPACE} {FILL_IN}")),
            Some(id) => ("identities", format!("- {{clientId: {id}, {field}: {FILL_IN}}}")),
            None => ("workloads", item(draft.workload, field)),
        };
        if location == "workloads" || asked.insert(write.clone()) {
            open.push(Decision { about, prompt, location, write });
        }
    }
    for identity in identities {
        let count = held_in_the_end(identity, inventory);
        if count > MAX_CREDENTIALS {
            let most = drafts.iter().find(|draft| {
                let mut all = draft.identities.iter();
                draft.account.is_some() && all.any(|one| one.client_id == identity.client_id)
            });
            open.push(Decision {
                about: cluster::name(identity),
                prompt: format!(
                    "How do {count} credentials become {MAX_CREDENTIALS} at most? By workloads of a namespace that share a service account, by an \
                     identity binding of the cluster (`identityBinding: true` in the list `identities`), or by a further identity for some of them."
                ),
                location: "workloads",
                write: most
                    .map(|draft| item(draft.workload, "serviceAccount"))
                    .unwrap_or_default(),
            });
        }
    }
    open
}

fn of_cluster(identities: &[PlannedIdentity], facts: &ClusterFacts, inventory: &Inventory) -> Vec<Decision> {
    let mut open = Vec::new();
    let has_credentials = identities
        .iter()
        .any(|identity| !identity.credentials.is_empty());
    let needs_tenant = identities
        .iter()
        .any(|identity| identity.tenant_id.is_none());
    let mut ask = |prompt: &str, write: String| {
        open.push(Decision {
            about: "the cluster".to_owned(),
            prompt: prompt.to_owned(),
            location: "arguments",
            write,
        });
    };
    let several = if inventory.clusters.len() > 1 { " Azure told of several clusters." } else { "" };
    if has_credentials && facts.issuer.is_none() {
        let text = format!(
            "Who signs its tokens? Give what `az aks show` prints as a further file, or the issuer.{several}"
        );
        ask(&text, format!("--issuer {FILL_IN}"));
    }
    if needs_tenant {
        let text = format!("In which tenant are its identities?{several}");
        ask(&text, format!("--tenant {FILL_IN}"));
    }
    open
}

/// An item of the list of workloads that is about `workload`.
fn item(workload: &Workload, field: &str) -> String {
    let mut fields = vec![
        format!("namespace: {}", scalar(&workload.namespace)),
        format!("kind: {}", scalar(&workload.kind)),
        format!("name: {}", scalar(&workload.name)),
    ];
    fields.extend(
        workload
            .template
            .as_ref()
            .map(|template| format!("template: {}", scalar(template))),
    );
    format!("- {{{}, {field}: {FILL_IN}}}", fields.join(", "))
}

/// A text as YAML reads it as one.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 8] = ["true", "false", "null", "yes", "no", "on", "off", "y"];
    let is_plain = text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-./".contains(letter))
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}
