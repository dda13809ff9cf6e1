//! Entra's refusals: each arrives as the right status, with its fix, and costs one exchange.

use ::wisp::{
    emulator::{Fault, FaultKind},
    entra::aadsts,
};

use super::wisp::{CLIENT_ID, VAULT, Wisp, emulator};

/// Number, status once a new credential has had its time to spread, OAuth error.
const REFUSALS: [(u32, u16, &str); 22] = [
    (700_213, 400, "invalid_client"),
    (700_212, 400, "invalid_client"),
    (700_211, 400, "invalid_client"),
    (7_002_138, 400, "invalid_client"),
    (70021, 400, "invalid_client"),
    (70025, 400, "invalid_client"),
    (700_024, 503, "temporarily_unavailable"),
    (7_000_272, 400, "invalid_client"),
    (50027, 503, "temporarily_unavailable"),
    (900_612, 400, "invalid_request"),
    (501_661, 400, "invalid_request"),
    (700_016, 400, "unauthorized_client"),
    (700_038, 400, "unauthorized_client"),
    (7_000_229, 400, "unauthorized_client"),
    (90002, 400, "invalid_request"),
    (900_023, 400, "invalid_request"),
    (500_011, 400, "invalid_resource"),
    (1_002_012, 400, "invalid_resource"),
    (53003, 400, "unauthorized_client"),
    (501_051, 400, "unauthorized_client"),
    (900_144, 400, "invalid_request"),
    (90033, 503, "temporarily_unavailable"),
];

#[tokio::test]
async fn each_has_its_status_its_fix_and_one_exchange() {
    let emulator = emulator(|_| {}).await;
    let env = [("WISP_PROPAGATION_GRACE", "0"), ("WISP_REQUEST_BUDGET", "1s")];
    let wisp = Wisp::start(&emulator, &env).await;
    for (code, status, error) in REFUSALS {
        let scope = format!("https://refusal-{code}.example/.default");
        emulator
            .add_fault(Fault::from(FaultKind::Aadsts(code)).scope(&scope))
            .unwrap();
        for asked in ["first", "again"] {
            let answer = wisp.token(scope.trim_end_matches("/.default")).await;
            let text = answer.description();
            assert_eq!((answer.status(), answer.text("error").as_str()), (status, error), "{asked}: {text}");
            assert_eq!(answer.retry_after().is_some(), status == 503, "{asked}: {text}");
            let row = aadsts::find(code).unwrap();
            assert!(text.starts_with(&format!("AADSTS{code}: ")), "{asked}: {text}");
            assert!(text.contains(&format!("Fix: {}", row.fix)), "{asked}: {text}");
            assert!(answer.body.len() <= 1024 && !answer.body.contains('\n'), "{asked}: {text}");
        }
        assert_eq!(emulator.count(CLIENT_ID, &scope), 1, "{code}");
    }
}

#[tokio::test]
async fn what_may_still_be_spreading_is_given_time() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[]).await;
    let fault =
        FaultKind::Propagation { credential: "cluster-default-app".into(), seconds: 600, aadsts: 700_213 };
    emulator.add_fault(fault).unwrap();
    let answer = wisp.token(VAULT).await;
    assert_eq!(answer.status(), 503, "{}", answer.body);
    assert!((1..=10).contains(&answer.retry_after().unwrap()));
    let text = answer.description();
    assert!(text.starts_with("AADSTS700213: ") && text.contains("Fix: "), "{text}");
    assert!(text.contains("subject 'system:serviceaccount:default:app'"), "{text}");
    emulator.clear_faults();
    emulator.rotate_tokens().unwrap();
    wisp.token(VAULT).await.granted();
}
