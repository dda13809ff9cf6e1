//! What a token of a service account, and what Entra gave for it, prove.

use std::time::Duration;

use super::{
    asked::{AskedToken, PresentedToken},
    check::{Check, CheckId, Outcome},
    evidence::{Asker, Evidence, apart, difference},
};
use crate::{
    assertion::human, clock::UnixTime, names::is_guid, operator::migrate::plan::model::ClusterFacts,
};

/// Clocks that differ by more have tokens refused (AADSTS700024).
const SKEW: Duration = Duration::from_secs(300);

/// The token of the service account, against the planned credential.
pub(super) fn presented(cluster: &ClusterFacts, asker: &Asker, token: &PresentedToken) -> Vec<Check> {
    let lifetime = token
        .expires
        .zip(token.issued)
        .map(|(expires, issued)| expires.saturating_sub(issued));
    let token_check = if let Some(lifetime) = lifetime {
        Check::proven(CheckId::Token, format!("it lives {lifetime} s"))
    } else {
        let fix = "ask again; what the API server gives has to be a JWT with `iat` and `exp`";
        Check::failed(CheckId::Token, "what the API server gave is no token of a service account", fix)
    };
    let issuer = match (token.issuer.as_deref(), cluster.issuer.as_deref()) {
        (Some(found), Some(planned)) if found == planned => Check::proven(CheckId::Issuer, found),
        (Some(found), Some(planned)) => {
            let found_text = format!(
                "tokens have {found}, and the credentials are planned for {planned}{}",
                difference(found, planned)
            );
            let fix = format!(
                "plan with `--issuer {found}`, and write the credentials with that: Entra compares each letter (AADSTS700211)"
            );
            Check::failed(CheckId::Issuer, found_text, fix)
        }
        (Some(found), None) => {
            let fix = "give what `az aks show` prints as a further file, or `--issuer`";
            Check::unchecked(
                CheckId::Issuer,
                format!("tokens have {found}, and the plan knows no issuer"),
                fix,
            )
        }
        (None, _) => Check::unchecked(
            CheckId::Issuer,
            "the token names no issuer",
            "look at the API server's configuration",
        ),
    };
    let subject = format!("system:serviceaccount:{}:{}", asker.namespace, asker.account);
    let subject = same(CheckId::Subject, token.subject.as_deref(), &subject);
    let audience = same(CheckId::Audience, token.audiences.first().map(String::as_str), asker.audience);
    vec![token_check, issuer, subject, audience]
}

/// Whether a claim is what the credential has.
fn same(id: CheckId, found: Option<&str>, planned: &str) -> Check {
    match found {
        Some(found) if found == planned => Check::proven(id, found),
        found => {
            let found = found.unwrap_or("nothing");
            let text = format!(
                "the token has {found}, and the credential is planned for {planned}{}",
                difference(found, planned)
            );
            Check::failed(id, text, "write the credential as the token has it: Entra compares each letter")
        }
    }
}

/// Whether the clocks agree.
pub(super) fn clock(token: &PresentedToken, evidence: &Evidence, entra: Option<UnixTime>) -> Check {
    let Some(issued) = token.issued.map(UnixTime::from_secs) else {
        return Check::unchecked(CheckId::Clock, "the token does not say when it was issued", "ask again");
    };
    let reference = entra.unwrap_or(evidence.ours);
    let whose = if entra.is_some() { "Entra's" } else { "this machine's" };
    let clocks = [
        ("the API server, by `iat` of its token,", Some(issued)),
        ("the API server, by `Date` of its answer,", evidence.server),
        ("this machine", Some(evidence.ours)),
    ];
    let wrong: Vec<_> = clocks
        .into_iter()
        .filter_map(|(name, time)| Some((name, time?)))
        .filter(|(_, time)| apart(*time, reference) > SKEW)
        .map(|(name, time)| {
            let side = if time > reference { "ahead of" } else { "behind" };
            format!("the clock of {name} is {} {side} {whose}", human(apart(time, reference)))
        })
        .collect();
    if wrong.is_empty() {
        let furthest = clocks
            .iter()
            .filter_map(|(_, time)| Some(apart((*time)?, reference)))
            .max();
        let seconds = furthest.unwrap_or_default().as_secs();
        return Check::proven(CheckId::Clock, format!("{seconds} s at most from {whose} clock"));
    }
    let fix = "have it set by a time server: Entra refuses tokens that are more than five minutes off (AADSTS700024)";
    Check::failed(CheckId::Clock, wrong.join("; "), fix)
}

/// What Entra gave, and whose token it is.
pub(super) fn given(answer: &AskedToken, asker: &Asker) -> Vec<Check> {
    let id = answer.client_id.as_str();
    let waited = match answer.waited_seconds {
        0 => String::new(),
        seconds => format!(" (waited {seconds} s)"),
    };
    let Some(claims) = &answer.claims else {
        let found = format!(
            "{}{waited}",
            answer
                .description
                .as_deref()
                .unwrap_or("there was no answer")
        );
        let check = Check::unknown(CheckId::Exchange, &found);
        let error = answer.error.clone();
        let is_unknown = error
            .as_ref()
            .is_none_or(|error| matches!(error.class.as_str(), "transient" | "throttled"));
        let outcome = if is_unknown { Outcome::Unchecked } else { Outcome::Failed };
        return vec![Check { outcome, error, waited_seconds: answer.waited_seconds, ..check.about(id) }];
    };
    let exchange = Check::proven(CheckId::Exchange, format!("Entra gave a token{waited}")).about(id);
    let exchange = Check { waited_seconds: answer.waited_seconds, ..exchange };
    let tenant = asker
        .identities
        .iter()
        .find(|(known, _)| known.as_str() == id)
        .map_or("", |(_, tenant)| tenant.as_str());
    let (application, found_tenant) = (claims.application_id.as_deref(), claims.tenant_id.as_deref());
    let is_same =
        |found: Option<&str>, expected: &str| found.is_some_and(|found| found.eq_ignore_ascii_case(expected));
    let claims = if !is_same(application, id) {
        let found = format!("its token is of client id {}", application.unwrap_or("nobody"));
        Check::failed(CheckId::Claims, found, "see who answers in Entra's place: a proxy, or an emulator")
    } else if is_guid(tenant) && !is_same(found_tenant, tenant) {
        let found =
            format!("its token is of tenant {}, and the plan has {tenant}", found_tenant.unwrap_or("nobody"));
        Check::failed(CheckId::Claims, found, "plan with the tenant of the identity, by `--tenant`")
    } else {
        let object = claims.object_id.as_deref().unwrap_or("none");
        Check::proven(CheckId::Claims, format!("oid {object}, tid {}", found_tenant.unwrap_or("none")))
    };
    vec![exchange, claims.about(id)]
}
