//! The end: what is under way is finished, and nobody is cut off.

use std::time::Duration;

use ::wisp::emulator::{Emulator, Fault, FaultKind};
use tokio::time::sleep;

use super::wisp::{VAULT, Wisp, emulator, until_asked, until_ready};
use crate::kit::http::Message;

/// What the drain of a process that has nothing left to do must not exceed.
const QUICK: Duration = Duration::from_secs(2);

#[tokio::test]
async fn termination_lets_a_request_finish() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[]).await;
    emulator
        .add_fault(FaultKind::Delay { milliseconds: 400 })
        .unwrap();
    asked_and_then_ended(&wisp, &emulator).await.granted();
}

#[tokio::test]
async fn termination_does_not_wait_for_what_takes_too_long() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[("WISP_DRAIN_TIMEOUT", "400ms")]).await;
    emulator.add_fault(FaultKind::Hang).unwrap();
    let answer = asked_and_then_ended(&wisp, &emulator).await;
    assert_eq!((answer.status(), answer.header("retry-after")), (503, Some("1")));
}

#[tokio::test]
async fn termination_answers_whoever_waits_even_without_a_drain() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[("WISP_DRAIN_TIMEOUT", "0s")]).await;
    emulator.add_fault(FaultKind::Hang).unwrap();
    let answer = asked_and_then_ended(&wisp, &emulator).await;
    assert_eq!((answer.status(), answer.header("retry-after")), (503, Some("1")));
}

#[tokio::test]
async fn termination_can_wait_for_those_who_may_still_ask() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[("WISP_LINGER", "1h")]).await;
    wisp.signal("TERM");
    wisp.line("SIGTERM received, still answering").await;
    wisp.token(VAULT).await.granted();
    wisp.reload().await;
    assert_eq!((wisp.admin("/readyz").await.status(), wisp.admin("/livez").await.status()), (200, 200));
    wisp.signal("TERM");
    let (code, took) = wisp.ended().await;
    assert!(code == Some(0) && took < QUICK, "{code:?} after {took:?}");
    assert_eq!(wisp.line("ending").await["because"], "another signal");

    let wisp = Wisp::start(&emulator, &[("WISP_LINGER", "300ms")]).await;
    wisp.signal("TERM");
    let (code, took) = wisp.ended().await;
    assert!(code == Some(0) && took >= Duration::from_millis(250), "{code:?} after {took:?}");
    assert_eq!(wisp.line("ending").await["because"], "WISP_LINGER is over");

    let wisp = Wisp::start(&emulator, &[("WISP_LINGER", "1h")]).await;
    wisp.signal("INT");
    let (code, took) = wisp.ended().await;
    assert!(code == Some(0) && took < QUICK, "a terminal waits for it: {code:?} after {took:?}");
}

/// Asks for a token, and ends wisp once Entra has been asked. That must be quick, and cut nobody off.
async fn asked_and_then_ended(wisp: &Wisp, emulator: &Emulator) -> Message {
    let ending = async {
        until_asked(emulator).await;
        wisp.signal("TERM");
    };
    let (answer, ()) = tokio::join!(wisp.token(VAULT), ending);
    let (code, took) = wisp.ended().await;
    assert_eq!(code, Some(0));
    assert!(took < QUICK, "{took:?}");
    assert_eq!(wisp.line("ended").await["connections_cut_off"], 0);
    answer
}

#[tokio::test]
async fn metrics_and_probes_are_answered_until_the_last_token_is_out() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[("WISP_DRAIN_TIMEOUT", "10s")]).await;
    until_ready(&wisp).await;
    emulator
        .add_fault(Fault::from(FaultKind::Delay { milliseconds: 1500 }).times(1))
        .unwrap();
    let ending = async {
        until_asked(&emulator).await;
        wisp.signal("TERM");
        while tokio::net::TcpStream::connect(wisp.listen[0]).await.is_ok() {
            sleep(Duration::from_millis(2)).await;
        }
        let unready = wisp.admin("/readyz").await;
        assert_eq!(unready.status(), 503);
        assert!(unready.body.contains("not ending"), "{}", unready.body);
        assert_eq!((wisp.admin("/livez").await.status(), wisp.admin("/metrics").await.status()), (200, 200));
    };
    let (answer, ()) = tokio::join!(wisp.token(VAULT), ending);
    answer.granted();
    assert_eq!(wisp.ended().await.0, Some(0));
}
