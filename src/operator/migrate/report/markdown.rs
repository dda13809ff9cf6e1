//! A report as tables.

use super::{
    chains::full_name,
    model::{Chain, Report, Workload},
    progress::Progress,
};
use crate::operator::migrate::{
    inventory::render::{secrets, unread},
    plan::render::{risks, stages, steps},
    tables::{self, Section, count, or_none},
};

/// `report` as a page of Markdown.
pub(super) fn markdown(report: &Report) -> String {
    let sections = [
        risks(&report.risks),
        decisions(report),
        workloads(report),
        bindings(report),
        stages(&report.stages),
        steps(report.workloads.iter().map(steps_of)),
        dependents(report),
        secrets(&report.static_secrets),
        unread(&report.unread),
    ];
    let filled = sections
        .into_iter()
        .filter(|section| !section.rows.is_empty());
    tables::markdown(&tables::Report {
        title: "Off pod-managed identity and static secrets",
        summary: summary(report),
        sections: filled.collect(),
    })
}

fn summary(report: &Report) -> Vec<String> {
    let (all, cluster) = (&report.summary, &report.cluster);
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "not known".to_owned());
    let states: Vec<_> = Progress::ALL
        .iter()
        .map(|(_, progress)| format!("{} {}", all.states.of(*progress), progress.text()))
        .collect();
    let mut lines = vec![
        format!(
            "Cluster: {}. Issuer: {}. Tenant: {}.",
            known(&cluster.name),
            known(&cluster.issuer),
            known(&cluster.tenant_id)
        ),
        format!(
            "{} in {}: {} planned, {} to be decided, {} cannot be moved, {} left alone.",
            count(all.workloads, "workload"),
            count(all.namespaces, "namespace"),
            all.planning.planned,
            all.planning.needs_decision,
            all.planning.cannot_be_moved,
            all.planning.left_alone,
        ),
        format!("State: {}.", states.join(", ")),
        format!(
            "To be made: {} for {}, {}. What identities may do stays as it is.",
            count(all.credentials, "federated credential"),
            count(all.identities, "identity"),
            count(all.service_accounts, "service account"),
        ),
        format!(
            "{}, {}, {}, {} not read.",
            count(report.risks.len(), "risk"),
            count(report.decisions.len(), "decision"),
            count(report.static_secrets.len(), "static secret"),
            report.unread.len(),
        ),
    ];
    lines.extend(all.states_note.clone());
    lines
}

fn decisions(report: &Report) -> Section {
    let rows = report.decisions.iter().map(|decision| {
        vec![
            decision.about.clone(),
            decision.prompt.clone(),
            decision.location.to_owned(),
            format!("`{}`", decision.write),
        ]
    });
    Section {
        title: "Decisions needed",
        columns: &["ABOUT", "WHAT IS ASKED", "INTO", "WHAT TO WRITE"],
        rows: rows.collect(),
    }
}

fn workloads(report: &Report) -> Section {
    let cluster = or_none(report.cluster.name.as_deref().unwrap_or_default());
    let row = |workload: &Workload| {
        vec![
            cluster.clone(),
            or_none(&workload.namespace),
            workload.title(),
            account(workload),
            or_none(identities(workload)),
            or_none(by(workload)),
            planning(workload),
            state(workload),
            or_none(owner(workload)),
        ]
    };
    Section {
        title: "Workloads",
        columns: &[
            "CLUSTER",
            "NAMESPACE",
            "WORKLOAD",
            "SERVICE ACCOUNT",
            "IDENTITY",
            "MODE",
            "PLAN",
            "STATE",
            "OWNER",
        ],
        rows: report.workloads.iter().map(row).collect(),
    }
}

fn account(workload: &Workload) -> String {
    match &workload.new_service_account {
        Some(new) => format!("{}, then {new}", workload.service_account),
        None => workload.service_account.clone(),
    }
}

fn identities(workload: &Workload) -> String {
    let name = |identity: &crate::operator::migrate::plan::model::WorkloadIdentity| {
        let azure_identity = identity.azure_identity.as_ref();
        azure_identity
            .map_or_else(|| identity.client_id.clone(), |name| format!("{name} ({})", identity.client_id))
    };
    workload
        .identities
        .iter()
        .map(name)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The namespace and the name of a workload, and what is done with it.
fn steps_of(workload: &Workload) -> (&str, String, &[String]) {
    (&workload.namespace, workload.title(), &workload.steps)
}

/// How far it is, and how that differs from what was seen.
fn state(workload: &Workload) -> String {
    let state = workload.state.text();
    match &workload.drift {
        Some(drift) => format!("{state}: {drift}"),
        None => state.to_owned(),
    }
}

/// Road and mode.
fn by(workload: &Workload) -> String {
    [workload.road, workload.mode.as_deref()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

fn planning(workload: &Workload) -> String {
    let state = workload.planning.text();
    match &workload.reason {
        Some(reason) => format!("{state}: {reason}"),
        None => state.to_owned(),
    }
}

fn owner(workload: &Workload) -> String {
    let team = workload.team.as_ref().map(|team| format!("team {team}"));
    workload
        .owner
        .clone()
        .into_iter()
        .chain(team)
        .collect::<Vec<_>>()
        .join(", ")
}

fn bindings(report: &Report) -> Section {
    let row = |chain: &Chain| {
        let identity = chain
            .client_id
            .as_ref()
            .map(|id| match &chain.identity_name {
                Some(name) => format!("{name} ({id})"),
                None => id.clone(),
            });
        let given = match &chain.error {
            Some(error) => format!("nobody: {error}"),
            None => chain.workloads.join(", "),
        };
        vec![
            or_none(chain.selector.as_deref().unwrap_or_default()),
            full_name(&chain.namespace, &chain.binding),
            or_none(chain.azure_identity.as_deref().unwrap_or_default()),
            or_none(identity.unwrap_or_default()),
            or_none(given),
        ]
    };
    Section {
        title: "Bindings",
        columns: &["LABEL", "AZUREIDENTITYBINDING", "AZUREIDENTITY", "IDENTITY IN AZURE", "WORKLOADS"],
        rows: report.bindings.iter().map(row).collect(),
    }
}

fn dependents(report: &Report) -> Section {
    let rows = report.dependents.iter().map(|dependent| {
        vec![
            dependent.stage.to_string(),
            dependent.when.to_owned(),
            dependent.component.to_owned(),
            dependent.object.clone(),
            dependent.step.clone(),
        ]
    });
    Section {
        title: "What depends on it",
        columns: &["STAGE", "WHEN", "PROGRAM", "OBJECT", "STEP"],
        rows: rows.collect(),
    }
}
