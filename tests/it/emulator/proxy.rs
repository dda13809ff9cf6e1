//! The token proxy, and a CA that changes.

use reqwest::redirect::Policy;
use wisp::emulator::{Config, ProxyBinding, ProxyConfig};

use super::{CLIENT, Fixture, TENANT, client, form};

const SUBJECT: &str = "system:serviceaccount:default:app";

fn config() -> Config {
    let mut config = Config {
        token_proxy: Some(ProxyConfig {
            sni_name: "proxy.example".into(),
            path: "/proxy".into(),
            bindings: vec![ProxyBinding { subject: SUBJECT.into(), client_id: CLIENT.into() }],
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
    let http = super::builder(&fixture.emulator, Policy::none())
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
    insta::assert_snapshot!(body, @r#"{"error":"access_denied","error_description":"the service account is not bound to the identity"}"#);
    let (status, body) = ask(&fixture, &[("client_assertion", Some("none"))]).await;
    assert_eq!(status, 401);
    insta::assert_snapshot!(body, @r#"{"error":"access_denied","error_description":"the token is not for api://AKSIdentityBinding"}"#);
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
