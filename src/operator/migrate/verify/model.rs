//! What a verification says. Its JSON is described in `docs/verification.schema.json`, and a change of one is a change of the other.

use serde::Serialize;

use super::{
    asked::TokenClaims,
    check::{Check, Outcome},
    world::Stage,
};
use crate::operator::migrate::{
    inventory::model::{Key, Unread},
    plan::model::{Plan, PlannedWorkload, State},
};

/// The version of the JSON. It changes when programs that read it have to.
pub(crate) const SCHEMA: &str = "wisp.verification/v1";

/// By the federated credential.
pub(super) const NEW: &str = "federated-credential";

/// By pod-managed identity.
pub(super) const OLD: &str = "pod-identity";

/// All that was proven, and all that was not, in a fixed order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verification {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// When.
    pub stage: Stage,
    /// What is about no workload.
    pub cluster: Vec<Check>,
    /// Workloads, in the order of the plan.
    pub workloads: Vec<Verified>,
    /// Workloads that nothing was asked about.
    pub left_out: Vec<LeftOut>,
    /// What could not be read of the cluster, so that nothing is known of it.
    pub unread: Vec<Unread>,
    /// Objects that were made and could not be removed again, with the reason.
    pub leftovers: Vec<String>,
}

/// A workload, and what is proven of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verified {
    /// Its namespace.
    pub namespace: String,
    /// Its kind, with the API group where that is not Kubernetes' own.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Which of several templates.
    pub template: Option<String>,
    /// The service account that is meant.
    pub service_account: Option<String>,
    /// What was looked at.
    pub checks: Vec<Check>,
    /// Whose tokens were given.
    pub tokens: Vec<SeenToken>,
}

/// Whose token was given: claims of it, and nothing else.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SeenToken {
    /// `federated-credential` or `pod-identity`: by what it was had.
    pub by: &'static str,
    /// The identity that was asked for.
    pub client_id: String,
    /// Its claims.
    pub claims: TokenClaims,
}

/// A workload that nothing was asked about.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeftOut {
    /// The workload as people name it.
    pub workload: String,
    /// How far it is planned.
    pub state: State,
    /// Why it was left out.
    pub reason: String,
}

impl Verification {
    /// Nothing is verified yet of what `plan` has.
    pub(super) fn new(stage: Stage, plan: &Plan) -> Self {
        let left_out = plan
            .workloads
            .iter()
            .filter(|workload| workload.state != State::Planned);
        let left_out = left_out.map(|workload| LeftOut {
            workload: title(
                &workload.kind,
                &workload.namespace,
                &workload.name,
                workload.template.as_deref(),
            ),
            state: workload.state,
            reason: workload
                .reason
                .clone()
                .unwrap_or_else(|| workload.state.text().to_owned()),
        });
        Self {
            schema: SCHEMA,
            stage,
            cluster: Vec::new(),
            workloads: Vec::new(),
            left_out: left_out.collect(),
            unread: plan.unread.clone(),
            leftovers: Vec::new(),
        }
    }

    /// All checks, with the workload that each is about.
    pub(crate) fn checks(&self) -> impl Iterator<Item = (Option<&Verified>, &Check)> {
        let of_cluster = self.cluster.iter().map(|check| (None, check));
        let of_workloads = self.workloads.iter().flat_map(|workload| {
            workload
                .checks
                .iter()
                .map(move |check| (Some(workload), check))
        });
        of_cluster.chain(of_workloads)
    }

    /// How many checks have this outcome.
    pub(crate) fn count(&self, outcome: Outcome) -> usize {
        self.checks()
            .filter(|(_, check)| check.outcome == outcome)
            .count()
    }

    /// The workloads that nothing was asked about and that are to be moved.
    pub(crate) fn undecided(&self) -> impl Iterator<Item = &LeftOut> {
        self.left_out
            .iter()
            .filter(|left_out| left_out.state != State::LeftAlone)
    }
}

impl Verified {
    /// Nothing is verified yet of `workload`.
    pub(super) fn of(workload: &PlannedWorkload) -> Self {
        let account = workload.service_account.as_ref();
        Self {
            namespace: workload.namespace.clone(),
            kind: workload.kind.clone(),
            name: workload.name.clone(),
            template: workload.template.clone(),
            service_account: account.map(|account| account.name.clone()),
            checks: Vec::new(),
            tokens: Vec::new(),
        }
    }

    /// What tells it apart.
    pub(super) fn key(&self) -> Key<'_> {
        (&self.namespace, &self.kind, &self.name, self.template.as_deref())
    }

    /// As people name it.
    pub(crate) fn title(&self) -> String {
        title(&self.kind, &self.namespace, &self.name, self.template.as_deref())
    }

    /// Whether everything is proven that has to be.
    pub(crate) fn is_proven(&self) -> bool {
        !self.checks.iter().any(|check| check.outcome.is_open())
    }
}

fn title(kind: &str, namespace: &str, name: &str, template: Option<&str>) -> String {
    let template = template.map_or_else(String::new, |template| format!(" ({template})"));
    format!("{kind} {namespace}/{name}{template}")
}
