//! The names that an identity is asked for by, and the addresses.

use super::wisp::{CLIENT_ID, VAULT, Wisp, emulator, exchanges};
use wisp::emulator::FaultKind;

const OBJECT_ID: &str = "33333333-cccc-4ccc-8ccc-333333333333";
const RESOURCE_ID: &str = "/subscriptions/44444444-dddd-4ddd-8ddd-444444444444/resourcegroups/example/providers/Microsoft.ManagedIdentity/userAssignedIdentities/app-identity";

#[tokio::test]
async fn an_identity_has_many_names() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[]).await;
    let upper = CLIENT_ID.to_uppercase();
    let escaped = RESOURCE_ID.replace('/', "%2F");
    let known =
        [("client_id", CLIENT_ID), ("clientid", CLIENT_ID), ("client_id", upper.as_str()), ("client_id", "")];
    let learned = [
        ("object_id", OBJECT_ID),
        ("principal_id", OBJECT_ID),
        ("msi_res_id", RESOURCE_ID),
        ("mi_res_id", &escaped),
        ("msi-res-id", RESOURCE_ID),
    ];
    // The first to ask teaches the names, whichever of them it uses: nobody has asked by client id yet.
    for (name, value) in learned.into_iter().chain(known) {
        let answer = wisp.ask(&format!("resource={VAULT}&{name}={value}")).await;
        answer.granted();
        assert_eq!(answer.text("client_id"), CLIENT_ID, "{name}");
    }
    assert_eq!(exchanges(&emulator).len(), 1);
}

#[tokio::test]
async fn a_name_that_cannot_be_learned_now_is_not_called_unknown() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[]).await;
    emulator.add_fault(FaultKind::Aadsts(90033)).unwrap();
    let answer = wisp
        .ask(&format!("resource={VAULT}&object_id={OBJECT_ID}"))
        .await;
    assert_eq!((answer.status(), answer.retry_after().is_some()), (503, true), "{}", answer.body);
}

#[tokio::test]
async fn both_loopback_addresses_answer() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[("WISP_LISTEN", "127.0.0.1:0,[::1]:0")]).await;
    let [four, six] = wisp.listen[..] else { panic!("{:?}", wisp.listen) };
    assert!(four.is_ipv4() && six.is_ipv6());
    let target = format!("/metadata/identity/oauth2/token?api-version=2018-02-01&resource={VAULT}");
    let first = wisp
        .ask_at(four, &target, "Metadata: true\r\n")
        .await
        .granted();
    assert_eq!(
        wisp.ask_at(six, &target, "Metadata: true\r\n")
            .await
            .granted(),
        first
    );
}
