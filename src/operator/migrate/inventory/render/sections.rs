//! The tables of an inventory.

use super::notes::notes;
use crate::operator::migrate::{
    inventory::model::{
        Dependent, FederatedCredential, Identity, Inventory, Manager, Match, Preflight, StaticSecret, Unread,
        Workload,
    },
    tables::{Report, Section, count, list, or_none},
};

/// What is written of `inventory`.
pub(super) fn report(inventory: &Inventory) -> Report {
    let sections = vec![
        workloads(inventory),
        identities(inventory),
        bindings(inventory),
        exceptions(inventory),
        assigned(inventory),
        dependents(&inventory.dependents),
        secrets(&inventory.static_secrets),
        credentials(&inventory.federated_credentials),
        list("Notes", notes(inventory)),
        unread(&inventory.unread),
    ];
    Report {
        title: "Inventory of pod-managed identity and static secrets",
        summary: summary(inventory),
        sections: sections
            .into_iter()
            .filter(|section| !section.rows.is_empty())
            .collect(),
    }
}

fn summary(inventory: &Inventory) -> Vec<String> {
    let installation = &inventory.installation;
    let manager = if installation.is_add_on { ", AKS add-on" } else { "" };
    let mut lines = vec![
        format!(
            "{} read: {}, {}, {}, {} concerned and {} not, {}, {}, {} not read.",
            count(inventory.objects, "object"),
            count(inventory.identities.len(), "AzureIdentity"),
            count(inventory.bindings.len(), "binding"),
            count(inventory.exceptions.len(), "exception"),
            count(inventory.workloads.len(), "workload"),
            inventory.other_workloads,
            count(inventory.dependents.len(), "dependent"),
            count(inventory.static_secrets.len(), "static secret"),
            inventory.unread.len(),
        ),
        format!("Matching: {}{manager} ({}).", installation.matching, installation.matching_evidence),
    ];
    if !installation.programs.is_empty() {
        lines.push(format!("Runs: {}.", installation.programs.join("; ")));
    }
    lines
}

fn workloads(inventory: &Inventory) -> Section {
    let row = |workload: &Workload| {
        let identities: Vec<_> = workload.identities.iter().map(identity_of).collect();
        let gets = match &workload.exception {
            Some(exception) => format!("the node's, by exception {exception}"),
            None => identities.join(", "),
        };
        let facts: Vec<_> = workload
            .preflight
            .iter()
            .map(|fact| fact_text(*fact, workload))
            .collect();
        vec![
            or_none(&workload.namespace),
            named(workload),
            workload.service_account.clone(),
            or_none(workload.label.as_deref().unwrap_or_default()),
            or_none(gets),
            workload.state.to_owned(),
            workload.pods.to_string(),
            or_none(facts.join(", ")),
        ]
    };
    Section {
        title: "Workloads",
        columns: &["NAMESPACE", "WORKLOAD", "ACCOUNT", "LABEL", "IDENTITY", "STATE", "PODS", "PREFLIGHT"],
        rows: inventory.workloads.iter().map(row).collect(),
    }
}

fn named(workload: &Workload) -> String {
    let template = workload
        .template
        .as_ref()
        .map(|template| format!(" ({template})"));
    format!("{} {}{}", workload.kind, workload.name, template.unwrap_or_default())
}

fn identity_of(found: &Match) -> String {
    let across = if found.is_cross_namespace { ", across namespaces" } else { "" };
    format!("{} ({}{across})", found.identity, found.credential)
}

fn fact_text(fact: Preflight, workload: &Workload) -> String {
    match (&workload.pod_security, fact) {
        (Some(level), Preflight::PodSecurity) => format!("{} {level}", fact.text()),
        _ => fact.text().to_owned(),
    }
}

fn identities(inventory: &Inventory) -> Section {
    let row = |identity: &Identity| {
        vec![
            or_none(&identity.namespace),
            identity.name.clone(),
            identity.credential.unwrap_or("malformed").to_owned(),
            or_none(identity.client_id.as_deref().unwrap_or_default()),
            or_none(identity.bindings.join(", ")),
            identity.workloads.to_string(),
            identity.managed_by.name().to_owned(),
            identity.origin.to_string(),
        ]
    };
    Section {
        title: "AzureIdentities",
        columns: &[
            "NAMESPACE",
            "NAME",
            "CREDENTIAL",
            "CLIENT ID",
            "BINDINGS",
            "WORKLOADS",
            "MANAGED BY",
            "READ AT",
        ],
        rows: inventory.identities.iter().map(row).collect(),
    }
}

fn bindings(inventory: &Inventory) -> Section {
    let rows = inventory.bindings.iter().map(|binding| {
        vec![
            or_none(&binding.namespace),
            binding.name.clone(),
            or_none(binding.selector.as_deref().unwrap_or_default()),
            or_none(binding.identity.as_deref().unwrap_or_default()),
            binding.workloads.to_string(),
            binding.managed_by.name().to_owned(),
            binding.origin.to_string(),
        ]
    });
    Section {
        title: "AzureIdentityBindings",
        columns: &["NAMESPACE", "NAME", "SELECTOR", "IDENTITY", "WORKLOADS", "MANAGED BY", "READ AT"],
        rows: rows.collect(),
    }
}

fn exceptions(inventory: &Inventory) -> Section {
    let rows = inventory.exceptions.iter().map(|exception| {
        let manager = if exception.is_built_in && exception.managed_by == Manager::User {
            "built in"
        } else {
            exception.managed_by.name()
        };
        vec![
            or_none(&exception.namespace),
            exception.name.clone(),
            or_none(exception.pod_labels.join(", ")),
            exception.workloads.to_string(),
            manager.to_owned(),
            exception.origin.to_string(),
        ]
    });
    Section {
        title: "AzurePodIdentityExceptions",
        columns: &["NAMESPACE", "NAME", "ANY OF", "WORKLOADS", "MANAGED BY", "READ AT"],
        rows: rows.collect(),
    }
}

fn assigned(inventory: &Inventory) -> Section {
    let rows = inventory.assigned_identities.iter().map(|assigned| {
        vec![
            assigned.pod.clone(),
            assigned.identity.clone(),
            or_none(assigned.status.as_deref().unwrap_or_default()),
            or_none(assigned.workload.as_deref().unwrap_or_default()),
        ]
    });
    Section {
        title: "AzureAssignedIdentities",
        columns: &["POD", "IDENTITY", "STATUS", "WORKLOAD"],
        rows: rows.collect(),
    }
}

fn dependents(all: &[Dependent]) -> Section {
    let rows = all.iter().map(|dependent| {
        vec![
            dependent.component.to_owned(),
            dependent.object.clone(),
            dependent.what.clone(),
            or_none(dependent.version.as_deref().unwrap_or_default()),
            dependent.native_since.to_owned(),
            dependent.instead.to_owned(),
            or_none(dependent.used_by.join(", ")),
            dependent.origin.to_string(),
        ]
    });
    Section {
        title: "What depends on it",
        columns: &["PROGRAM", "OBJECT", "BY", "VERSION", "NATIVE SINCE", "INSTEAD", "USED BY", "READ AT"],
        rows: rows.collect(),
    }
}

/// Credentials that do not expire by themselves.
pub(crate) fn secrets(all: &[StaticSecret]) -> Section {
    let rows = all.iter().map(|secret| {
        vec![
            secret.credential.to_owned(),
            secret.object.clone(),
            secret.location.clone(),
            or_none(secret.from.as_deref().unwrap_or_default()),
            secret.origin.to_string(),
        ]
    });
    Section {
        title: "Static secrets",
        columns: &["CREDENTIAL", "OBJECT", "LOCATION", "FROM", "READ AT"],
        rows: rows.collect(),
    }
}

fn credentials(all: &[FederatedCredential]) -> Section {
    let rows = all.iter().map(|credential| {
        vec![
            credential.name.clone(),
            credential.subject.clone(),
            credential.issuer.clone(),
            credential
                .identity
                .clone()
                .unwrap_or_else(|| "an app registration".to_owned()),
        ]
    });
    Section {
        title: "Federated credentials",
        columns: &["CREDENTIAL", "SUBJECT", "ISSUER", "IDENTITY"],
        rows: rows.collect(),
    }
}

/// What could not be read.
pub(crate) fn unread(all: &[Unread]) -> Section {
    let lines = all
        .iter()
        .map(|unread| format!("{}: {}", unread.origin, unread.reason));
    list("Not read", lines.collect())
}
