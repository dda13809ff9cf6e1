//! The client ids that a namespace may use, from an annotation that only those who may change the namespace can write.

use super::Policy;
use crate::operator::{
    inject::{additions::SIDECAR, options::STANDARD},
    policy::{
        cel::{list, quoted},
        objects::{Rule, Validation},
        pod::{Variable, variable},
    },
};

/// The annotation of a namespace: client ids with commas between them.
const ALLOWED: &str = "wisp/client-ids";

const GUID: &str = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/// Variables of wisp that name identities, as they are in its container and in ConfigMaps.
const VARIABLES: [&str; 2] = ["AZURE_CLIENT_ID", "WISP_IDENTITIES"];

/// The variable of wisp that names a file with settings.
const FILE: &str = "WISP_CONFIG";

pub(super) fn policy() -> Policy {
    Policy {
        name: "client-ids",
        rules: vec![
            Rule { resources: &["pods"], operations: &["CREATE"] },
            Rule { resources: &["serviceaccounts", "configmaps"], operations: &["CREATE", "UPDATE"] },
        ],
        variables: variables(),
        validations: vec![
            Validation {
                holds: "variables.refused.size() == 0".to_owned(),
                message: format!(
                    "'namespace `' + namespaceObject.metadata.name + '` may not use client id ' + variables.refused.join(', ') + ', for its \
                     annotation `{ALLOWED}` lists ' + (variables.allowed.size() == 0 ? 'none' : variables.allowed.join(', ')) + '; correct the \
                     id, or have whoever runs the cluster add it: kubectl annotate --overwrite namespace ' + namespaceObject.metadata.name \
                     + ' {ALLOWED}=' + (variables.allowed + variables.refused).join(',')"
                ),
                otherwise: "the namespace may not use this client id; its annotation `wisp/client-ids` lists those that it may",
            },
            Validation {
                holds: "variables.unseen.size() == 0".to_owned(),
                message: "'wisp takes settings from ' + variables.unseen.join(' and ') + ', where no policy can see which client id it would \
                          use; say it in the pod or in a ConfigMap'"
                    .to_owned(),
                otherwise: "wisp takes settings from where no policy can see them; say its client id in the pod or in a ConfigMap",
            },
        ],
    }
}

fn variables() -> Vec<Variable> {
    let is = |kind: &str| format!("request.kind.kind == '{kind}'");
    let annotations: Vec<_> = ["wisp/client-id", STANDARD[0].0].into();
    vec![
        variable("annotations", "has(object.metadata.annotations) ? object.metadata.annotations : {}"),
        variable(
            "allowed",
            format!(
                "(has(namespaceObject.metadata.annotations) && '{ALLOWED}' in namespaceObject.metadata.annotations ? \
                 namespaceObject.metadata.annotations['{ALLOWED}'] : '').lowerAscii().findAll('{GUID}')"
            ),
        ),
        variable(
            "wisp",
            format!(
                "{} ? (object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : []))\
                 .filter(c, c.name == {}) : []",
                is("Pod"),
                quoted(SIDECAR)
            ),
        ),
        variable("data", format!("{} && has(object.data) ? object.data : {{}}", is("ConfigMap"))),
        // Of a table of identities, only what follows `client_id` is one.
        variable(
            "texts",
            format!(
                "variables.wisp.map(c, has(c.env) ? c.env.filter(e, e.name in {0} && has(e.value)).map(e, e.value).join(' ') : '')\n\
                 + {0}.filter(n, n in variables.data).map(n, variables.data[n])\n\
                 + {1}.filter(n, {2} && variables.wisp.size() == 0 && n in variables.annotations).map(n, variables.annotations[n])",
                list(VARIABLES),
                list(annotations),
                format_args!("({} || {})", is("Pod"), is("ServiceAccount"))
            ),
        ),
        variable(
            "named",
            format!(
                "variables.texts.map(t, t.lowerAscii()).map(t, (t.contains('client_id')\n\
                 ? t.findAll('client_id[^0-9a-f]{{1,8}}{GUID}').map(m, m.substring(m.size() - 36)) : t.findAll('{GUID}')).join(' '))\
                 .join(' ').findAll('{GUID}')"
            ),
        ),
        variable("refused", "variables.named.filter(id, !(id in variables.allowed))"),
        variable(
            "unseen",
            format!(
                "variables.wisp.map(c, has(c.envFrom) ? c.envFrom.filter(f, has(f.secretRef)).map(f, 'Secret `' + f.secretRef.name + '`')\
                 .join(' and ') : '').filter(t, t != '')\n\
                 + variables.wisp.map(c, has(c.env) ? c.env.filter(e, e.name in {} && has(e.valueFrom) && has(e.valueFrom.secretKeyRef))\
                 .map(e, 'Secret `' + e.valueFrom.secretKeyRef.name + '`').join(' and ') : '').filter(t, t != '')\n\
                 + variables.wisp.map(c, has(c.env) ? c.env.filter(e, e.name == {}).map(e, 'a file (`' + e.name + '`)').join(' and ') : '').filter(t, t != '')",
                list(VARIABLES),
                quoted(FILE)
            ),
        ),
    ]
}
