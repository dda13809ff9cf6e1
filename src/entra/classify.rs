//! From an answer that is no token to a failure: HTTP status first, then `error`, then the AADSTS numbers.

use std::time::Duration;

use super::{
    aadsts::{self, Row},
    bindings, clocks,
    describe::{Description, essence},
    response::{ErrorReply, Reply, UnexpectedReply, identifier},
    text,
};
use crate::{
    assertion::{Findings, TokenUse},
    clock::UnixTime,
    failure::{Category, Class, Failure},
    jwt::Claims,
};

/// The request, as far as it explains the reply.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestInfo<'a> {
    /// The claims of the token that was presented.
    pub(super) claims: &'a Claims,
    /// What it was presented to.
    pub(super) used: TokenUse<'a>,
    /// The `client-request-id`.
    pub(super) request_id: &'a str,
    /// The present.
    pub(super) now: UnixTime,
}

/// The longest wait taken from `Retry-After`. MSAL's limit is the same.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// The wait after a 429 that names none; Entra's own value.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(60);

/// The shortest wait after a 429, whatever it names.
const MIN_RETRY_AFTER: Duration = Duration::from_secs(1);

/// The number for a token that is not valid yet or no longer.
const OUTSIDE_ITS_TIME: u32 = 700024;

/// The longest name of a server repeated, in bytes.
const MAX_SERVER: usize = 60;

const TEMPORARY: &str = "temporarily_unavailable";

/// The OAuth errors that may be passed on as they are.
const PASSED_ON: [&str; 8] = [
    "access_denied",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_resource",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
];

/// The OAuth errors that mean "try again", whatever the status.
const TEMPORARY_ERRORS: [&str; 3] = [TEMPORARY, "server_error", "request_timeout"];

/// What kind of failure it is, before anything is said about it.
struct Classification {
    class: Class,
    category: Category,
    error: &'static str,
    fix: String,
}

/// The failure that a refusal amounts to.
pub(super) fn refused(reply: &Reply, error_reply: &ErrorReply, request: RequestInfo<'_>) -> Failure {
    let known = error_reply
        .codes
        .iter()
        .find_map(|code| Some((*code, aadsts::find(*code)?)));
    let code = known
        .map(|(code, _)| code)
        .or_else(|| error_reply.codes.first().copied());
    let row = known.map(|(_, row)| row);
    let classification =
        classification(reply.status, &error_reply.error, code, row, request.used.via_token_proxy);
    let mut message = essence(&error_reply.description, code);
    if message.is_empty() {
        message = row.map_or_else(String::new, |row| row.meaning.to_owned());
    }
    if code.is_none() {
        let answered = format!("{} answered {} {}", responder(request), reply.status, error_reply.error);
        let colon = if message.is_empty() { "" } else { ": " };
        message = format!("{}{}{colon}{message}", answered.trim_end(), by(reply));
    }
    let ids = (error_reply.trace_id.as_deref(), error_reply.correlation_id.as_deref());
    finish(reply, classification, row, code, message, ids, request)
}

/// The failure that something other than an answer amounts to.
pub(super) fn unexpected_reply(
    reply: &Reply,
    unexpected: &UnexpectedReply,
    request: RequestInfo<'_>,
) -> Failure {
    let row = unexpected.code.and_then(aadsts::find);
    let status = reply.status;
    let mut classification = classification(status, "", unexpected.code, row, request.used.via_token_proxy);
    let mut message =
        format!("{} answered {status} with {}{}", responder(request), unexpected.what, by(reply));
    if (300..400).contains(&status) {
        classification.category = Category::Network;
        "check AZURE_AUTHORITY_HOST, and that no proxy or captive portal stands between wisp and Entra."
            .clone_into(&mut classification.fix);
        message = format!(
            "{} answered {status}, a redirect{}, which is not followed",
            responder(request),
            to(reply)
        );
    } else if !unexpected.excerpt.is_empty() {
        message = format!("{message}: {}", unexpected.excerpt);
    }
    finish(reply, classification, row, unexpected.code, message, (None, None), request)
}

fn finish(
    reply: &Reply,
    classification: Classification,
    row: Option<&Row>,
    code: Option<u32>,
    message: String,
    (trace_id, correlation_id): (Option<&str>, Option<&str>),
    request: RequestInfo<'_>,
) -> Failure {
    let is_backup = code.is_none() && is_backup(reply);
    let Classification { class, category, error, mut fix } =
        if is_backup { backup() } else { classification };
    // Entra's time is in the answer, so nobody has to guess whose clock it is.
    let clocks = (code == Some(OUTSIDE_ITS_TIME))
        .then(|| clocks::explain(request.claims, reply.date()?, request.now))
        .flatten();
    let is_explained = clocks.is_some();
    fix = clocks.unwrap_or(fix);
    // Behind the token proxy Entra is shown another token.
    let about_the_token = match (request.used.via_token_proxy, code) {
        (true, Some(_)) => false,
        (true, None) if category == Category::Policy => true,
        _ => matches!(category, Category::FederatedCredential | Category::Assertion),
    };
    let findings = (!is_explained && !matches!(class, Class::Transient | Class::Throttled))
        .then(|| Findings::of(request.claims, request.now, request.used));
    let trace_id = trace_id
        .or(reply.request_id.as_deref())
        .and_then(identifier);
    let correlation_id = correlation_id.unwrap_or(request.request_id);
    let description = Description {
        code,
        message,
        fix: &fix,
        findings: findings.as_ref(),
        presented: about_the_token.then_some(request.claims),
        trace_id: trace_id.as_deref(),
        correlation_id: Some(correlation_id),
    }
    .compose();
    Failure {
        code,
        retry_after: wait(class, reply, row, request.now),
        trace_id,
        correlation_id: Some(correlation_id.to_owned()),
        ..Failure::new(class, category, error, description)
    }
}

fn classification(
    status: u16,
    error: &str,
    code: Option<u32>,
    row: Option<&Row>,
    via_token_proxy: bool,
) -> Classification {
    let retry = |class, category| Classification {
        class,
        category,
        error: TEMPORARY,
        fix: row
            .map_or("wait; wisp tries again by itself.", |row| row.fix)
            .to_owned(),
    };
    match (status, row) {
        (429, _) => return retry(Class::Throttled, Category::Throttling),
        (408, _) => return retry(Class::Transient, Category::Timeout),
        (_, Some(row)) if row.class == Class::Throttled => return retry(row.class, row.category),
        (_, Some(row)) if row.class == Class::Transient => return retry(row.class, row.category),
        (500.., _) => return retry(Class::Transient, Category::Service),
        _ if TEMPORARY_ERRORS.contains(&error) => return retry(Class::Transient, Category::Service),
        (_, Some(row)) => {
            let fix = via_token_proxy.then(|| bindings::fix(row)).flatten();
            return Classification {
                class: row.class,
                category: row.category,
                error: row.error,
                fix: fix.unwrap_or(row.fix).to_owned(),
            };
        }
        (..400, None) => return retry(Class::Transient, Category::Service),
        _ => {}
    }
    if via_token_proxy
        && code.is_none()
        && let Some(refused) = bindings::refused(status)
    {
        let bindings::Refused { category, error, fix } = *refused;
        return Classification { class: Class::Permanent, category, error, fix: fix.to_owned() };
    }
    unknown_error(status, error, code)
}

/// A refusal that no row explains is taken for permanent: repeating it changes nothing.
fn unknown_error(status: u16, error: &str, code: Option<u32>) -> Classification {
    let passed_on = PASSED_ON.into_iter().find(|known| *known == error);
    let error = passed_on.unwrap_or(if matches!(status, 401 | 403) {
        "unauthorized_client"
    } else {
        "invalid_request"
    });
    let category = match error {
        "invalid_client" | "unauthorized_client" => Category::Client,
        "invalid_resource" | "invalid_scope" => Category::Resource,
        "access_denied" | "invalid_grant" => Category::Policy,
        _ => Category::Request,
    };
    let fix = code.map_or_else(
        || "check AZURE_AUTHORITY_HOST, AZURE_TENANT_ID and any proxy on the way.".to_owned(),
        |code| format!("look the number up at https://login.microsoftonline.com/error?code={code}."),
    );
    Classification { class: Class::Permanent, category, error, fix }
}

fn wait(class: Class, reply: &Reply, row: Option<&Row>, now: UnixTime) -> Option<Duration> {
    let asked = reply
        .retry_after
        .as_deref()
        .and_then(|text| retry_after(text, now));
    match class {
        Class::Throttled => {
            let least = row.and_then(|row| row.wait).unwrap_or(MIN_RETRY_AFTER);
            Some(
                asked
                    .unwrap_or(DEFAULT_RETRY_AFTER)
                    .clamp(least, MAX_RETRY_AFTER),
            )
        }
        Class::Transient => asked,
        Class::Assertion | Class::Permanent | Class::Propagation => None,
    }
}

/// `Retry-After` is a number of seconds or an HTTP date (RFC 9110 section 10.2.3).
fn retry_after(text: &str, now: UnixTime) -> Option<Duration> {
    let text = text.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => UnixTime::from(httpdate::parse_http_date(text).ok()?).saturating_since(now),
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

/// Whether Entra's backup service answered, which knows nothing of the request and writes no AADSTS number.
fn is_backup(reply: &Reply) -> bool {
    let is_ccs = |slice: &str| slice.eq_ignore_ascii_case("CCS");
    reply.status >= 400 && reply.gateway_slice.as_deref().is_some_and(is_ccs) && reply.server.is_none()
}

fn backup() -> Classification {
    Classification {
        class: Class::Transient,
        category: Category::Service,
        error: TEMPORARY,
        fix: "wait; Entra's backup service answered, which means an outage. wisp tries again by itself."
            .to_owned(),
    }
}

/// Who within Entra answered, where it said so: all that a support case can start from when there is no AADSTS number.
fn by(reply: &Reply) -> String {
    let named = |name: &str, value: &Option<String>| {
        value
            .as_deref()
            .map(|value| format!("{name}: {}", text::cut(&text::clean(value), MAX_SERVER)))
    };
    let headers =
        [named("x-ms-gateway-slice", &reply.gateway_slice), named("x-ms-ests-server", &reply.server)];
    let headers: Vec<_> = headers.into_iter().flatten().collect();
    if headers.is_empty() { String::new() } else { format!(" ({})", headers.join(", ")) }
}

fn responder(request: RequestInfo<'_>) -> &'static str {
    if request.used.via_token_proxy { "The token proxy" } else { "Entra" }
}

/// Only the host: the rest of a redirect's target may carry secrets.
fn to(reply: &Reply) -> String {
    let url = reply
        .location
        .as_deref()
        .and_then(|text| reqwest::Url::parse(text).ok());
    url.and_then(|url| Some(format!(" to {}", url.host_str()?)))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
