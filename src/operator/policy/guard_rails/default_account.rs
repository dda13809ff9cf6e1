//! No identity for the service account `default`, which every pod has that names none.

use super::{Policy, has_identity, opted_in};
use crate::operator::{
    inject::options::STANDARD,
    policy::{
        cel::quoted,
        objects::{NEW_PODS, Rule, Validation},
        pod::{self, Variable, variable},
    },
};

pub(super) fn policy() -> Policy {
    let mut variables: Vec<_> = pod::basics().into_iter().map(of_pods).collect();
    variables.extend([opted_in(), has_identity()]);
    let client_id = quoted(STANDARD[0].0);
    variables.push(variable(
        "account",
        "request.kind.kind == 'Pod' ? (has(object.spec.serviceAccountName) ? object.spec.serviceAccountName : 'default') : object.metadata.name",
    ));
    Policy {
        name: "default-account",
        rules: vec![NEW_PODS, Rule { resources: &["serviceaccounts"], operations: &["CREATE", "UPDATE"] }],
        variables,
        validations: vec![
            Validation {
                holds:
                    "request.kind.kind != 'Pod' || variables.account != 'default' || !variables.hasIdentity"
                        .to_owned(),
                message: quoted(
                    "the pod has an identity and runs as service account `default`, as every pod of the namespace does that names none, so \
                     that all of them could have this identity; make a service account for the application, name it in `serviceAccountName`, \
                     and make it the subject of the federated credential",
                ),
                otherwise: "a pod with an identity needs a service account of its own; name it in `serviceAccountName`",
            },
            Validation {
                holds: format!(
                    "request.kind.kind != 'ServiceAccount' || variables.account != 'default' || !({client_id} in variables.annotations)"
                ),
                message: quoted(
                    "service account `default` may not have an identity, for every pod of the namespace has it that names none; annotate a \
                     service account of the application's own",
                ),
                otherwise: "service account `default` may not have an identity; annotate one of the application's own",
            },
        ],
    }
}

/// What is said of a pod's containers is nothing where the object is no pod.
fn of_pods(of: Variable) -> Variable {
    if of.expression.contains("object.spec") {
        return Variable {
            expression: format!("request.kind.kind == 'Pod' ? ({}) : []", of.expression),
            ..of
        };
    }
    of
}
