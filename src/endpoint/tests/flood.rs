//! Lines that callers cause: never more than somebody can read, and none is lost without being counted.

use serde_json::Value;

use super::{API, LIMITS, Log, Setting, one, request, target};
use crate::endpoint::Reason;

fn lines(log: &Log) -> Vec<Value> {
    log.lines()
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["operation"] == "token")
        .collect()
}

#[tokio::test]
async fn refusals_are_limited_by_reason_and_counted() {
    let log = Log::from(tracing::Level::INFO);
    let server = one();
    for _ in 0..100 {
        server.get("/nothing").await;
        server.get(&target("resource=x&client_id=unknown")).await;
    }
    server.get(&target("")).await;
    let by_reason = |reason: &str| {
        lines(&log)
            .into_iter()
            .filter(|line| line["reason"] == reason)
            .count()
    };
    assert_eq!((by_reason("unknown_path"), by_reason("identity_unknown")), (20, 20));
    assert_eq!(by_reason("resource_missing"), 1, "a flood of another reason does not hide it");
    let endpoint = &server.setting.endpoint;
    assert_eq!(endpoint.lines_suppressed(), 160);
    let counted: Vec<_> = endpoint
        .counters()
        .refusals()
        .filter(|(_, count)| *count > 0)
        .collect();
    assert_eq!(
        counted,
        [(Reason::ResourceMissing, 1), (Reason::IdentityUnknown, 100), (Reason::UnknownPath, 100)]
    );
}

#[tokio::test]
async fn failures_and_metadata_are_limited_too() {
    let log = Log::from(tracing::Level::INFO);
    let server = Setting::with(&[("api", API)]).serve(LIMITS);
    for n in 0..100 {
        server
            .get(&target(&format!("resource=api://permanent&n={n}")))
            .await;
        server
            .get(&target(&format!("resource=api://transient&n={n}")))
            .await;
        // Not from memory: each is another target.
        server
            .get(&target(&format!("resource=api://x&n={n}")))
            .await;
    }
    let of = |field: &str, value: &str| {
        lines(&log)
            .into_iter()
            .filter(|line| line[field] == value)
            .count()
    };
    assert_eq!((of("errorClass", "permanent"), of("errorClass", "transient")), (20, 20));
    assert_eq!(of("result", "success"), 20);
}

#[tokio::test]
async fn who_asked_for_debug_gets_them_all() {
    let log = Log::from(tracing::Level::DEBUG);
    let server = one();
    for _ in 0..50 {
        server.raw(request("GET", &target("resource=x"), &[])).await;
    }
    let lines = lines(&log);
    assert_eq!(lines.len(), 50);
    assert_eq!(lines.iter().filter(|line| line["level"] == "DEBUG").count(), 30);
}
