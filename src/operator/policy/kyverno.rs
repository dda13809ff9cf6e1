//! Guard rails as policies of Kyverno, whose `ValidatingPolicy` is the API server's and more.

use serde_json::{Value, json};

use super::{
    guard_rails::{Action, Policy},
    objects::{Validation, constraints},
    pod::Variable,
    scope::Scope,
};

/// The policy. Kyverno would make rules for what has pods from it, which it cannot from these expressions.
pub(super) fn object(policy: &Policy, scope: &Scope, action: Action) -> Value {
    json!({
        "apiVersion": "policies.kyverno.io/v1",
        "kind": "ValidatingPolicy",
        "metadata": {"name": policy.full_name(scope)},
        "spec": {
            "failurePolicy": "Fail",
            "autogen": {"podControllers": {"controllers": []}},
            "evaluation": {"background": {"enabled": false}},
            "validationActions": [action.word()],
            "matchConstraints": constraints(&policy.rules, scope),
            "variables": policy.variables.iter().map(Variable::object).collect::<Vec<_>>(),
            "validations": policy.validations.iter().map(Validation::object).collect::<Vec<_>>(),
        },
    })
}
