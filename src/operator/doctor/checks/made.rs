//! Whether pods are made at all: what Pod Security, webhooks, policies and quotas say to their controllers.

use serde_json::Value;

use super::{Look, not_read};
use crate::{
    doctor::{
        Check, Diagnosis, Finding,
        table::cluster::{ADMISSION_REFUSED, POD_CREATED, POD_SECURITY, WEBHOOK_CALL},
    },
    operator::{
        cluster::NAMESPACES,
        doctor::{
            case::Case,
            facts::Known,
            kinds::{EVENTS, PODS, REPLICA_SETS},
            tree::{containers, label, list, quoted, text},
        },
        inject::additions::INIT,
    },
};

/// In chain order.
pub(super) const LOOKS: &[Look] = &[
    |case| of(case, &POD_SECURITY),
    |case| of(case, &ADMISSION_REFUSED),
    |case| of(case, &WEBHOOK_CALL),
    created,
];

/// The label by which a namespace names the level of Pod Security that its pods have to keep to.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// The levels that do not allow NET_ADMIN.
const BELOW: [&str; 2] = ["baseline", "restricted"];

/// What a controller was told instead of getting a pod.
struct Denial {
    check: &'static Check,
    about: String,
    message: String,
}

/// By which words an API server says what it is; the first that fits counts.
const WORDS: [(&str, &Check); 8] = [
    ("violates PodSecurity", &POD_SECURITY),
    ("failed calling webhook", &WEBHOOK_CALL),
    ("no endpoints available for service", &WEBHOOK_CALL),
    ("denied the request", &ADMISSION_REFUSED),
    ("denied request", &ADMISSION_REFUSED),
    ("admission webhook", &ADMISSION_REFUSED),
    ("ValidatingAdmissionPolicy", &ADMISSION_REFUSED),
    ("MutatingAdmissionPolicy", &ADMISSION_REFUSED),
];

/// The check that a message belongs to.
fn check_of(message: &str) -> &'static Check {
    let found = WORDS.iter().find(|(words, _)| message.contains(words));
    found.map_or(&POD_CREATED, |(_, check)| check)
}

/// The newest thing that keeps pods from being made; none where enough of them are there.
fn denial(case: &Case<'_>) -> Option<Denial> {
    if !is_short(case) {
        return None;
    }
    let workload = case.workload;
    let is_of_workload = |event: &Value| {
        let (kind, name) = (text(event, "/kind"), text(event, "/name"));
        let is_itself = kind == workload.kind && name == workload.name;
        let is_made = ["ReplicaSet", "Job"].contains(&kind)
            && name
                .rsplit_once('-')
                .is_some_and(|(above, _)| above == workload.name);
        is_itself || is_made
    };
    let pod = case
        .pod()
        .map_or("", |pod| text(pod, "/metadata/creationTimestamp"));
    let event = case
        .facts
        .of(EVENTS, Some(&workload.namespace))
        .filter(|event| text(event, "/reason") == "FailedCreate" && is_of_workload(event))
        .filter(|event| text(event, "/time") >= pod)
        .max_by_key(|event| text(event, "/time"));
    if let Some(event) = event {
        return Some(refused(
            format!("event FailedCreate of {} {}", text(event, "/kind"), text(event, "/name")),
            text(event, "/message"),
        ));
    }
    // Events go after an hour; conditions stay.
    let conditions = list(workload.object?, "/status/conditions");
    let failure = conditions.iter().find(|condition| {
        text(condition, "/type") == "ReplicaFailure" && text(condition, "/status") == "True"
    })?;
    Some(refused(format!("condition ReplicaFailure of {}", workload.display()), text(failure, "/message")))
}

fn refused(about: String, message: &str) -> Denial {
    Denial { check: check_of(message), about, message: quoted(message) }
}

/// How many pods there should be.
fn expected(object: &Value) -> u64 {
    let at = match text(object, "/kind") {
        "DaemonSet" => "/status/desiredNumberScheduled",
        "Job" => "/spec/parallelism",
        "CronJob" => return 0,
        _ => "/spec/replicas",
    };
    object.pointer(at).and_then(Value::as_u64).unwrap_or(1)
}

/// Whether fewer pods are ready than there should be, as far as that is known.
fn is_short(case: &Case<'_>) -> bool {
    let Some(object) = case.workload.object else { return case.pod().is_none() };
    let ready = ["/status/readyReplicas", "/status/numberReady", "/status/ready", "/status/succeeded"]
        .iter()
        .filter_map(|at| object.pointer(at).and_then(Value::as_u64))
        .max();
    ready.unwrap_or(0) < expected(object) || case.pod().is_none()
}

/// One of the reasons.
fn of(case: &Case<'_>, check: &'static Check) -> Option<Finding> {
    if let Some(denial) = denial(case) {
        return (denial.check.id == check.id).then(|| failed(check, &denial));
    }
    if check.id == POD_SECURITY.id
        && let Some(level) = level_below(case)
    {
        let found = format!(
            "the namespace enforces the level {level}, which does not allow NET_ADMIN of wisp-init: pods that are there stay, and the next one is refused"
        );
        return Some(check.warned(Diagnosis::new(found).evidence(format!("label {ENFORCE}: {level}"))));
    }
    if !is_short(case) {
        return Some(check.passed(""));
    }
    // A pod that is there was taken.
    if case.pod().is_some() {
        return Some(check.passed(""));
    }
    Some(match case.facts.lacks(EVENTS, &case.workload.namespace) {
        Some(lack) => not_read(check, lack),
        None => check.passed(""),
    })
}

/// The level that the namespace enforces, where it does not allow what the redirect asks for.
fn level_below(case: &Case<'_>) -> Option<&'static str> {
    let Known::There(namespace) = case.facts.get(NAMESPACES, "", &case.workload.namespace) else {
        return None;
    };
    let enforced = label(namespace, ENFORCE)?;
    let level = BELOW.into_iter().find(|level| *level == enforced)?;
    let asks = |container: &Value| {
        let added = list(container, "/securityContext/capabilities/add");
        text(container, "/name") == INIT && added.iter().any(|one| one == "NET_ADMIN")
    };
    let mut pods = [case.template(), case.newest()].into_iter();
    let is_asked = pods.any(|pod| containers(pod).any(|(container, _)| asks(container)));
    is_asked.then_some(level)
}

fn failed(check: &'static Check, denial: &Denial) -> Finding {
    let found = match check.id {
        id if id == POD_SECURITY.id => "the level of Pod Security of the namespace does not allow the pods",
        id if id == WEBHOOK_CALL.id => "a webhook that has to see the pods does not answer",
        id if id == ADMISSION_REFUSED.id => "the pods are refused as they are made",
        _ => "the pods cannot be made",
    };
    check.failed(Diagnosis::new(found).evidence(format!("{}: {}", denial.about, denial.message)))
}

fn created(case: &Case<'_>) -> Option<Finding> {
    if let Some(denial) = denial(case) {
        if denial.check.id == POD_CREATED.id {
            return Some(failed(&POD_CREATED, &denial));
        }
        let id = denial.check.id;
        return Some(POD_CREATED.not_run(format!("{id} failed"), "mend that first"));
    }
    let workload = case.workload;
    if let Some(pod) = case.pod() {
        return Some(POD_CREATED.passed(format!("pod {}", text(pod, "/metadata/name"))));
    }
    if let Some(lack) = case.facts.lacks(PODS, &workload.namespace) {
        return Some(not_read(&POD_CREATED, lack));
    }
    let expected = workload.object.map(expected);
    if expected == Some(0) {
        let how = "scale it up, or wait for its next run, and ask again";
        return Some(POD_CREATED.not_run("no pod of it is wanted now", how));
    }
    let has_set = case
        .facts
        .of(REPLICA_SETS, Some(&workload.namespace))
        .any(|set| text(set, "/metadata/name").starts_with(&workload.name));
    let mut diagnosis = Diagnosis::new(format!("{} has no pod", workload.display()));
    if !has_set && workload.kind == "Deployment" {
        diagnosis = diagnosis.evidence("it has no ReplicaSet either");
    }
    Some(POD_CREATED.failed(diagnosis))
}
