use std::time::Duration;

use proptest::prelude::*;
use zeroize::Zeroizing;

use super::{RequestInfo, refused, unexpected_reply};
use crate::{
    assertion::TokenUse,
    clock::UnixTime,
    entra::response::{Content, Reply, read},
    failure::{Category, Class, Failure, MAX_DESCRIPTION},
    jwt::Claims,
};

const NOW: u64 = 1_700_000_000;

fn claims() -> Claims {
    Claims {
        issuer: Some("https://oidc.example/cluster/".into()),
        subject: Some("system:serviceaccount:shop:cart".into()),
        audiences: vec!["api://AzureADTokenExchange".into()],
        issued: Some(NOW - 60),
        expires: Some(NOW + 3540),
        ..Claims::default()
    }
}

struct Answer<'a> {
    status: u16,
    body: &'a str,
    retry_after: Option<&'a str>,
    location: Option<&'a str>,
    via_token_proxy: bool,
    date: Option<&'a str>,
    gateway_slice: Option<&'a str>,
    server: Option<&'a str>,
}

fn answer(status: u16, body: &str) -> Answer<'_> {
    Answer {
        status,
        body,
        retry_after: None,
        location: None,
        via_token_proxy: false,
        date: None,
        gateway_slice: None,
        server: None,
    }
}

fn classify(answer: &Answer<'_>) -> Failure {
    let reply = Reply {
        content_type: None,
        has_azure_header: false,
        status: answer.status,
        retry_after: answer.retry_after.map(str::to_owned),
        location: answer.location.map(str::to_owned),
        request_id: Some("trace-header".into()),
        date: answer.date.map(str::to_owned),
        gateway_slice: answer.gateway_slice.map(str::to_owned),
        server: answer.server.map(str::to_owned),
        body: Zeroizing::new(answer.body.into()),
        challenge: None,
        error_code: None,
    };
    let mut claims = claims();
    if answer.via_token_proxy {
        claims.audiences = vec!["api://AKSIdentityBinding".into()];
    }
    let used = TokenUse { expected_audience: None, via_token_proxy: answer.via_token_proxy };
    let request = RequestInfo { claims: &claims, used, request_id: "sent-id", now: UnixTime::from_secs(NOW) };
    match read(reply.status, &reply.body) {
        Content::Refused(error_reply) => refused(&reply, &error_reply, request),
        Content::Unexpected(unexpected) => unexpected_reply(&reply, &unexpected, request),
        Content::Token(_) => panic!("a token"),
    }
}

fn error_reply(status: u16, error: &str, code: u32, text: &str) -> Failure {
    let suffix = "Trace ID: 11111111-1111-1111-1111-111111111111 Correlation ID: 22222222-2222-2222-2222-222222222222 \
                  Timestamp: 2026-01-01 00:00:00Z";
    let body = serde_json::json!({
        "error": error,
        "error_description": format!("AADSTS{code}: {text} {suffix}"),
        "error_codes": [code],
        "timestamp": "2026-01-01 00:00:00Z",
        "trace_id": "11111111-1111-1111-1111-111111111111",
        "correlation_id": "22222222-2222-2222-2222-222222222222",
    });
    classify(&answer(status, &body.to_string()))
}

#[test]
fn every_documented_refusal_gets_its_class() {
    use Category as K;
    use Class::{Assertion, Permanent, Propagation, Throttled, Transient};
    for (status, error, code, class, category, answered) in [
        (401, "invalid_client", 700213, Propagation, K::FederatedCredential, "invalid_client"),
        (401, "invalid_client", 700212, Propagation, K::FederatedCredential, "invalid_client"),
        (400, "invalid_request", 700211, Propagation, K::FederatedCredential, "invalid_client"),
        (401, "invalid_client", 7002138, Permanent, K::FederatedCredential, "invalid_client"),
        (401, "unauthorized_client", 70021, Propagation, K::FederatedCredential, "invalid_client"),
        (401, "invalid_client", 70025, Propagation, K::FederatedCredential, "invalid_client"),
        (401, "invalid_client", 700024, Assertion, K::Assertion, "temporarily_unavailable"),
        (401, "invalid_client", 7000272, Propagation, K::FederatedCredential, "invalid_client"),
        (400, "invalid_request", 50027, Assertion, K::Assertion, "temporarily_unavailable"),
        (401, "invalid_client", 7000216, Assertion, K::Assertion, "temporarily_unavailable"),
        (400, "invalid_request", 900612, Propagation, K::FederatedCredential, "invalid_request"),
        (400, "invalid_request", 501661, Propagation, K::FederatedCredential, "invalid_request"),
        (400, "invalid_request", 70023, Permanent, K::Assertion, "invalid_request"),
        (400, "unauthorized_client", 700016, Propagation, K::Client, "unauthorized_client"),
        (400, "unauthorized_client", 700038, Permanent, K::Client, "unauthorized_client"),
        (401, "invalid_client", 7000229, Propagation, K::Client, "unauthorized_client"),
        (400, "invalid_request", 90002, Permanent, K::Tenant, "invalid_request"),
        (400, "invalid_request", 900023, Permanent, K::Tenant, "invalid_request"),
        (400, "invalid_resource", 500011, Permanent, K::Resource, "invalid_resource"),
        (400, "invalid_scope", 1002012, Permanent, K::Resource, "invalid_resource"),
        (400, "invalid_grant", 53003, Permanent, K::Policy, "unauthorized_client"),
        (400, "invalid_grant", 501051, Permanent, K::Policy, "unauthorized_client"),
        (400, "invalid_request", 900144, Permanent, K::Request, "invalid_request"),
        (503, "temporarily_unavailable", 90033, Transient, K::Service, "temporarily_unavailable"),
        (400, "invalid_grant", 50196, Throttled, K::Throttling, "temporarily_unavailable"),
        // The status says more than a number: Entra is down, and the number may be a consequence.
        (503, "invalid_client", 700213, Transient, K::Service, "temporarily_unavailable"),
        (429, "invalid_client", 700213, Throttled, K::Throttling, "temporarily_unavailable"),
        // So does `error`.
        (400, "temporarily_unavailable", 700213, Transient, K::Service, "temporarily_unavailable"),
        // Transient errors used to come with a status of 200.
        (200, "temporarily_unavailable", 90033, Transient, K::Service, "temporarily_unavailable"),
        // Numbers that are not in the table.
        (401, "invalid_client", 999999, Permanent, K::Client, "invalid_client"),
        (400, "interaction_required", 999999, Permanent, K::Request, "invalid_request"),
        (500, "server_error", 999999, Transient, K::Service, "temporarily_unavailable"),
    ] {
        let failure = error_reply(status, error, code, "Something was not right.");
        assert_eq!(
            (failure.class, failure.category, failure.error),
            (class, category, answered),
            "{status} {error} {code}"
        );
        assert_eq!(failure.code, Some(code));
        assert_eq!(failure.trace_id.as_deref(), Some("11111111-1111-1111-1111-111111111111"));
        assert_eq!(failure.correlation_id.as_deref(), Some("22222222-2222-2222-2222-222222222222"));
        assert!(
            failure
                .description
                .starts_with(&format!("AADSTS{code}: Something was not right. Fix: "))
        );
    }
}

#[test]
fn descriptions_name_the_number_the_fix_and_the_presented_claims() {
    let subject = error_reply(
        401,
        "invalid_client",
        700213,
        "No matching federated identity record found for presented assertion subject 'system:serviceaccount:shop:cart'.",
    );
    insta::assert_snapshot!(subject.description, @"AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:shop:cart'. Fix: set the credential's subject to system:serviceaccount:NAMESPACE:NAME of this pod's service account, as presented. Presented issuer 'https://oidc.example/cluster/', subject 'system:serviceaccount:shop:cart', audience 'api://AzureADTokenExchange'. Trace ID: 11111111-1111-1111-1111-111111111111 Correlation ID: 22222222-2222-2222-2222-222222222222");
    let resource = error_reply(
        400,
        "invalid_resource",
        500011,
        "The resource principal named https://x was not found in the tenant named t.",
    );
    insta::assert_snapshot!(resource.description, @"AADSTS500011: The resource principal named https://x was not found in the tenant named t. Fix: check the resource's spelling and trailing slash, that AZURE_TENANT_ID is right, and that the API is installed there. Trace ID: 11111111-1111-1111-1111-111111111111 Correlation ID: 22222222-2222-2222-2222-222222222222");
    let unknown = error_reply(400, "invalid_request", 999999, "New.");
    insta::assert_snapshot!(unknown.description, @"AADSTS999999: New. Fix: look the number up at https://login.microsoftonline.com/error?code=999999. Trace ID: 11111111-1111-1111-1111-111111111111 Correlation ID: 22222222-2222-2222-2222-222222222222");
}

#[test]
fn whole_numbers_decide_and_the_first_known_one_wins() {
    let body = r#"{"error":"invalid_client","error_codes":[999999,700213]}"#;
    let known = classify(&answer(401, body));
    assert_eq!((known.code, known.class), (Some(700213), Class::Propagation));
    let text = classify(&answer(400, r#"{"error":"invalid_request","error_description":"AADSTS900023: x"}"#));
    assert_eq!((text.code, text.category), (Some(900023), Category::Tenant));
}

#[test]
fn odd_answers_are_named() {
    let describe = |answer: &Answer<'_>| {
        let failure = classify(answer);
        format!("{:?} {:?} {}: {}", failure.class, failure.category, failure.error, failure.description)
    };
    insta::assert_snapshot!(describe(&answer(400, "<html>AADSTS90013: Invalid input</html>")), @"Permanent Tenant invalid_request: AADSTS90013: Entra answered 400 with an HTML page. Fix: check AZURE_TENANT_ID and AZURE_CLIENT_ID for placeholders such as <tenant> or ${TENANT}. Trace ID: trace-header Correlation ID: sent-id");
    insta::assert_snapshot!(describe(&answer(404, "")), @"Permanent Request invalid_request: Entra answered 404 with an empty body. Fix: check AZURE_AUTHORITY_HOST, AZURE_TENANT_ID and any proxy on the way. Trace ID: trace-header Correlation ID: sent-id");
    insta::assert_snapshot!(describe(&answer(502, "<html>Bad gateway</html>")), @"Transient Service temporarily_unavailable: Entra answered 502 with an HTML page. Fix: wait; wisp tries again by itself. Trace ID: trace-header Correlation ID: sent-id");
    insta::assert_snapshot!(describe(&answer(200, "{\"access_token\":\"ey")), @"Transient Service temporarily_unavailable: Entra answered 200 with broken or truncated JSON. Fix: wait; wisp tries again by itself. Trace ID: trace-header Correlation ID: sent-id");
    insta::assert_snapshot!(describe(&answer(400, "{\"error\":\"invalid_client\"}")), @"Permanent Client invalid_client: Entra answered 400 invalid_client. Fix: check AZURE_AUTHORITY_HOST, AZURE_TENANT_ID and any proxy on the way. Trace ID: trace-header Correlation ID: sent-id");
    let redirect = Answer { location: Some("https://portal.example/login?secret=1"), ..answer(302, "") };
    insta::assert_snapshot!(describe(&redirect), @"Transient Network temporarily_unavailable: Entra answered 302, a redirect to portal.example, which is not followed. Fix: check AZURE_AUTHORITY_HOST, and that no proxy or captive portal stands between wisp and Entra. Trace ID: trace-header Correlation ID: sent-id");
    let forbidden = Answer { via_token_proxy: true, ..answer(403, "unreachable: not allowed") };
    insta::assert_snapshot!(describe(&forbidden), @"Permanent Policy unauthorized_client: The token proxy answered 403 with plain text: not reachable: not allowed. Fix: create an identity binding of this client id for the cluster (az aks identity-binding create), have its allowedSubjects, if it has any, select this service account, and bind the account to a ClusterRole with verb use-managed-identity on the client id in apiGroup cid.wi.aks.azure.com. Presented issuer 'https://oidc.example/cluster/', subject 'system:serviceaccount:shop:cart', audience 'api://AKSIdentityBinding'. Trace ID: trace-header Correlation ID: sent-id");
}

#[test]
fn waits_as_long_as_asked_within_reason() {
    let wait = |status, body, retry_after| {
        let failure = classify(&Answer { retry_after, ..answer(status, body) });
        failure.retry_after.map(|wait| wait.as_secs())
    };
    let busy = "Too Many Requests";
    assert_eq!(wait(429, busy, None), Some(60));
    assert_eq!(wait(429, busy, Some("7")), Some(7));
    assert_eq!(wait(429, busy, Some("0")), Some(1));
    assert_eq!(wait(429, busy, Some("86400")), Some(3600));
    assert_eq!(wait(429, busy, Some("soon")), Some(60));
    assert_eq!(wait(429, busy, Some("Tue, 14 Nov 2023 22:13:50 GMT")), Some(30));
    assert_eq!(wait(429, busy, Some("Tue, 14 Nov 2023 22:13:00 GMT")), Some(1));
    assert_eq!(wait(503, "", None), None);
    assert_eq!(wait(503, "", Some("12")), Some(12));
    assert_eq!(wait(400, "{\"error\":\"invalid_client\"}", Some("12")), None);
    let looping = r#"{"error":"invalid_grant","error_codes":[50196]}"#;
    assert_eq!(wait(400, looping, None), Some(300));
    assert_eq!(wait(400, looping, Some("10")), Some(300));
    let failure = classify(&answer(429, busy));
    assert_eq!((failure.class, failure.category), (Class::Throttled, Category::Throttling));
    assert!(failure.description.contains("Too Many Requests"), "{}", failure.description);
}

#[test]
fn identifiers_come_from_the_header_or_from_us_when_the_body_has_none() {
    let failure = classify(&answer(503, ""));
    assert_eq!(failure.trace_id.as_deref(), Some("trace-header"));
    assert_eq!(failure.correlation_id.as_deref(), Some("sent-id"));
}

proptest! {
    #[test]
    fn never_panics_and_always_fits(
        status in 100u16..600,
        body in proptest::collection::vec(any::<u8>(), 0..400),
        retry_after in proptest::option::of(".{0,40}"),
        location in proptest::option::of(".{0,40}"),
    ) {
        let body = String::from_utf8_lossy(&body);
        let made = Answer {
            retry_after: retry_after.as_deref(), location: location.as_deref(), ..answer(status, &body)
        };
        let failure = classify(&made);
        prop_assert!(failure.description.len() <= MAX_DESCRIPTION);
        prop_assert!(failure.retry_after.is_none_or(|wait| wait <= Duration::from_secs(3600)));
    }

    #[test]
    fn the_fix_survives_whatever_entra_says(message in ".{0,3000}", code in prop::sample::select(vec![700_213u32, 500011, 90002])) {
        let failure = error_reply(400, "invalid_request", code, &message);
        let row = crate::entra::aadsts::find(code).unwrap();
        prop_assert!(failure.description.contains(row.fix));
        prop_assert!(failure.description.len() <= MAX_DESCRIPTION);
        prop_assert!(!failure.description.contains(['\r', '\n']));
    }
}

#[test]
fn entras_backup_service_is_an_outage() {
    let backup = |status, body| classify(&Answer { gateway_slice: Some("CCS"), ..answer(status, body) });
    for (status, body) in [(403, ""), (500, ""), (403, r#"{"error":"access_denied"}"#), (401, "<html>")] {
        let failure = backup(status, body);
        assert_eq!(
            (failure.class, failure.category),
            (Class::Transient, Category::Service),
            "{status} {body}"
        );
    }
    insta::assert_snapshot!(backup(403, "").description, @"Entra answered 403 with an empty body (x-ms-gateway-slice: CCS). Fix: wait; Entra's backup service answered, which means an outage. wisp tries again by itself. Trace ID: trace-header Correlation ID: sent-id");
    insta::assert_snapshot!(backup(403, r#"{"error":"access_denied","error_description":"No."}"#).description, @"Entra answered 403 access_denied (x-ms-gateway-slice: CCS): No. Fix: wait; Entra's backup service answered, which means an outage. wisp tries again by itself. Trace ID: trace-header Correlation ID: sent-id");
    // Entra itself may answer through any slice; what it says counts, and who it was stands there.
    let itself = Answer {
        gateway_slice: Some("ESTSFD"),
        server: Some("2.1.0 - NEULR1 ProdSlices"),
        ..answer(403, "")
    };
    insta::assert_snapshot!(classify(&itself).description, @"Entra answered 403 with an empty body (x-ms-gateway-slice: ESTSFD, x-ms-ests-server: 2.1.0 - NEULR1 ProdSlices). Fix: check AZURE_AUTHORITY_HOST, AZURE_TENANT_ID and any proxy on the way. Trace ID: trace-header Correlation ID: sent-id");
    assert_eq!(classify(&itself).class, Class::Permanent);
    let number =
        r#"{"error":"invalid_client","error_description":"AADSTS700213: No.","error_codes":[700213]}"#;
    assert_eq!(backup(401, number).class, Class::Propagation);
}

#[test]
fn a_token_outside_its_time_is_explained_by_entras_clock() {
    let body = r#"{"error":"invalid_client","error_description":"AADSTS700024: Client assertion is not within its valid time range.","error_codes":[700024]}"#;
    // Two hours after the present of these tests.
    let later = httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(NOW + 7200));
    let failure = classify(&Answer { date: Some(&later), ..answer(401, body) });
    assert_eq!(failure.class, Class::Assertion);
    insta::assert_snapshot!(failure.description, @"AADSTS700024: Client assertion is not within its valid time range. Fix: set the clock of this node: it is 2 h 0 min behind Entra's, by which the token expired 1 h 1 min ago. Presented issuer 'https://oidc.example/cluster/', subject 'system:serviceaccount:shop:cart', audience 'api://AzureADTokenExchange'. Trace ID: trace-header Correlation ID: sent-id");
    for unknown in [None, Some("yesterday")] {
        let failure = classify(&Answer { date: unknown, ..answer(401, body) }).description;
        assert!(failure.contains("Fix: check the node's clock, that the kubelet"), "{failure}");
    }
}
