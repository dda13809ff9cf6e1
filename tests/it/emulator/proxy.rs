//! The token proxy, and a CA that changes.

use reqwest::redirect::Policy;
use wisp::emulator::{AccessReviewsConfig, Config, ProxyBinding, ProxyConfig};

use super::{CLIENT, Fixture, TENANT, client, form};

const SUBJECT: &str = "system:serviceaccount:default:app";

/// One in which the service account may use the identity.
fn config() -> Config {
    bound(Some(SUBJECT), None)
}

/// One in which the identity is bound for this service account, or for whoever the cluster says.
fn bound(subject: Option<&str>, access_reviews: Option<AccessReviewsConfig>) -> Config {
    let mut config = Config {
        token_proxy: Some(ProxyConfig {
            sni_name: "proxy.example".into(),
            path: "/proxy".into(),
            bindings: vec![ProxyBinding { subject: subject.map(str::to_owned), client_id: CLIENT.into() }],
            access_reviews,
        }),
        ..Config::default()
    };
    config.projections[0].audience = "api://AKSIdentityBinding".into();
    config
}

/// Asks through the proxy: its SNI name resolves to the emulator, as a client with a custom transport makes it.
async fn ask(fixture: &Fixture, changes: &[(&str, Option<&str>)]) -> (u16, String) {
    let port = fixture
        .emulator
        .authority()
        .rsplit_once(':')
        .unwrap()
        .1
        .parse()
        .unwrap();
    let ca = std::fs::read_to_string(fixture.emulator.token_proxy_ca_path()).unwrap();
    let http = super::builder(&ca, Policy::none())
        .resolve("proxy.example", ([127, 0, 0, 1], port).into())
        .build()
        .unwrap();
    let url = format!("https://proxy.example:{port}/proxy/{TENANT}/oauth2/v2.0/token");
    let assertion = fixture.assertion();
    let answer = http
        .post(url)
        .form(&form(&assertion, changes))
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn the_proxy_stands_for_the_credential() {
    let fixture = Fixture::with(config()).await;
    assert_eq!(fixture.ask(&[]).await.code(), 700_212, "the same token is nothing to Entra itself");
    let (status, body) = ask(&fixture, &[]).await;
    assert_eq!(status, 200, "{body}");
    let request = fixture.emulator.requests().pop().unwrap();
    assert_eq!(request.sni.as_deref(), Some("proxy.example"));
    assert!(request.host.unwrap().starts_with("proxy.example:"));
    assert_eq!(request.tenant.as_deref(), Some(TENANT));
}

#[tokio::test]
async fn the_proxy_refuses_what_is_not_bound() {
    let fixture = Fixture::with(config()).await;
    let other = CLIENT.replace('2', "9");
    let (status, body) = ask(&fixture, &[("client_id", Some(&other))]).await;
    assert_eq!(status, 403);
    insta::assert_snapshot!(body, @r#"{"error":"access_denied","error_description":"no identity binding of this cluster is for the client id 99999999-bbbb-4bbb-8bbb-999999999999"}"#);
    let (status, body) = ask(&fixture, &[("client_assertion", Some("none"))]).await;
    assert_eq!(status, 401);
    insta::assert_snapshot!(body, @r#"{"error":"access_denied","error_description":"the token is not for api://AKSIdentityBinding"}"#);
}

#[tokio::test]
async fn the_proxy_refuses_whom_nobody_lets() {
    let other = bound(Some("system:serviceaccount:default:other"), None);
    let (status, body) = ask(&Fixture::with(other).await, &[]).await;
    assert_eq!(status, 403);
    insta::assert_snapshot!(body, @r#"{"error":"access_denied","error_description":"the allowedSubjects of the identity binding leave out system:serviceaccount:default:app"}"#);
    let (status, body) = ask(&Fixture::with(bound(None, None)).await, &[]).await;
    assert_eq!(status, 403);
    insta::assert_snapshot!(body, @r#"{"error":"access_denied","error_description":"nobody may use the identity: there is no API server to ask"}"#);
    let nowhere = AccessReviewsConfig {
        url: "https://127.0.0.1:1".into(),
        ca_file: "/nowhere/ca.crt".into(),
        token_file: "/nowhere/token".into(),
    };
    let (status, body) = ask(&Fixture::with(bound(None, Some(nowhere))).await, &[]).await;
    assert_eq!(status, 503);
    insta::assert_snapshot!(body, @r#"{"error":"temporarily_unavailable","error_description":"the API server cannot be asked: /nowhere/token: No such file or directory (os error 2)"}"#);
}

#[tokio::test]
async fn the_proxy_has_an_authority_of_its_own() {
    let fixture = Fixture::with(config()).await;
    let before = std::fs::read_to_string(fixture.emulator.token_proxy_ca_path()).unwrap();
    assert_ne!(before, *fixture.emulator.ca_pem());
    fixture.emulator.rotate_ca().unwrap();
    assert_ne!(std::fs::read_to_string(fixture.emulator.token_proxy_ca_path()).unwrap(), before);
    assert_eq!(ask(&fixture, &[]).await.0, 200, "by the new one");
}

#[tokio::test]
async fn a_new_ca_ends_trust_in_the_old() {
    let fixture = Fixture::new().await;
    let old = client(&fixture.emulator, Policy::none());
    fixture.emulator.rotate_ca().unwrap();
    assert_eq!(std::fs::read_to_string(fixture.emulator.ca_path()).unwrap(), *fixture.emulator.ca_pem());
    let url = fixture.url("common/discovery/instance");
    let error = old.get(&url).send().await.unwrap_err();
    assert!(format!("{error:?}").contains("InvalidCertificate"), "{error:?}");
    let new = client(&fixture.emulator, Policy::none());
    assert_eq!(new.get(&url).send().await.unwrap().status().as_u16(), 200);
}
