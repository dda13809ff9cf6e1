//! Log lines: one for each decision, with what on-call needs to find the client.

use serde_json::Value;

use super::{API, LIMITS, Log, Setting, one, request, target};
use crate::failure::{Category, Class, Failure};

fn last(log: &Log) -> Value {
    let lines = log.lines();
    let line = lines
        .iter()
        .rfind(|line| line.contains("operation"))
        .unwrap_or_else(|| panic!("{lines:?}"));
    serde_json::from_str(line).unwrap()
}

#[tokio::test]
async fn a_refusal_says_what_was_refused() {
    let log = Log::from(tracing::Level::INFO);
    let server = one();
    server
        .get(&target("resource=api://x&client_id=cccccccc-1111-2222-3333-444444444444"))
        .await;
    let line = last(&log);
    assert_eq!(
        (&line["method"], &line["path"], &line["host"]),
        (&"GET".into(), &"/metadata/identity/oauth2/token".into(), &"169.254.169.254".into()),
        "{line}"
    );
    assert_eq!(
        (&line["identity_kind"], &line["identity"], &line["azureResource"]),
        (&"client_id".into(), &"hash-of-cccccccc".into(), &"api://x".into()),
        "{line}"
    );

    server
        .get(&target("resource=api://x&msi_res_id=/subscriptions/s/none"))
        .await;
    let line = last(&log);
    assert_eq!(
        (&line["identity_kind"], &line["identity"]),
        (&"resource_id".into(), &"/subscriptions/s/none".into())
    );

    server.get(&target("resource=a&resource=b")).await;
    assert_eq!(last(&log)["parameter"], "resource");

    let elsewhere = request("GET", "/Metadata/x?resource=secret", &[("Metadata", "true")])
        .replace("169.254.169.254", "evil.example");
    server.raw(elsewhere).await;
    let line = last(&log);
    assert_eq!((&line["host"], &line["path"]), (&"evil.example".into(), &"/Metadata/x".into()), "{line}");
    assert!(!log.lines().concat().contains("secret"), "the query is not logged");
}

#[tokio::test]
async fn a_description_is_not_logged_twice() {
    let mut setting = Setting::starting();
    let mut answered =
        Failure::new(Class::Permanent, Category::Client, "unauthorized_client", "AADSTS700016");
    answered.correlation_id = Some("5ca1ab1e".into());
    let own =
        Failure::new(Class::Throttled, Category::Throttling, "temporarily_unavailable", "too many keys");
    std::sync::Arc::get_mut(&mut setting.tokens)
        .unwrap()
        .failures
        .extend([("api://answered", answered), ("api://own", own)]);
    setting
        .endpoint
        .open(std::sync::Arc::clone(&setting.tokens), super::registry(&[("api", API)]));
    let server = setting.serve(LIMITS);
    let log = Log::from(tracing::Level::INFO);
    server.get(&target("resource=api://answered")).await;
    let line = last(&log);
    assert_eq!(
        (&line["correlation_id"], &line["detail"], &line["status"]),
        (&"5ca1ab1e".into(), &Value::Null, &400.into()),
        "the line of the exchange has the description: {line}"
    );
    server.get(&target("resource=api://own")).await;
    assert_eq!(last(&log)["detail"], "too many keys", "no other line has it");
}
