//! Tokens, the cache, and whose token it is.

use super::wisp::{CLIENT_ID, STORAGE, VAULT, Wisp, emulator, exchanges};
use wisp::emulator::FaultKind;

const OBJECT_ID: &str = "33333333-cccc-4ccc-8ccc-333333333333";
const RESOURCE_ID: &str = "/subscriptions/44444444-dddd-4ddd-8ddd-444444444444/resourcegroups/example/providers/Microsoft.ManagedIdentity/userAssignedIdentities/app-identity";
const OTHER: &str = "66666666-bbbb-4bbb-8bbb-666666666666";

#[tokio::test]
async fn the_first_is_exchanged_and_the_second_remembered() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[]).await;
    let first = wisp.token(VAULT).await;
    let second = wisp.token(VAULT).await;
    assert_eq!(first.granted(), second.granted());
    assert_eq!(first.header("content-type"), Some("application/json; charset=utf-8"));
    let body = first.json();
    let names: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "access_token",
            "client_id",
            "expires_in",
            "expires_on",
            "ext_expires_in",
            "not_before",
            "resource",
            "token_type"
        ]
    );
    assert!(
        body.as_object()
            .unwrap()
            .values()
            .all(|value| value.as_str().is_some_and(|text| !text.is_empty()))
    );
    assert_eq!((first.text("client_id").as_str(), first.text("resource").as_str()), (CLIENT_ID, VAULT));
    assert!((86_300..86_400).contains(&first.text("expires_in").parse::<u64>().unwrap()));

    let [exchange] = &exchanges(&emulator)[..] else { panic!("{:?}", exchanges(&emulator)) };
    assert_eq!((exchange.method.as_str(), exchange.outcome.as_str()), ("POST", "issued"));
    assert_eq!(exchange.scope.as_deref(), Some("https://vault.azure.net/.default"));
    assert_eq!(exchange.path, "/11111111-aaaa-4aaa-8aaa-111111111111/oauth2/v2.0/token");
    assert!(exchange.cookies.is_empty());

    let metrics = wisp.admin("/metrics").await.body;
    for cache in ["exchanged", "hit"] {
        let line = format!(r#"wisp_requests_total{{dialect="imds",status="200",cache="{cache}"}} 1"#);
        assert!(metrics.contains(&line), "{line} in {metrics}");
    }
}

#[tokio::test]
async fn each_resource_has_a_token_of_its_own() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[]).await;
    let resources = [VAULT, STORAGE, "https://vault.azure.net/", "api://example"];
    for resource in resources {
        let answer = wisp.token(resource).await;
        answer.granted();
        assert_eq!(answer.text("resource"), resource);
    }
    let scopes: Vec<_> = exchanges(&emulator)
        .into_iter()
        .map(|e| e.scope.unwrap())
        .collect();
    assert_eq!(scopes, resources.map(|resource| format!("{resource}/.default")));
}

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
async fn an_unknown_identity_is_refused_and_entra_asked_once_for_names_at_most() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[]).await;
    for name in ["client_id", "object_id"] {
        let answer = wisp.ask(&format!("resource={VAULT}&{name}={OTHER}")).await;
        assert_eq!((answer.status(), answer.retry_after()), (400, None));
        assert_eq!(answer.text("error"), "invalid_request");
        let description = answer.description();
        assert!(description.starts_with("Identity not found. Fix: "), "{description}");
        assert!(description.ends_with(&format!(" Configured: {CLIENT_ID}.")), "{description}");
    }
    for _ in 0..3 {
        wisp.ask(&format!("resource={VAULT}&object_id={OTHER}"))
            .await;
    }
    let exchanges = exchanges(&emulator);
    assert_eq!(
        exchanges.len(),
        1,
        "one token of the configured identity tells that it is not the one: {exchanges:?}"
    );
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
async fn among_several_identities_one_must_be_named() {
    let emulator = emulator(|_| {}).await;
    let both = format!(
        r#"[{{"name": "one", "client_id": "{CLIENT_ID}"}}, {{"name": "two", "client_id": "{OTHER}"}}]"#
    );
    let wisp = Wisp::start(&emulator, &[("AZURE_CLIENT_ID", ""), ("WISP_IDENTITIES", &both)]).await;
    let answer = wisp.token(VAULT).await;
    assert_eq!((answer.status(), answer.retry_after()), (400, None));
    assert!(
        answer
            .description()
            .starts_with("Multiple user assigned identities exist"),
        "{}",
        answer.body
    );
    wisp.ask(&format!("resource={VAULT}&client_id={CLIENT_ID}"))
        .await
        .granted();
    assert_eq!(exchanges(&emulator).len(), 1);
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
