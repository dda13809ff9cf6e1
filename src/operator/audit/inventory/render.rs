//! An inventory of identities as people and programs read it.

use super::model::{Account, Credential, Identity, Inventory};
use crate::operator::migrate::tables::{Form, Report, Section, count, list, markdown, or_none, text};

/// `inventory` in `form`.
pub(crate) fn render(inventory: &Inventory, form: Form) -> String {
    match form {
        Form::Text => text(&report(inventory)),
        Form::Markdown => markdown(&report(inventory)),
        // It has neither keys that are no text nor numbers that JSON lacks.
        Form::Json => serde_json::to_string_pretty(inventory).unwrap_or_default() + "\n",
    }
}

fn report(inventory: &Inventory) -> Report {
    let all = [
        Section {
            title: "Identities",
            columns: &[
                "IDENTITY",
                "CLIENT ID",
                "PRINCIPAL ID",
                "CREDENTIALS",
                "ACCOUNTS",
                "WORKLOADS",
                "ROLES",
                "ENVIRONMENT",
                "OWNER",
                "RESOURCE ID",
            ],
            rows: inventory.identities.iter().map(identity).collect(),
        },
        Section {
            title: "Federated credentials",
            columns: &["IDENTITY", "CREDENTIAL", "SUBJECT", "AUDIENCE", "CLUSTER", "ISSUER"],
            rows: credentials(inventory),
        },
        Section {
            title: "Service accounts",
            columns: &[
                "ACCOUNT",
                "IDENTITY",
                "IN THE CLUSTER",
                "NAMES IT",
                "HAS A CREDENTIAL",
                "ENVIRONMENT",
                "OWNER",
                "WORKLOADS",
            ],
            rows: each(inventory, |identity| &identity.accounts, account),
        },
        Section {
            title: "Roles",
            columns: &["IDENTITY", "ROLE", "SCOPE"],
            rows: each(
                inventory,
                |identity| identity.roles.as_deref().unwrap_or_default(),
                |identity, role| vec![name(identity), role.role.clone(), role.scope.clone()],
            ),
        },
        list("Not read", inventory.not_read.clone()),
    ];
    let sections = all
        .into_iter()
        .filter(|section| !section.rows.is_empty())
        .collect();
    Report { title: "Inventory of identities", summary: summary(inventory), sections }
}

fn summary(inventory: &Inventory) -> Vec<String> {
    let read = &inventory.read;
    let counts = [
        count(inventory.identities.len(), "identity"),
        count(read.credentials, "federated credential"),
        count(read.accounts, "service account"),
        count(read.workloads, "workload"),
        count(read.roles, "role assignment"),
    ];
    let issuer = inventory
        .issuer
        .as_deref()
        .unwrap_or("not known; give `--issuer`");
    let mut lines = vec![
        format!("{}, {} not read.", counts.join(", "), inventory.not_read.len()),
        format!("Issuer of the cluster: {issuer}."),
    ];
    let lacks = [
        (read.identities, "identities (`az identity list -o json`)"),
        (
            read.credentials,
            "federated credentials (`az identity federated-credential list -o json`, for each identity)",
        ),
        (read.accounts, "service accounts (`kubectl get serviceaccounts -A -o json`)"),
        (read.workloads, "workloads (`kubectl get pods -A -o json`)"),
        (read.roles, "roles (`az role assignment list --all -o json`)"),
    ];
    let missing: Vec<_> = lacks
        .iter()
        .filter(|(number, _)| *number == 0)
        .map(|(_, what)| *what)
        .collect();
    if !missing.is_empty() {
        lines.push(format!("Nothing was read of {}.", missing.join(", of ")));
    }
    lines
}

fn name(identity: &Identity) -> String {
    or_none(
        identity
            .name
            .as_ref()
            .or(identity.client_id.as_ref())
            .map_or("", String::as_str),
    )
}

fn identity(row: &Identity) -> Vec<String> {
    let text = |value: &Option<String>| or_none(value.as_deref().unwrap_or_default());
    let workloads: usize = row
        .accounts
        .iter()
        .map(|account| account.workloads.len())
        .sum();
    vec![
        name(row),
        text(&row.client_id),
        text(&row.principal_id),
        row.credentials.len().to_string(),
        row.accounts.len().to_string(),
        workloads.to_string(),
        or_none(
            row.roles
                .as_ref()
                .map(|roles| roles.len().to_string())
                .unwrap_or_default(),
        ),
        or_none(row.environments.join(", ")),
        or_none(row.owners.join(", ")),
        text(&row.resource_id),
    ]
}

fn credentials(inventory: &Inventory) -> Vec<Vec<String>> {
    let mut rows =
        each(inventory, |identity| &identity.credentials, |identity, row| credential(name(identity), row));
    let others = inventory.other_credentials.iter();
    rows.extend(others.map(|row| credential("(app registration)".to_owned(), row)));
    rows
}

fn credential(identity: String, row: &Credential) -> Vec<String> {
    let is_of_cluster = row
        .is_of_cluster
        .map(|is| if is { "this" } else { "another" });
    vec![
        identity,
        row.name.clone(),
        row.subject.clone(),
        row.audiences.join(", "),
        is_of_cluster.unwrap_or("not known").to_owned(),
        row.issuer.clone(),
    ]
}

fn account(identity: &Identity, row: &Account) -> Vec<String> {
    let word = |is: bool| if is { "yes" } else { "no" };
    vec![
        format!("{}/{}", row.namespace, row.name),
        name(identity),
        row.is_there.map_or("not known", word).to_owned(),
        word(row.names_identity).to_owned(),
        word(row.is_trusted).to_owned(),
        or_none(row.environment.as_deref().unwrap_or_default()),
        or_none(row.owner.as_deref().unwrap_or_default()),
        or_none(row.workloads.join(", ")),
    ]
}

/// A row for each of what an identity has.
fn each<T>(
    inventory: &Inventory,
    rows_of: impl Fn(&Identity) -> &[T],
    row: impl Fn(&Identity, &T) -> Vec<String>,
) -> Vec<Vec<String>> {
    inventory
        .identities
        .iter()
        .flat_map(|identity| {
            rows_of(identity)
                .iter()
                .map(|one| row(identity, one))
                .collect::<Vec<_>>()
        })
        .collect()
}
