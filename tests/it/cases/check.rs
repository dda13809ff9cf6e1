//! What an answer must be: by its case, and by the rules that hold for every answer.

use std::time::Duration;

use serde_json::Value;

use super::{format::Expect, template::Known};
use crate::kit::http::Message;

/// The longest failure: Hadoop's client reads no more.
const MAX_FAILURE: usize = 1024;

/// How far the clocks of two processes on a busy machine may seem apart, in seconds.
const SLACK: u64 = 30;

/// Everything that is wrong with `answer`, which took `took`.
pub(super) fn answer(expect: &Expect, answer: &Message, took: Duration, known: &Known) -> Vec<String> {
    let mut wrong = Vec::new();
    let first = format!("{} {}", expect.version, expect.status);
    if answer.first != first {
        wrong.push(format!("status: expected {first:?}, found {:?}", answer.first));
    }
    for (name, value) in &expect.headers {
        let found = answer.header(name).unwrap_or("(absent)");
        if !is_value(&known.fill(value), found) {
            wrong.push(format!("header {name}: expected {value:?}, found {found:?}"));
        }
    }
    for name in &expect.absent {
        if let Some(value) = answer.header(name) {
            wrong.push(format!("header {name}: expected none, found {value:?}"));
        }
    }
    if let Some(most) = expect.within_ms
        && took > Duration::from_millis(most)
    {
        wrong.push(format!("time: expected at most {most} ms, took {took:?}"));
    }
    wrong.extend(body(expect, &answer.body, known));
    if expect.empty {
        return wrong;
    }
    wrong.extend(rules(answer, expect.metadata));
    if expect.status.starts_with("200 ") && !expect.metadata {
        wrong.extend(success(&answer.body, known));
    }
    wrong
}

fn is_value(expected: &str, found: &str) -> bool {
    let Some((least, most)) = expected.split_once("..=") else { return expected == found };
    let range = least.parse::<u64>().ok().zip(most.parse().ok());
    match (range, found.parse()) {
        (Some((least, most)), Ok(found)) => (least..=most).contains(&found),
        _ => false,
    }
}

fn body(expect: &Expect, body: &str, known: &Known) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(template) = &expect.body
        && let Err(difference) = known.compare(template, body)
    {
        wrong.push(format!("body:{difference}"));
    }
    if let Some(json) = &expect.json {
        let found = serde_json::from_str::<Value>(body);
        if found.as_ref().ok() != Some(json) {
            wrong.push(format!("body as JSON:\n  expected: {json}\n  found:    {body}"));
        }
    }
    for text in &expect.has {
        let text = known.fill(text);
        if !body.contains(&text) {
            wrong.push(format!("body: expected to hold {text:?}, found {body}"));
        }
    }
    for text in &expect.lacks {
        let text = known.fill(text);
        if body.contains(&text) {
            wrong.push(format!("body: expected not to hold {text:?}, found {body}"));
        }
    }
    if expect.empty && !body.is_empty() {
        wrong.push(format!("body: expected none, found {body}"));
    }
    wrong
}

/// What clients need of every answer, whatever it says. Of `metadata` from elsewhere the form is not wisp's.
fn rules(answer: &Message, metadata: bool) -> Vec<String> {
    let Message { first, body, .. } = answer;
    let lower = body.to_lowercase();
    let has = |name| answer.header(name).is_some();
    let status = first.split(' ').nth(1).unwrap_or_default();
    let rules = [
        (
            "has the content type of JSON",
            metadata || answer.header("content-type") == Some("application/json; charset=utf-8"),
        ),
        ("has its length, and is not chunked", has("content-length") && !has("transfer-encoding")),
        (
            "has a request id",
            // What was not even a request has no id: its connection is closed with the answer.
            answer
                .header("x-ms-request-id")
                .map_or_else(|| body.contains("not a well-formed HTTP/1.1 request"), wisp::names::is_guid),
        ),
        (
            "that has a correlation id gives the request's",
            serde_json::from_str::<Value>(body)
                .ok()
                .and_then(|json| {
                    Some(json.get("correlationId")?.as_str() == answer.header("x-ms-request-id"))
                })
                .unwrap_or(true),
        ),
        ("is one line", metadata || !body.contains(['\n', '\r'])),
        (
            "is a JSON object",
            metadata || serde_json::from_str::<Value>(body).is_ok_and(|json| json.is_object()),
        ),
        ("does not hold the word that old .NET takes for absence", !lower.contains("unreachable")),
        (
            "is at most 1 KiB long if it is a failure",
            metadata || status == "200" || body.len() <= MAX_FAILURE,
        ),
        (
            "asks to come back if it will pass, else not",
            metadata || matches!(status, "429" | "503") == has("retry-after"),
        ),
        ("is not cached", !has("set-cookie") && !has("etag")),
    ];
    rules
        .into_iter()
        .filter(|(_, kept)| !kept)
        .map(|(rule, _)| format!("rule broken: an answer {rule}; found {answer:?}"))
        .collect()
}

/// What holds for every token handed out: it was issued, and its times are true.
fn success(body: &str, known: &Known) -> Vec<String> {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let texts = json.as_object().into_iter().flatten();
    let mut wrong: Vec<String> = texts
        .filter(|(_, value)| value.as_str().is_none_or(str::is_empty))
        .map(|(name, value)| format!("rule broken: every value is a text; {name} is {value}"))
        .collect();
    let Some(issued) = known
        .issued
        .iter()
        .find(|issued| json["access_token"] == issued.token.as_str())
    else {
        wrong.push(format!("rule broken: the token was issued by Entra; found {body}"));
        return wrong;
    };
    let number = |name: &str| {
        json[name]
            .as_str()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let (at, life) = (issued.at, issued.lifetime);
    let truths = [
        ("expires_in", life.saturating_sub(SLACK), life),
        ("expires_on", (at + life).saturating_sub(SLACK), at + life + 1),
        ("not_before", at.saturating_sub(SLACK), at + 1),
        ("ext_expires_in", number("expires_in").unwrap_or_default(), u64::MAX),
    ];
    for (name, least, most) in truths {
        if !json[name].is_null() && !number(name).is_some_and(|n| (least..=most).contains(&n)) {
            wrong.push(format!("{name}: expected {least} to {most}, found {}", json[name]));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::is_value;

    #[test]
    fn a_header_has_a_value_or_is_within_a_range() {
        assert!(is_value("GET", "GET") && !is_value("GET", "get"));
        assert!(is_value("1..=20", "20") && !is_value("1..=20", "21") && !is_value("1..=20", "soon"));
    }
}
