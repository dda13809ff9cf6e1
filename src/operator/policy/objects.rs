//! Objects of the API group `admissionregistration.k8s.io`.

use serde_json::{Map, Value, json};

use super::{pod::Variable, scope::Scope};

const GROUP: &str = "admissionregistration.k8s.io";

/// The version of what injects. What validates has been `v1` for longer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum ApiVersion {
    /// Kubernetes 1.36 and newer.
    #[default]
    V1,
    /// Kubernetes 1.34 and 1.35, where it has to be switched on.
    V1Beta1,
}

impl ApiVersion {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::V1, Self::V1Beta1];

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V1Beta1 => "v1beta1",
        }
    }
}

/// What a policy is asked about.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub resources: &'static [&'static str],
    pub operations: &'static [&'static str],
}

/// New pods.
pub(super) const NEW_PODS: Rule = Rule { resources: &["pods"], operations: &["CREATE"] };

/// A condition that has to hold, and what is said where it does not.
#[derive(Clone, Debug)]
pub(super) struct Validation {
    /// The condition.
    pub holds: String,
    /// The message as an expression.
    pub message: String,
    /// What is said where that expression fails.
    pub otherwise: &'static str,
}

/// A condition without which a policy is not concerned: its name and the expression.
pub(super) type MatchCondition = (&'static str, String);

/// The `matchConstraints` of a policy.
pub(super) fn constraints(rules: &[Rule], scope: &Scope) -> Value {
    let rules: Vec<_> = rules
        .iter()
        .map(|rule| {
            json!({
                "apiGroups": [""],
                "apiVersions": ["v1"],
                "operations": rule.operations,
                "resources": rule.resources,
            })
        })
        .collect();
    json!({"namespaceSelector": scope.namespaces(), "resourceRules": rules})
}

/// A policy that changes new pods by one expression.
pub(super) fn mutating(
    version: ApiVersion,
    scope: &Scope,
    conditions: &[MatchCondition],
    variables: &[Variable],
    patch: &str,
) -> Value {
    json!({
        "apiVersion": format!("{GROUP}/{}", version.name()),
        "kind": "MutatingAdmissionPolicy",
        "metadata": {"name": scope.name},
        "spec": {
            "failurePolicy": "Fail",
            "reinvocationPolicy": "IfNeeded",
            "matchConstraints": constraints(&[NEW_PODS], scope),
            "matchConditions": match_conditions(conditions),
            "variables": variables.iter().map(Variable::object).collect::<Vec<_>>(),
            "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": patch}}],
        },
    })
}

/// A policy called `name` that refuses.
pub(super) fn validating(
    name: &str,
    scope: &Scope,
    rules: &[Rule],
    conditions: &[MatchCondition],
    variables: &[Variable],
    validations: &[Validation],
) -> Value {
    let mut spec = Map::from_iter([
        ("failurePolicy".to_owned(), json!("Fail")),
        ("matchConstraints".to_owned(), constraints(rules, scope)),
        ("variables".to_owned(), variables.iter().map(Variable::object).collect()),
        ("validations".to_owned(), validations.iter().map(Validation::object).collect()),
    ]);
    if !conditions.is_empty() {
        spec.insert("matchConditions".to_owned(), match_conditions(conditions));
    }
    json!({
        "apiVersion": format!("{GROUP}/v1"),
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": spec,
    })
}

/// What puts the policy `of` into force for `resources`, with more of `spec`.
pub(super) fn binding(kind: &str, version: &str, name: &str, of: &str, more: &Value) -> Value {
    let mut spec = Map::from_iter([("policyName".to_owned(), json!(of))]);
    spec.extend(more.as_object().cloned().unwrap_or_default());
    json!({
        "apiVersion": format!("{GROUP}/{version}"),
        "kind": format!("{kind}Binding"),
        "metadata": {"name": name},
        "spec": spec,
    })
}

fn match_conditions(conditions: &[MatchCondition]) -> Value {
    conditions
        .iter()
        .map(|(name, expression)| json!({"name": name, "expression": expression}))
        .collect()
}

impl Variable {
    /// As an item of `variables`.
    pub(super) fn object(&self) -> Value {
        json!({"name": self.name, "expression": self.expression})
    }
}

impl Validation {
    /// As an item of `validations`.
    pub(super) fn object(&self) -> Value {
        json!({
            "expression": self.holds,
            "messageExpression": self.message,
            "message": self.otherwise,
            "reason": "Invalid",
        })
    }
}
