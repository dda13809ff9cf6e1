//! While a workload has wisp, and its label still: whether both ways lead to the same identity.

use super::{
    before::{Asking, asker, planned},
    check::{Check, CheckId},
    job::Jobs,
    metrics,
    model::{Verification, Verified},
    native, old_way,
    pods::{Pod, pods},
    world::{Outside, Request, Stage, Time, World},
};
use crate::operator::{
    cluster::{Api, ApiError},
    migrate::{
        inventory::Inventory,
        plan::model::{Plan, PlannedWorkload},
    },
    pod_identity::LABEL,
};

/// So many pods of a workload are asked for what they have counted.
pub(super) const ASKED_PODS: usize = 3;

/// Verifies each planned workload of `plan`.
pub(super) async fn verify<A: Api, O: Outside, T: Time>(
    world: World<'_, A, O, T>,
    jobs: &Jobs,
    (inventory, plan): (&Inventory, &Plan),
    request: &Request,
) -> Verification {
    let mut verification = Verification::new(Stage::Parallel, plan);
    let mut asking = Asking::new(world, jobs, plan, request);
    let pods = pods(world.api, request.namespace.as_deref()).await;
    for workload in planned(plan) {
        let mut verified = Verified::of(workload);
        asking.new_way(workload, &mut verified).await;
        verified
            .checks
            .extend(sidecars(world.api, workload, (&pods, plan.cluster.audience)).await);
        let label = label(inventory, workload);
        old(world, jobs, (plan, workload, label), request, &mut verified).await;
        verification.workloads.push(verified);
    }
    verification
}

/// The label of a workload's pods.
fn label<'a>(inventory: &'a Inventory, workload: &PlannedWorkload) -> Option<&'a str> {
    let found = inventory
        .workloads
        .iter()
        .find(|found| workload.is_of(found));
    found?.label.as_deref()
}

/// Whether wisp is in the pods, and has got tokens.
async fn sidecars<A: Api>(
    api: &A,
    workload: &PlannedWorkload,
    (pods, audience): (&Result<Vec<Pod>, ApiError>, &str),
) -> Vec<Check> {
    let pods = match pods {
        Ok(pods) => pods,
        Err(error) => return vec![Check::unknown(CheckId::Sidecar, &error)],
    };
    let own: Vec<_> = pods
        .iter()
        .filter(|pod| pod.is_running && pod.is_of(workload))
        .collect();
    if workload.mode.is_none() {
        let text = "the plan has no wisp in it: its SDK gets tokens by itself";
        return vec![Check::skipped(CheckId::Sidecar, text), native::token_volume(&own, audience)];
    }
    let with_wisp: Vec<_> = own
        .iter()
        .filter_map(|pod| Some((*pod, pod.wisp?)))
        .collect();
    let found = format!("{} of {} running pods have wisp", with_wisp.len(), own.len());
    let check = if own.is_empty() {
        let fix = "have one run: scale it up, or start the Job by hand";
        Check::unchecked(CheckId::Sidecar, "no pod of it runs", fix)
    } else if with_wisp.len() < own.len() {
        Check::failed(CheckId::Sidecar, found, "roll it out with wisp, or wait until the roll-out is done")
    } else {
        Check::proven(CheckId::Sidecar, found)
    };
    let mut checks = vec![check];
    for (pod, port) in with_wisp.into_iter().take(ASKED_PODS) {
        checks.push(counted(api, pod, port, false).await);
    }
    checks
}

/// Whether wisp in a pod has got tokens. `is_strict` takes no failure.
pub(super) async fn counted<A: Api>(api: &A, pod: &Pod, port: u16, is_strict: bool) -> Check {
    let id = CheckId::Metrics;
    match metrics::of_wisp(api, pod, port).await {
        Ok(counted) if counted.given == 0 => {
            let fix = "have its application ask for a token; see `kubectl logs` of the container `wisp` for what hinders it";
            Check::failed(id, format!("pod {}: {}", pod.name, counted.text()), fix)
        }
        Ok(counted) if is_strict && !counted.failed.is_empty() => {
            let fix = "see `kubectl logs` of the container `wisp`; what failed before the credential was known is forgotten once the pod is replaced";
            Check::failed(id, format!("pod {}: {}", pod.name, counted.text()), fix)
        }
        Ok(counted) => Check::proven(id, format!("pod {}: {}", pod.name, counted.text())),
        Err(error) if is_strict => Check::unknown(id, &error),
        Err(error) => Check::skipped(id, error.to_string()),
    }
}

/// Asks the old way, where that is asked for.
async fn old<A: Api, O: Outside, T: Time>(
    world: World<'_, A, O, T>,
    jobs: &Jobs,
    (plan, workload, label): (&Plan, &PlannedWorkload, Option<&str>),
    request: &Request,
    verified: &mut Verified,
) {
    let id = CheckId::OldWay;
    let Some(label) = label else {
        let fix = "verify by `--stage after`";
        verified
            .checks
            .push(Check::unchecked(id, format!("its pods have no label `{LABEL}` any more"), fix));
        return;
    };
    if !request.old_by_pod {
        let fix = "give `--old-by-pod` and `--image`";
        verified
            .checks
            .push(Check::unchecked(id, "only a pod with the label can ask the old way", fix));
        return;
    }
    let account = workload
        .service_account
        .as_ref()
        .map_or("default", |account| account.current.as_str());
    let asker = match asker(plan, workload, account) {
        Ok(asker) => asker,
        Err(check) => return verified.checks.push(*check),
    };
    if asker.identities.is_empty() {
        let text = "the cluster is bound to its identities, and there is nothing to compare with";
        return verified.checks.push(Check::skipped(id, text));
    }
    match jobs.old_way(world, &asker, label, request).await {
        Ok(asked) => old_way::compare(&asked, verified),
        Err(reason) => verified.checks.push(Check::unknown(id, &reason)),
    }
}
