//! wisp in the pod: there, whole, first, of this version, as it was written.

use serde_json::Value;

use super::Look;
use crate::{
    doctor::{
        Diagnosis, Finding,
        table::cluster::{HAND_EDITS, INJECTED_VERSION, ORDER, SHAPE, SIDECAR},
    },
    operator::{
        doctor::{
            case::{Case, tokens, variable, volume},
            tree::{annotation, containers, label, list, names, quoted, text},
            workload::INJECT,
        },
        edit::display,
        inject::{
            additions::{CONTAINERS, MESH_CONTAINERS, SIDECAR as WISP, VOLUME},
            hand_edits,
            record::{INJECTED, Record},
            standing,
        },
    },
};

/// In chain order.
pub(super) const LOOKS: &[Look] = &[sidecar, shape, order, version, edits];

fn sidecar(case: &Case<'_>) -> Option<Finding> {
    if case.has_wisp() {
        return Some(SIDECAR.passed(""));
    }
    if !case.wants_wisp() {
        return None;
    }
    let Some(pod) = case.pod() else {
        return Some(SIDECAR.not_run("there is no pod", "mend what keeps it from being made"));
    };
    let by = match label(case.template(), INJECT) {
        Some(_) => "the label of the pod template".to_owned(),
        None => format!("the label of namespace {}", case.workload.namespace),
    };
    let name = text(pod, "/metadata/name");
    Some(
        SIDECAR.failed(
            Diagnosis::new(format!("pod {name} has no container `{WISP}`"))
                .evidence(format!("{by} asks for it: {INJECT}: \"true\""))
                .evidence(format!(
                    "the pod was made at {}",
                    quoted(text(pod, "/metadata/creationTimestamp"))
                )),
        ),
    )
}

/// The pod or template in which wisp stands, the newest first.
fn standing_in<'a>(case: &Case<'a>) -> Option<&'a Value> {
    let has_wisp = |pod: &&Value| {
        annotation(pod, INJECTED).is_some()
            || containers(pod).any(|(container, _)| CONTAINERS.contains(&text(container, "/name")))
    };
    [case.newest(), case.template()].into_iter().find(has_wisp)
}

fn shape(case: &Case<'_>) -> Option<Finding> {
    let pod = standing_in(case)?;
    let mut missing = Vec::new();
    match standing(pod) {
        Err(diagnostic) => return Some(SHAPE.failed(Diagnosis::new(quoted(&diagnostic.text)))),
        Ok(None) => missing.push(format!("the annotation {INJECTED}, without which nothing is known of it")),
        Ok(Some(_)) => {}
    }
    let wisp = containers(pod).find(|(container, _)| text(container, "/name") == WISP);
    match wisp {
        None => missing.push(format!("the container `{WISP}`")),
        Some((wisp, is_init)) => {
            for (at, what) in [
                ("/lifecycle/postStart", "the hook by which others wait for wisp (postStart)"),
                ("/readinessProbe", "its readiness probe"),
                ("/livenessProbe", "its liveness probe"),
            ] {
                if wisp.pointer(at).is_none() {
                    missing.push(what.to_owned());
                }
            }
            if is_init && text(wisp, "/restartPolicy") != "Always" {
                missing.push("restartPolicy: Always, without which an init container has to end".to_owned());
            }
            missing.extend(token(pod, wisp));
        }
    }
    Some(if missing.is_empty() {
        SHAPE.passed("")
    } else {
        let mut diagnosis = Diagnosis::new("parts of wisp are missing in the pod");
        diagnosis.evidence = missing
            .into_iter()
            .map(|what| format!("missing: {what}"))
            .collect();
        SHAPE.failed(diagnosis)
    })
}

/// What is missing of the token that is wisp's own.
fn token(pod: &Value, wisp: &Value) -> Option<String> {
    let file = text(variable(wisp, "AZURE_FEDERATED_TOKEN_FILE")?, "/value");
    let mount = list(wisp, "/volumeMounts").iter().find(|mount| {
        let path = text(mount, "/mountPath");
        !path.is_empty() && file.starts_with(path)
    });
    let Some(mount) = mount else { return Some(format!("a mount of the volume `{VOLUME}`, with its token")) };
    let name = text(mount, "/name");
    let has_token = tokens(volume(pod, name)).next().is_some();
    (!has_token).then(|| format!("the volume `{}`, with a projected token", quoted(name)))
}

fn order(case: &Case<'_>) -> Option<Finding> {
    let pod = standing_in(case)?;
    let inits: Vec<_> = list(pod, "/spec/initContainers")
        .iter()
        .map(|container| text(container, "/name"))
        .collect();
    let last = inits.iter().rposition(|name| CONTAINERS.contains(name))?;
    let before: Vec<_> = inits
        .iter()
        .take(last)
        .filter(|name| !CONTAINERS.contains(name) && !MESH_CONTAINERS.contains(name))
        .map(|name| quoted(name))
        .collect();
    Some(if before.is_empty() {
        ORDER.passed("")
    } else {
        let found = format!("init containers start before wisp: {}", names(&before, 5));
        ORDER.warned(Diagnosis::new(found))
    })
}

fn record(pod: &Value) -> Option<Record> {
    let annotations = pod.pointer("/metadata/annotations")?.as_object()?;
    Record::read(annotations).ok().flatten()
}

/// The tag of an image, where it is a version.
fn tag(image: &str) -> Option<&str> {
    let (path, _) = image.split_once('@').unwrap_or((image, ""));
    let (_, tag) = path.rsplit_once(':')?;
    let tag = tag.strip_prefix('v').unwrap_or(tag);
    let is_version = tag.split('.').count() == 3 && tag.starts_with(|letter: char| letter.is_ascii_digit());
    (is_version && !tag.contains('/')).then_some(tag)
}

fn version(case: &Case<'_>) -> Option<Finding> {
    let pod = standing_in(case)?;
    let record = record(pod)?;
    let this = env!("CARGO_PKG_VERSION");
    let image = containers(pod)
        .find(|(container, _)| text(container, "/name") == WISP)
        .map(|(container, _)| text(container, "/image"))
        .unwrap_or_default();
    if record.version == this {
        return Some(match tag(image).filter(|tag| *tag != this) {
            None => INJECTED_VERSION.passed(this),
            Some(tag) => INJECTED_VERSION.warned(
                Diagnosis::new(format!("its image is of version {}, and this is {this}", quoted(tag)))
                    .evidence(format!("its image is {}", quoted(image))),
            ),
        });
    }
    Some(
        INJECTED_VERSION.warned(
            Diagnosis::new(format!("version {} put it in, and this is {this}", quoted(&record.version)))
                .evidence(format!("its image is {}", quoted(image))),
        ),
    )
}

fn edits(case: &Case<'_>) -> Option<Finding> {
    // The template is as it was written; a pod has what the cluster adds.
    let pods = [case.template(), case.newest()];
    let pod = pods.into_iter().find(|pod| record(pod).is_some())?;
    let found: Vec<_> = hand_edits(pod, &Value::Null)
        .into_iter()
        .map(|edit| (edit.is_lost, display(&edit.diagnostic.at)))
        .collect();
    if found.iter().any(|(is_lost, _)| !is_lost) {
        let why = "the record in the pod has no digest of what was written";
        return Some(HAND_EDITS.not_run(why, "inject again by this version"));
    }
    // Not what it was set to, which may be a secret.
    let locations: Vec<_> = found.into_iter().map(|(_, at)| quoted(&at)).collect();
    Some(if locations.is_empty() {
        HAND_EDITS.passed("")
    } else {
        HAND_EDITS.warned(Diagnosis::new(format!("changed by hand: {}", names(&locations, 5))))
    })
}
