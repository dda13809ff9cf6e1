//! Objects of a live cluster, which are read and nothing else.
//!
//! - `kinds`: what is asked for

mod kinds;

use serde_json::Value;

use super::{Reader, model::Origin};
use crate::operator::cluster::{Api, Collection, Kind, Sink, each_kind};
use kinds::{ACCOUNTS, POD_IDENTITY};
pub(crate) use kinds::{OTHERS, OWN, SECRETS};

/// What inventories call the cluster.
const CLUSTER: &str = "cluster";

/// Where objects of `kind` (with the API group where that is not Kubernetes' own, as an inventory has it) of `namespace` may be served;
/// none where the kind is not known.
pub(crate) fn collections(kind: &str, namespace: &str) -> Vec<Collection> {
    let (name, group) = kind.split_once('.').unwrap_or((kind, ""));
    let is_meant = |known: &&Kind| {
        let root = known.roots.first().copied().unwrap_or_default();
        let of_group = root
            .strip_prefix("apis/")
            .and_then(|rest| rest.split('/').next());
        known.name == name && (group.is_empty() || of_group == Some(group))
    };
    let known = if group.is_empty() { OWN.iter().find(is_meant) } else { OTHERS.iter().find(is_meant) };
    known.map_or_else(Vec::new, |kind| {
        let of_root = |root: &&'static str| Collection::at(root, kind.resource, kind.name, Some(namespace));
        kind.roots.iter().map(of_root).collect()
    })
}

impl Reader {
    /// Reads the cluster of `api`; its Secrets only with `has_secrets`. What cannot be read is noted.
    pub(crate) async fn cluster<A: Api>(&mut self, api: &A, has_secrets: bool) {
        let secrets = has_secrets.then_some(SECRETS);
        let accounts = self.collector.all.stored.is_some().then_some(ACCOUNTS);
        let more = secrets.into_iter().chain(accounts);
        let all: Vec<Kind> = OTHERS.iter().chain(OWN).copied().chain(more).collect();
        let unread = self.collector.all.unread.len();
        let namespace = self.request.namespace.clone();
        let served = each_kind(api, &all, namespace.as_deref(), self).await;
        let Some(served) = served else { return };
        if let (true, Some(stored)) =
            (self.collector.all.unread.len() == unread, &mut self.collector.all.stored)
        {
            stored.set_whole();
        }
        if !served.iter().any(|kind| kind.roots == POD_IDENTITY) {
            let note = "the cluster has no kinds of aadpodidentity.k8s.io: pod-managed identity is not installed, or no more";
            self.collector.all.notes.push(note.to_owned());
        }
    }
}

impl Sink for Reader {
    fn begin(&mut self, resource: &'static str) {
        self.progress.begin(resource);
    }

    fn take(&mut self, resource: &'static str, object: &Value) {
        self.progress.count(resource);
        self.collector.add(object, &origin());
    }

    fn fail(&mut self, reason: String) {
        self.collector.fail(&origin(), reason);
    }
}

fn origin() -> Origin {
    Origin { source: CLUSTER.to_owned(), line: None }
}

#[cfg(test)]
mod tests;
