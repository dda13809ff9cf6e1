//! What is done, in its order: of a workload by its road, and of a namespace as a whole.

use std::collections::BTreeSet;

use super::{
    bindings,
    draft::{Draft, is_immutable},
    model::{Cleanup, PlannedDependent, PlannedIdentity, Stage, State},
    name_of,
    render::credentials,
    roads::Road,
};

/// The steps of a workload that is moved.
pub(super) fn of_workload(draft: &Draft<'_>, identities: &[PlannedIdentity]) -> Vec<String> {
    let (Some(road), Some(account), true) = (draft.road, &draft.account, draft.is_moved()) else {
        return Vec::new();
    };
    let mut steps = Vec::new();
    let id = draft
        .chosen
        .as_deref()
        .unwrap_or("of the identity that is chosen");
    let (verb, name) = (if account.is_new { "make" } else { "annotate" }, &account.name);
    let (bound, others): (Vec<_>, Vec<_>) = draft
        .identities
        .iter()
        .map(|identity| identity.client_id.as_str())
        .partition(|id| bindings::is_bound(id, identities));
    if !others.is_empty() {
        steps.push(format!("write {} for service account {name}", credentials(others.len())));
    }
    steps.extend(bindings::of_workload(&bound, name));
    if road != Road::Adopt {
        steps.push(format!("{verb} service account {name} with client id {id}"));
        if account.is_new {
            steps.push(format!("have its pods use service account {name} instead of {}", account.current));
        }
    }
    let mode = draft.mode.map_or("", crate::operator::inject::Mode::name);
    steps.push(match road {
        Road::Inject if is_immutable(draft) => {
            format!("`wispctl inject --mode {mode}` its manifest, and make it anew from that")
        }
        Road::Inject => format!("`wispctl inject --mode {mode}` its manifest, and roll it out"),
        Road::Webhook => {
            format!("label its pods or its namespace `wisp/inject: \"true\"`, with the annotation `wisp/mode: {mode}` on its pods, and restart it")
        }
        Road::Policy => {
            format!("label its pods or its namespace `wisp/inject: \"true\"` under a policy of mode {mode}, with annotations `wisp/client-id: {id}` and `wisp/tenant-id` on its pods, and restart it")
        }
        Road::Adopt => {
            format!("label its pods or its namespace `wisp/adopt: \"true\"` under a webhook with `--adopt-mode {mode}`, and restart it")
        }
        Road::Native => {
            "label its pods `azure.workload.identity/use: \"true\"` for the webhook of azwi, and restart it".to_owned()
        }
        Road::Leave => return Vec::new(),
    });
    steps.push("see that tokens come by its service account".to_owned());
    if draft.workload.label.is_some() && road != Road::Adopt {
        steps.push("take the label `aadpodidbinding` off its pods".to_owned());
    }
    if !draft.static_secrets.is_empty() {
        steps.push("take its static secrets out, and revoke them".to_owned());
    }
    steps
}

/// The stages with their steps. `namespaces` are in their order.
pub(super) fn stages(
    namespaces: &[String],
    drafts: &[Draft<'_>],
    dependents: &[PlannedDependent],
    identities: &[PlannedIdentity],
    cleanup: &Cleanup,
) -> Vec<Stage> {
    let (mut written, mut bound) = (BTreeSet::new(), BTreeSet::new());
    let mut stages: Vec<Stage> = Vec::new();
    for (index, namespace) in namespaces.iter().enumerate() {
        let stage = index + 1;
        let own: Vec<_> = drafts
            .iter()
            .filter(|draft| draft.stage == Some(stage))
            .collect();
        let turn = |when: &'static str| {
            let meant = dependents
                .iter()
                .filter(move |one| one.stage == stage && one.when == when);
            meant.map(|one| one.step.clone())
        };
        let mut steps: Vec<String> = turn("before").collect();
        steps.extend(bindings::of_stage(&own, identities, &mut bound));
        steps.extend(azure(&own, namespace, identities, &mut written));
        steps.extend(accounts(&own));
        let ready = own.iter().filter(|draft| draft.state == State::Planned);
        steps.extend(ready.map(|draft| {
            let road = draft.road.map_or("", Road::name);
            format!("move {} by {road}", name_of(draft.workload))
        }));
        let open = own
            .iter()
            .filter(|draft| draft.state == State::NeedsDecision);
        steps.extend(open.map(|draft| format!("decide about {}, and move it", name_of(draft.workload))));
        steps.extend(turn("with"));
        steps.extend(turn("after"));
        steps.extend(cleanup.steps(stage, namespaces.len()));
        stages.push(Stage { number: stage, namespace: namespace.clone(), steps });
    }
    if let (Some(last), false) = (stages.last_mut(), cleanup.kept.is_empty()) {
        let kept = cleanup.kept.join(", ");
        last.steps.push(format!("keep for those that stay: {kept}"));
    }
    stages
}

/// The credentials of a stage, one step an identity: Azure refuses two writes to one identity at a time.
fn azure(
    own: &[&Draft<'_>],
    namespace: &str,
    identities: &[PlannedIdentity],
    written: &mut BTreeSet<(String, String)>,
) -> Vec<String> {
    let used: BTreeSet<_> = own
        .iter()
        .flat_map(|draft| &draft.identities)
        .map(|identity| identity.client_id.as_str())
        .collect();
    let prefix = format!("system:serviceaccount:{namespace}:");
    let mut steps = Vec::new();
    for identity in identities
        .iter()
        .filter(|identity| used.contains(identity.client_id.as_str()))
    {
        let names: Vec<_> = identity
            .credentials
            .iter()
            .filter(|credential| credential.subject.starts_with(&prefix))
            .filter(|credential| written.insert((identity.client_id.clone(), credential.subject.clone())))
            .map(|credential| {
                credential
                    .name
                    .clone()
                    .unwrap_or_else(|| credential.subject.clone())
            })
            .collect();
        if !names.is_empty() {
            let serial = if names.len() > 1 { ", one after the other," } else { "" };
            steps.push(format!(
                "write {} of identity {}{serial} and wait until tokens come: {}",
                credentials(names.len()),
                identity.client_id,
                names.join(", ")
            ));
        }
    }
    steps
}

fn accounts(own: &[&Draft<'_>]) -> Vec<String> {
    let new: BTreeSet<_> = own
        .iter()
        .filter_map(|draft| draft.account.as_ref())
        .filter(|account| account.is_new)
        .map(|account| account.name.as_str())
        .collect();
    if new.is_empty() {
        return Vec::new();
    }
    let names: Vec<_> = new.into_iter().collect();
    vec![format!(
        "make service accounts {}, with the RoleBindings and imagePullSecrets that the old ones have",
        names.join(", ")
    )]
}
