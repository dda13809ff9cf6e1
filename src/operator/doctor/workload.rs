//! Workloads, and the pods that are theirs.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Request,
    facts::{Facts, Known},
    kinds::{ACCOUNTS, JOBS, PODS, REPLICA_SETS, WORKLOADS},
    meant::misspelt,
    tree::{NOTHING, annotation, containers, label, list, text},
};
use crate::operator::{
    cluster::NAMESPACES,
    inject::{
        additions::SIDECAR,
        record::INJECTED,
        webhook::{CLIENT_ID, USE_LABEL},
    },
    workload::KINDS,
};

/// The label by which pods and namespaces ask for wisp.
pub(super) const INJECT: &str = "wisp/inject";

/// A workload with its pods, as far as they were read.
#[derive(Clone, Debug)]
pub(super) struct Workload<'a> {
    pub kind: String,
    pub namespace: String,
    pub name: String,
    /// The object itself; none where only its pods were read.
    pub object: Option<&'a Value>,
    /// The newest first.
    pub pods: Vec<&'a Value>,
}

impl<'a> Workload<'a> {
    /// As users name it: `Deployment shop/orders`.
    pub(super) fn display(&self) -> String {
        format!("{} {}/{}", self.kind, self.namespace, self.name)
    }

    /// The newest pod.
    pub(super) fn pod(&self) -> Option<&'a Value> {
        self.pods.first().copied()
    }

    /// The template of its pods; where that was not read, the newest pod.
    pub(super) fn template(&self) -> &'a Value {
        let known = KINDS.iter().find(|(kind, ..)| *kind == self.kind);
        let template = self
            .object
            .zip(known)
            .and_then(|(object, (.., path))| path.iter().try_fold(object, |value, key| value.get(*key)));
        template.or_else(|| self.pod()).unwrap_or(&NOTHING)
    }

    /// The name of its service account.
    pub(super) fn account(&self) -> &'a str {
        let template = self.template();
        let names = ["/spec/serviceAccountName", "/spec/serviceAccount"];
        let named = names.iter().map(|at| text(template, at));
        named
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or("default")
    }
}

/// The workloads that `request` is about, in the order of namespace, kind and name: the one that is named, or all that have to do with
/// identities. A pod that is named stands for its workload, with itself as the only pod.
pub(super) fn workloads<'a>(facts: &'a Facts, request: &Request) -> Vec<Workload<'a>> {
    let mut all: BTreeMap<(String, String, String), Workload<'a>> = BTreeMap::new();
    let with_pods = WORKLOADS
        .iter()
        .filter(|kind| KINDS.iter().any(|(name, ..)| *name == kind.name));
    for kind in with_pods {
        for object in facts.of(*kind, request.namespace.as_deref()) {
            let (namespace, own) = (namespace_of(object), text(object, "/metadata/name"));
            let (owner, name) = top(facts, namespace, kind.name, object, 0);
            let is_pod = kind.name == PODS.name;
            if !is_pod && (owner != kind.name || name != own) {
                continue;
            }
            let key = (namespace.to_owned(), owner, name);
            let workload = all
                .entry(key)
                .or_insert_with_key(|(namespace, kind, name)| Workload {
                    kind: kind.clone(),
                    namespace: namespace.clone(),
                    name: name.clone(),
                    object: None,
                    pods: Vec::new(),
                });
            if is_pod {
                workload.pods.push(object);
            } else {
                workload.object = Some(object);
            }
        }
    }
    let mut all: Vec<_> = all.into_values().collect();
    for workload in &mut all {
        workload
            .pods
            .sort_by(|one, other| newest(other).cmp(&newest(one)));
        if let Some((kind, name)) = &request.workload
            && kind == PODS.name
        {
            workload
                .pods
                .retain(|pod| text(pod, "/metadata/name") == name);
        }
    }
    match &request.workload {
        Some((kind, _)) if kind == PODS.name => all.retain(|workload| !workload.pods.is_empty()),
        Some((kind, name)) => all.retain(|workload| workload.kind == *kind && workload.name == *name),
        None => all.retain(|workload| concerns(facts, workload)),
    }
    all
}

/// By what pods are sorted.
fn newest(pod: &Value) -> (&str, &str) {
    (text(pod, "/metadata/creationTimestamp"), text(pod, "/metadata/name"))
}

fn namespace_of(object: &Value) -> &str {
    match text(object, "/metadata/namespace") {
        "" => "default",
        namespace => namespace,
    }
}

/// The most owners above one another.
const MOST_OWNERS: usize = 4;

/// Kind and name of the workload that `object` belongs to; itself where nobody controls it.
fn top(facts: &Facts, namespace: &str, kind: &str, object: &Value, depth: usize) -> (String, String) {
    let owners = list(object, "/metadata/ownerReferences");
    let owner = owners
        .iter()
        .find(|owner| owner.get("controller") == Some(&Value::Bool(true)));
    let itself = (kind.to_owned(), text(object, "/metadata/name").to_owned());
    let Some(owner) = owner.filter(|_| depth < MOST_OWNERS) else { return itself };
    let (owner_kind, name) = (text(owner, "/kind"), text(owner, "/name"));
    let above = match owner_kind {
        // The kubelet's own pods.
        "Node" => return itself,
        "ReplicaSet" => facts.get(REPLICA_SETS, namespace, name),
        "Job" => facts.get(JOBS, namespace, name),
        _ => Known::Missing,
    };
    match (above, name.rsplit_once('-')) {
        (Known::There(above), _) => top(facts, namespace, owner_kind, above, depth + 1),
        // Without the ReplicaSet: its name is the Deployment's, and a hash.
        (_, Some((deployment, _))) if owner_kind == "ReplicaSet" => {
            ("Deployment".to_owned(), deployment.to_owned())
        }
        _ => (owner_kind.to_owned(), name.to_owned()),
    }
}

/// Whether a workload has to do with identities.
fn concerns(facts: &Facts, workload: &Workload<'_>) -> bool {
    let account = facts.get(ACCOUNTS, &workload.namespace, workload.account());
    let is_identity =
        |account: &Value| annotation(account, CLIENT_ID).is_some() || label(account, USE_LABEL).is_some();
    let is_annotated = matches!(account, Known::There(account) if is_identity(account));
    let objects =
        [workload.object.unwrap_or(&NOTHING), workload.template(), workload.pod().unwrap_or(&NOTHING)];
    let is_meant = |object: &Value| {
        let at = ["/metadata/labels", "/metadata/annotations"];
        at.into_iter()
            .any(|at| misspelt(object, at).next().is_some())
    };
    let is_misspelt = matches!(account, Known::There(account) if is_meant(account));
    is_annotated
        || is_misspelt
        || wants_wisp(facts, workload)
        || objects
            .into_iter()
            .any(|object| has_signs(object) || is_meant(object))
}

fn has_signs(object: &Value) -> bool {
    let has_variable = |container: &Value| {
        list(container, "/env")
            .iter()
            .any(|variable| text(variable, "/name") == "AZURE_FEDERATED_TOKEN_FILE")
    };
    object
        .pointer("/metadata/labels")
        .is_some_and(|labels| labels.get(USE_LABEL).is_some())
        || annotation(object, INJECTED).is_some()
        || containers(object)
            .any(|(container, _)| text(container, "/name") == SIDECAR || has_variable(container))
}

/// Whether the pods ask for wisp, by their own label or by that of their namespace.
pub(super) fn wants_wisp(facts: &Facts, workload: &Workload<'_>) -> bool {
    match label(workload.template(), INJECT) {
        Some(value) => value == "true",
        None => match facts.get(NAMESPACES, "", &workload.namespace) {
            Known::There(namespace) => label(namespace, INJECT) == Some("true"),
            _ => false,
        },
    }
}
