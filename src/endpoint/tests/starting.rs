//! Before the configuration is complete.

use std::sync::Arc;

use super::{API, LIMITS, Setting, registry, request, target};

const RESOURCE: &str = "resource=https%3A%2F%2Fvault.azure.net%2F";

#[tokio::test]
async fn before_configuration_is_complete() {
    let server = Setting::starting().serve(LIMITS);
    insta::assert_snapshot!(server.get(&target(RESOURCE)).await, @r#"
HTTP/1.1 503 Service Unavailable
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000001
retry-after: 1
content-length: 111

{"error":"temporarily_unavailable","error_description":"The endpoint is starting and will answer in a moment."}
"#);
    // A probe is answered as always: it is how clients find the service.
    let probe = server.raw(request("GET", &target(RESOURCE), &[])).await;
    assert!(probe.starts_with("HTTP/1.1 400 ") && probe.contains("Required metadata header"), "{probe}");
    let Setting { endpoint, tokens, .. } = &server.setting;
    endpoint.open(Arc::clone(tokens), registry(&[("api", API)]));
    assert!(
        server
            .get(&target(RESOURCE))
            .await
            .starts_with("HTTP/1.1 200 OK\n")
    );
}
