//! No secret of an application beside an identity: it would be used first, and never expire by itself.

use super::{Policy, everyone, has_identity, opted_in, pods};
use crate::operator::policy::{
    cel::list,
    objects::Validation,
    pod::{self, variable},
};

/// Variables that hold a credential of an application, or name its file.
const CREDENTIALS: [&str; 3] = ["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_PASSWORD"];

pub(super) fn policy() -> Policy {
    let mut variables = pod::basics();
    variables.extend([opted_in(), has_identity(), everyone()]);
    let names = list(CREDENTIALS);
    variables.push(variable(
        "secrets",
        format!(
            "variables.everyone.filter(c, has(c.env) && c.env.exists(e, e.name in {names})).map(c, \
             'container `' + c.name + '` sets `' + c.env.filter(e, e.name in {names})[0].name + '`')"
        ),
    ));
    Policy {
        name: "client-secret",
        rules: pods(),
        variables,
        validations: vec![Validation {
            holds: "!variables.hasIdentity || variables.secrets.size() == 0".to_owned(),
            message: "variables.secrets.join(' and ') + ', and the pod has an identity that needs no secret: SDKs would take the secret first; \
                      remove the variable, and then the secret itself'"
                .to_owned(),
            otherwise: "the pod has a secret of an application beside an identity; remove the secret",
        }],
    }
}
