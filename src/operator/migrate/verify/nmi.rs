//! What NMI has answered. It is no proof by itself: it counts from its start, and a pod that does not ask is not counted.

use super::{
    check::{Check, CheckId},
    metrics,
    pods::pods,
    world::Request,
};
use crate::operator::{cluster::Api, migrate::tables::count};

/// How many requests NMI has answered, of the namespace that is verified or of all.
pub(super) async fn check<A: Api>(api: &A, request: &Request) -> Check {
    let id = CheckId::Nmi;
    let found = match pods(api, None).await {
        Ok(pods) => pods
            .into_iter()
            .filter(|pod| pod.is_running)
            .filter_map(|pod| {
                let own = pod.nmi?;
                Some((request.nmi_port.unwrap_or(own), pod))
            })
            .collect::<Vec<_>>(),
        Err(error) => return Check::skipped(id, format!("its pods cannot be looked for: {error}")),
    };
    if found.is_empty() {
        return Check::skipped(
            id,
            "no pod of NMI runs, or none that can be seen: with the AKS add-on it is outside of the cluster's rights",
        );
    }
    let (mut answered, mut silent) = (metrics::Answered::default(), Vec::new());
    for (port, pod) in &found {
        match metrics::of_nmi(api, pod, *port, request.namespace.as_deref()).await {
            Ok(count) => answered.add(count),
            Err(error) => silent.push(error.to_string()),
        }
    }
    let of = request
        .namespace
        .as_ref()
        .map(|namespace| format!(" of namespace {namespace}"));
    let silent = match silent.first() {
        Some(first) => format!("; {} of them could not be asked: {first}", silent.len()),
        None => String::new(),
    };
    let text = format!(
        "NMI has answered {}{} in {} since their start{silent}; a later run has to show the same number",
        answered.text(),
        of.unwrap_or_default(),
        count(found.len(), "pod"),
    );
    Check::skipped(id, text)
}
