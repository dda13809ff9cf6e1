//! Entra that is down, slow, throttling or talking nonsense.

use ::wisp::emulator::{Config, Emulator, FaultKind};

use super::wisp::{CLIENT_ID, STORAGE, VAULT, Wisp, emulator};

/// Too short for a second exchange within one request.
const ONE_EXCHANGE: [(&str, &str); 2] = [("WISP_REQUEST_BUDGET", "700ms"), ("WISP_ATTEMPT_TIMEOUT", "500ms")];

/// What goes wrong, the class that the answer shows, and a word of the text.
fn cases() -> Vec<(FaultKind, u16, &'static str)> {
    vec![
        (FaultKind::Reset, 503, "connection"),
        (FaultKind::Hang, 503, "did not answer"),
        (FaultKind::Unavailable { retry_after_seconds: None }, 503, "AADSTS90033"),
        (FaultKind::Unavailable { retry_after_seconds: Some(3) }, 503, "AADSTS90033"),
        (FaultKind::HtmlBody { status: 502 }, 503, "502"),
        (FaultKind::HtmlBody { status: 200 }, 503, "HTML"),
        (FaultKind::HtmlBody { status: 400 }, 400, "HTML"),
        (FaultKind::EmptyBody { status: 404 }, 400, "404"),
        (FaultKind::TruncatedBody, 503, "Fix: "),
        (FaultKind::HugeBody { bytes: 16 << 20 }, 503, "Fix: "),
        (FaultKind::Redirect { location: None }, 503, "redirect"),
    ]
}

fn resource(index: usize) -> String {
    format!("https://outage-{index}.example")
}

fn with_resources(config: &mut Config) {
    let mut known = config.tenants[0].resources[0].clone();
    known.app_id = "77777777-eeee-4eee-8eee-777777777777".into();
    known.identifier_uris = (0..cases().len()).map(resource).collect();
    config.tenants[0].resources.push(known);
}

/// What clears remembered failures without waiting: the kubelet replaces the token.
fn recover(emulator: &Emulator) {
    emulator.clear_faults();
    emulator.rotate_tokens().unwrap();
}

#[tokio::test]
async fn each_outage_has_its_class_and_ends() {
    let emulator = emulator(with_resources).await;
    let wisp = Wisp::start(&emulator, &ONE_EXCHANGE).await;
    for (index, (fault, status, messages)) in cases().into_iter().enumerate() {
        emulator.set_faults(vec![fault.clone().into()]).unwrap();
        let resource = resource(index);
        let answer = wisp.token(&resource).await;
        let text = answer.description();
        assert_eq!(answer.status(), status, "{fault:?}: {text}");
        assert!(text.contains(messages), "{fault:?}: {text}");
        assert!(answer.body.len() <= 1024 && text.contains("Fix: "), "{fault:?}: {text}");
        let wait = answer.retry_after();
        assert_eq!(wait.is_some(), status == 503, "{fault:?}");
        assert!(wait.is_none_or(|wait| (1..=10).contains(&wait)), "{fault:?}: {wait:?}");
        assert_eq!(emulator.count(CLIENT_ID, &format!("{resource}/.default")), 1, "{fault:?}");

        recover(&emulator);
        wisp.token(&resource).await.granted();
    }
    assert!(emulator.requests().iter().all(|r| r.tenant.is_some()), "a redirect was followed");
}

#[tokio::test]
async fn an_outage_takes_no_valid_token_away() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &ONE_EXCHANGE).await;
    let token = wisp.token(VAULT).await.granted();
    emulator.add_fault(FaultKind::Reset).unwrap();
    assert_eq!(wisp.token(STORAGE).await.status(), 503);
    assert_eq!(wisp.token(VAULT).await.granted(), token);
}
