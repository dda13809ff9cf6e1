//! The workloads that are written: those that are planned whole.

use super::Unwritten;
use crate::operator::{
    identity::{Cloud, digest, model::IdentityPlan},
    inject::Options,
    migrate::{
        choices::{Choices, ChosenCloud, ChosenIdentity},
        inventory::{Inventory, KeptObject, model::Workload},
        plan::{Plan, PlannedWorkload, Road, ServiceAccount, State},
    },
};

/// A workload that is written.
pub(super) struct Moved<'a> {
    /// What the plan says.
    pub planned: &'a PlannedWorkload,
    /// What the inventory says.
    pub workload: &'a Workload,
    /// By what it is moved.
    pub road: Road,
    /// The service account that its pods have afterwards.
    pub account: &'a ServiceAccount,
    /// What is injected, on the road that injects.
    pub options: Option<Options>,
    /// What annotations of its pods say.
    pub annotations: Vec<(&'static str, String)>,
}

/// The workloads that are written, in the order of the plan, and those that cannot be, with the reason.
pub(super) fn moved<'a>(
    inventory: &'a Inventory,
    plan: &'a Plan,
    all: &Options,
) -> (Vec<Moved<'a>>, Vec<Unwritten>) {
    let (mut moved, mut unwritten) = (Vec::new(), Vec::new());
    for planned in &plan.workloads {
        match one(inventory, plan, planned, all) {
            Ok(one) => moved.extend(one),
            Err(reason) => unwritten.push(Unwritten { about: planned.display(), reason }),
        }
    }
    (moved, unwritten)
}

/// None for what stays as it is.
fn one<'a>(
    inventory: &'a Inventory,
    plan: &'a Plan,
    planned: &'a PlannedWorkload,
    all: &Options,
) -> Result<Option<Moved<'a>>, String> {
    match planned.state {
        State::LeftAlone => return Ok(None),
        State::NeedsDecision | State::CannotBeMoved => {
            return Err(planned.reason.clone().unwrap_or_default());
        }
        State::Planned => {}
    }
    let found = inventory
        .workloads
        .iter()
        .find(|workload| planned.is_of(workload));
    let (Some(workload), Some(road), Some(account)) = (found, planned.road, &planned.service_account) else {
        return Ok(None);
    };
    let bound = plan.identities.iter().find(|identity| {
        let mut own = planned.identities.iter();
        identity.identity_binding && own.any(|own| own.client_id == identity.client_id)
    });
    if let Some(bound) = bound {
        return Err(format!(
            "the cluster is bound to its identity {} (`identityBinding`), which takes `az aks identity-binding create` and RBAC: its steps are in the plan",
            bound.client_id
        ));
    }
    let choices = choices(planned, plan);
    let options = (road == Road::Inject)
        .then(|| choices.options(all))
        .transpose()?;
    // Adopted pods have their identities from bindings, as long as these are there.
    let annotations = if road == Road::Adopt { Vec::new() } else { choices.annotations(road) };
    Ok(Some(Moved { planned, workload, road, account, options, annotations }))
}

/// What wisp is told for the pods of `planned`.
fn choices<'a>(planned: &'a PlannedWorkload, plan: &'a Plan) -> Choices<'a> {
    let known = |client_id: &str| {
        let mut identities = plan.identities.iter();
        identities.find(|identity| identity.client_id == client_id)
    };
    let identities = planned.identities.iter().map(|own| {
        let known = known(&own.client_id);
        ChosenIdentity {
            client_id: &own.client_id,
            azure_identity: own.azure_identity.as_deref(),
            tenant_id: known.and_then(|identity| identity.tenant_id.as_deref()),
            resource_id: known.and_then(|identity| identity.resource_id.as_deref()),
        }
    });
    let (facts, public) = (&plan.cluster, Cloud::default());
    let is_public = (facts.authority, facts.audience) == (public.authority, public.audience);
    Choices {
        namespace: &planned.namespace,
        mode: planned.mode,
        client_id: planned.client_id.as_deref(),
        tenant_id: planned
            .client_id
            .as_deref()
            .and_then(|id| known(id)?.tenant_id.as_deref()),
        identities: identities.collect(),
        cloud: (!is_public).then_some(ChosenCloud { authority: facts.authority, audience: facts.audience }),
    }
}

impl Moved<'_> {
    /// Whether `object` is it.
    pub(super) fn is(&self, (namespace, kind, name): (&str, &str, &str)) -> bool {
        let planned = self.planned;
        planned.namespace == namespace && planned.kind == kind && planned.name == name
    }

    /// Whether `object`, as it was read, is it.
    pub(super) fn is_kept_as(&self, object: &KeptObject) -> bool {
        self.is((&object.namespace, &object.kind, &object.name))
    }

    /// An identity of it that is in none of `plans`.
    pub(super) fn without_identity(&self, plans: &[IdentityPlan]) -> Option<&str> {
        let is_there = |id: &str| {
            let mut ids = plans.iter().filter_map(|plan| plan.client_id.as_ref());
            ids.any(|known| known.as_str() == id)
        };
        let mut ids = self.planned.identities.iter();
        ids.find(|own| !is_there(&own.client_id))
            .map(|own| own.client_id.as_str())
    }

    /// Whether its label goes before the clean-up.
    pub(super) fn loses_label(&self) -> bool {
        self.workload.label.is_some() && self.road != Road::Adopt
    }

    /// The name of its files, told apart from those of other kinds.
    pub(super) fn file_name(&self) -> String {
        let planned = self.planned;
        let template = planned.template.as_ref();
        let template = template.map(|template| format!("-{}", template.replace(['[', ']'], "")));
        let whole =
            format!("{}-{}{}", planned.kind.to_ascii_lowercase(), planned.name, template.unwrap_or_default());
        file_name(&whole)
    }

    /// As `kubectl` takes it: `deployment/orders`.
    pub(super) fn resource(&self) -> String {
        format!("{}/{}", self.planned.kind.to_ascii_lowercase(), self.planned.name)
    }

    /// Whether Kubernetes allows no change of its pods.
    pub(super) fn is_immutable(&self) -> bool {
        matches!(self.planned.kind.as_str(), "Job" | "Pod")
    }

    /// Whether its pods stay as they are when its template changes, until somebody deletes them.
    pub(super) fn keeps_pods(&self) -> bool {
        matches!(self.planned.kind.as_str(), "ReplicaSet" | "ReplicationController")
    }

    /// Whether `kubectl rollout` knows it.
    pub(super) fn is_rolled_out(&self) -> bool {
        matches!(self.planned.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet")
    }
}

/// `text` as the name of a file, without its end: what is too long for file systems, or is no name there, is told apart by a digest.
fn file_name(text: &str) -> String {
    /// What is left of 255 for the digest and the end.
    const MOST: usize = 230;
    let plain: String = text
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '_' })
        .take(MOST)
        .collect();
    if plain == text { plain } else { format!("{plain}-{}", digest(text)) }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn every_name_is_a_name_of_a_file() {
        assert_eq!(file_name("deployment-orders.v2"), "deployment-orders.v2");
        assert_eq!(file_name("deployment-a/../b"), "deployment-a_.._b-97b85876");
        let long = file_name(&format!("statefulset-{}", "a".repeat(253)));
        assert!(long.len() < 240 && long.starts_with("statefulset-aaa"), "{long}");
        assert_ne!(long, file_name(&format!("statefulset-{}b", "a".repeat(252))));
    }
}
