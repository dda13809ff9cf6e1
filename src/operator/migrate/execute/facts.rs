//! What is known of a cluster before anything is changed.

use std::collections::{BTreeMap, BTreeSet};

use super::{State, calls::Calls, record::Record};
use crate::operator::{
    cluster::Api,
    migrate::{
        inventory::Inventory,
        plan::{Plan, Request, plan},
    },
};

/// Why there is no plan.
#[derive(Debug)]
pub(crate) struct Unplanned {
    /// What is wrong with the decisions, and what could not be read of what they may be about.
    pub errors: Vec<String>,
    /// Whether all was read, so that nothing but the decisions is wrong.
    pub is_read: bool,
}

/// What is known of a cluster before anything is changed.
#[derive(Debug)]
pub(crate) struct Facts {
    /// What there is.
    pub inventory: Inventory,
    /// What is to become of it.
    pub plan: Plan,
}

impl Facts {
    /// The plan for `inventory`, which is that of the cluster of `api`. What was decided of workloads that are moved already stands in
    /// their record, and is about nothing that a plan could find any more.
    pub(crate) async fn find<A: Api>(
        api: &A,
        inventory: Inventory,
        request: Request,
    ) -> Result<Self, Unplanned> {
        let (moved, unread) = moved(api).await;
        let known: BTreeSet<_> = inventory
            .workloads
            .iter()
            .map(|one| (one.namespace.as_str(), one.kind.as_str(), one.name.as_str()))
            .collect();
        let has_workloads = |namespace: &str| known.iter().any(|(of, ..)| *of == namespace);
        let decisions = request.decisions.open(
            |namespace| has_workloads(namespace) || !moved.contains_key(namespace),
            |namespace, kind, name| {
                let state = moved
                    .get(namespace)
                    .and_then(|all| all.get(&(kind.to_owned(), name.to_owned())));
                match state {
                    Some(State::CutOver | State::Cleaned) => false,
                    Some(_) => known.contains(&(namespace, kind, name)),
                    None => true,
                }
            },
        );
        let request = Request { decisions, ..request };
        match plan(&inventory, &request) {
            Ok(plan) => Ok(Self { inventory, plan }),
            Err(mut errors) => {
                let of_cluster = inventory.unread.iter();
                errors.extend(of_cluster.map(|one| format!("not read: {}: {}", one.origin, one.reason)));
                let is_read = unread.is_empty() && inventory.unread.is_empty();
                errors.extend(unread);
                Err(Unplanned { errors, is_read })
            }
        }
    }
}

/// States by kinds and names.
type States = BTreeMap<(String, String), State>;

/// Workloads of which something was done, by their namespaces; and what cannot be read, which is told by whoever needs it.
async fn moved<A: Api>(api: &A) -> (BTreeMap<String, States>, Vec<String>) {
    let (mut all, mut unread) = (BTreeMap::new(), Vec::new());
    let namespaces = Record::namespaces(api).await.unwrap_or_else(|error| {
        unread.push(error.to_string());
        Vec::new()
    });
    for namespace in namespaces {
        let record = match Record::read(Calls { api }, &namespace).await {
            Ok(record) => record,
            Err(error) => {
                unread.push(format!("namespace {namespace}: {error}"));
                continue;
            }
        };
        let touched = record
            .workloads
            .into_values()
            .filter(|entry| !entry.is_untouched());
        let states: States = touched
            .map(|entry| ((entry.kind, entry.name), entry.state))
            .collect();
        all.insert(namespace, states);
    }
    (all, unread)
}
