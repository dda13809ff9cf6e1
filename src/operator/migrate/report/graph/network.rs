//! What is drawn of the bindings of a namespace.

use std::collections::{BTreeMap, BTreeSet};

use crate::operator::migrate::{report::model::Chain, tables::count};

/// The most bindings that one picture shows.
const MAX_CHAINS: usize = 30;
/// The most workloads of one identity that are named. More become one box with their number.
const MAX_NAMED: usize = 8;
/// The most boxes with names of workloads in one picture. With more, those of every identity become one box.
const MAX_WORKLOADS: usize = 40;

/// Boxes and what connects them.
#[derive(Default)]
pub(super) struct Network {
    /// The boxes of each column, in their order.
    pub columns: [Vec<Label>; 5],
    /// Pairs of boxes in neighbouring columns: the column on the left, and the places in both.
    pub edges: BTreeSet<(usize, usize, usize)>,
    /// Bindings that are not drawn.
    pub omitted: usize,
}

/// What stands in a box.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Label {
    /// Its name.
    pub name: String,
    /// What else there is to say.
    pub detail: String,
    /// Whether something is wrong with it.
    pub is_wrong: bool,
}

/// The network of `chains`, which are the bindings of `namespace`.
pub(super) fn network(namespace: &str, chains: &[&Chain]) -> Network {
    let mut sorted = chains.to_vec();
    // What belongs together stands together.
    sorted.sort_by_key(|chain| (&chain.client_id, &chain.azure_identity, &chain.binding));
    let omitted = sorted.len().saturating_sub(MAX_CHAINS);
    sorted.truncate(MAX_CHAINS);
    let mut network = Network { omitted, ..Network::default() };
    let mut users: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    for chain in &sorted {
        let last = network.add(chain);
        users
            .entry(last)
            .or_default()
            .extend(chain.workloads.iter().map(String::as_str));
    }
    let all: BTreeSet<_> = users
        .values()
        .filter(|users| users.len() <= MAX_NAMED)
        .flatten()
        .collect();
    let is_counted = all.len() > MAX_WORKLOADS;
    for (identity, users) in users {
        network.add_workloads(namespace, identity, &users, is_counted);
    }
    network
}

impl Network {
    /// Adds a binding. The place of its last box.
    fn add(&mut self, chain: &Chain) -> usize {
        let selector = match &chain.selector {
            Some(selector) => label(selector, ""),
            None => wrong("none", "the binding selects nothing"),
        };
        let binding = match &chain.error {
            Some(error) => wrong(&chain.binding, error),
            None => label(&chain.binding, ""),
        };
        let identity = chain
            .azure_identity
            .as_deref()
            .map_or_else(|| wrong("none", ""), |name| label(name, ""));
        let in_azure = match (&chain.client_id, &chain.identity_name) {
            (Some(id), Some(name)) => label(name, id),
            (Some(id), None) => label(id, ""),
            (None, _) => wrong("not known", ""),
        };
        let mut last = self.index_of(0, selector);
        for (column, label) in [(1, binding), (2, identity), (3, in_azure)] {
            let index = self.index_of(column, label);
            self.edges.insert((column - 1, last, index));
            last = index;
        }
        last
    }

    fn add_workloads(&mut self, namespace: &str, identity: usize, users: &BTreeSet<&str>, is_counted: bool) {
        if is_counted || users.len() > MAX_NAMED {
            // What only counts belongs to one identity.
            self.columns[4].push(label(&count(users.len(), "workload"), "named in the table"));
            self.edges.insert((3, identity, self.columns[4].len() - 1));
            return;
        }
        let mut labels: Vec<_> = users.iter().map(|name| workload(namespace, name)).collect();
        if labels.is_empty() {
            labels.push(label("no workload", ""));
        }
        for label in labels {
            let index = self.index_of(4, label);
            self.edges.insert((3, identity, index));
        }
    }

    /// The place of `label` in a column, where it is new if it is not there.
    fn index_of(&mut self, column: usize, label: Label) -> usize {
        let boxes = &mut self.columns[column];
        boxes
            .iter()
            .position(|known| *known == label)
            .unwrap_or_else(|| {
                boxes.push(label);
                boxes.len() - 1
            })
    }
}

/// A workload, `Deployment shop/orders`, without a namespace that goes without saying.
fn workload(namespace: &str, name: &str) -> Label {
    let Some((kind, full)) = name.split_once(' ') else { return label(name, "") };
    let own = full
        .strip_prefix(namespace)
        .and_then(|rest| rest.strip_prefix('/'));
    label(own.unwrap_or(full), kind)
}

fn label(name: &str, detail: &str) -> Label {
    Label { name: name.to_owned(), detail: detail.to_owned(), is_wrong: false }
}

/// What is wrong, in words that need no marks of code.
fn wrong(name: &str, detail: &str) -> Label {
    Label { is_wrong: true, ..label(name, &detail.replace('`', "")) }
}
