//! What came back from the token endpoint, read without trusting any of it.

use std::time::Duration;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::text;
use crate::{clock::UnixTime, token::Secret};

/// An answer as it came over the wire. The body is wiped when it goes: it may hold a token.
pub(super) struct Reply {
    /// The HTTP status.
    pub(super) status: u16,
    /// `Retry-After`, as sent.
    pub(super) retry_after: Option<String>,
    /// `Location`, as sent.
    pub(super) location: Option<String>,
    /// `x-ms-request-id`, the trace id when the body has none.
    pub(super) request_id: Option<String>,
    /// `Date`, the time by the other side's clock.
    pub(super) date: Option<String>,
    /// `x-ms-gateway-slice`: which part of Entra's front answered.
    pub(super) gateway_slice: Option<String>,
    /// `x-ms-ests-server`: which server issued or refused; nothing where Entra's backup service answered.
    pub(super) server: Option<String>,
    /// `WWW-Authenticate`: what a resource wants to see.
    pub(super) challenge: Option<String>,
    /// `x-ms-error-code`: a resource's word for what is wrong.
    pub(super) error_code: Option<String>,
    /// `Content-Type`, as sent.
    pub(super) content_type: Option<String>,
    /// Whether a header of Azure's own services came with it.
    pub(super) has_azure_header: bool,
    /// At most as many bytes as the transport takes.
    pub(super) body: Zeroizing<Vec<u8>>,
}

impl Reply {
    /// The time by the other side's clock.
    pub(super) fn date(&self) -> Option<UnixTime> {
        httpdate::parse_http_date(self.date.as_deref()?)
            .ok()
            .map(UnixTime::from)
    }
}

/// What a reply says.
#[derive(Debug)]
pub(super) enum Content {
    /// A token.
    Token(Issued),
    /// An OAuth error (RFC 6749 section 5.2) with Entra's additions.
    Refused(ErrorReply),
    /// Something that is not an answer of a token endpoint.
    Unexpected(UnexpectedReply),
}

/// A token as Entra describes it. Durations are bounded by [`MAX_LIFETIME`].
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) secret: Secret,
    pub(super) expires_in: Duration,
    pub(super) ext_expires_in: Option<Duration>,
    pub(super) refresh_in: Option<Duration>,
}

/// Why Entra refused.
#[derive(Debug, Default)]
pub(super) struct ErrorReply {
    pub(super) error: String,
    pub(super) description: String,
    /// The AADSTS numbers, the most specific first.
    pub(super) codes: Vec<u32>,
    pub(super) trace_id: Option<String>,
    pub(super) correlation_id: Option<String>,
}

/// What came instead of an answer.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct UnexpectedReply {
    /// In the form of an object: "answered 400 with …".
    pub(super) what: &'static str,
    /// The beginning of the text, if it may help.
    pub(super) excerpt: String,
    /// The first AADSTS number in the text.
    pub(super) code: Option<u32>,
}

/// The longest lifetime taken at its word. Entra's tokens live at most 28 hours; sums of times must never overflow.
pub(super) const MAX_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);

/// The longest excerpt of an odd body, in bytes.
const MAX_EXCERPT: usize = 160;

/// Reads a reply. A status of 200 may still hold an error, and only a status of 200 may hold a token.
pub(super) fn read(status: u16, body: &[u8]) -> Content {
    let body = body
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(body)
        .trim_ascii();
    if body.is_empty() {
        return unexpected("an empty body", body, false);
    }
    let mut object = match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return unexpected("JSON that is not an object", body, false),
        Err(_) if body.starts_with(b"<") => return unexpected("an HTML page", body, false),
        Err(_) if body.starts_with(b"{") => return unexpected("broken or truncated JSON", body, false),
        Err(_) if std::str::from_utf8(body).is_err() => {
            return unexpected("bytes that are not text", body, false);
        }
        Err(_) => return unexpected("plain text", body, true),
    };
    // In custody from here on, also where it will not be used.
    let token = string(&mut object, "access_token").map(Secret::new);
    if let (200, Some(token)) = (status, token.filter(|token| !token.is_empty())) {
        return issued(token, &object);
    }
    match error_reply(&mut object) {
        Some(error_reply) => Content::Refused(error_reply),
        None => unexpected("JSON without a token and without an error", b"", false),
    }
}

fn issued(secret: Secret, object: &Map<String, Value>) -> Content {
    match lifetime(object, "expires_in") {
        Some(expires_in) => Content::Token(Issued {
            secret,
            expires_in,
            ext_expires_in: lifetime(object, "ext_expires_in"),
            refresh_in: lifetime(object, "refresh_in"),
        }),
        None => unexpected("a token without a usable expires_in", b"", false),
    }
}

fn error_reply(object: &mut Map<String, Value>) -> Option<ErrorReply> {
    // Gateways answer in the shape of Azure Resource Manager: an object with code and message.
    let (error, message) = match object.remove("error") {
        Some(Value::String(error)) => (error, None),
        Some(Value::Object(mut inner)) => {
            (string(&mut inner, "code").unwrap_or_default(), string(&mut inner, "message"))
        }
        _ => (String::new(), None),
    };
    let description = string(object, "error_description")
        .or(message)
        // Kubernetes' own errors have only this.
        .or_else(|| string(object, "message"))
        .unwrap_or_default();
    let mut codes: Vec<u32> = match object.get("error_codes") {
        Some(Value::Array(codes)) => codes.iter().filter_map(whole_number).collect(),
        _ => Vec::new(),
    };
    if codes.is_empty() {
        codes.extend(text::first_code(&description));
    }
    if error.is_empty() && description.is_empty() && codes.is_empty() {
        return None;
    }
    Some(ErrorReply {
        error,
        description,
        codes,
        trace_id: string(object, "trace_id").and_then(|id| identifier(&id)),
        correlation_id: string(object, "correlation_id").and_then(|id| identifier(&id)),
    })
}

fn unexpected(what: &'static str, body: &[u8], show: bool) -> Content {
    let text = String::from_utf8_lossy(body);
    let excerpt = if show { text::cut(&text::clean(&text), MAX_EXCERPT) } else { String::new() };
    Content::Unexpected(UnexpectedReply { what, excerpt, code: text::first_code(&text) })
}

/// Whether `id` may be repeated to clients and in logs: Entra's are GUIDs.
pub(super) fn identifier(id: &str) -> Option<String> {
    let fits = !id.is_empty() && id.len() <= 64;
    (fits && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')).then(|| id.to_owned())
}

fn string(object: &mut Map<String, Value>, name: &str) -> Option<String> {
    match object.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn whole_number(value: &Value) -> Option<u32> {
    match value {
        Value::Number(number) => number.as_u64()?.try_into().ok(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// A positive number of seconds: a number on v2.0 endpoints, a numeric string on others.
fn lifetime(object: &Map<String, Value>, name: &str) -> Option<Duration> {
    let seconds = match object.get(name)? {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    // The comparison comes first because it is false for NaN.
    (seconds >= 1.0).then(|| Duration::from_secs_f64(seconds.min(MAX_LIFETIME.as_secs_f64()).floor()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{Content, ErrorReply, Issued, MAX_LIFETIME, UnexpectedReply, read};

    fn token(body: &str) -> Issued {
        match read(200, body.as_bytes()) {
            Content::Token(issued) => issued,
            other => panic!("{other:?}"),
        }
    }

    fn refused(status: u16, body: &str) -> ErrorReply {
        match read(status, body.as_bytes()) {
            Content::Refused(error_reply) => error_reply,
            other => panic!("{other:?}"),
        }
    }

    fn unexpected(status: u16, body: &[u8]) -> UnexpectedReply {
        match read(status, body) {
            Content::Unexpected(unexpected) => unexpected,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn reads_tokens_with_numbers_and_with_strings() {
        let plain = token(
            r#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"t","refresh_in":1800}"#,
        );
        assert_eq!(plain.secret.expose(), "t");
        assert_eq!(
            (plain.expires_in, plain.ext_expires_in, plain.refresh_in),
            (Duration::from_secs(3599), Some(Duration::from_secs(3599)), Some(Duration::from_secs(1800)))
        );
        let strings = token(r#"{"expires_in":"86399","ext_expires_in":null,"access_token":"t"}"#);
        assert_eq!((strings.expires_in.as_secs(), strings.ext_expires_in), (86_399, None));
        assert_eq!(token("\u{feff}{\"expires_in\":1e300,\"access_token\":\"t\"}").expires_in, MAX_LIFETIME);
    }

    #[test]
    fn a_token_needs_a_lifetime() {
        for expires in ["0", "-5", "\"\"", "\"soon\"", "null", "[]", "\"NaN\"", "0.5"] {
            let body = format!(r#"{{"access_token":"t","expires_in":{expires}}}"#);
            assert_eq!(
                unexpected(200, body.as_bytes()).what,
                "a token without a usable expires_in",
                "{expires}"
            );
        }
        assert_eq!(unexpected(200, br#"{"access_token":"t"}"#).what, "a token without a usable expires_in");
        assert_eq!(
            unexpected(200, br#"{"access_token":"","expires_in":5}"#).what,
            "JSON without a token and without an error"
        );
        assert_eq!(
            unexpected(201, br#"{"access_token":"t","expires_in":5}"#).what,
            "JSON without a token and without an error"
        );
    }

    #[test]
    fn reads_refusals_in_every_shape() {
        let full = refused(
            401,
            r#"{"error":"invalid_client","error_description":"AADSTS700213: No.\r\nTrace ID: 1","error_codes":[700213],
               "trace_id":"aa-1","correlation_id":"bb-2","timestamp":"x"}"#,
        );
        assert_eq!((full.error.as_str(), full.codes.as_slice()), ("invalid_client", [700213].as_slice()));
        assert_eq!((full.trace_id.as_deref(), full.correlation_id.as_deref()), (Some("aa-1"), Some("bb-2")));

        let wrapped = refused(200, r#"{"error":"temporarily_unavailable","error_codes":["90033"]}"#);
        assert_eq!(wrapped.codes, [90033]);
        assert_eq!(refused(400, r#"{"error_description":"x AADSTS90002: y AADSTS7: z"}"#).codes, [90002]);
        let gateway = refused(403, r#"{"error":{"code":"Forbidden","message":"no"}}"#);
        assert_eq!((gateway.error.as_str(), gateway.description.as_str()), ("Forbidden", "no"));
        let status = refused(403, r#"{"kind":"Status","message":"no binding","code":403}"#);
        assert_eq!((status.error.as_str(), status.description.as_str()), ("", "no binding"));
        let hostile =
            refused(400, r#"{"error":"x","trace_id":"a\r\nb","error_codes":[-1,1.5,99999999999,{}]}"#);
        assert_eq!((hostile.trace_id, hostile.codes), (None, vec![]));
    }

    #[test]
    fn names_what_came_instead() {
        for (body, what, code) in [
            (&b""[..], "an empty body", None),
            (b" \r\n", "an empty body", None),
            (b"Too Many Requests", "plain text", None),
            (b"<!DOCTYPE html><p>AADSTS90013: Invalid</p>", "an HTML page", Some(90013)),
            (b"{\"error\":\"invalid_cl", "broken or truncated JSON", None),
            (b"\xff\xfe", "bytes that are not text", None),
            (b"[1]", "JSON that is not an object", None),
            (b"{}", "JSON without a token and without an error", None),
        ] {
            let found = unexpected(400, body);
            assert_eq!((found.what, found.code), (what, code), "{}", String::from_utf8_lossy(body));
        }
        assert_eq!(unexpected(429, b"Too Many Requests").excerpt, "Too Many Requests");
    }

    proptest! {
        #[test]
        fn survives_any_bytes(status in 100u16..600, body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(status, &body);
        }

        #[test]
        fn survives_any_fields(status in 100u16..600, a in ".{0,40}", b in "(AADSTS)?[0-9]{0,12}.{0,60}", n in any::<f64>()) {
            let body = serde_json::json!({
                "error": a, "error_description": b, "error_codes": [n, a], "access_token": a, "expires_in": n, "trace_id": b,
            });
            let _ = read(status, body.to_string().as_bytes());
        }
    }
}
