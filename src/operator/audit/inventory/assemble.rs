//! The inventory, made of facts.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Account, Credential, Identity, Inventory, Read, Role, SCHEMA};
use crate::operator::{
    audit::{
        checks::issuer_of,
        facts::{self, Dumped, Facts, account_of, account_of_pods},
    },
    identity::{
        model::{self, ManagedIdentity},
        roles,
    },
};

/// The inventory of `facts`.
pub(crate) fn inventory(facts: &Facts) -> Inventory {
    let issuer = issuer_of(facts);
    let mut table = Table::new(facts);
    let mut other_credentials = Vec::new();
    for credential in &facts.credentials {
        let row = Credential {
            name: credential.name.clone(),
            issuer: credential.issuer.clone(),
            subject: credential.subject.clone(),
            audiences: credential.audiences.clone(),
            is_of_cluster: issuer.as_ref().map(|issuer| *issuer == credential.issuer),
        };
        match &credential.identity {
            Some(identity) => table.credential(identity, row),
            None => other_credentials.push(row),
        }
    }
    for (account, known) in &facts.accounts {
        if let Some(client_id) = &known.client_id {
            table.named(client_id, account);
        }
    }
    other_credentials.sort();
    Inventory {
        schema: SCHEMA,
        identities: table.finish(),
        issuer,
        other_credentials,
        not_read: facts.unread.clone(),
        read: Read {
            accounts: facts.accounts.len(),
            workloads: facts.workloads(),
            identities: facts.identities.len(),
            credentials: facts.credentials.len(),
            roles: facts.roles.len(),
        },
    }
}

/// An identity with its service accounts, before these are looked up.
#[derive(Default)]
struct Row {
    identity: Identity,
    /// Each account, and whether it names the identity and whether a credential names it.
    accounts: BTreeMap<model::Account, (bool, bool)>,
}

struct Table<'a> {
    facts: &'a Facts,
    /// By resource id in lower case, or client id.
    rows: BTreeMap<String, Row>,
    workloads: BTreeMap<model::Account, BTreeSet<String>>,
}

impl<'a> Table<'a> {
    /// The identities that Azure lists.
    fn new(facts: &'a Facts) -> Self {
        let mut workloads: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for pods in &facts.usage.pods {
            workloads
                .entry(account_of_pods(pods))
                .or_default()
                .insert(pods.workload.clone());
        }
        let mut rows = BTreeMap::new();
        for known in &facts.identities {
            let mut identity = of_resource(&known.resource);
            identity.client_id = Some(known.client_id.clone());
            identity.principal_id = Some(known.principal_id.clone());
            identity.owners = known.owner.iter().cloned().collect();
            identity.environments = known.environment.iter().cloned().collect();
            identity.roles = roles_of(facts, known);
            rows.insert(key(&known.resource), Row { identity, ..Row::default() });
        }
        Self { facts, rows, workloads }
    }

    fn credential(&mut self, identity: &ManagedIdentity, credential: Credential) {
        let row = self
            .rows
            .entry(key(identity))
            .or_insert_with(|| Row { identity: of_resource(identity), ..Row::default() });
        if credential.is_of_cluster == Some(true)
            && let Some(account) = account_of(&credential.subject)
        {
            row.accounts.entry(account).or_default().1 = true;
        }
        row.identity.credentials.push(credential);
    }

    fn named(&mut self, client_id: &str, account: &model::Account) {
        let known = self
            .facts
            .identities
            .iter()
            .find(|identity| identity.client_id == client_id);
        let key = known.map_or_else(|| client_id.to_owned(), |identity| key(&identity.resource));
        let row = self.rows.entry(key).or_insert_with(|| Row {
            identity: Identity { client_id: Some(client_id.to_owned()), ..Identity::default() },
            ..Row::default()
        });
        row.accounts.entry(account.clone()).or_default().0 = true;
    }

    fn finish(self) -> Vec<Identity> {
        let Self { facts, rows, workloads } = self;
        let mut all: Vec<_> = rows
            .into_values()
            .map(|Row { mut identity, accounts }| {
                for (account, (names_identity, is_trusted)) in accounts {
                    let row = Account {
                        names_identity,
                        is_trusted,
                        workloads: workloads
                            .get(&account)
                            .into_iter()
                            .flatten()
                            .cloned()
                            .collect(),
                        ..of_account(facts, account)
                    };
                    identity.owners.extend(row.owner.clone());
                    identity.environments.extend(row.environment.clone());
                    identity.accounts.push(row);
                }
                for list in [&mut identity.owners, &mut identity.environments] {
                    list.sort();
                    list.dedup();
                }
                identity.credentials.sort();
                identity
            })
            .collect();
        // Those of no name last.
        all.sort_by(|one, other| {
            let key = |of: &Identity| {
                (of.name.is_none(), of.name.clone(), of.resource_id.clone(), of.client_id.clone())
            };
            key(one).cmp(&key(other))
        });
        all
    }
}

fn of_resource(resource: &ManagedIdentity) -> Identity {
    Identity { name: Some(resource.name.clone()), resource_id: Some(resource.id()), ..Identity::default() }
}

fn of_account(facts: &Facts, account: model::Account) -> Account {
    let known = facts.accounts.get(&account);
    let is_there = match (known, facts.dumped(&account.namespace)) {
        (Some(_), _) => Some(true),
        (None, Dumped::Whole) => Some(false),
        (None, Dumped::Nothing) => None,
    };
    let environment = facts.environment(&account.namespace).map(str::to_owned);
    let owner = known.and_then(|known| known.owner.clone());
    Account {
        namespace: account.namespace,
        name: account.name,
        is_there,
        owner,
        environment,
        ..Account::default()
    }
}

fn roles_of(facts: &Facts, identity: &facts::Identity) -> Option<Vec<Role>> {
    if facts.roles.is_empty() {
        return None;
    }
    let mut all: Vec<_> = facts
        .roles
        .iter()
        .filter(|assignment| assignment.principal_id == identity.principal_id)
        .map(|assignment| Role { role: name_of(&assignment.role), scope: assignment.scope.clone() })
        .collect();
    all.sort();
    all.dedup();
    Some(all)
}

/// The name of a role, where it has one.
fn name_of(role: &str) -> String {
    roles::Role::parse(role).map_or_else(|_| role.to_owned(), |role| role.to_string())
}

fn key(identity: &ManagedIdentity) -> String {
    identity.id().to_ascii_lowercase()
}
