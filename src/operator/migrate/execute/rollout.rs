//! Whether what makes pods has replaced all of them.

use serde_json::Value;

/// How far a roll-out is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Rollout {
    /// All pods are of the new template and ready, or there are none.
    Done,
    /// Not yet, for this reason.
    Waiting(String),
    /// Nobody replaces its pods, for this reason: whoever deletes them has them made anew.
    ByDeletion(&'static str),
}

/// The roll-out of `object`, which is of `kind` (without its group).
pub(super) fn rollout(kind: &str, object: &Value) -> Rollout {
    if let Some(reason) = unobserved(object) {
        return Rollout::Waiting(reason);
    }
    match kind {
        // They make their next pods from the new template, and those that run end by themselves.
        "CronJob" | "AdvancedCronJob" | "ScaledJob" => Rollout::Done,
        "Pod" => of_pod(object),
        "Job" => of_job(object),
        "DaemonSet" => of_daemon_set(object),
        "ReplicaSet" | "ReplicationController" => Rollout::ByDeletion("its kind never replaces pods"),
        _ if has_replicas(kind, object) => of_replicas(object),
        // Others make their next pods from the new template too.
        _ => Rollout::Done,
    }
}

/// Whether a Pod or a Job has ended.
pub(super) fn is_finished(kind: &str, object: &Value) -> bool {
    match kind {
        "Pod" => matches!(text(object, "/status/phase"), Some("Succeeded" | "Failed")),
        "Job" => is_true(object, "Complete") || is_true(object, "Failed"),
        _ => false,
    }
}

/// Whether the pod is ready.
pub(super) fn is_ready(pod: &Value) -> bool {
    is_true(pod, "Ready")
}

/// The controller has not seen the change yet.
fn unobserved(object: &Value) -> Option<String> {
    let expected = number(object, "/metadata/generation")?;
    let seen = object.pointer("/status/observedGeneration")?;
    // Argo CD's Rollouts have it as text.
    let seen = seen.as_u64().or_else(|| seen.as_str()?.parse().ok())?;
    (seen < expected).then(|| "its controller has not seen the change yet".to_owned())
}

fn of_pod(pod: &Value) -> Rollout {
    if is_finished("Pod", pod) || is_ready(pod) {
        return Rollout::Done;
    }
    let phase = text(pod, "/status/phase").unwrap_or("Pending");
    Rollout::Waiting(format!("its pod is {phase} and not ready"))
}

fn of_job(job: &Value) -> Rollout {
    let has_pod = ["ready", "succeeded"]
        .iter()
        .any(|field| number(job, &format!("/status/{field}")).is_some_and(|count| count > 0));
    let is_suspended = job.pointer("/spec/suspend") == Some(&Value::Bool(true));
    if has_pod || is_suspended || is_finished("Job", job) {
        return Rollout::Done;
    }
    Rollout::Waiting("none of its pods is ready".to_owned())
}

fn of_daemon_set(object: &Value) -> Rollout {
    if text(object, "/spec/updateStrategy/type") == Some("OnDelete") {
        return Rollout::ByDeletion("its strategy is OnDelete");
    }
    let expected = number(object, "/status/desiredNumberScheduled").unwrap_or_default();
    compared(object, expected, &[("updatedNumberScheduled", "updated"), ("numberAvailable", "available")])
}

/// Whether its controller keeps a number of pods, one where none is named.
fn has_replicas(kind: &str, object: &Value) -> bool {
    matches!(kind, "Deployment" | "StatefulSet" | "Rollout" | "CloneSet" | "DeploymentConfig")
        || number(object, "/spec/replicas").is_some()
}

/// Deployments, StatefulSets, and kinds of others that are like them.
fn of_replicas(object: &Value) -> Rollout {
    let strategy = text(object, "/spec/updateStrategy/type");
    if strategy == Some("OnDelete") {
        return Rollout::ByDeletion("its strategy is OnDelete");
    }
    let partition = number(object, "/spec/updateStrategy/rollingUpdate/partition").unwrap_or_default();
    if partition > 0 {
        return Rollout::ByDeletion("its strategy has a partition, whose pods stay as they are");
    }
    if object.pointer("/spec/paused") == Some(&Value::Bool(true)) {
        return Rollout::Waiting("it is paused: resume its roll-out".to_owned());
    }
    if object
        .get("status")
        .is_none_or(|status| status.as_object().is_none_or(serde_json::Map::is_empty))
    {
        let is_empty = number(object, "/spec/replicas") == Some(0);
        return if is_empty { Rollout::Done } else { Rollout::Waiting("it has no status yet".to_owned()) };
    }
    let expected = number(object, "/spec/replicas").unwrap_or(1);
    let fields: &[(&str, &str)] = match object.pointer("/status/updatedReplicas") {
        // Kinds of others need not count what is updated.
        None if expected > 0 && object.pointer("/status/replicas").is_none() => &[],
        _ => &[("updatedReplicas", "updated"), ("availableReplicas", "available")],
    };
    match compared(object, expected, fields) {
        Rollout::Done => {
            let all = number(object, "/status/replicas").unwrap_or_default();
            if all > expected {
                return Rollout::Waiting(format!("{} of its pods are from before", all - expected));
            }
            Rollout::Done
        }
        waiting => waiting,
    }
}

fn compared(object: &Value, expected: u64, fields: &[(&str, &str)]) -> Rollout {
    for (field, word) in fields {
        let found = number(object, &format!("/status/{field}")).unwrap_or_default();
        if found < expected {
            return Rollout::Waiting(format!("{found} of {expected} pods are {word}"));
        }
    }
    Rollout::Done
}

fn is_true(object: &Value, condition: &str) -> bool {
    let conditions = object
        .pointer("/status/conditions")
        .and_then(Value::as_array);
    conditions.into_iter().flatten().any(|one| {
        let text = |key: &str| one.get(key).and_then(Value::as_str);
        text("type") == Some(condition) && text("status") == Some("True")
    })
}

fn number(object: &Value, at: &str) -> Option<u64> {
    object.pointer(at)?.as_u64()
}

fn text<'a>(object: &'a Value, at: &str) -> Option<&'a str> {
    object.pointer(at)?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::rollout;

    #[test]
    fn each_kind_has_its_roll_out() {
        let metadata = json!({"generation": 2});
        let object =
            |spec: Value, status: Value| json!({"metadata": metadata, "spec": spec, "status": status});
        let of = |updated, available, all| json!({"observedGeneration": 2, "replicas": all, "updatedReplicas": updated, "availableReplicas": available});
        let on_delete = json!({"updateStrategy": {"type": "OnDelete"}});
        let partition = json!({"updateStrategy": {"rollingUpdate": {"partition": 1}}});
        let cases = [
            ("Deployment", object(json!({"replicas": 2}), of(2, 2, 2))),
            (
                "Deployment",
                object(
                    json!({"replicas": 2}),
                    json!({"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}),
                ),
            ),
            ("Deployment", object(json!({"replicas": 2}), of(1, 2, 2))),
            ("Deployment", object(json!({"replicas": 2}), of(2, 1, 2))),
            ("Deployment", object(json!({"replicas": 2}), of(2, 2, 3))),
            ("Deployment", object(json!({"replicas": 0}), json!({"observedGeneration": 2}))),
            ("Deployment", object(json!({"replicas": 1, "paused": true}), of(0, 1, 1))),
            ("Deployment", object(json!({"replicas": 1}), json!({}))),
            ("StatefulSet", object(on_delete.clone(), of(1, 1, 1))),
            ("StatefulSet", object(partition, of(1, 1, 1))),
            ("DaemonSet", object(on_delete, json!({}))),
            (
                "DaemonSet",
                object(
                    json!({}),
                    json!({"desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberAvailable": 2}),
                ),
            ),
            ("DaemonSet", object(json!({}), json!({"desiredNumberScheduled": 0}))),
            ("ReplicaSet", object(json!({}), json!({}))),
            ("CronJob", object(json!({}), json!({}))),
            ("Rollout", object(json!({"replicas": 1}), json!({"observedGeneration": "1"}))),
            ("SparkApplication", object(json!({}), json!({}))),
            ("Pod", json!({"status": {"phase": "Pending"}})),
            (
                "Pod",
                json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}),
            ),
            ("Job", json!({"status": {"active": 1}})),
            ("Job", json!({"status": {"active": 1, "ready": 1}})),
        ];
        let lines = cases.map(|(kind, object)| format!("{kind}: {:?}", rollout(kind, &object)));
        insta::assert_snapshot!(lines.join("\n"), @r#"
        Deployment: Done
        Deployment: Waiting("its controller has not seen the change yet")
        Deployment: Waiting("1 of 2 pods are updated")
        Deployment: Waiting("1 of 2 pods are available")
        Deployment: Waiting("1 of its pods are from before")
        Deployment: Done
        Deployment: Waiting("it is paused: resume its roll-out")
        Deployment: Waiting("it has no status yet")
        StatefulSet: ByDeletion("its strategy is OnDelete")
        StatefulSet: ByDeletion("its strategy has a partition, whose pods stay as they are")
        DaemonSet: ByDeletion("its strategy is OnDelete")
        DaemonSet: Waiting("2 of 3 pods are available")
        DaemonSet: Done
        ReplicaSet: ByDeletion("its kind never replaces pods")
        CronJob: Done
        Rollout: Waiting("its controller has not seen the change yet")
        SparkApplication: Done
        Pod: Waiting("its pod is Pending and not ready")
        Pod: Done
        Job: Waiting("none of its pods is ready")
        Job: Done
        "#);
    }
}
