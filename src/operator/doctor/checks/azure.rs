//! What Azure has: issuer, and federated credentials, compared to the letter.

use super::Look;
use crate::{
    doctor::{
        Check, Diagnosis, Finding,
        table::cluster::{
            CLUSTER_ISSUER, CREDENTIAL, CREDENTIAL_AUDIENCE, CREDENTIAL_COUNT, CREDENTIAL_ISSUER,
            CREDENTIAL_SUBJECT,
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
];

const HOW_CREDENTIALS: &str = "add the output of `az identity federated-credential list --identity-name NAME --resource-group GROUP -o json`";

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
        Err(error) => {
            let diagnosis = Diagnosis::new(format!("the issuer {}", quoted(&error)));
            CLUSTER_ISSUER.failed(diagnosis.fix(slash(issuer)))
        }
    })
}

/// What to do where the slash at the end is all that is wrong with an issuer; empty where it is not.
fn slash(issuer: &str) -> String {
    let (with, without) = (format!("{issuer}/"), issuer.trim_end_matches('/'));
    let (how, right) = match (check_issuer(&with), check_issuer(without)) {
        (Ok(()), _) => ("with", with.as_str()),
        (_, Ok(())) => ("without", without),
        _ => return String::new(),
    };
    format!("write `--issuer {}`, {how} the slash at its end, as the cluster says it.", quoted(right))
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
    let subject = case.account_name().subject();
    let issuer = case.facts.azure.issuer.as_deref();
    if all.is_empty() {
        return is_first.then(|| none_read(case, issuer, &subject));
    }
    let own = credentials(case);
    let (wrong, diagnosis) = match best(&own, issuer, &subject) {
        Best::Right(credential) => {
            return Some(check.passed(if is_first { quoted(&credential.name) } else { String::new() }));
        }
        Best::Issuer(_) if issuer.is_some_and(|issuer| check_issuer(issuer).is_err()) => {
            // Which of the two is to be changed is known once the cluster's is right.
            let wrong = CLUSTER_ISSUER.id;
            return (check.id == CREDENTIAL_ISSUER.id)
                .then(|| check.not_run(format!("{wrong} failed"), "mend that first"))
                .or_else(|| is_first.then(|| check.passed("but not to the letter")));
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

/// Where no credential was read, though perhaps a list without any.
fn none_read(case: &Case<'_>, issuer: Option<&str>, subject: &str) -> Finding {
    let azure = &case.facts.azure;
    // With no list of identities it may be that one.
    let is_other = azure.identities.is_empty();
    let found = match case.facts.empty_lists {
        0 => return CREDENTIAL.not_run("no federated credential was read", HOW_CREDENTIALS),
        1 if azure.roles.is_empty() || is_other => {
            "an empty list was read: if it is that of federated credentials, the identity has none, or it is another identity's list"
        }
        _ => "an empty list was read: the identity has none, or it is another identity's list",
    };
    let diagnosis = with_expected(Diagnosis::new(found), issuer, subject);
    if is_other { CREDENTIAL.warned(diagnosis) } else { CREDENTIAL.failed(diagnosis) }
}

fn with_expected(diagnosis: Diagnosis, issuer: Option<&str>, subject: &str) -> Diagnosis {
    let issuer = quoted(issuer.unwrap_or("of the cluster, which is not known"));
    diagnosis
        .evidence(format!("expected subject {subject}"))
        .evidence(format!("expected issuer {issuer}"))
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
    let mut diagnosis = with_expected(Diagnosis::new(found), issuer, subject);
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
