//! The mode of wisp that fits a workload, or why none does. `docs/modes.md` has the limits of each.

use super::risks::RiskId;
use crate::operator::{
    inject::Mode,
    migrate::inventory::model::{Preflight, Workload},
};

/// A fact that decides.
struct Limit {
    fact: Preflight,
    /// The risk that it is.
    risk: RiskId,
    /// Whether no mode is possible.
    forbids_all: bool,
    /// Why, to follow the workload.
    reason: &'static str,
}

/// What forbids modes. All but mode `redirect` need no right in the pod.
const LIMITS: [Limit; 4] = [
    Limit {
        fact: Preflight::Windows,
        risk: RiskId::Windows,
        forbids_all: true,
        reason: "its pods run on Windows, and wisp runs on Linux",
    },
    Limit {
        fact: Preflight::VirtualNode,
        risk: RiskId::VirtualNode,
        forbids_all: true,
        reason: "its pods run on a virtual node, where workload identity is not supported",
    },
    Limit {
        fact: Preflight::HostNetwork,
        risk: RiskId::HostNetwork,
        forbids_all: false,
        reason: "its pods have the node's network",
    },
    Limit {
        fact: Preflight::PodSecurity,
        risk: RiskId::PodSecurity,
        forbids_all: false,
        reason: "the Pod Security level of its namespace allows no NET_ADMIN",
    },
];

/// Why there is no mode.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Forbidden {
    pub reason: &'static str,
}

/// The mode for `workload`; `chosen` is the user's.
pub(super) fn fit(workload: &Workload, chosen: Option<Mode>) -> Result<Mode, Forbidden> {
    let met: Vec<_> = limits(workload).collect();
    if let Some(limit) = met.iter().find(|limit| limit.forbids_all) {
        return Err(Forbidden { reason: limit.reason });
    }
    let fitting = if met.is_empty() { Mode::Redirect } else { Mode::Env };
    Ok(chosen.unwrap_or(fitting))
}

/// Why `mode` is refused for `workload`.
pub(super) fn refused(workload: &Workload, mode: Mode) -> Option<&'static str> {
    let limit = limits(workload).find(|limit| limit.forbids_all || mode == Mode::Redirect);
    limit.map(|limit| limit.reason)
}

/// The risks that decide its mode.
pub(super) fn risks(workload: &Workload) -> impl Iterator<Item = (RiskId, &'static str)> {
    limits(workload).map(|limit| (limit.risk, limit.reason))
}

fn limits(workload: &Workload) -> impl Iterator<Item = &'static Limit> {
    LIMITS
        .iter()
        .filter(|limit| workload.preflight.contains(&limit.fact))
}
