//! How the newest pod runs: images, volumes, wisp-init, memory, crashes, readiness.

use serde_json::Value;

use super::{Look, logs::number_in, not_read};
use crate::{
    doctor::{
        Diagnosis, Finding,
        table::cluster::{CAPABILITY, CRASH, IMAGE, OOM_KILLED, REDIRECT_MADE, SIDECAR_READY, TOKEN_MOUNT},
    },
    entra::aadsts,
    operator::{
        doctor::{
            case::Case,
            kinds::EVENTS,
            tree::{clause, list, quoted, text},
        },
        explain::EXIT_CODES,
        inject::additions::{CONTAINERS, INIT, SIDECAR},
    },
};

/// In chain order.
pub(super) const LOOKS: &[Look] =
    &[image, token_mount, capability, redirect_made, oom_killed, crash, sidecar_ready];

/// Why a container waits for its image.
const IMAGE_REASONS: [&str; 7] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
];

/// The exit codes of wisp-init that say that the capability is missing: `FileCapabilityLost` and `NotPermitted`.
const NO_CAPABILITY: [i64; 2] = [72, 77];

/// The statuses of the pod's containers.
fn statuses(pod: &Value) -> impl Iterator<Item = &Value> {
    ["/status/initContainerStatuses", "/status/containerStatuses"]
        .into_iter()
        .flat_map(|at| list(pod, at))
}

/// The events of the pod with one of `reasons`, the newest first.
fn events<'a>(case: &Case<'a>, pod: &Value, reasons: &[&str]) -> Vec<&'a Value> {
    let name = text(pod, "/metadata/name");
    let mut events: Vec<_> = case
        .facts
        .of(EVENTS, Some(&case.workload.namespace))
        .filter(|event| text(event, "/kind") == "Pod" && text(event, "/name") == name)
        .filter(|event| reasons.contains(&text(event, "/reason")))
        .collect();
    events.sort_by(|one, other| text(other, "/time").cmp(text(one, "/time")));
    events
}

/// An event as evidence.
fn event_line(event: &Value) -> String {
    format!("event {}: {}", quoted(text(event, "/reason")), quoted(text(event, "/message")))
}

fn image(case: &Case<'_>) -> Option<Finding> {
    let pod = case.pod()?;
    let waits = statuses(pod).find(|status| IMAGE_REASONS.contains(&text(status, "/state/waiting/reason")));
    let Some(status) = waits else { return Some(IMAGE.passed("")) };
    let found = format!(
        "container {} waits for image {}: {}",
        quoted(text(status, "/name")),
        quoted(text(status, "/image")),
        text(status, "/state/waiting/reason")
    );
    let mut diagnosis = Diagnosis::new(found);
    let message = text(status, "/state/waiting/message");
    if !message.is_empty() {
        diagnosis = diagnosis.evidence(quoted(message));
    }
    Some(IMAGE.failed(diagnosis))
}

fn token_mount(case: &Case<'_>) -> Option<Finding> {
    let pod = case.pod()?;
    let is_waiting = text(pod, "/status/phase") == "Pending"
        && statuses(pod).any(|status| {
            ["ContainerCreating", "PodInitializing"].contains(&text(status, "/state/waiting/reason"))
        });
    if !is_waiting {
        return Some(TOKEN_MOUNT.passed(""));
    }
    let failed = events(case, pod, &["FailedMount", "FailedAttachVolume"]);
    if let Some(event) = failed.first() {
        let diagnosis = Diagnosis::new("a volume of the pod cannot be mounted, and so no container starts");
        let diagnosis = diagnosis.evidence(event_line(event));
        // A driver that mounts secrets asks Entra itself.
        let row = number_in(text(event, "/message")).and_then(aadsts::find);
        return Some(TOKEN_MOUNT.failed(match row {
            Some(row) => diagnosis.fix(row.fix),
            None => diagnosis,
        }));
    }
    Some(match case.facts.lacks(EVENTS, &case.workload.namespace) {
        Some(lack) => not_read(&TOKEN_MOUNT, lack),
        None => TOKEN_MOUNT.passed("not yet, and no event tells of a failure"),
    })
}

/// How a container ended last, if it did not end well.
fn ended(status: &Value) -> Option<&Value> {
    let states = ["/state/terminated", "/lastState/terminated"];
    let ended = states.iter().find_map(|at| status.pointer(at))?;
    let code = ended.get("exitCode").and_then(Value::as_i64);
    (code != Some(0)).then_some(ended)
}

fn status<'a>(pod: &'a Value, name: &str) -> Option<&'a Value> {
    statuses(pod).find(|status| text(status, "/name") == name)
}

/// Exit code and message of a container that ended.
fn end_line(ended: &Value) -> String {
    let code = ended.get("exitCode").and_then(Value::as_i64).unwrap_or(-1);
    match quoted(text(ended, "/message")).as_str() {
        "" => format!("it ended with exit code {code}"),
        message => format!("it ended with exit code {code}: {message}"),
    }
}

/// Adds what the exit code of one of wisp's containers means.
fn with_exit_code(diagnosis: Diagnosis, ended: &Value) -> Diagnosis {
    let code = ended.get("exitCode").and_then(Value::as_u64);
    let known = EXIT_CODES
        .into_iter()
        .find(|known| code == Some(u64::from(known.code)));
    let Some(known) = known else { return diagnosis };
    diagnosis.evidence(known.meaning).fix(clause(known.fix))
}

fn is_capability(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("capabilit") || message.contains("operation not permitted")
}

fn capability(case: &Case<'_>) -> Option<Finding> {
    let pod = case.pod()?;
    let status = status(pod, INIT)?;
    let waiting = text(status, "/state/waiting/reason");
    if waiting.starts_with("Create") || waiting == "RunContainerError" {
        let message = text(status, "/state/waiting/message");
        if is_capability(message) {
            let diagnosis = Diagnosis::new("the node does not start wisp-init");
            return Some(CAPABILITY.failed(diagnosis.evidence(quoted(message))));
        }
    }
    let code = |ended: &Value| ended.get("exitCode").and_then(Value::as_i64).unwrap_or(-1);
    Some(match ended(status) {
        Some(ended) if NO_CAPABILITY.contains(&code(ended)) => {
            let diagnosis = Diagnosis::new("wisp-init lacks the capability NET_ADMIN, or it does not help");
            CAPABILITY.failed(diagnosis.evidence(end_line(ended)))
        }
        _ => CAPABILITY.passed(""),
    })
}

fn redirect_made(case: &Case<'_>) -> Option<Finding> {
    let pod = case.pod()?;
    let status = status(pod, INIT)?;
    let done = status
        .pointer("/state/terminated/exitCode")
        .and_then(Value::as_i64)
        == Some(0);
    if done {
        return Some(REDIRECT_MADE.passed(""));
    }
    Some(match ended(status) {
        Some(ended) => {
            let diagnosis = Diagnosis::new("wisp-init ended without a redirect").evidence(end_line(ended));
            REDIRECT_MADE.failed(with_exit_code(diagnosis, ended))
        }
        None => {
            REDIRECT_MADE.not_run("wisp-init has not ended", "ask again in a moment, or with `--wait 1m`")
        }
    })
}

fn oom_killed(case: &Case<'_>) -> Option<Finding> {
    let pod = case.pod()?;
    let killed = statuses(pod).find(|status| {
        ["/state/terminated/reason", "/lastState/terminated/reason"]
            .iter()
            .any(|at| text(status, at) == "OOMKilled")
    });
    let Some(status) = killed else { return Some(OOM_KILLED.passed("")) };
    let name = text(status, "/name");
    let restarts = status
        .get("restartCount")
        .and_then(Value::as_u64)
        .unwrap_or(0);
    let found =
        format!("container {} was killed for its memory, and restarted {restarts} times", quoted(name));
    let diagnosis = Diagnosis::new(found)
        .evidence(format!("it last ended as OOMKilled, of pod {}", quoted(text(pod, "/metadata/name"))));
    // One that runs again may have had a bad moment, and others are no part of the chain.
    let is_over = status.get("ready") == Some(&Value::Bool(true));
    Some(if is_over || !CONTAINERS.contains(&name) {
        OOM_KILLED.warned(diagnosis)
    } else {
        OOM_KILLED.failed(diagnosis)
    })
}

fn crash(case: &Case<'_>) -> Option<Finding> {
    let pod = case.pod()?;
    let is_crashing = |status: &&Value| {
        let waiting = text(status, "/state/waiting/reason");
        let restarts = status
            .get("restartCount")
            .and_then(Value::as_u64)
            .unwrap_or(0);
        let again =
            ended(status).is_some() && restarts > 1 && status.get("ready") != Some(&Value::Bool(true));
        waiting == "CrashLoopBackOff" || again
    };
    let mut crashing: Vec<_> = statuses(pod).filter(is_crashing).collect();
    crashing.sort_by_key(|status| !CONTAINERS.contains(&text(status, "/name")));
    let Some(status) = crashing.first() else { return Some(CRASH.passed("")) };
    let name = text(status, "/name");
    let mut diagnosis = Diagnosis::new(format!("container {} ends again and again", quoted(name)));
    if let Some(ended) = ended(status) {
        diagnosis = diagnosis.evidence(end_line(ended));
        // Of a container of the application the same number means something else.
        if CONTAINERS.contains(&name) {
            diagnosis = with_exit_code(diagnosis, ended);
        }
    }
    Some(if CONTAINERS.contains(&name) { CRASH.failed(diagnosis) } else { CRASH.warned(diagnosis) })
}

fn sidecar_ready(case: &Case<'_>) -> Option<Finding> {
    let pod = case.pod()?;
    let status = status(pod, SIDECAR)?;
    if status.get("ready") == Some(&Value::Bool(true)) {
        return Some(SIDECAR_READY.passed(""));
    }
    if ["Succeeded", "Failed"].contains(&text(pod, "/status/phase")) {
        return None;
    }
    if status.pointer("/state/running").is_none() {
        let waiting = text(status, "/state/waiting/reason");
        let why = if waiting.is_empty() {
            "wisp does not run".to_owned()
        } else {
            format!("wisp waits: {}", quoted(waiting))
        };
        return Some(SIDECAR_READY.not_run(why, "mend what failed before, or ask again with `--wait 1m`"));
    }
    let mut diagnosis = Diagnosis::new("the container wisp runs and is not ready");
    if let Some(event) = events(case, pod, &["Unhealthy", "FailedPostStartHook"]).first() {
        diagnosis = diagnosis.evidence(event_line(event));
    }
    Some(SIDECAR_READY.failed(diagnosis))
}
