//! What a resource answered to a request with the token.

use serde_json::Value;

use super::{
    code::{Cause, cause},
    service,
};
use crate::{
    doctor::{Diagnosis, Finding, table::pod::PROBE_ANSWER},
    visible::shown,
};

/// Who asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// The host that was asked.
    pub(crate) host: &'a str,
    /// What the token is for.
    pub(crate) resource: &'a str,
    /// The identity's object id: the claim `oid`.
    pub(crate) object_id: Option<&'a str>,
}

/// What came back.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Answer<'a> {
    /// The status.
    pub(crate) status: u16,
    /// The header `WWW-Authenticate`.
    pub(crate) challenge: Option<&'a str>,
    /// The header `x-ms-error-code`.
    pub(crate) error_code: Option<&'a str>,
    /// The body, or its beginning.
    pub(crate) body: &'a str,
}

/// The most that is repeated of a resource's own words, in letters.
const MOST_WORDS: usize = 200;

/// What is to be said of it. Nothing of it repeats a token.
pub(crate) fn judge(asked: Asked<'_>, answer: Answer<'_>) -> Finding {
    let status = answer.status;
    let read = Read::of(answer);
    let diagnosis = match status {
        200..=299 => return PROBE_ANSWER.passed(format!("{status}")),
        404 => return PROBE_ANSWER.passed("404: it takes the token and has nothing at this path"),
        401 | 403 => refused(asked, answer, &read),
        400..=499 if cause(&read.codes, &read.text).is_some() => refused(asked, answer, &read),
        429 | 500.. => {
            let found = format!("{} answered {status}, which says nothing of the token", asked.host);
            return PROBE_ANSWER.warned(read.evidence(Diagnosis::new(found)).fix("try again later."));
        }
        _ => {
            let found = format!(
                "{} answered {status}, from which it cannot be told whether it takes the token",
                asked.host
            );
            let fix = "give --probe an address that the application reads, with all its parameters such as api-version.";
            return PROBE_ANSWER.warned(read.evidence(Diagnosis::new(found)).fix(fix));
        }
    };
    PROBE_ANSWER.failed(read.evidence(diagnosis))
}

fn refused(asked: Asked<'_>, answer: Answer<'_>, read: &Read) -> Diagnosis {
    let known = service::known(asked.host);
    let called = known.map_or("the resource", |known| known.service.name);
    let expected = answer
        .challenge
        .and_then(|challenge| parameter(challenge, &["resource", "resource_id"]))
        .or_else(|| known.map(|known| known.audience().to_owned()));
    let is_for_another = expected
        .as_deref()
        .is_some_and(|expected| expected.trim_end_matches('/') != asked.resource.trim_end_matches('/'));
    let guess = match answer.status {
        401 if is_for_another => Cause::Audience,
        401 => Cause::Token,
        _ => Cause::Role,
    };
    let assignee = asked
        .object_id
        .map_or_else(|| "its object id".to_owned(), |id| format!("object id {id}"));
    let role = known.map_or("the role that it asks for", |known| known.service.role);
    let (found, fix) = match cause(&read.codes, &read.text).unwrap_or(guess) {
        Cause::Audience => (
            format!("{called} takes no token for {}", asked.resource),
            format!("ask for {}.", expected.as_deref().unwrap_or("the audience that its documentation names")),
        ),
        Cause::Issuer => (
            format!("{called} takes no token of this tenant or cloud"),
            format!("use an identity of the tenant in which the resource is{}.", issuer(answer.challenge)),
        ),
        Cause::Token => (
            format!("{called} does not take the token"),
            "check the node's clock, and that nothing on the way changes the header Authorization.".to_owned(),
        ),
        Cause::NoToken => (
            format!("{called} saw no token"),
            "let nothing on the way take the header Authorization away; the application must use no key, SAS or anonymous access either.".to_owned(),
        ),
        Cause::Role => (
            format!("the identity has no role at {called} that fits, or a new one is not spread yet"),
            format!("give {role} to {assignee}, on the resource; after that wait ten minutes."),
        ),
        Cause::Policy => (
            "the vault goes by access policies, and none names the identity; roles have no effect there".to_owned(),
            format!("add a policy for {assignee} (az keyvault set-policy --object-id), or switch the vault to roles and give {role}."),
        ),
        Cause::Firewall => (
            format!("the firewall of {called} does not let this pod's address in"),
            "allow the cluster's outbound address or its subnet there, or use a private endpoint; roles are not looked at before that.".to_owned(),
        ),
        Cause::Private => (
            format!("{called} takes connections from private endpoints alone, and this one is public"),
            "make a private endpoint in a network that the cluster reaches, and link its DNS zone; see probe-name.".to_owned(),
        ),
    };
    Diagnosis::new(found).fix(fix)
}

fn issuer(challenge: Option<&str>) -> String {
    challenge
        .and_then(|challenge| parameter(challenge, &["authorization", "authorization_uri"]))
        .map_or_else(String::new, |uri| format!(", {uri}"))
}

/// A parameter of a challenge, fit to be shown.
fn parameter(challenge: &str, names: &[&str]) -> Option<String> {
    let rest = challenge
        .split_once(' ')
        .map_or(challenge, |(_, rest)| rest);
    rest.split([',', ' ']).find_map(|field| {
        let (name, value) = field.trim().split_once('=')?;
        let value = value.trim_matches('"');
        (names.contains(&name) && !value.is_empty()).then(|| words(value))
    })
}

/// The codes and the text of a body.
#[derive(Debug, Default)]
struct Read {
    status: u16,
    /// The innermost comes first: it says most.
    codes: Vec<String>,
    text: String,
}

impl Read {
    fn of(answer: Answer<'_>) -> Self {
        let mut read = Self { status: answer.status, ..Self::default() };
        if let Ok(json) = serde_json::from_str::<Value>(answer.body) {
            read.take_json(&json);
        } else {
            let tag = |name: &str| {
                let (_, rest) = answer.body.split_once(&format!("<{name}>"))?;
                Some(rest.split_once('<')?.0.to_owned())
            };
            read.codes.extend(tag("Code"));
            let text = ["AuthenticationErrorDetail", "Message", "Detail"]
                .into_iter()
                .find_map(tag);
            read.text = text.unwrap_or_else(|| answer.body.to_owned());
        }
        read.codes.extend(answer.error_code.map(ToOwned::to_owned));
        read.codes
            .retain(|code| !code.is_empty() && code.len() < 80 && code.chars().all(|c| c.is_ascii_graphic()));
        read.codes.dedup();
        read
    }

    fn take_json(&mut self, json: &Value) {
        let error = json.get("error").unwrap_or(json);
        let mut inner = error.get("innererror");
        while let Some(deeper) = inner {
            self.codes.extend(
                deeper
                    .get("code")
                    .and_then(Value::as_str)
                    .map(ToOwned::to_owned),
            );
            inner = deeper.get("innererror");
        }
        self.codes.reverse();
        self.codes.extend(
            error
                .get("code")
                .and_then(Value::as_str)
                .map(ToOwned::to_owned),
        );
        let text = ["message", "Message", "Detail"]
            .into_iter()
            .find_map(|name| error.get(name)?.as_str());
        text.unwrap_or_default().clone_into(&mut self.text);
    }

    fn evidence(&self, diagnosis: Diagnosis) -> Diagnosis {
        let codes = self.codes.join(" ");
        let diagnosis = diagnosis.evidence(format!("{} {codes}", self.status).trim_end().to_owned());
        let message = words(self.text.lines().next().unwrap_or_default());
        if message.is_empty() { diagnosis } else { diagnosis.evidence(message) }
    }
}

/// A text of the resource's own, short, and without what looks like a token.
fn words(text: &str) -> String {
    let masked = text
        .split(' ')
        .map(|word| if word.contains("eyJ") { "[token]" } else { word });
    let text = masked.collect::<Vec<_>>().join(" ");
    shown(&text.chars().take(MOST_WORDS).collect::<String>())
        .trim()
        .to_owned()
}
