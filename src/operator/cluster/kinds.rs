//! Many kinds read one after the other, as far as rights and the API server allow.
//!
//! What may not be listed is noted and the rest is read. Once the API server answers nobody any more, the kinds that are left are named
//! and not asked for.

use std::time::Duration;

use serde_json::Value;

use super::{Api, ApiError, Call, Collection, Object, Verb, each_object};

/// How long the call for one namespace may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// Where it is served: the first of these that the cluster has.
    pub roots: &'static [&'static str],
    /// In the plural, as RBAC names it.
    pub resource: &'static str,
    /// As objects name it.
    pub name: &'static str,
    /// Where its objects are.
    pub scope: Scope,
}

/// Where the objects of a kind are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scope {
    /// In namespaces.
    Namespaced,
    /// In namespaces, and those of others count too.
    Everywhere,
    /// In none.
    Cluster,
}

/// The namespaces. Where one counts, that one is asked for by its name.
pub(crate) const NAMESPACES: Kind =
    Kind { roots: &["api/v1"], resource: "namespaces", name: "Namespace", scope: Scope::Cluster };

/// Who takes what is read.
pub(crate) trait Sink {
    /// All objects of `resource` come next.
    fn begin(&mut self, resource: &'static str);
    /// One of them. A list that was read from its start again has its objects here again.
    fn take(&mut self, resource: &'static str, object: &Value);
    /// Something could not be read.
    fn fail(&mut self, reason: String);
}

/// What came of asking for a kind.
enum Asked {
    /// All that may be read was.
    Read,
    /// The cluster does not have it.
    Absent,
    /// The API server answers nobody any more.
    Gone,
}

/// Reads the namespaces and then all of `kinds`, those of `namespace` alone where one is given, into `sink`. The kinds that the cluster
/// has; none once the API server did not answer any more.
pub(crate) async fn each_kind<A: Api>(
    api: &A,
    kinds: &[Kind],
    namespace: Option<&str>,
    sink: &mut impl Sink,
) -> Option<Vec<Kind>> {
    let mut served = Vec::new();
    if matches!(namespaces(api, namespace, sink).await, Asked::Gone) {
        note_unasked(kinds, sink);
        return None;
    }
    for (index, kind) in kinds.iter().enumerate() {
        match one_kind(api, *kind, namespace, sink).await {
            Asked::Read => served.push(*kind),
            Asked::Absent => {}
            Asked::Gone => {
                note_unasked(kinds.get(index + 1..).unwrap_or_default(), sink);
                return None;
            }
        }
    }
    Some(served)
}

/// The namespaces, or the one that counts.
async fn namespaces<A: Api>(api: &A, namespace: Option<&str>, sink: &mut impl Sink) -> Asked {
    let Some(name) = namespace else { return one_kind(api, NAMESPACES, None, sink).await };
    let object = Object::namespace(name);
    let call = Call { verb: Verb::Get, object: &object, body: None, timeout: TIMEOUT };
    match api.call(call).await {
        Ok(mut answer) => {
            if let Some(object) = answer.object.as_object_mut() {
                object.insert("kind".to_owned(), "Namespace".into());
                object.insert("apiVersion".to_owned(), "v1".into());
            }
            sink.take(NAMESPACES.resource, &answer.object);
            Asked::Read
        }
        Err(error) => failed(&error, sink),
    }
}

/// Reads all objects of a kind.
async fn one_kind<A: Api>(api: &A, kind: Kind, one: Option<&str>, sink: &mut impl Sink) -> Asked {
    sink.begin(kind.resource);
    let namespace = one.filter(|_| kind.scope == Scope::Namespaced);
    for root in kind.roots {
        let all = Collection::at(root, kind.resource, kind.name, namespace);
        match collection(api, kind, &all, sink).await {
            Ok(()) => return Asked::Read,
            Err(ApiError::NotFound(_)) => {}
            // Whoever may read one namespace alone gets that much.
            Err(error @ ApiError::Forbidden { .. }) if kind.scope == Scope::Everywhere && one.is_some() => {
                failed(&error, sink);
                let own = Collection::at(root, kind.resource, kind.name, one);
                return match collection(api, kind, &own, sink).await {
                    Ok(()) => Asked::Read,
                    Err(error) => failed(&error, sink),
                };
            }
            Err(error) => return failed(&error, sink),
        }
    }
    Asked::Absent
}

async fn collection<A: Api>(
    api: &A,
    kind: Kind,
    collection: &Collection,
    sink: &mut impl Sink,
) -> Result<(), ApiError> {
    each_object(api, collection, |object| sink.take(kind.resource, &object)).await
}

fn failed(error: &ApiError, sink: &mut impl Sink) -> Asked {
    sink.fail(error.to_string());
    match error {
        ApiError::Unreachable { .. } | ApiError::TimedOut { .. } | ApiError::Unauthorized(_) => Asked::Gone,
        _ => Asked::Read,
    }
}

/// Notes what nobody was asked for, since nobody answered any more.
fn note_unasked(left: &[Kind], sink: &mut impl Sink) {
    let mut names: Vec<_> = left.iter().map(|kind| kind.resource).collect();
    names.sort_unstable();
    names.dedup();
    if !names.is_empty() {
        sink.fail(format!(
            "not asked for, since the API server did not answer any more: {}",
            names.join(", ")
        ));
    }
}
