//! What Azure has: issuer, federated credentials compared to the letter, roles.

use std::collections::BTreeSet;

use super::Look;
use crate::{
    doctor::{
        Check, Diagnosis, Finding,
        table::cluster::{
            CLUSTER_ISSUER, CREDENTIAL, CREDENTIAL_AUDIENCE, CREDENTIAL_COUNT, CREDENTIAL_ISSUER,
            CREDENTIAL_SUBJECT, ROLE, ROLE_SCOPE,
        },
    },
    operator::{
        audit::{Credential, Identity},
        doctor::{
            case::Case,
            facts::Facts,
            spelling::{differs, is_near},
            tree::{names, quoted},
        },
        identity::{check_issuer, claim::AUDIENCES, model::MAX_CREDENTIALS},
    },
};

/// In chain order.
pub(super) const LOOKS: &[Look] = &[
    |case| credential(case, &CREDENTIAL),
    |case| credential(case, &CREDENTIAL_ISSUER),
    |case| credential(case, &CREDENTIAL_SUBJECT),
    |case| credential(case, &CREDENTIAL_AUDIENCE),
    count,
    role,
    role_scope,
];

const HOW_CREDENTIALS: &str = "add the output of `az identity federated-credential list --identity-name NAME --resource-group GROUP -o json`";
const HOW_IDENTITIES: &str = "add the output of `az identity list -o json`";
const HOW_ROLES: &str = "add the output of `az role assignment list --all -o json`";

/// The issuer of the cluster, where a workload needs one.
pub(super) fn issuer(facts: &Facts, cases: &[Case<'_>]) -> Option<Finding> {
    if cases.is_empty() {
        return None;
    }
    let Some(issuer) = &facts.azure.issuer else {
        let how = "give `--issuer`, or add the output of `az aks show -o json` or of `kubectl get --raw /.well-known/openid-configuration`";
        return Some(CLUSTER_ISSUER.not_run("the cluster's issuer is not known", how));
    };
    Some(match check_issuer(issuer) {
        Ok(()) => CLUSTER_ISSUER.passed(quoted(issuer)),
        Err(error) => CLUSTER_ISSUER.failed(Diagnosis::new(format!("the issuer {}", quoted(&error)))),
    })
}

/// The identity of a workload, where the list of identities has it.
pub(super) fn identity<'a>(case: &Case<'a>) -> Option<&'a Identity> {
    let id = case.client_id()?.id.to_ascii_lowercase();
    let mut identities = case.facts.azure.identities.iter();
    identities.find(|identity| identity.client_id == id)
}

/// The credentials of the workload's identity; all that were read where that is not known.
fn credentials<'a>(case: &Case<'a>) -> Vec<&'a Credential> {
    let all = &case.facts.azure.credentials;
    let identity = identity(case);
    let is_of = |credential: &&Credential| match (identity, &credential.identity) {
        (Some(identity), Some(of)) => of.is(&identity.resource),
        _ => true,
    };
    all.iter().filter(is_of).collect()
}

/// The one thing that is wrong with credentials, as the check that it belongs to tells it. The others hold.
fn credential(case: &Case<'_>, check: &'static Check) -> Option<Finding> {
    case.client_id()?;
    let all = &case.facts.azure.credentials;
    let is_first = check.id == CREDENTIAL.id;
    if all.is_empty() {
        return is_first.then(|| check.not_run("no federated credential was read", HOW_CREDENTIALS));
    }
    let subject = case.account_name().subject();
    let issuer = case.facts.azure.issuer.as_deref();
    let own = credentials(case);
    let (wrong, diagnosis) = match best(&own, issuer, &subject) {
        Best::Right(credential) => {
            return Some(check.passed(if is_first { quoted(&credential.name) } else { String::new() }));
        }
        Best::Issuer(credential) => {
            let issuer = issuer.unwrap_or_default();
            (&CREDENTIAL_ISSUER, compared(credential, "issuer", &credential.issuer, issuer))
        }
        Best::Subject(credential) => {
            (&CREDENTIAL_SUBJECT, compared(credential, "subject", &credential.subject, &subject))
        }
        Best::Audience(credential) => {
            let has = credential.audiences.join("`, `");
            (&CREDENTIAL_AUDIENCE, compared(credential, "audience", &has, AUDIENCES[0]))
        }
        Best::Nothing => (&CREDENTIAL, missing(case, &own, issuer, &subject)),
    };
    match (wrong.id == check.id, is_first) {
        (true, _) if own.is_empty() => Some(check.warned(diagnosis)),
        (true, _) => Some(check.failed(diagnosis)),
        // There is one, but for its spelling.
        (false, true) => Some(check.passed("but not to the letter")),
        (false, false) => None,
    }
}

/// The credential that comes nearest, and what of it is wrong.
enum Best<'a> {
    Right(&'a Credential),
    Issuer(&'a Credential),
    Subject(&'a Credential),
    Audience(&'a Credential),
    Nothing,
}

fn best<'a>(all: &[&'a Credential], issuer: Option<&str>, subject: &str) -> Best<'a> {
    let has_audience = |credential: &Credential| matches!(credential.audiences.as_slice(), [one] if AUDIENCES.contains(&one.as_str()));
    let is_issuer = |credential: &Credential| issuer.is_none_or(|issuer| credential.issuer == issuer);
    let near_issuer =
        |credential: &Credential| issuer.is_none_or(|issuer| is_near(&credential.issuer, issuer));
    let find = |is: &dyn Fn(&Credential) -> bool| all.iter().find(|one| is(one)).copied();
    let right = find(&|one| is_issuer(one) && one.subject == subject && has_audience(one));
    if let Some(credential) = right {
        return Best::Right(credential);
    }
    if let Some(credential) = find(&|one| is_issuer(one) && one.subject == subject) {
        return Best::Audience(credential);
    }
    if let Some(credential) = find(&|one| near_issuer(one) && one.subject == subject) {
        return Best::Issuer(credential);
    }
    if let Some(credential) = find(&|one| is_issuer(one) && is_near(&one.subject, subject)) {
        return Best::Subject(credential);
    }
    // The same account of another cluster, which may be the one before this.
    match find(&|one| one.subject == subject) {
        Some(credential) => Best::Issuer(credential),
        None => Best::Nothing,
    }
}

fn compared(credential: &Credential, what: &str, has: &str, expected: &str) -> Diagnosis {
    let name = quoted(&credential.name);
    Diagnosis::new(format!("the {what} of credential `{name}` {}", differs(has, expected)))
        .evidence(format!("it has   `{}`", quoted(has)))
        .evidence(format!("expected `{}`", quoted(expected)))
}

fn missing(case: &Case<'_>, own: &[&Credential], issuer: Option<&str>, subject: &str) -> Diagnosis {
    let of = identity(case).map_or_else(
        || "of those that were read".to_owned(),
        |identity| format!("of identity {}", identity.resource.name),
    );
    let found = if own.is_empty() {
        format!("no credential {of} was read: it has none, or its list is missing")
    } else {
        format!("none of the {} credentials {of} is for this service account", own.len())
    };
    let subjects: Vec<_> = own
        .iter()
        .map(|credential| quoted(&credential.subject))
        .collect();
    let mut diagnosis = Diagnosis::new(found)
        .evidence(format!("expected subject {subject}"))
        .evidence(format!(
            "expected issuer {}",
            quoted(issuer.unwrap_or("of the cluster, which is not known"))
        ));
    if !subjects.is_empty() {
        diagnosis = diagnosis.evidence(format!("there are {}", names(&subjects, 3)));
    }
    diagnosis
}

fn count(case: &Case<'_>) -> Option<Finding> {
    let identity = identity(case)?;
    let count = credentials(case)
        .iter()
        .filter(|credential| credential.identity.is_some())
        .count();
    if count == 0 {
        return None;
    }
    Some(if count > MAX_CREDENTIALS {
        let name = &identity.resource.name;
        let found = format!("identity {name} holds {count}, and Azure allows {MAX_CREDENTIALS}");
        CREDENTIAL_COUNT.failed(Diagnosis::new(found))
    } else {
        CREDENTIAL_COUNT.passed(format!("{count} of {MAX_CREDENTIALS}"))
    })
}

/// An identity, and its roles, each with its scope.
type Roles<'a> = (&'a Identity, Vec<(&'a str, &'a str)>);

/// The roles of the workload's identity, each with its scope; why they are not known.
fn roles<'a>(case: &Case<'a>, check: &'static Check) -> Option<Result<Roles<'a>, Finding>> {
    case.client_id()?;
    if case.facts.azure.roles.is_empty() {
        return Some(Err(check.not_run("no role assignment was read", HOW_ROLES)));
    }
    let Some(identity) = identity(case) else {
        return Some(Err(check.not_run("the object id of the identity is not known", HOW_IDENTITIES)));
    };
    let roles = case
        .facts
        .azure
        .roles
        .iter()
        .filter(|role| role.principal_id == identity.principal_id)
        .map(|role| (role.role.as_str(), role.scope.as_str()))
        .collect();
    Some(Ok((identity, roles)))
}

fn role(case: &Case<'_>) -> Option<Finding> {
    let (identity, roles) = match roles(case, &ROLE)? {
        Ok(found) => found,
        Err(finding) => return Some(finding),
    };
    if roles.is_empty() {
        let name = &identity.resource.name;
        let found = format!(
            "identity {name} has no role among those that were read: it gets tokens, and resources refuse them"
        );
        let line = format!("its object id is {}", identity.principal_id);
        return Some(ROLE.failed(Diagnosis::new(found).evidence(line)));
    }
    let named: BTreeSet<_> = roles.iter().map(|(role, _)| quoted(role)).collect();
    let named: Vec<_> = named.into_iter().collect();
    Some(ROLE.passed(names(&named, 3)))
}

fn role_scope(case: &Case<'_>) -> Option<Finding> {
    let resource = case.resource?.trim_end_matches('/');
    let (identity, roles) = match roles(case, &ROLE_SCOPE)? {
        Ok(found) => found,
        Err(finding) => return Some(finding),
    };
    // A role at a scope is one at all that is below it. Azure compares without regard to case.
    let resource = resource.to_ascii_lowercase();
    let reaches = |scope: &str| {
        let scope = scope.trim_end_matches('/').to_ascii_lowercase();
        let is_group = scope.contains("/providers/microsoft.management/managementgroups/");
        let rest = resource.strip_prefix(scope.as_str());
        is_group || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let reaching: Vec<_> = roles
        .iter()
        .filter(|(_, scope)| reaches(scope))
        .map(|(role, _)| quoted(role))
        .collect();
    if !reaching.is_empty() {
        return Some(ROLE_SCOPE.passed(names(&reaching, 3)));
    }
    let found =
        format!("identity {} has no role at {} or above it", identity.resource.name, quoted(&resource));
    let mut diagnosis = Diagnosis::new(found).evidence(format!("its object id is {}", identity.principal_id));
    for (role, scope) in roles.iter().take(5) {
        diagnosis = diagnosis.evidence(format!("it is {} of {}", quoted(role), quoted(scope)));
    }
    Some(ROLE_SCOPE.failed(diagnosis))
}
