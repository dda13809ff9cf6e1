//! Pods that are to have wisp have it, and its token is nobody else's.

use super::{Policy, everyone, opted_in, pods};
use crate::operator::{
    inject::{
        Options,
        additions::{CONTAINERS, SIDECAR, VOLUME},
        options::INJECT,
    },
    policy::{
        cel::{list, quoted},
        objects::Validation,
        pod::{self, variable},
    },
};

pub(super) fn policy(options: &Options) -> Policy {
    let mut variables = pod::basics();
    variables.push(opted_in());
    variables.push(everyone());
    let sidecar = quoted(SIDECAR);
    variables.push(variable(
        "isRunning",
        format!(
            "variables.inits.exists(c, c.name == {sidecar} && has(c.restartPolicy) && c.restartPolicy == 'Always') \
             || object.spec.containers.exists(c, c.name == {sidecar})"
        ),
    ));
    variables.push(variable(
        "tokens",
        format!(
            "variables.volumes.filter(v, v.name == {} || (has(v.projected) && has(v.projected.sources) && v.projected.sources.exists(s, \
             has(s.serviceAccountToken) && has(s.serviceAccountToken.audience) && s.serviceAccountToken.audience == {}))).map(v, v.name)",
            quoted(VOLUME),
            quoted(options.audience())
        ),
    ));
    let shared = if options.share_token {
        // The webhook's, which the application may have.
        format!("m.name == {}", quoted(VOLUME))
    } else {
        "m.name in variables.tokens".to_owned()
    };
    variables.push(variable(
        "others",
        format!(
            "variables.everyone.filter(c, !(c.name in {}) && has(c.volumeMounts) && c.volumeMounts.exists(m, {shared})).map(c, c.name)",
            list(CONTAINERS)
        ),
    ));
    Policy {
        name: "sidecar",
        rules: pods(),
        variables,
        validations: vec![
            Validation {
                holds: "request.operation != 'CREATE' || !variables.isOptedIn || variables.isRunning".to_owned(),
                message: quoted(&format!(
                    "the pod is to have wisp (label `{INJECT}`) and has no sidecar `{SIDECAR}`, so it would have the node's identity or none: \
                     see that the policy or the webhook that injects is installed (`wispctl policy`). A policy leaves out pods that it cannot \
                     serve or that name no identity (annotation `wisp/client-id`); it refuses them with the reasons, of which API servers may \
                     show this instead. Inject the manifest by `wispctl inject`, or leave the pod out with label `{INJECT}: \"false\"`"
                )),
                otherwise: "the pod is to have wisp and has no sidecar; inject it by `wispctl inject`",
            },
            Validation {
                holds: "!variables.isOptedIn || variables.others.size() == 0".to_owned(),
                message: "'container `' + variables.others.join('`, `') + '` mounts a token for Entra that is for wisp alone; remove the mount, \
                          and have the application ask wisp'"
                    .to_owned(),
                otherwise: "a container mounts wisp's token; remove the mount",
            },
        ],
    }
}
