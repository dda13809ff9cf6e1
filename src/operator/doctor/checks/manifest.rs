//! What manifests say: label, service account, identity, left-over variables.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Look, not_read};
use crate::{
    doctor::{
        Diagnosis, Finding,
        table::cluster::{
            ACCOUNT, ACCOUNT_DEFAULT, CLIENT_ID, CLIENT_ID_GUID, CLIENT_ID_KIND, CLIENT_SECRET,
            ENDPOINT_OVERRIDE, HOST_NETWORK, LABEL_VALUE, POD_LABEL,
        },
    },
    names::is_guid,
    operator::{
        doctor::{
            case::{Case, applications, variable},
            facts::Known,
            kinds::ACCOUNTS,
            meant::stand_in,
            tree::{annotation, containers, entry, label, list, names, quoted, text},
        },
        inject::{
            additions::INIT,
            leftovers::endpoint_variables,
            record::INJECTED,
            webhook::{CLIENT_ID as ANNOTATION, USE_LABEL},
        },
    },
};

/// In chain order.
pub(super) const LOOKS: &[Look] = &[
    pod_label,
    label_value,
    account,
    account_default,
    client_id,
    client_id_guid,
    client_id_kind,
    client_secret,
    endpoint_override,
    host_network,
];

fn pod_label(case: &Case<'_>) -> Option<Finding> {
    let instead = if case.has_wisp() && case.has_own_token() {
        Some("not needed: wisp has a token of its own")
    } else if case.use_label().is_some() || case.is_labelled() {
        Some("")
    } else if case.wants_wisp() {
        Some("not needed: wisp is asked for")
    } else if case.is_projected_by_hand() {
        Some("not needed: the manifest projects the token")
    } else {
        None
    };
    if let Some(found) = instead {
        return Some(POD_LABEL.passed(found));
    }
    let mut diagnosis = Diagnosis::new(format!("the label {USE_LABEL} is not on the pod template"));
    for (object, location) in case.beside_template() {
        if entry(object, "/metadata/labels", USE_LABEL).is_some() {
            diagnosis = diagnosis.evidence(format!("it is on {location}, where it does nothing"));
        }
    }
    if annotation(case.template(), USE_LABEL).is_some() {
        diagnosis = diagnosis.evidence("the template has an annotation of that name, where it does nothing");
    }
    if let Some(found) = stand_in(case.template(), "/metadata/labels", USE_LABEL) {
        diagnosis =
            diagnosis.evidence(format!("the template has the label {}, which nobody reads", quoted(found)));
    }
    Some(POD_LABEL.failed(diagnosis))
}

fn label_value(case: &Case<'_>) -> Option<Finding> {
    let value = case.use_label()?;
    if value == "true" {
        return Some(LABEL_VALUE.passed(""));
    }
    let found = match value {
        Value::String(text) => format!("the value is `{}`", quoted(text)),
        Value::Bool(_) => "the value is a boolean, and labels are texts".to_owned(),
        _ => "the value is no text".to_owned(),
    };
    Some(LABEL_VALUE.failed(Diagnosis::new(found)))
}

fn account(case: &Case<'_>) -> Option<Finding> {
    let name = case.account_name();
    Some(match case.account() {
        Known::There(_) => ACCOUNT.passed(name.to_string()),
        Known::NotRead(lack) => not_read(&ACCOUNT, lack),
        Known::Missing => {
            let elsewhere: Vec<_> = case
                .facts
                .namespaces()
                .into_iter()
                .filter(|namespace| {
                    matches!(case.facts.get(ACCOUNTS, namespace, &name.name), Known::There(_))
                })
                .collect();
            let mut diagnosis = Diagnosis::new(format!("there is no service account {name}"));
            if !elsewhere.is_empty() && name.name != "default" {
                let line = format!("one of that name is in namespace {}", elsewhere.join(", "));
                diagnosis = diagnosis.evidence(line);
            }
            ACCOUNT.failed(diagnosis)
        }
    })
}

fn account_default(case: &Case<'_>) -> Option<Finding> {
    Some(if case.account_name().name == "default" {
        ACCOUNT_DEFAULT.warned(Diagnosis::new("the pods are the service account `default`"))
    } else {
        ACCOUNT_DEFAULT.passed("")
    })
}

fn client_id(case: &Case<'_>) -> Option<Finding> {
    if let Some(named) = case.client_id() {
        return Some(CLIENT_ID.passed(format!("by {}", named.location)));
    }
    if let Some(source) = case.other_identity() {
        return Some(CLIENT_ID.passed(source));
    }
    Some(match case.account() {
        Known::There(account) => {
            let name = case.account_name();
            let mut diagnosis =
                Diagnosis::new(format!("service account {name} has no annotation {ANNOTATION}"));
            if label(account, ANNOTATION).is_some() {
                diagnosis = diagnosis.evidence("it has a label of that name, where it does nothing");
            }
            if annotation(case.template(), ANNOTATION).is_some() {
                diagnosis = diagnosis.evidence("the pod template has it, where it does nothing");
            }
            if let Some(found) = stand_in(account, "/metadata/annotations", ANNOTATION) {
                diagnosis = diagnosis.evidence(format!("it has {}, which nobody reads", quoted(found)));
            }
            CLIENT_ID.failed(diagnosis)
        }
        Known::Missing => CLIENT_ID.not_run("account failed", "create the service account first"),
        Known::NotRead(lack) => not_read(&CLIENT_ID, lack),
    })
}

fn client_id_guid(case: &Case<'_>) -> Option<Finding> {
    let named = case.client_id()?;
    Some(if is_guid(&named.id) {
        CLIENT_ID_GUID.passed("")
    } else {
        CLIENT_ID_GUID.failed(Diagnosis::new(format!("{} has `{}`", named.location, quoted(&named.id))))
    })
}

fn client_id_kind(case: &Case<'_>) -> Option<Finding> {
    let named = case.client_id().filter(|named| is_guid(&named.id))?;
    let identities = &case.facts.azure.identities;
    if identities.is_empty() {
        let how = "add the output of `az identity list -o json`";
        return Some(CLIENT_ID_KIND.not_run("no identity was read", how));
    }
    let id = named.id.to_ascii_lowercase();
    if let Some(identity) = identities.iter().find(|identity| identity.client_id == id) {
        return Some(CLIENT_ID_KIND.passed(format!("identity {}", identity.resource.name)));
    }
    let by_principal = identities
        .iter()
        .find(|identity| identity.principal_id == id);
    Some(match by_principal {
        Some(identity) => CLIENT_ID_KIND.failed(
            Diagnosis::new(format!(
                "{} has {id}, which is the object id of identity {}",
                named.location, identity.resource.name
            ))
            .fix(format!("write its client id, {}.", identity.client_id)),
        ),
        None => CLIENT_ID_KIND.warned(
            Diagnosis::new(format!(
                "{} has {id}, and no identity that was read has that client id",
                named.location
            ))
            .fix("correct the client id, or add the list of the subscription that the identity is in."),
        ),
    })
}

/// The variables with which SDKs take another credential before an identity.
const SECRETS: [&str; 4] =
    ["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_PASSWORD", "AZURE_CLIENT_CERTIFICATE"];

fn client_secret(case: &Case<'_>) -> Option<Finding> {
    let mut diagnosis = None::<Diagnosis>;
    for (container, _) in applications(case.template()) {
        for name in SECRETS
            .into_iter()
            .filter(|name| variable(container, name).is_some())
        {
            let container = text(container, "/name");
            let line = format!("container {} sets {name}", quoted(container));
            let found = "SDKs take a left-over secret before an identity";
            diagnosis = Some(
                diagnosis
                    .unwrap_or_else(|| Diagnosis::new(found))
                    .evidence(line),
            );
        }
    }
    if let Some(diagnosis) = diagnosis {
        return Some(CLIENT_SECRET.failed(diagnosis));
    }
    let whole: BTreeSet<_> = applications(case.template())
        .flat_map(|(container, _)| list(container, "/envFrom"))
        .filter_map(|from| {
            ["/secretRef/name", "/configMapRef/name"]
                .into_iter()
                .map(|at| text(from, at))
                .find(|name| !name.is_empty())
        })
        .map(quoted)
        .collect();
    let whole: Vec<_> = whole.into_iter().collect();
    Some(if whole.is_empty() {
        CLIENT_SECRET.passed("")
    } else {
        CLIENT_SECRET.passed(format!("but for what comes of {}, which is not read", names(&whole, 3)))
    })
}

fn endpoint_override(case: &Case<'_>) -> Option<Finding> {
    let mode = case.annotation(INJECTED).unwrap_or_default();
    // Only mode `env` gives the secret that is asked for at IDENTITY_ENDPOINT; the others need none.
    let is_own = |name: &str, value: &str| {
        let host = value.trim_start_matches("http://");
        case.has_wisp()
            && (mode.contains("\"env\"") || name != "IDENTITY_ENDPOINT")
            && (host.starts_with("127.0.0.1:")
                || host.starts_with("localhost:")
                || host.starts_with("[::1]:"))
    };
    let mut diagnosis = None::<Diagnosis>;
    for (container, _) in applications(case.template()) {
        for name in endpoint_variables() {
            let Some(set) = variable(container, name) else { continue };
            let value = text(set, "/value");
            if is_own(name, value) || (name == "AZURE_POD_IDENTITY_AUTHORITY_HOST" && case.has_wisp()) {
                continue;
            }
            let container = quoted(text(container, "/name"));
            // Not the value: it may have a login in it.
            let line = format!("container {container} sets {name}");
            let found = "SDKs ask at the address in a variable before they look for an identity";
            diagnosis = Some(
                diagnosis
                    .unwrap_or_else(|| Diagnosis::new(found))
                    .evidence(line),
            );
        }
    }
    Some(match diagnosis {
        Some(diagnosis) => ENDPOINT_OVERRIDE.failed(diagnosis),
        None => ENDPOINT_OVERRIDE.passed(""),
    })
}

fn host_network(case: &Case<'_>) -> Option<Finding> {
    let redirects = |pod: &Value| containers(pod).any(|(container, _)| text(container, "/name") == INIT);
    let pods = [case.template(), case.newest()];
    if !pods.into_iter().any(redirects) {
        return None;
    }
    let has = pods
        .into_iter()
        .any(|pod| pod.pointer("/spec/hostNetwork") == Some(&Value::Bool(true)));
    Some(if has {
        HOST_NETWORK.failed(Diagnosis::new(
            "the pod has hostNetwork and wisp-init: a redirect would take the metadata service away from the whole node",
        ))
    } else {
        HOST_NETWORK.passed("")
    })
}
