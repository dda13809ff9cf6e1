//! What the workload identity webhook, or a manifest, puts into pods: variables and the projected token.

use serde_json::Value;

use super::Look;
use crate::{
    doctor::{
        Diagnosis, Finding,
        table::cluster::{TOKEN_CONTAINERS, TOKEN_VOLUME, VARIABLES, VOLUME_AUDIENCE},
    },
    operator::{
        doctor::{
            case::{Case, TOKEN_FILE, tokens, variable, volume},
            tree::{containers, list, names, quoted, text},
        },
        identity::claim::AUDIENCES,
        inject::{
            additions::{CONTAINERS, MESH_CONTAINERS, SIDECAR},
            webhook::SKIP_CONTAINERS,
        },
    },
};

/// In chain order.
pub(super) const LOOKS: &[Look] = &[variables, token_volume, volume_audience, token_containers];

/// What the webhook sets.
const SET: [&str; 4] = ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", TOKEN_FILE, "AZURE_AUTHORITY_HOST"];

/// The audience of tokens for the token proxy of AKS.
const BINDING_AUDIENCE: &str = "api://AKSIdentityBinding";

/// The containers that the webhook leaves alone.
fn skipped<'a>(case: &Case<'a>) -> Vec<&'a str> {
    let named = case.annotation(SKIP_CONTAINERS).unwrap_or_default();
    named.split(';').map(str::trim).collect()
}

/// Whether the pods get their token of the webhook.
fn is_by_webhook(case: &Case<'_>) -> bool {
    case.is_labelled() && !case.has_own_token()
}

fn variables(case: &Case<'_>) -> Option<Finding> {
    if !is_by_webhook(case) {
        return None;
    }
    let Some(pod) = case.pod() else {
        return Some(VARIABLES.not_run("there is no pod", "mend what keeps it from being made"));
    };
    let skipped = skipped(case);
    let with_wisp = case.has_wisp();
    let mut missing = Vec::new();
    for (container, _) in containers(pod) {
        let name = text(container, "/name");
        let is_meant = if with_wisp { name == SIDECAR } else { !CONTAINERS.contains(&name) };
        if !is_meant || skipped.contains(&name) {
            continue;
        }
        let lacks: Vec<_> = SET
            .into_iter()
            .filter(|variable_name| variable(container, variable_name).is_none())
            .collect();
        if !lacks.is_empty() {
            missing.push(format!("container {} has no {}", quoted(name), lacks.join(", ")));
        }
    }
    Some(if missing.is_empty() {
        VARIABLES.passed("")
    } else {
        let name = text(pod, "/metadata/name");
        let mut diagnosis = Diagnosis::new(format!("pod {} was made without them", quoted(name)));
        missing.truncate(5);
        diagnosis.evidence = missing;
        VARIABLES.failed(diagnosis)
    })
}

/// The containers with the variable that names the token, and the volume that each mounts there.
fn mounted(pod: &Value) -> Vec<(&Value, Option<&Value>)> {
    containers(pod)
        .filter_map(|(container, _)| {
            let file = text(variable(container, TOKEN_FILE)?, "/value");
            let mount = list(container, "/volumeMounts").iter().find(|mount| {
                let path = text(mount, "/mountPath").trim_end_matches('/');
                let rest = file.strip_prefix(path);
                !path.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            });
            Some((container, mount.map(|mount| volume(pod, text(mount, "/name")))))
        })
        .collect()
}

fn token_volume(case: &Case<'_>) -> Option<Finding> {
    let pod = case.newest();
    let mounted = mounted(pod);
    if mounted.is_empty() {
        return None;
    }
    let mut missing = Vec::new();
    for (container, volume) in &mounted {
        let name = quoted(text(container, "/name"));
        match volume {
            None => missing.push(format!("container {name} mounts nothing where {TOKEN_FILE} points")),
            Some(volume) if tokens(volume).next().is_none() => {
                let volume = quoted(text(volume, "/name"));
                missing.push(format!(
                    "container {name} mounts the volume `{volume}` there, which has no projected token"
                ));
            }
            Some(_) => {}
        }
    }
    Some(if missing.is_empty() {
        TOKEN_VOLUME.passed("")
    } else {
        let mut diagnosis = Diagnosis::new(format!("there is no token where {TOKEN_FILE} points"));
        diagnosis.evidence = missing;
        TOKEN_VOLUME.failed(diagnosis)
    })
}

fn volume_audience(case: &Case<'_>) -> Option<Finding> {
    let pod = case.newest();
    let mounted = mounted(pod);
    let tokens = mounted
        .iter()
        .filter_map(|(_, volume)| *volume)
        .flat_map(|volume| tokens(volume).map(move |token| (volume, token)));
    let mut found = None;
    for (volume, token) in tokens {
        let audience = text(token, "/audience");
        let is_known = AUDIENCES.contains(&audience) || audience == BINDING_AUDIENCE;
        if !is_known {
            let has = if audience.is_empty() {
                "no audience".to_owned()
            } else {
                format!("`{}`", quoted(audience))
            };
            let volume = quoted(text(volume, "/name"));
            let found = format!("the token of the volume `{volume}` has {has}");
            let expected = format!("expected {}", AUDIENCES[0]);
            return Some(VOLUME_AUDIENCE.failed(Diagnosis::new(found).evidence(expected)));
        }
        found = Some(audience);
    }
    found.map(|audience| VOLUME_AUDIENCE.passed(audience))
}

/// Containers that are known to need no token: of meshes, and what ships logs or metrics.
const NEED_NONE: [&str; 8] = [
    "fluent-bit",
    "fluentd",
    "filebeat",
    "vault-agent",
    "cloud-sql-proxy",
    "config-reloader",
    "datadog-agent",
    "linkerd-network-validator",
];

fn token_containers(case: &Case<'_>) -> Option<Finding> {
    let pod = case.newest();
    let mounted = mounted(pod);
    if mounted.is_empty() {
        return None;
    }
    let has_wisp = case.has_wisp();
    let too_many: Vec<_> = mounted
        .iter()
        .map(|(container, _)| text(container, "/name"))
        .filter(|name| {
            let is_ours = CONTAINERS.contains(name);
            !is_ours && (has_wisp || MESH_CONTAINERS.contains(name) || NEED_NONE.contains(name))
        })
        .map(quoted)
        .collect();
    Some(if too_many.is_empty() {
        TOKEN_CONTAINERS.passed("")
    } else {
        let why = if has_wisp { "wisp asks for them" } else { "they are known to need none" };
        let found = format!("containers have the token that need none, since {why}: {}", names(&too_many, 5));
        TOKEN_CONTAINERS.warned(Diagnosis::new(found))
    })
}
