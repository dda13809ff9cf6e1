//! Log lines: one for each decision, with what on-call needs to find the client.

use serde_json::Value;

use super::{API, LIMITS, Log, Setting, one, request, target};
use crate::failure::{Category, Class, Failure};

const RESOURCE: &str = "resource=https%3A%2F%2Fvault.azure.net%2F";

fn last(log: &Log) -> Value {
    let lines = log.lines();
    let line = lines
        .iter()
        .rfind(|line| line.contains("operation"))
        .unwrap_or_else(|| panic!("{lines:?}"));
    serde_json::from_str(line).unwrap()
}

#[tokio::test]
async fn one_log_line_for_each_request_and_never_the_token() {
    let log = Log::from(tracing::Level::INFO);
    let server = one();
    let ids = [("Metadata", "true"), ("x-ms-client-request-id", "cid")];
    for (path, headers) in [
        (target(RESOURCE), &ids[..]),
        // Answered from memory: no line.
        (target(RESOURCE), &ids[..]),
        (target("resource=api://permanent"), &ids[..]),
        (target("resource=x&client_id=y"), &ids[..]),
        (target(RESOURCE), &[]),
    ] {
        server.raw(request("GET", &path, headers)).await;
    }
    let lines: Vec<_> = log
        .lines()
        .into_iter()
        .map(|line| {
            let line = format!("{{{}", &line[line.find("\"level\"").unwrap()..]);
            let start = line.find("\"latency_ms\":").unwrap();
            let end = start + line[start..].find([',', '}']).unwrap();
            format!("{}\"latency_ms\":N{}", &line[..start], &line[end..])
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
{"level":"INFO","message":"token handed out","request_id":"00000000-0000-4000-8000-000000000001","client_request_id":"cid","dialect":"imds","status":200,"operation":"token","result":"success","azureResource":"https://vault.azure.net/","managedIdentityClientId":"hash-of-aaaaaaaa","cache":"exchanged","latency_ms":N}
{"level":"WARN","message":"no token available","request_id":"00000000-0000-4000-8000-000000000003","client_request_id":"cid","dialect":"imds","status":400,"operation":"token","result":"failure","errorClass":"permanent","errorCategory":"service","azureResource":"api://permanent","managedIdentityClientId":"hash-of-aaaaaaaa","latency_ms":N,"detail":"AADSTS700016: gone."}
{"level":"WARN","message":"request refused","request_id":"00000000-0000-4000-8000-000000000004","client_request_id":"cid","dialect":"imds","status":400,"operation":"token","result":"refused","reason":"identity_unknown","errorCategory":"client","method":"GET","path":"/metadata/identity/oauth2/token","host":"169.254.169.254","identity_kind":"client_id","identity":"hash-of-y","azureResource":"x","latency_ms":N,"detail":"Identity not found","advice":"Fix: ask for an identity that is configured here, or add this one to WISP_IDENTITIES. Configured: api (client_id hash-of-aaaaaaaa)."}
{"level":"INFO","message":"request refused","request_id":"00000000-0000-4000-8000-000000000005","dialect":"imds","status":400,"operation":"token","result":"refused","reason":"metadata_header","errorCategory":"request","method":"GET","path":"/metadata/identity/oauth2/token","host":"169.254.169.254","latency_ms":N,"detail":"Required metadata header not specified"}
"#);
    let all = Log::from(tracing::Level::TRACE);
    server.setting.clock.forward(1);
    server.get(&target(RESOURCE)).await;
    server.get(&target(RESOURCE)).await;
    assert!(
        all.lines()
            .iter()
            .any(|line| line.contains("answered from the response cache"))
    );
    assert!(!all.lines().join("").contains("marked"));
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
