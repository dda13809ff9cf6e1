//! Metrics count what happened.

use ::wisp::emulator::FaultKind;

use super::wisp::{CLIENT_ID, STORAGE, VAULT, Wisp, emulator};

#[tokio::test]
async fn metrics_count_what_happened() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[]).await;
    for _ in 0..2 {
        wisp.token(VAULT).await.granted();
    }
    emulator.add_fault(FaultKind::Aadsts(500_011)).unwrap();
    assert_eq!(wisp.token(STORAGE).await.status(), 400);
    let answer = wisp.admin("/metrics").await;
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        "azure_identity_token_acquisition_success_total{PLACE} 1",
        r#"azure_identity_token_acquisition_failure_total{PLACE,category="resource",aadsts="500011"} 1"#,
        r#"azure_identity_token_acquisition_failure_total{PLACE,category="federated_credential",aadsts="700213"} 0"#,
        "azure_federated_credential_errors_total{PLACE} 0",
        "azure_identity_token_acquisition_latency_seconds_count{PLACE} 2",
        r#"wisp_requests_total{dialect="imds",status="200",cache="exchanged"} 1"#,
        r#"wisp_requests_total{dialect="imds",status="200",cache="hit"} 1"#,
        r#"wisp_requests_total{dialect="imds",status="200",cache="stale"} 0"#,
        r#"wisp_refused_requests_total{reason="identity_unknown"} 0"#,
        r#"wisp_requests_total{dialect="imds",status="400",cache="none"} 1"#,
        "wisp_cached_tokens 1",
    ] {
        let line = line.replace("PLACE", r#"namespace="default",service_account="app""#);
        assert!(answer.body.contains(&line), "{line} in {}", answer.body);
    }
    assert!(!answer.body.contains(CLIENT_ID), "client ids are hashed by default");
}
