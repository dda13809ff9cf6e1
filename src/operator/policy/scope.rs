//! What policies are called, and which namespaces and pods they are for.

use serde_json::{Value, json};

use crate::operator::{inject::options::INJECT, workload::Selector};

/// Where wisp's own programs run, unless somebody says otherwise.
pub(crate) const OWN_NAMESPACE: &str = "wisp-system";

/// Namespaces that nobody's policy may hold up: without what runs there a cluster does not come back.
const NEVER: [&str; 2] = ["kube-system", "kube-node-lease"];

/// The label that every namespace has, with its name.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// What policies are called, and where they hold.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// The name that those of all objects begin with.
    pub name: String,
    /// The namespace of wisp's own programs, which is left alone.
    pub own_namespace: String,
    /// Which namespaces, by their labels; all but those that are left alone if this selects everything.
    pub namespaces: Selector,
}

impl Scope {
    /// The `namespaceSelector` of a policy.
    pub(super) fn namespaces(&self) -> Value {
        let own = std::iter::once(self.own_namespace.as_str()).filter(|name| !name.is_empty());
        let left_alone: Vec<_> = NEVER.into_iter().chain(own).collect();
        let mut expressions = vec![json!({"key": NAME_LABEL, "operator": "NotIn", "values": left_alone})];
        expressions.extend(self.namespaces.expressions());
        json!({"matchExpressions": expressions})
    }
}

/// Both ways to opt in: the last words of a binding's name, and its `matchResources`. The label of the pod counts more than that of
/// the namespace; a value that means nothing selects the pod, so that it is refused instead of left alone.
pub(super) fn opt_ins() -> [(&'static str, Value); 2] {
    let expression = |operator: &str, values: &[&str]| {
        let mut expression = json!({"key": INJECT, "operator": operator});
        if !values.is_empty() {
            expression["values"] = json!(values);
        }
        expression
    };
    [
        (
            "by-pod",
            json!({"objectSelector": {"matchExpressions": [expression("Exists", &[]), expression("NotIn", &["false"])]}}),
        ),
        (
            "by-namespace",
            json!({
                "namespaceSelector": {"matchLabels": {(INJECT): "true"}},
                "objectSelector": {"matchExpressions": [expression("DoesNotExist", &[])]},
            }),
        ),
    ]
}
