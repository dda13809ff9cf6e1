//! The tables of a plan.

use super::risks::{risks, risks_by_id};
use crate::operator::{
    identity::Cloud,
    migrate::{
        inventory::render::unread,
        plan::model::{Decision, Plan, PlannedIdentity, PlannedWorkload, Stage, State},
        tables::{Report, Section, count, list, or_none},
    },
};

const TITLE: &str = "Plan of the way off pod-managed identity and static secrets";

/// What terminals get: what is open and what is risky first, then what becomes of each workload.
pub(super) fn short(plan: &Plan) -> Report {
    let mut summary = summary(plan);
    summary.push(
        "Steps of each workload and of each stage: `--output markdown`; all of it: `--output json`."
            .to_owned(),
    );
    report(
        summary,
        vec![
            decisions(plan),
            to_write(plan),
            risks_by_id(plan),
            workloads(plan),
            identities(plan),
            dependents(plan),
            unread(plan.unread()),
        ],
    )
}

/// What reports get.
pub(super) fn full(plan: &Plan) -> Report {
    report(
        summary(plan),
        vec![
            decisions(plan),
            to_write(plan),
            risks(&plan.risks),
            stages(&plan.stages),
            workloads(plan),
            identities(plan),
            credentials(plan),
            dependents(plan),
            steps_of(plan),
            unread(plan.unread()),
        ],
    )
}

fn report(summary: Vec<String>, sections: Vec<Section>) -> Report {
    let filled = sections
        .into_iter()
        .filter(|section| !section.rows.is_empty());
    Report { title: TITLE, summary, sections: filled.collect() }
}

fn summary(plan: &Plan) -> Vec<String> {
    let credentials: usize = plan
        .identities
        .iter()
        .map(|identity| identity.credentials.len())
        .sum();
    let new: std::collections::BTreeSet<_> = plan
        .workloads
        .iter()
        .filter_map(|workload| Some((&workload.namespace, workload.service_account.as_ref()?)))
        .filter(|(_, account)| account.is_new)
        .map(|(namespace, account)| (namespace, &account.name))
        .collect();
    let mut lines = vec![
        format!(
            "{}: {} planned, {} to be decided, {} cannot be moved, {} left alone.",
            count(plan.workloads.len(), "workload"),
            plan.count(State::Planned),
            plan.count(State::NeedsDecision),
            plan.count(State::CannotBeMoved),
            plan.count(State::LeftAlone),
        ),
        format!(
            "To be made: {} for {}, {}. What identities may do stays as it is.",
            super::credentials(credentials),
            count(plan.identities.len(), "identity"),
            count(new.len(), "service account"),
        ),
        format!(
            "Issuer: {}. Tenant: {}.",
            plan.cluster.issuer.as_deref().unwrap_or("not known"),
            plan.cluster.tenant_id.as_deref().unwrap_or("not known")
        ),
    ];
    if Cloud::default().audience != plan.cluster.audience {
        lines.push(format!(
            "Audience: {}. Authority: {}. Give both to wisp wherever it is put in (`--audience`, `--authority`).",
            plan.cluster.audience, plan.cluster.authority
        ));
    }
    lines
}

fn decisions(plan: &Plan) -> Section {
    let line = |decision: &Decision| format!("{}: {}", decision.about, decision.prompt);
    list("Decisions needed", plan.decisions.iter().map(line).collect())
}

/// What goes into the file of decisions, and onto the command line.
fn to_write(plan: &Plan) -> Section {
    let row = |decision: &Decision| vec![decision.location.to_owned(), decision.write.clone()];
    Section {
        title: "To write for them",
        columns: &["INTO", "WHAT"],
        rows: plan.decisions.iter().map(row).collect(),
    }
}

fn workloads(plan: &Plan) -> Section {
    let row = |workload: &PlannedWorkload| {
        let account = workload.service_account.as_ref().map(|account| {
            let new = if account.is_new { " (new)" } else { "" };
            format!("{}{new}", account.name)
        });
        vec![
            or_none(
                workload
                    .stage
                    .map(|stage| stage.to_string())
                    .unwrap_or_default(),
            ),
            or_none(&workload.namespace),
            named(workload),
            workload.state.text().to_owned(),
            or_none(workload.road.map_or("", |road| road.name())),
            or_none(workload.mode.unwrap_or_default()),
            or_none(account.unwrap_or_default()),
            or_none(workload.client_id.as_deref().unwrap_or_default()),
            or_none(workload.reason.as_deref().unwrap_or_default()),
        ]
    };
    Section {
        title: "Workloads",
        columns: &[
            "STAGE",
            "NAMESPACE",
            "WORKLOAD",
            "STATE",
            "ROAD",
            "MODE",
            "ACCOUNT",
            "CLIENT ID",
            "REASON",
        ],
        rows: plan.workloads.iter().map(row).collect(),
    }
}

fn named(workload: &PlannedWorkload) -> String {
    let template = workload
        .template
        .as_ref()
        .map(|template| format!(" ({template})"));
    format!("{} {}{}", workload.kind, workload.name, template.unwrap_or_default())
}

fn identities(plan: &Plan) -> Section {
    let row = |identity: &PlannedIdentity| {
        vec![
            identity.client_id.clone(),
            identity.principal.unwrap_or("not known").to_owned(),
            or_none(identity.azure_identities.join(", ")),
            to_be_written(identity),
            or_none(identity.resource_id.as_deref().unwrap_or_default()),
        ]
    };
    Section {
        title: "Identities",
        columns: &["CLIENT ID", "WHAT", "AZUREIDENTITIES", "NEW CREDENTIALS", "RESOURCE ID"],
        rows: plan.identities.iter().map(row).collect(),
    }
}

/// How many credentials are new, beside those that it holds.
fn to_be_written(identity: &PlannedIdentity) -> String {
    if identity.identity_binding {
        return "none: identity binding".to_owned();
    }
    let held = identity
        .existing_credentials
        .map(|held| format!(" beside {held}"));
    format!("{}{}", identity.credentials.len(), held.unwrap_or_default())
}

fn credentials(plan: &Plan) -> Section {
    let rows = plan.identities.iter().flat_map(|identity| {
        identity.credentials.iter().map(|credential| {
            vec![
                identity.client_id.clone(),
                or_none(credential.name.as_deref().unwrap_or_default()),
                credential.subject.clone(),
                or_none(credential.issuer.as_deref().unwrap_or_default()),
                credential.audience.to_owned(),
            ]
        })
    });
    Section {
        title: "Federated credentials",
        columns: &["CLIENT ID", "NAME", "SUBJECT", "ISSUER", "AUDIENCE"],
        rows: rows.collect(),
    }
}

fn dependents(plan: &Plan) -> Section {
    let rows = plan.dependents.iter().map(|dependent| {
        vec![
            dependent.stage.to_string(),
            dependent.when.to_owned(),
            dependent.object.clone(),
            dependent.step.clone(),
        ]
    });
    Section {
        title: "What depends on it",
        columns: &["STAGE", "WHEN", "OBJECT", "STEP"],
        rows: rows.collect(),
    }
}

/// Namespaces in their order, with what is done.
pub(crate) fn stages(all: &[Stage]) -> Section {
    let rows = all.iter().flat_map(|stage| {
        stage.steps.iter().enumerate().map(|(index, step)| {
            let number = format!("{}.{}", stage.number, index + 1);
            vec![number, or_none(&stage.namespace), step.clone()]
        })
    });
    Section { title: "Stages", columns: &["STEP", "NAMESPACE", "WHAT"], rows: rows.collect() }
}

fn steps_of(plan: &Plan) -> Section {
    let workloads = plan.workloads.iter();
    steps(workloads.map(|workload| (workload.namespace.as_str(), named(workload), workload.steps.as_slice())))
}

/// The steps of workloads: of each its namespace, its name, and what is done with it.
pub(crate) fn steps<'a>(all: impl Iterator<Item = (&'a str, String, &'a [String])>) -> Section {
    let rows = all
        .filter(|(.., steps)| !steps.is_empty())
        .map(|(namespace, name, steps)| {
            let numbered = steps.iter().enumerate();
            let steps: Vec<_> = numbered
                .map(|(index, step)| format!("{}. {step}", index + 1))
                .collect();
            vec![or_none(namespace), name, steps.join("; ")]
        });
    Section {
        title: "Steps of each workload",
        columns: &["NAMESPACE", "WORKLOAD", "STEPS"],
        rows: rows.collect(),
    }
}
