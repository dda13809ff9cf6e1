//! Which workload has which service account, and how its pods ask for an identity.

use super::{groups::Groups, workloads::DEFAULT_ACCOUNT};
use crate::operator::migrate::inventory::collect::{Carrier, ObjectId, Template};

/// The label by which pods ask the webhook of workload identity for a token.
const USE: &str = "azure.workload.identity/use";
/// The label by which pods ask for wisp.
const INJECT: &str = "wisp/inject";

/// Pods of one workload that have one service account.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct PodsOf {
    /// The namespace.
    pub namespace: String,
    /// Their service account.
    pub account: String,
    /// The workload: `Deployment shop/orders`.
    pub workload: String,
    /// Whether they have the label of workload identity, or wisp.
    pub asks: bool,
}

/// All of them, in order and each once.
pub(super) fn pods(groups: &Groups<'_>) -> Vec<PodsOf> {
    let mut found: Vec<_> = groups
        .all
        .iter()
        .flat_map(|(id, group)| group.members.iter().map(move |(_, carrier)| (id, *carrier)))
        .flat_map(|(id, carrier)| of_carrier(id, carrier))
        .collect();
    found.sort();
    // What asks comes last: pods of before a change need not.
    found.dedup_by(|later, first| {
        let is_same = (&later.namespace, &later.account, &later.workload)
            == (&first.namespace, &first.account, &first.workload);
        first.asks |= is_same && later.asks;
        is_same
    });
    found
}

fn of_carrier<'a>(id: &'a ObjectId, carrier: &'a Carrier) -> impl Iterator<Item = PodsOf> + 'a {
    carrier.templates.iter().map(|template| PodsOf {
        namespace: id.namespace.clone(),
        account: template
            .account
            .clone()
            .unwrap_or_else(|| DEFAULT_ACCOUNT.to_owned()),
        workload: id.short(),
        asks: asks(template),
    })
}

fn asks(template: &Template) -> bool {
    let has = |label: &str| {
        template
            .labels
            .get(label)
            .is_some_and(|value| value == "true")
    };
    has(USE) || has(INJECT) || template.has_sidecar
}
