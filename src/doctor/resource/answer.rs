//! What a resource answered to a request with the token.

use serde_json::Value;

use super::{
    code::{Cause, cause},
    service,
};
use crate::{
    doctor::{Diagnosis, Finding, table::pod::PROBE_ANSWER},
    token::Secret,
    visible::{TOKEN, shown},
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
    /// The token that it was asked with: a resource may send parts of it back.
    pub(crate) token: &'a Secret,
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
    /// Whether it is a page for people.
    pub(crate) is_html: bool,
    /// Whether a header of Azure's own services came with it.
    pub(crate) has_azure_header: bool,
}

/// The most that is repeated of a resource's own words, in letters.
const MOST_WORDS: usize = 200;

/// From how many letters on a part of the token is masked. Claims that are no secret are in it encoded, not as they are shown.
const MIN_PART: usize = 16;

/// What is to be said of it. Nothing of it repeats a token.
pub(crate) fn judge(asked: Asked<'_>, answer: Answer<'_>) -> Finding {
    let status = answer.status;
    let read = Read::of(asked, answer);
    let known = service::known(asked.host);
    if is_from_elsewhere(answer, &read, known.is_some()) {
        let found = format!("something before the resource answers {status}, not {} itself", asked.host);
        let shows = if answer.is_html { "a page of HTML" } else { "no header that Azure's services send" };
        let fix = "let the proxy, portal or firewall on the way pass requests to it, or list it in NO_PROXY; an address that answers with a page proves nothing.";
        let diagnosis = Diagnosis::new(found).evidence(format!("{status}, {shows}"));
        return PROBE_ANSWER.failed(diagnosis.fix(fix));
    }
    let diagnosis = match status {
        200..=299 => return PROBE_ANSWER.passed(format!("{status}")),
        404 if known.is_some() => {
            return PROBE_ANSWER.passed("404: it takes the token and has nothing at this path");
        }
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

/// Whether a proxy, a portal or a firewall gave this answer in the place of the resource. A service of Azure is known by its headers, by
/// its challenge, and by its codes; an outage before it is nobody's fault here.
fn is_from_elsewhere(answer: Answer<'_>, read: &Read<'_>, is_known: bool) -> bool {
    let says_much = matches!(answer.status, 200..=299 | 401 | 403 | 404);
    let is_azures = answer.has_azure_header
        || answer.error_code.is_some()
        || answer
            .challenge
            .is_some_and(|challenge| challenge.contains("Bearer"))
        || cause(&read.codes, &read.text).is_some();
    says_much && (answer.is_html || (is_known && !is_azures))
}

fn refused(asked: Asked<'_>, answer: Answer<'_>, read: &Read<'_>) -> Diagnosis {
    let known = service::known(asked.host);
    let called = known.map_or("the resource", |known| known.service.name);
    let expected = answer
        .challenge
        .and_then(|challenge| parameter(asked, challenge, &["resource", "resource_id"]))
        .or_else(|| known.map(|known| known.audience().to_owned()));
    let is_for_another = expected
        .as_deref()
        .is_some_and(|expected| expected.trim_end_matches('/') != asked.resource.trim_end_matches('/'));
    let guess = match answer.status {
        401 if is_for_another => Cause::Audience,
        401 => Cause::Token,
        _ => Cause::Role,
    };
    let assignee = asked.assignee();
    let role = known.map_or("the role that it asks for", |known| known.service.role);
    let (found, fix) = match cause(&read.codes, &read.text).unwrap_or(guess) {
        Cause::Audience => (
            format!("{called} takes no token for {}", asked.resource),
            format!("ask for {}.", expected.as_deref().unwrap_or("the audience that its documentation names")),
        ),
        Cause::Issuer => (
            format!("{called} takes no token of this tenant or cloud"),
            format!("use an identity of the tenant in which the resource is{}.", issuer(asked, answer.challenge)),
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

fn issuer(asked: Asked<'_>, challenge: Option<&str>) -> String {
    challenge
        .and_then(|challenge| parameter(asked, challenge, &["authorization", "authorization_uri"]))
        .map_or_else(String::new, |uri| format!(", {uri}"))
}

/// A parameter of a challenge, fit to be shown.
fn parameter(asked: Asked<'_>, challenge: &str, names: &[&str]) -> Option<String> {
    let rest = challenge
        .split_once(' ')
        .map_or(challenge, |(_, rest)| rest);
    rest.split([',', ' ']).find_map(|field| {
        let (name, value) = field.trim().split_once('=')?;
        let value = value.trim_matches('"');
        (names.contains(&name) && !value.is_empty()).then(|| asked.words(value))
    })
}

/// The codes and the text of a body.
#[derive(Debug)]
struct Read<'a> {
    asked: Asked<'a>,
    status: u16,
    /// The innermost comes first: it says most.
    codes: Vec<String>,
    text: String,
}

impl<'a> Read<'a> {
    fn of(asked: Asked<'a>, answer: Answer<'_>) -> Self {
        let mut read = Self { asked, status: answer.status, codes: Vec::new(), text: String::new() };
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
        let codes = self.asked.words(&self.codes.join(" "));
        let diagnosis = diagnosis.evidence(format!("{} {codes}", self.status).trim_end().to_owned());
        let message = self
            .asked
            .words(self.text.lines().next().unwrap_or_default());
        if message.is_empty() { diagnosis } else { diagnosis.evidence(message) }
    }
}

impl Asked<'_> {
    /// Whom a role is given to.
    pub(crate) fn assignee(self) -> String {
        self.object_id
            .map_or_else(|| "its object id".to_owned(), |id| format!("object id {id}"))
    }

    /// A text of the resource's own, short, without what looks like a token, and without parts of the token that it was sent.
    fn words(self, text: &str) -> String {
        /// Nothing that is cut off can be shown.
        const MOST_READ: usize = 4 * MOST_WORDS;
        let text: String = text.chars().take(MOST_READ).collect();
        let masked = text
            .split(' ')
            .map(|word| if word.contains("eyJ") { TOKEN.to_owned() } else { self.without_parts(word) });
        let text = masked.collect::<Vec<_>>().join(" ");
        shown(&text.chars().take(MOST_WORDS).collect::<String>())
            .trim()
            .to_owned()
    }

    /// `word` with a mark in the place of each run of letters of which a part is in the token.
    fn without_parts(self, word: &str) -> String {
        let is_of_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let is_part = |run: &str| {
            let mut windows = run.as_bytes().windows(MIN_PART);
            windows.any(|segment| {
                std::str::from_utf8(segment).is_ok_and(|segment| self.token.expose().contains(segment))
            })
        };
        let mut masked = String::with_capacity(word.len());
        let mut rest = word;
        while !rest.is_empty() {
            let (run, after) = rest.split_at(rest.find(|c| !is_of_part(c)).unwrap_or(rest.len()));
            masked.push_str(if is_part(run) { TOKEN } else { run });
            let (gap, next) = after.split_at(after.find(is_of_part).unwrap_or(after.len()));
            masked.push_str(gap);
            rest = next;
        }
        masked
    }
}
