//! Workloads that have workload identity of their own, and no wisp that could be asked: what is seen of them is their pods.

use std::collections::BTreeMap;

use super::{
    check::{Check, CheckId},
    model::Verified,
    pods::Pod,
};
use crate::operator::{
    migrate::plan::{Plan, PlannedWorkload, Road},
    pod_identity::LABEL,
};

/// The workloads of `pods` that have none, once their label is gone.
pub(super) fn workloads(plan: &Plan, pods: &[Pod]) -> Vec<Verified> {
    let planned = |pod: &Pod| {
        plan.workloads
            .iter()
            .find(|planned| is_native(planned) && pod.is_of(planned))
    };
    let mut all = BTreeMap::<_, Vec<_>>::new();
    for pod in pods.iter().filter(|pod| pod.wisp.is_none()) {
        let (kind, name) = match planned(pod) {
            Some(planned) => (planned.kind.as_str(), planned.name.as_str()),
            None if pod.is_native => pod.workload(),
            None => continue,
        };
        all.entry((pod.namespace.as_str(), kind, name))
            .or_default()
            .push(pod);
    }
    let verified = all
        .into_iter()
        .map(|((namespace, kind, name), pods)| Verified {
            namespace: namespace.to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            template: None,
            service_account: pods.first().map(|pod| pod.account.clone()),
            checks: vec![
                label(&pods),
                token_volume(&pods, plan.cluster.audience),
                Check::skipped(
                    CheckId::Metrics,
                    "it has no wisp to ask; whether its SDK has got tokens is in its own logs",
                ),
            ],
            tokens: Vec::new(),
        });
    verified.collect()
}

/// Whether the plan has no wisp in it, for it gets tokens by itself.
fn is_native(planned: &PlannedWorkload) -> bool {
    planned.road == Some(Road::Native)
}

/// Whether one of the `pods` of a workload has the label still.
fn label(pods: &[&Pod]) -> Check {
    let labelled = pods.iter().filter(|pod| pod.label.is_some()).count();
    if labelled == 0 {
        return Check::proven(CheckId::Label, format!("none of its {} pods", pods.len()));
    }
    let fix = "cut it over, and see that its pods follow";
    Check::failed(
        CheckId::Label,
        format!("{labelled} of its {} pods have the label `{LABEL}`", pods.len()),
        fix,
    )
}

/// Whether the running ones of `pods` have what an SDK takes: a token of their service account for Entra, at `audience`.
pub(super) fn token_volume(pods: &[&Pod], audience: &str) -> Check {
    let id = CheckId::TokenVolume;
    let running: Vec<&Pod> = pods.iter().copied().filter(|pod| pod.is_running).collect();
    let has_token = |pod: &&&Pod| pod.audiences.iter().any(|known| known == audience);
    let with_token = running.iter().filter(has_token).count();
    let found = format!("{with_token} of {} running pods have a token for {audience}", running.len());
    if running.is_empty() {
        return Check::unchecked(
            id,
            "no pod of it runs",
            "have one run: scale it up, or start the Job by hand",
        );
    }
    if with_token == running.len() {
        return Check::proven(id, found);
    }
    if running.iter().all(|pod| pod.is_native) {
        let fix = "see that the workload identity webhook of Azure runs, and have pods made anew that are older than it";
        return Check::failed(id, found, fix);
    }
    let fix = "label its pods `azure.workload.identity/use: \"true\"`; a program that asks the API server for tokens itself needs none: \
               see its own logs";
    Check::unchecked(id, found, fix)
}
