//! Objects of a live cluster, which are read and nothing else.
//!
//! - `kinds`: what is asked for

mod kinds;

use std::time::Duration;

use super::{Reader, model::Origin};
use crate::operator::cluster::{Api, ApiError, Call, Collection, Object, Verb, each_object};
use kinds::{Kind, NAMESPACES, OTHERS, OWN, POD_IDENTITY, SECRETS, Scope};

/// What inventories call the cluster.
const CLUSTER: &str = "cluster";
/// How long the call for one namespace may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What came of asking for a kind.
enum Asked {
    /// All that may be read was.
    Read,
    /// The cluster does not have it.
    Absent,
    /// The API server answers nobody any more.
    Gone,
}

impl Reader {
    /// Reads the cluster of `api`; its Secrets only with `has_secrets`. What cannot be read is noted.
    pub(crate) async fn cluster<A: Api>(&mut self, api: &A, has_secrets: bool) {
        let secrets = has_secrets.then_some(SECRETS);
        let all = OTHERS.iter().chain(OWN).copied().chain(secrets);
        let mut is_installed = false;
        let mut left: Vec<Kind> = all.collect();
        left.reverse();
        if matches!(self.namespaces(api).await, Asked::Gone) {
            self.note_unasked(&left);
            return;
        }
        while let Some(kind) = left.pop() {
            match self.kind(api, kind).await {
                Asked::Read => is_installed |= kind.roots == POD_IDENTITY,
                Asked::Absent => {}
                Asked::Gone => {
                    self.note_unasked(&left);
                    return;
                }
            }
        }
        if !is_installed {
            let note = "the cluster has no kinds of aadpodidentity.k8s.io: pod-managed identity is not installed, or no more";
            self.collector.all.notes.push(note.to_owned());
        }
    }

    /// The namespaces, or the one that counts.
    async fn namespaces<A: Api>(&mut self, api: &A) -> Asked {
        let Some(name) = self.request.namespace.clone() else { return self.kind(api, NAMESPACES).await };
        let object = Object::namespace(&name);
        let call = Call { verb: Verb::Get, object: &object, body: None, timeout: TIMEOUT };
        match api.call(call).await {
            Ok(mut answer) => {
                if let Some(object) = answer.object.as_object_mut() {
                    object.insert("kind".to_owned(), "Namespace".into());
                    object.insert("apiVersion".to_owned(), "v1".into());
                }
                self.collector.add(&answer.object, &origin());
                Asked::Read
            }
            Err(error) => self.failed(&error),
        }
    }

    /// Reads all objects of a kind.
    async fn kind<A: Api>(&mut self, api: &A, kind: Kind) -> Asked {
        self.progress.begin(kind.resource);
        let one = self.request.namespace.clone();
        let namespace = one.as_deref().filter(|_| kind.scope == Scope::Namespaced);
        for root in kind.roots {
            let collection = Collection::at(root, kind.resource, kind.name, namespace);
            match self.collection(api, &collection).await {
                Ok(()) => return Asked::Read,
                Err(ApiError::NotFound(_)) => {}
                // Whoever may read one namespace alone gets that much.
                Err(error @ ApiError::Forbidden { .. })
                    if kind.scope == Scope::Everywhere && one.is_some() =>
                {
                    self.failed(&error);
                    let own = Collection::at(root, kind.resource, kind.name, one.as_deref());
                    return match self.collection(api, &own).await {
                        Ok(()) => Asked::Read,
                        Err(error) => self.failed(&error),
                    };
                }
                Err(error) => return self.failed(&error),
            }
        }
        Asked::Absent
    }

    async fn collection<A: Api>(&mut self, api: &A, collection: &Collection) -> Result<(), ApiError> {
        let (collector, progress) = (&mut self.collector, &mut self.progress);
        let origin = origin();
        each_object(api, collection, |object| {
            progress.count(collection.resource());
            collector.add(&object, &origin);
        })
        .await
    }

    fn failed(&mut self, error: &ApiError) -> Asked {
        self.collector.fail(&origin(), error.to_string());
        match error {
            ApiError::Unreachable { .. } | ApiError::TimedOut { .. } | ApiError::Unauthorized(_) => {
                Asked::Gone
            }
            _ => Asked::Read,
        }
    }

    /// Notes what nobody was asked for, since nobody answered any more.
    fn note_unasked(&mut self, left: &[Kind]) {
        let mut names: Vec<_> = left.iter().map(|kind| kind.resource).collect();
        names.sort_unstable();
        names.dedup();
        if !names.is_empty() {
            let text =
                format!("not asked for, since the API server did not answer any more: {}", names.join(", "));
            self.collector.fail(&origin(), text);
        }
    }
}

fn origin() -> Origin {
    Origin { source: CLUSTER.to_owned(), line: None }
}

#[cfg(test)]
mod tests;
