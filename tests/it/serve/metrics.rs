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

#[tokio::test]
async fn metrics_tell_how_an_identity_stands() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[]).await;
    let before = Standing::of(&wisp.admin("/metrics").await.body);
    assert_eq!((before.failures.as_slice(), before.last_success), ([].as_slice(), 0));
    // The emulator's cluster issues tokens of an hour.
    assert_eq!(before.lifetime, 3600);
    assert!(before.age < 600, "{}", before.age);

    emulator.add_fault(FaultKind::Aadsts(500_011)).unwrap();
    assert_eq!(wisp.token(STORAGE).await.status(), 400);
    let failing = Standing::next(&wisp).await;
    let stands = r#",class="permanent",category="resource",aadsts="500011"} 1"#;
    assert!(matches!(&failing.failures[..], [line] if line.ends_with(stands)), "{:?}", failing.failures);

    emulator.clear_faults();
    wisp.token(VAULT).await.granted();
    let well = Standing::next(&wisp).await;
    assert_eq!(well.failures, Vec::<String>::new(), "a token has come since");
    assert!(well.last_success > 1_700_000_000, "{}", well.last_success);
}

/// What the series say of the one identity and of the projected token.
struct Standing {
    failures: Vec<String>,
    last_success: u64,
    age: u64,
    lifetime: u64,
}

impl Standing {
    fn of(metrics: &str) -> Self {
        let samples = |name: &str| {
            let has_name = move |line: &&str| {
                line.strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with([' ', '{']))
            };
            metrics
                .lines()
                .filter(has_name)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let only = |name: &str| match &samples(name)[..] {
            [line] => line.rsplit_once(' ').unwrap().1.parse().unwrap(),
            other => panic!("{name}: {other:?}"),
        };
        Self {
            failures: samples("wisp_last_failure_info"),
            last_success: only("wisp_last_success_timestamp_seconds"),
            age: only("wisp_assertion_age_seconds"),
            lifetime: only("wisp_assertion_lifetime_seconds"),
        }
    }

    /// As it is told once the text that was made a moment ago is no longer given again.
    async fn next(wisp: &Wisp) -> Self {
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        Self::of(&wisp.admin("/metrics").await.body)
    }
}
