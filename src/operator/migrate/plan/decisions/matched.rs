//! Decisions checked against an inventory: what they are about has to be there.

use std::collections::{BTreeMap, BTreeSet};

use super::{Decisions, Method, OfWorkload, Principal};
use crate::operator::migrate::{
    inventory::model::{Inventory, Workload},
    plan::{full_name, modes, name_of, roads::Road},
};

/// What is decided, by what it is about.
#[derive(Default)]
pub(crate) struct Matched<'a> {
    /// In the order of the inventory's workloads.
    pub workloads: Vec<Decided<'a>>,
    /// By client id.
    pub identities: BTreeMap<&'a str, &'a Principal>,
    /// The client ids of identities that the cluster is bound to.
    pub bound: BTreeSet<&'a str>,
}

/// What is decided of a workload.
#[derive(Clone, Copy, Default)]
pub(crate) struct Decided<'a> {
    pub method: Method,
    pub client_id: Option<&'a str>,
    pub service_account: Option<&'a str>,
    /// Where, as errors name it.
    pub at: Option<&'a str>,
}

/// What `decisions` say of `inventory`. The error is all that is wrong.
pub(crate) fn matched<'a>(
    decisions: &'a Decisions,
    inventory: &'a Inventory,
) -> Result<Matched<'a>, Vec<String>> {
    let mut wrong = twice(decisions);
    let mut used = BTreeSet::new();
    let by_name = by_name(decisions);
    let mut matched = Matched::default();
    for workload in &inventory.workloads {
        let own = by_name
            .get(&(workload.namespace.as_str(), workload.name.as_str()))
            .into_iter()
            .flatten()
            .find(|(_, decision)| is_about(decision, workload));
        let mut decided = Decided::default();
        let of_namespace = decisions
            .namespaces
            .iter()
            .find(|decision| decision.name == workload.namespace);
        if let Some(decision) = of_namespace {
            decided.method = decision.method;
        }
        let mut at = of_namespace.map(|decision| decision.at.as_str());
        if let Some((index, decision)) = own {
            used.insert(*index);
            at = Some(&decision.at);
            decided.method.road = decision.method.road.or(decided.method.road);
            decided.method.mode = decision.method.mode.or(decided.method.mode);
            decided.client_id = decision.client_id.as_deref();
            decided.service_account = decision.service_account.as_deref();
        }
        decided.at = at;
        if let Some(at) = at {
            let own = own.map(|(_, own)| own.method).unwrap_or_default();
            settle(&mut decided, workload, own, at, &mut wrong);
        }
        matched.workloads.push(decided);
    }
    for (index, decision) in decisions.workloads.iter().enumerate() {
        if !used.contains(&index) {
            let template = decision
                .template
                .as_ref()
                .map(|template| format!(" ({template})"));
            wrong.push(format!(
                "{}: no workload that was read is {} {}/{}{}; see `wispctl migrate inventory`",
                decision.at,
                decision.kind,
                decision.namespace,
                decision.name,
                template.unwrap_or_default()
            ));
        }
    }
    for decision in &decisions.namespaces {
        let is_there = |workload: &Workload| workload.namespace == decision.name;
        if !inventory.workloads.iter().any(is_there) {
            wrong.push(format!(
                "{}: no workload that was read is in namespace `{}`",
                decision.at, decision.name
            ));
        }
    }
    for decision in &decisions.identities {
        matched.identities.extend(
            decision
                .is
                .iter()
                .map(|is| (decision.client_id.as_str(), is)),
        );
        if decision.is_bound {
            matched.bound.insert(&decision.client_id);
            if let Some(identity) = application(inventory, &decision.client_id) {
                wrong.push(format!(
                    "{}: `identityBinding` is for managed identities, and AzureIdentity {identity} is an app registration",
                    decision.at
                ));
            }
        }
    }
    if wrong.is_empty() { Ok(matched) } else { Err(wrong) }
}

/// The AzureIdentity by which `client_id` is an app registration.
fn application(inventory: &Inventory, client_id: &str) -> Option<String> {
    let found = inventory.identities.iter().find(|identity| {
        identity.client_id.as_deref() == Some(client_id)
            && matches!(identity.credential, Some("secret" | "certificate"))
    })?;
    Some(full_name(&found.namespace, &found.name))
}

/// Workload decisions with their indices, by namespace and name.
type ByName<'a> = BTreeMap<(&'a str, &'a str), Vec<(usize, &'a OfWorkload)>>;

fn by_name(decisions: &Decisions) -> ByName<'_> {
    let mut all: ByName<'_> = BTreeMap::new();
    for (index, decision) in decisions.workloads.iter().enumerate() {
        let name = (decision.namespace.as_str(), decision.name.as_str());
        all.entry(name).or_default().push((index, decision));
    }
    // What names a template is closer.
    for of_name in all.values_mut() {
        of_name.sort_by_key(|(index, decision)| (decision.template.is_none(), *index));
    }
    all
}

fn is_about(decision: &OfWorkload, workload: &Workload) -> bool {
    decision.kind == workload.kind && (decision.template.is_none() || decision.template == workload.template)
}

/// Looks whether `decided` is possible for `workload`. What a namespace decides goes for those that it fits.
fn settle(decided: &mut Decided<'_>, workload: &Workload, own: Method, at: &str, wrong: &mut Vec<String>) {
    let name = name_of(workload);
    let known: Vec<_> = workload
        .identities
        .iter()
        .map(|known| known.client_id.as_str())
        .collect();
    if let Some(id) = decided.client_id
        && !known.is_empty()
        && !known.contains(&id)
    {
        wrong.push(format!(
            "{at}: `clientId` of {name} is `{id}`, which its bindings do not give it; expected {}",
            known.join(" or ")
        ));
    }
    if let (Some(exception), None, Some(road)) = (&workload.exception, decided.client_id, own.road)
        && road != Road::Leave
    {
        wrong.push(format!(
            "{at}: {name} cannot go by road `{}`, for exception {exception} has its pods ask the node; give it a `clientId` as well, or \
             leave it out",
            road.name()
        ));
    }
    let has_wisp = decided.method.road.is_none_or(Road::has_wisp);
    if let Some(mode) = decided.method.mode
        && has_wisp
        && let Some(reason) = modes::refused(workload, mode)
    {
        if own.mode.is_some() {
            wrong.push(format!("{at}: mode `{}` is refused for {name}: {reason}", mode.name()));
        }
        decided.method.mode = None;
    }
    if decided.method.road == Some(Road::Adopt) && workload.label.is_none() {
        if own.road.is_some() {
            wrong.push(format!(
                "{at}: {name} cannot be adopted, for its pods have no label `aadpodidbinding`"
            ));
        }
        decided.method.road = None;
    }
    if let (false, Some(mode), Some(road)) = (has_wisp, own.mode, decided.method.road) {
        wrong.push(format!(
            "{at}: mode `{}` of {name} is for wisp, and road `{}` of its namespace has none; give it a road of its own",
            mode.name(),
            road.name()
        ));
    }
    if !has_wisp {
        decided.method.mode = None;
    }
}

/// What is decided twice.
fn twice(decisions: &Decisions) -> Vec<String> {
    let workloads = decisions.workloads.iter().map(|one| {
        let template = one.template.as_deref().unwrap_or_default();
        (format!("{} {}/{} {template}", one.kind, one.namespace, one.name), &one.at)
    });
    let namespaces = decisions
        .namespaces
        .iter()
        .map(|one| (format!("namespace {}", one.name), &one.at));
    let identities = decisions
        .identities
        .iter()
        .map(|one| (format!("identity {}", one.client_id), &one.at));
    let mut first: BTreeMap<String, &String> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (about, at) in workloads.chain(namespaces).chain(identities) {
        if let Some(before) = first.get(&about) {
            wrong.push(format!("{at}: {} is decided at {before} already; keep one", about.trim_end()));
        } else {
            first.insert(about, at);
        }
    }
    wrong
}
