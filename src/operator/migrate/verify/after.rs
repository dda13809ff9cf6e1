//! Once the label is gone: whether anybody goes the old way any more.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    check::{Check, CheckId},
    model::{Verification, Verified},
    native, nmi,
    parallel::{ASKED_PODS, counted},
    pods::{Pod, pods},
    world::{Request, Stage, World},
};
use crate::operator::{
    cluster::{Api, ApiError, Collection, each_object},
    migrate::plan::Plan,
    pod_identity::LABEL,
};

/// So many names of a list are shown.
const SHOWN: usize = 5;

/// Looks at the pods, and at what pod-managed identity has assigned.
pub(super) async fn verify<A: Api, O, T>(
    world: World<'_, A, O, T>,
    plan: &Plan,
    request: &Request,
) -> Verification {
    let api = world.api;
    let namespace = request.namespace.as_deref();
    let mut verification = Verification::new(Stage::After, plan);
    // Nothing is asked about plans here, but about pods.
    verification.left_out.clear();
    match pods(api, namespace).await {
        Ok(pods) => {
            verification.cluster.push(labels(&pods));
            verification.workloads = workloads(api, &pods).await;
            if verification.workloads.is_empty() {
                verification
                    .cluster
                    .push(Check::skipped(CheckId::Sidecar, "no pod has wisp"));
            }
            verification
                .workloads
                .extend(native::workloads(plan, &pods));
            verification
                .workloads
                .sort_by(|one, other| one.key().cmp(&other.key()));
        }
        Err(error) => verification
            .cluster
            .push(Check::unknown(CheckId::Label, &error)),
    }
    verification.cluster.push(assigned(api, namespace).await);
    verification.cluster.push(nmi::check(api, request).await);
    verification
}

/// Whether a pod has the label.
fn labels(pods: &[Pod]) -> Check {
    let labelled: Vec<_> = pods
        .iter()
        .filter(|pod| pod.label.is_some())
        .map(|pod| format!("{}/{}", pod.namespace, pod.name))
        .collect();
    if labelled.is_empty() {
        return Check::proven(CheckId::Label, format!("none of {} pods", pods.len()));
    }
    let fix = "cut their workloads over, or clean up after those that are adopted: `wispctl migrate status` lists them";
    Check::failed(
        CheckId::Label,
        format!("{} with the label `{LABEL}`: {}", labelled.len(), first_names(&labelled)),
        fix,
    )
}

/// Whether something is assigned.
async fn assigned<A: Api>(api: &A, namespace: Option<&str>) -> Check {
    let id = CheckId::AssignedIdentities;
    let collection = Collection::at(
        "apis/aadpodidentity.k8s.io/v1",
        "azureassignedidentities",
        "AzureAssignedIdentity",
        None,
    );
    let mut left = Vec::new();
    let read = each_object(api, &collection, |object| {
        let text = |pointer: &str| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or("?")
                .to_owned()
        };
        let of = text("/spec/podNamespace");
        if namespace.is_none_or(|namespace| namespace == of) {
            left.push(format!("{} of pod {of}/{}", text("/metadata/name"), text("/spec/pod")));
        }
    })
    .await;
    match read {
        Err(ApiError::NotFound(_)) => Check::proven(id, "the kind is not installed"),
        Err(error) => Check::unknown(id, &error),
        Ok(()) if left.is_empty() => Check::proven(id, "none is left"),
        Ok(()) => {
            left.sort();
            left.dedup();
            let fix = "wait a minute for MIC to remove them; what stays then belongs to pods with the label, or MIC does not run any more";
            Check::failed(id, format!("{} left: {}", left.len(), first_names(&left)), fix)
        }
    }
}

/// The workloads that have wisp, by their pods.
async fn workloads<A: Api>(api: &A, pods: &[Pod]) -> Vec<Verified> {
    let mut all = BTreeMap::<_, Vec<_>>::new();
    for pod in pods {
        let Some(port) = pod.wisp else { continue };
        let (kind, name) = pod.workload();
        all.entry((pod.namespace.as_str(), kind, name))
            .or_default()
            .push((pod, port));
    }
    let mut verified = Vec::new();
    for ((namespace, kind, name), pods) in all {
        let running: Vec<_> = pods.iter().filter(|(pod, _)| pod.is_running).collect();
        let mut checks = vec![if running.is_empty() {
            Check::unchecked(CheckId::Sidecar, "no pod of it runs", "see what keeps its pods from running")
        } else {
            Check::proven(CheckId::Sidecar, format!("{} running pods have wisp", running.len()))
        }];
        for (pod, port) in running.iter().take(ASKED_PODS) {
            checks.push(counted(api, pod, *port, true).await);
        }
        verified.push(Verified {
            namespace: namespace.to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            template: None,
            service_account: pods.first().map(|(pod, _)| pod.account.clone()),
            checks,
            tokens: Vec::new(),
        });
    }
    verified
}

/// The first names of a list.
fn first_names(names: &[String]) -> String {
    let first: Vec<_> = names.iter().take(SHOWN).map(String::as_str).collect();
    let more = if names.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", first.join(", "))
}
