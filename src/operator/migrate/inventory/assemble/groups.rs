//! Objects with pods, under the topmost of their owners.

use std::collections::BTreeMap;

use crate::operator::{
    migrate::inventory::collect::{Carrier, Collected, ObjectId, Owner},
    workload::makes_pods,
};

/// Kinds that others make and replace: what was made is known by its maker, whatever kind that is.
const MADE: [&str; 4] = ["Job", "Pod", "ReplicaSet", "ReplicationController"];

/// A workload, and all that it made.
pub(super) struct Group<'a> {
    /// Those above it.
    pub owners: Vec<ObjectId>,
    /// It and what it made, as far as these were read.
    pub members: Vec<(&'a ObjectId, &'a Carrier)>,
}

/// All workloads.
pub(super) struct Groups<'a> {
    pub all: BTreeMap<ObjectId, Group<'a>>,
    of_members: BTreeMap<&'a ObjectId, ObjectId>,
}

impl Groups<'_> {
    /// The workload that `member` belongs to.
    pub(super) fn of_member(&self, member: &ObjectId) -> Option<&ObjectId> {
        self.of_members.get(member)
    }
}

/// The workloads of `all`.
pub(super) fn groups<'a>(all: &'a Collected, notes: &mut Vec<String>) -> Groups<'a> {
    let mut groups = Groups { all: BTreeMap::new(), of_members: BTreeMap::new() };
    for (id, carrier) in &all.carriers {
        let (workload, owners) = match chain(all, id) {
            Chain::Top(chain) => workload(all, chain),
            Chain::Circle(circle) => {
                let names: Vec<_> = circle.iter().map(ToString::to_string).collect();
                let first = circle.first().unwrap_or(id);
                notes.push(format!("owners form a circle, which counts as {first}: {}", names.join(", ")));
                (first.clone(), Vec::new())
            }
        };
        groups.of_members.insert(id, workload.clone());
        let group = groups
            .all
            .entry(workload)
            .or_insert_with(|| Group { owners, members: Vec::new() });
        group.members.push((id, carrier));
    }
    groups
}

/// From an object to its topmost owner.
enum Chain {
    /// The object first.
    Top(Vec<ObjectId>),
    /// There is none: the objects of the circle, sorted.
    Circle(Vec<ObjectId>),
}

fn chain(all: &Collected, id: &ObjectId) -> Chain {
    let mut chain = vec![id.clone()];
    let mut last = id.clone();
    while let Some(owner) = owner(all, &last) {
        if let Some(start) = chain.iter().position(|known| *known == owner) {
            let mut circle = chain.split_off(start);
            circle.sort();
            return Chain::Circle(circle);
        }
        chain.push(owner.clone());
        last = owner;
    }
    Chain::Top(chain)
}

/// The owner of an object that was read. One without a namespace owns objects in all of them.
fn owner(all: &Collected, id: &ObjectId) -> Option<ObjectId> {
    let read = |id: &ObjectId| match (all.carriers.get(id), all.owners.get(id)) {
        (Some(carrier), _) => Some(carrier.owner.clone()),
        (None, Some(owner)) => Some(owner.clone()),
        (None, None) => None,
    };
    let Owner { id: owner } = read(id)??;
    let everywhere = ObjectId { namespace: String::new(), ..owner.clone() };
    if read(&owner).is_none() && read(&everywhere).is_some() { Some(everywhere) } else { Some(owner) }
}

/// The one of a chain that is the workload, and those above it.
fn workload(all: &Collected, mut chain: Vec<ObjectId>) -> (ObjectId, Vec<ObjectId>) {
    let is_carrier = |id: &ObjectId| all.carriers.contains_key(id) || makes_pods(&id.kind, &id.group);
    let mut index = chain.iter().rposition(is_carrier).unwrap_or_default();
    let is_made = chain
        .get(index)
        .is_some_and(|id| MADE.contains(&id.kind.as_str()));
    if is_made && index + 1 < chain.len() {
        index += 1;
    }
    let owners = chain.split_off(index + 1);
    let workload = chain.swap_remove(index);
    (workload, owners)
}

impl<'a> Group<'a> {
    /// What shows how its pods are made: the workload itself, else the newest that it made.
    pub(super) fn shown_by(&self, id: &ObjectId) -> Option<(&'a ObjectId, &'a Carrier)> {
        let itself = self.members.iter().find(|(member, _)| *member == id);
        let newest = || {
            self.members
                .iter()
                .max_by_key(|(member, carrier)| (member.kind != "Pod", &carrier.created, *member))
        };
        itself.or_else(newest).copied()
    }

    /// Its pods that have not ended.
    pub(super) fn pods(&self) -> impl Iterator<Item = &'a Carrier> {
        self.members
            .iter()
            .filter(|(member, carrier)| member.kind == "Pod" && carrier.state != "finished")
            .map(|(_, carrier)| *carrier)
    }
}
