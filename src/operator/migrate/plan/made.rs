//! A plan, made of its parts.

use super::{
    accounts, cleanup, cluster,
    decisions::matched,
    dependents,
    draft::{Draft, draft},
    full_name, identities,
    known::Known,
    model::{Plan, PlannedIdentity, PlannedWorkload, SCHEMA, State},
    open, order,
    request::Request,
    risks, steps,
};
use crate::operator::migrate::{
    inventory::{
        Inventory,
        model::{Key, Unread, Workload},
    },
    tables::count,
};

/// The plan for `inventory`. The error is all that is wrong with the decisions.
pub(crate) fn plan(inventory: &Inventory, request: &Request) -> Result<Plan, Vec<String>> {
    let decided = matched(&request.decisions, inventory)?;
    let facts = cluster::facts(inventory, request);
    let known = Known::new(inventory, &decided);
    let mut drafts: Vec<_> = inventory
        .workloads
        .iter()
        .zip(&decided.workloads)
        .map(|(workload, decided)| draft(workload, *decided, &known))
        .collect();
    accounts::assign(&mut drafts)?;
    for draft in &mut drafts {
        draft.find_risks(&known);
    }
    let stages = order::order(&mut drafts, inventory);
    let identities = identities::identities(&drafts, &known, &facts);
    let dependents = dependents::dependents(inventory, &stages);
    let mut all_risks = cluster::risks(inventory, &identities);
    for draft in &drafts {
        all_risks.extend(draft.risks.iter().cloned());
    }
    risks::sort(&mut all_risks);
    let decisions = open::decisions(&drafts, &identities, &facts, inventory);
    let cleanup = cleanup::cleanup(inventory, &drafts, &stages);
    let stages = steps::stages(&stages, &drafts, &dependents, &identities, &cleanup);
    Ok(Plan {
        schema: SCHEMA,
        cluster: facts,
        decisions,
        risks: all_risks,
        stages,
        workloads: drafts
            .into_iter()
            .map(|draft| planned(draft, &identities))
            .collect(),
        identities,
        dependents,
        unread: inventory.unread.clone(),
        cleanup,
    })
}

impl Plan {
    /// How many workloads are in `state`.
    pub(crate) fn count(&self, state: State) -> usize {
        self.workloads
            .iter()
            .filter(|workload| workload.state == state)
            .count()
    }

    /// Why somebody has to look at it, a sentence each: what is undecided, what cannot be moved, what was not read.
    pub(crate) fn open_ends(&self) -> Vec<String> {
        let ends = [
            (
                self.decisions.len(),
                "decision",
                "missing: see `Decisions needed` (`decisions` in JSON) in the plan",
            ),
            (self.count(State::CannotBeMoved), "workload", "stuck: the plan has the reason of each"),
            (self.unread.len(), "part", "not read: see `Not read` (`unread` in JSON) in the plan"),
        ];
        ends.into_iter()
            .filter(|(number, ..)| *number > 0)
            .map(|(number, name, what)| {
                let verb = if number == 1 { "is" } else { "are" };
                format!("{} {verb} {what}", count(number, name))
            })
            .collect()
    }

    /// What could not be read.
    pub(crate) fn unread(&self) -> &[Unread] {
        &self.unread
    }
}

impl PlannedWorkload {
    /// Whether it is `workload`.
    pub(crate) fn is_of(&self, workload: &Workload) -> bool {
        self.key() == workload.key()
    }

    /// What tells it apart.
    pub(crate) fn key(&self) -> Key<'_> {
        (&self.namespace, &self.kind, &self.name, self.template.as_deref())
    }

    /// As people name it: `Deployment shop/orders`, with the template where it has several.
    pub(crate) fn display(&self) -> String {
        let template = self
            .template
            .as_ref()
            .map(|template| format!(" ({template})"));
        let name = full_name(&self.namespace, &self.name);
        format!("{} {name}{}", self.kind, template.unwrap_or_default())
    }
}

fn planned(draft: Draft<'_>, identities: &[PlannedIdentity]) -> PlannedWorkload {
    let Workload { namespace, kind, name, template, origin, .. } = draft.workload.clone();
    let steps = steps::of_workload(&draft, identities);
    let mut risks: Vec<_> = draft.risks.iter().map(|risk| risk.id).collect();
    risks.sort_unstable();
    risks.dedup();
    PlannedWorkload {
        stage: draft.stage,
        namespace,
        kind,
        name,
        template,
        state: draft.state,
        reason: draft.reason,
        road: draft.road,
        mode: draft.mode.map(crate::operator::inject::Mode::name),
        client_id: draft.chosen,
        identities: draft.identities,
        service_account: draft.account,
        static_secrets: draft.static_secrets,
        steps,
        risks,
        origin,
    }
}
