//! The federated credentials of a plan, as the writers for Azure take them.

use std::collections::BTreeMap;

use super::{File, Format, Unwritten};
use crate::{
    names::{ClientId, TenantId},
    operator::{
        identity::{
            Account, digest,
            model::{FederatedCredential, IdentityPlan, MAX_CREDENTIALS, ManagedIdentity, Principal},
            write::{Azurerm, bicep, script, terraform},
        },
        migrate::plan::{Plan, PlannedIdentity},
    },
};

/// What Azure has to have, as it is written.
pub(super) struct ForAzure {
    /// The files.
    pub files: Vec<File>,
    /// What is in them.
    pub plans: Vec<IdentityPlan>,
    /// Those among the files that are deployed to a resource group.
    pub deployments: Vec<Deployment>,
    /// What is in none of them.
    pub unwritten: Vec<Unwritten>,
}

/// A file that is deployed to a resource group.
pub(super) struct Deployment {
    pub file: File,
    pub subscription: String,
    pub resource_group: String,
}

/// The files for Azure, and what is in none of them.
pub(super) fn identities(plan: &Plan, formats: &[Format], azurerm: Azurerm) -> ForAzure {
    let (mut plans, mut unwritten, mut deployments) = (Vec::new(), Vec::new(), Vec::new());
    let written = plan
        .identities
        .iter()
        .filter(|identity| !identity.credentials.is_empty());
    for identity in written {
        match converted(identity) {
            Ok(converted) => plans.push(converted),
            Err(reason) => {
                unwritten.push(Unwritten { about: format!("identity {}", identity.client_id), reason });
            }
        }
    }
    plans.sort_by(|one, other| one.principal.cmp(&other.principal));
    let mut files = Vec::new();
    for format in formats {
        match format {
            Format::Az if !plans.is_empty() => {
                files.push(File::script("identities/identities.sh".to_owned(), script(&plans)));
            }
            Format::Az => {}
            Format::Bicep => {
                deployments = bicep_files(&plans, formats == [Format::Bicep], &mut unwritten);
                files.extend(deployments.iter().map(|deployment| deployment.file.clone()));
            }
            Format::Terraform => files.extend(terraform_files(&plans, azurerm, &mut unwritten)),
        }
    }
    ForAzure { files, plans, deployments, unwritten }
}

/// The plan of `identity` for its writers. The error is what is not known of it, or too much.
fn converted(identity: &PlannedIdentity) -> Result<IdentityPlan, String> {
    let client_id: ClientId = identity
        .client_id
        .parse()
        .map_err(|error| format!("its client id is malformed: {error}"))?;
    let tenant = identity
        .tenant_id
        .as_deref()
        .ok_or("its tenant is not known: give what `az aks show` prints, or `--tenant`")?;
    let tenant: TenantId = tenant
        .parse()
        .map_err(|error| format!("its tenant is malformed: {error}"))?;
    let principal = match (identity.principal, identity.resource_id.as_deref()) {
        (Some("app registration"), _) => Principal::Application(client_id.clone()),
        (Some(_), Some(id)) => {
            let managed = ManagedIdentity::parse(id).ok_or("its resource id is malformed")?;
            Principal::Managed(managed)
        }
        _ => return Err("where it is in Azure is not known: decide `resourceId`".to_owned()),
    };
    let count = identity.credentials.len();
    if count > MAX_CREDENTIALS {
        return Err(format!(
            "it would hold {count} federated credentials, and Azure allows {MAX_CREDENTIALS}"
        ));
    }
    let mut credentials = identity
        .credentials
        .iter()
        .map(|planned| {
            let (Some(name), Some(issuer), Some(account)) =
                (&planned.name, &planned.issuer, account(&planned.subject))
            else {
                let unknown = "who signs the cluster's tokens is not known: give what `az aks show` prints, or `--issuer`";
                return Err(unknown.to_owned());
            };
            Ok(FederatedCredential {
                name: name.clone(),
                issuer: issuer.clone(),
                account,
                audience: planned.audience.to_owned(),
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    credentials.sort();
    Ok(IdentityPlan {
        principal,
        client_id: Some(client_id),
        tenant,
        location: None,
        tags: Vec::new(),
        credentials,
        roles: Vec::new(),
    })
}

/// The service account of a subject.
fn account(subject: &str) -> Option<Account> {
    let (namespace, name) = subject
        .strip_prefix("system:serviceaccount:")?
        .split_once(':')?;
    let is_possible = Account::check_namespace(namespace).is_ok() && Account::check_name(name).is_ok();
    is_possible.then(|| Account { namespace: namespace.to_owned(), name: name.to_owned() })
}

/// A file for each resource group. App registrations are in the other languages; `is_alone` says that there is none.
fn bicep_files(plans: &[IdentityPlan], is_alone: bool, unwritten: &mut Vec<Unwritten>) -> Vec<Deployment> {
    let mut groups: BTreeMap<(String, String), Vec<IdentityPlan>> = BTreeMap::new();
    for plan in plans {
        match &plan.principal {
            Principal::Managed(identity) => {
                let key = (identity.subscription.clone(), identity.resource_group.to_lowercase());
                groups.entry(key).or_default().push(plan.clone());
            }
            Principal::Application(_) if is_alone => unwritten.push(Unwritten {
                about: plan.principal.to_string(),
                reason: "Bicep writes app registrations only by an extension for Microsoft Graph; choose `--format az` or \
                         `--format terraform` as well"
                    .to_owned(),
            }),
            Principal::Application(_) => {}
        }
    }
    let several = groups.len() > 1;
    let mut files = Vec::new();
    for ((subscription, group), plans) in &groups {
        let name =
            if several { format!("{group}-{}", digest(subscription)) } else { "identities".to_owned() };
        match bicep(plans) {
            Ok(text) => files.push(Deployment {
                file: File::new(format!("identities/{name}.bicep"), text),
                subscription: subscription.clone(),
                resource_group: group.clone(),
            }),
            Err(reasons) => unwritten.extend(failed(&format!("Bicep for resource group {group}"), reasons)),
        }
    }
    files
}

/// A folder for each subscription, for a configuration has one. App registrations are in the first.
fn terraform_files(plans: &[IdentityPlan], azurerm: Azurerm, unwritten: &mut Vec<Unwritten>) -> Vec<File> {
    let subscription = |plan: &IdentityPlan| match &plan.principal {
        Principal::Managed(identity) => Some(identity.subscription.clone()),
        Principal::Application(_) => None,
    };
    let first = plans.iter().find_map(subscription).unwrap_or_default();
    let mut groups: BTreeMap<String, Vec<IdentityPlan>> = BTreeMap::new();
    for plan in plans {
        let key = subscription(plan).unwrap_or_else(|| first.clone());
        groups.entry(key).or_default().push(plan.clone());
    }
    let several = groups.len() > 1;
    let mut files = Vec::new();
    for (subscription, plans) in &groups {
        let folder = if several { format!("terraform-{subscription}") } else { "terraform".to_owned() };
        match terraform(plans, azurerm) {
            Ok(text) => files.push(File::new(format!("identities/{folder}/main.tf"), text)),
            Err(reasons) => {
                unwritten.extend(failed(&format!("Terraform for subscription {subscription}"), reasons));
            }
        }
    }
    files
}

fn failed(about: &str, reasons: Vec<String>) -> Vec<Unwritten> {
    let one = |reason| Unwritten { about: about.to_owned(), reason };
    reasons.into_iter().map(one).collect()
}
