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
    /// their record, and is about nothing that a plan could find any more. The error is all that is wrong with the decisions.
    pub(crate) async fn find<A: Api>(
        api: &A,
        inventory: Inventory,
        request: Request,
    ) -> Result<Self, Vec<String>> {
        let moved = moved(api).await;
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
        let plan = plan(&inventory, &request)?;
        Ok(Self { inventory, plan })
    }
}

/// States by kinds and names.
type States = BTreeMap<(String, String), State>;

/// Workloads of which something was done, by their namespaces. What cannot be read is told by whoever needs it.
async fn moved<A: Api>(api: &A) -> BTreeMap<String, States> {
    let mut all = BTreeMap::new();
    for namespace in Record::namespaces(api).await.unwrap_or_default() {
        let Ok(record) = Record::read(Calls { api }, &namespace).await else { continue };
        let touched = record
            .workloads
            .into_values()
            .filter(|entry| !entry.is_untouched());
        let states: States = touched
            .map(|entry| ((entry.kind, entry.name), entry.state))
            .collect();
        all.insert(namespace, states);
    }
    all
}
