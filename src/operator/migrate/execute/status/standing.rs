//! How far workloads are by what was read before, of a cluster or from dumps: for reports.

use super::reconciled::{least, reconciled};
use crate::operator::{
    cluster::Stored,
    migrate::{
        execute::{
            Facts, Scope, State,
            calls::Calls,
            entries::entries,
            record::{Entry, Record},
            run::namespaces,
            seen::{Seen, see},
        },
        inventory::model::Key,
    },
    workload::Which,
};

/// How far workloads are.
#[derive(Debug, Default)]
pub(crate) struct Standings {
    /// Workloads of the record and of the plan, namespace by namespace.
    pub all: Vec<Standing>,
    /// Records that could not be read.
    pub unread: Vec<String>,
}

/// How far a workload is.
#[derive(Debug)]
pub(crate) struct Standing {
    /// Its namespace.
    pub namespace: String,
    /// What is recorded, or planned.
    pub entry: Entry,
    /// How far it is; none where its namespace may have a record that was not read.
    pub state: Option<State>,
    /// How what is recorded differs from what was seen.
    pub drift: Option<String>,
    /// Whether it was seen itself.
    pub is_seen: bool,
}

impl Standing {
    /// What tells its workload apart.
    pub(crate) fn key(&self) -> Key<'_> {
        (&self.namespace, &self.entry.kind, &self.entry.name, self.entry.template.as_deref())
    }
}

/// How far the workloads of `scope` are by what is `stored`, of which `facts` are known.
pub(crate) async fn standings(stored: &Stored, facts: &Facts, scope: &Scope, which: &Which) -> Standings {
    let calls = Calls { api: stored };
    let recorded = Record::namespaces(stored).await.unwrap_or_default();
    // Who dumps records, dumps those of all namespaces; and who dumps ConfigMaps, dumps the record among them.
    let has_records = stored.is_whole() || !recorded.is_empty();
    let mut standings = Standings::default();
    for namespace in namespaces(facts, scope, recorded) {
        let record = match Record::read(calls, &namespace).await {
            Ok(record) => record,
            Err(error) => {
                standings
                    .unread
                    .push(format!("namespace {namespace}: {error}"));
                continue;
            }
        };
        let is_known = has_records || stored.has("ConfigMap", &namespace);
        for entry in entries(facts, &record) {
            match see(calls, &namespace, &entry, which).await {
                Ok(seen) => standings
                    .all
                    .push(standing(&namespace, entry, &seen, is_known)),
                Err(error) => standings.unread.push(error.to_string()),
            }
        }
    }
    standings
}

fn standing(namespace: &str, entry: Entry, seen: &Seen, is_known: bool) -> Standing {
    let (state, drift) = reconciled(&entry, seen);
    let shown = seen.state(&entry);
    let unrecorded = (least(&entry, shown) > State::NotStarted)
        .then(|| format!("what was read shows {}, and its record was not read", shown.text()));
    Standing {
        namespace: namespace.to_owned(),
        state: is_known.then_some(state),
        drift: if is_known { drift } else { unrecorded },
        is_seen: seen.marks().is_some(),
        entry,
    }
}
