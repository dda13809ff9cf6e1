//! What a token and its answer look like.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::{Value, json};
use wisp::emulator::{Config, Emulator, FaultKind, Kind, Options};

use super::{CLIENT, Fixture, Hand, START, TENANT};

fn decode(segment: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(segment).unwrap()
}

/// The header and the claims of a token whose signature is by one of `keys`.
fn verified(token: &str, keys: &Value) -> (Value, Value) {
    let parts: Vec<_> = token.split('.').collect();
    let header: Value = serde_json::from_slice(&decode(parts[0])).unwrap();
    let key = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["kid"] == header["kid"])
        .unwrap();
    let component = |name: &str| decode(key[name].as_str().unwrap());
    RsaPublicKeyComponents { n: component("n"), e: component("e") }
        .verify(
            &RSA_PKCS1_2048_8192_SHA256,
            format!("{}.{}", parts[0], parts[1]).as_bytes(),
            &decode(parts[2]),
        )
        .unwrap();
    (header, serde_json::from_slice(&decode(parts[1])).unwrap())
}

async fn issued(fixture: &Fixture, scope: &str) -> Value {
    let answer = fixture.ask(&[("scope", Some(scope))]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let keys = fixture
        .get(&format!("{TENANT}/discovery/v2.0/keys"))
        .await
        .json();
    let (header, claims) = verified(answer.json()["access_token"].as_str().unwrap(), &keys);
    assert_eq!((&header["typ"], &header["alg"]), (&json!("JWT"), &json!("RS256")));
    claims
}

#[tokio::test]
async fn a_managed_identity_gets_a_day() {
    let fixture = Fixture::new().await;
    let answer = fixture.ask(&[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let mut body = answer.json();
    assert!(body["access_token"].take().is_string());
    assert_eq!(
        body,
        json!({"token_type": "Bearer", "expires_in": 86399, "ext_expires_in": 86399, "refresh_in": 43199, "access_token": null})
    );
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store, no-cache");
    assert_eq!(answer.header("client-request-id"), "c0ffee00-0000-4000-8000-000000000000");
    assert_eq!(answer.header("x-ms-request-id").len(), 36);
    assert!(!answer.header("x-ms-ests-server").is_empty());
    assert_eq!(answer.header("set-cookie"), "");
}

#[tokio::test]
async fn an_app_gets_an_hour_without_refresh_in() {
    let mut config = Config::default();
    config.tenants[0].identities[0].kind = Kind::App;
    config.tenants[0].identities[0].resource_id = None;
    let fixture = Fixture::with(config).await;
    let body = fixture.ask(&[]).await.json();
    assert_eq!((&body["expires_in"], &body["refresh_in"]), (&json!(3599), &Value::Null));
    assert!(
        issued(&fixture, "https://vault.azure.net/.default")
            .await
            .get("xms_mirid")
            .is_none()
    );
}

#[tokio::test]
async fn version_1_keeps_the_resource_as_asked() {
    let fixture = Fixture::new().await;
    let claims = issued(&fixture, "https://database.windows.net//.default").await;
    assert_eq!(claims["aud"], "https://database.windows.net/");
    assert_eq!(claims["iss"], format!("https://sts.windows.net/{TENANT}/"));
    assert_eq!(claims["appid"], CLIENT);
    assert_eq!(claims["idtyp"], "app");
    assert_eq!(claims["ver"], "1.0");
    assert_eq!(claims["tid"], TENANT);
    assert_eq!(claims["oid"], claims["sub"]);
    assert_eq!(claims["exp"], START + 86399);
    assert_eq!((&claims["iat"], &claims["nbf"]), (&json!(START - 300), &json!(START - 300)));
    assert_eq!(claims["uti"].as_str().unwrap().len(), 22);
    assert!(
        claims["xms_mirid"]
            .as_str()
            .unwrap()
            .ends_with("/userAssignedIdentities/app-identity")
    );

    let claims = issued(&fixture, "https://database.windows.net/.default").await;
    assert_eq!(claims["aud"], "https://database.windows.net");
    let claims = issued(&fixture, "022907D3-0f1b-48f7-badc-1ba6abab6d66/.default").await;
    assert_eq!(claims["aud"], "022907d3-0f1b-48f7-badc-1ba6abab6d66");
}

#[tokio::test]
async fn version_2_is_for_the_application_id() {
    let fixture = Fixture::new().await;
    let claims = issued(&fixture, "api://example/.default").await;
    assert_eq!(claims["aud"], "55555555-eeee-4eee-8eee-555555555555");
    assert_eq!(claims["iss"], format!("{}/{TENANT}/v2.0", fixture.emulator.authority()));
    assert_eq!((&claims["azp"], &claims["ver"]), (&json!(CLIENT), &json!("2.0")));
    assert!(claims.get("appid").is_none());
}

#[tokio::test]
async fn scopes_that_sdks_add_mean_nothing() {
    let fixture = Fixture::new().await;
    let scope = "https://vault.azure.net/.default openid offline_access profile";
    assert_eq!(issued(&fixture, scope).await["aud"], "https://vault.azure.net");
}

#[tokio::test]
async fn a_tenant_goes_by_its_domain_too() {
    let fixture = Fixture::new().await;
    assert_eq!(fixture.ask_tenant("wisp.example", &[]).await.status, 200);
}

#[tokio::test]
async fn skew_of_five_minutes_is_forgiven() {
    let fixture = Fixture::new().await;
    fixture.clock.advance(3600 + 300);
    assert_eq!(fixture.ask(&[]).await.code(), 0);
    fixture.clock.advance(1);
    assert_eq!(fixture.ask(&[]).await.code(), 700_024);
    fixture.emulator.rotate_tokens().unwrap();
    assert_eq!(fixture.ask(&[]).await.code(), 0);

    let behind = |seconds| vec![FaultKind::ClockOffset { seconds }.into()];
    fixture.emulator.set_faults(behind(-300)).unwrap();
    assert_eq!(fixture.ask(&[]).await.code(), 0);
    fixture.emulator.set_faults(behind(-301)).unwrap();
    assert_eq!(fixture.ask(&[]).await.code(), 700_024);
}

#[tokio::test]
async fn a_new_key_is_unknown_until_the_metadata_ages_out() {
    let fixture = Fixture::new().await;
    fixture
        .emulator
        .add_fault(FaultKind::MetadataCache { seconds: 1800 })
        .unwrap();
    assert_eq!(fixture.ask(&[]).await.code(), 0);
    fixture.emulator.rotate_keys().await.unwrap();
    assert_eq!(fixture.ask(&[]).await.code(), 0, "the old token still verifies");
    fixture.emulator.rotate_tokens().unwrap();
    assert_eq!(fixture.ask(&[]).await.code(), 7_000_272);
    fixture.clock.advance(1799);
    assert_eq!(fixture.ask(&[]).await.code(), 7_000_272);
    fixture.clock.advance(1);
    assert_eq!(fixture.ask(&[]).await.code(), 0);
}

#[tokio::test]
async fn an_old_key_can_be_dropped_at_once() {
    let mut config = Config::default();
    config.issuers[0].keep_old_keys_seconds = 0;
    let fixture = Fixture::with(config).await;
    fixture.emulator.rotate_keys().await.unwrap();
    assert_eq!(fixture.ask(&[]).await.code(), 7_000_272);
}

#[tokio::test]
async fn a_cluster_elsewhere_is_known_by_its_key_set() {
    let ours = Fixture::new().await;
    let folder = tempfile::tempdir().unwrap();
    let jwks_file = folder.path().join("jwks.json");
    std::fs::write(&jwks_file, ours.get("issuer/cluster/openid/v1/jwks").await.text).unwrap();

    let mut config = Config::default();
    let mut elsewhere = config.issuers[0].clone();
    elsewhere.name = "elsewhere".into();
    elsewhere.url = ours.emulator.issuer_url("cluster").map(String::from);
    elsewhere.jwks_file = Some(jwks_file.clone());
    config.issuers.push(elsewhere);
    config.tenants[0].identities[0].federated_credentials[0].issuer = "elsewhere".into();
    let fixture = Fixture::with(config).await;

    let assertion = ours.assertion();
    assert_eq!(
        fixture
            .ask(&[("client_assertion", Some(&assertion))])
            .await
            .code(),
        0
    );
    std::fs::write(&jwks_file, "{").unwrap();
    assert_eq!(
        fixture
            .ask(&[("client_assertion", Some(&assertion))])
            .await
            .code(),
        900_612
    );
    std::fs::remove_file(&jwks_file).unwrap();
    assert_eq!(
        fixture
            .ask(&[("client_assertion", Some(&assertion))])
            .await
            .code(),
        501_661
    );
}

#[tokio::test]
async fn the_projected_token_verifies_by_discovery() {
    let fixture = Fixture::new().await;
    let issuer = fixture.emulator.issuer_url("cluster").unwrap();
    assert!(issuer.ends_with("/issuer/cluster/"));
    let document = fixture
        .get("issuer/cluster/.well-known/openid-configuration")
        .await
        .json();
    assert_eq!(document["issuer"], issuer);
    let keys = fixture
        .http
        .get(document["jwks_uri"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    let keys: Value = serde_json::from_str(&keys.text().await.unwrap()).unwrap();
    let (header, claims) = verified(&fixture.assertion(), &keys);
    assert!(header.get("typ").is_none());
    assert_eq!(claims["sub"], "system:serviceaccount:default:app");
    assert_eq!(claims["aud"], json!(["api://AzureADTokenExchange"]));
    assert_eq!(claims["kubernetes.io"]["serviceaccount"]["name"], "app");
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(START), &json!(START + 3600)));
}

#[tokio::test(start_paused = true)]
async fn a_standalone_emulator_replaces_tokens_in_time() {
    let clock = Arc::new(Hand(AtomicU64::new(START)));
    let options = Options { rotate_tokens: true, ..Options::default() };
    let emulator = Emulator::start_with(Config::default(), options, clock.clone())
        .await
        .unwrap();
    let read = || std::fs::read_to_string(emulator.token_path().unwrap()).unwrap();
    let first = read();
    let minute = Duration::from_secs(60);
    tokio::time::sleep(minute).await;
    assert_eq!(read(), first);
    clock.advance(3600 * 8 / 10);
    tokio::time::sleep(minute).await;
    assert_ne!(read(), first);
}

#[tokio::test]
async fn many_ask_at_once() {
    let fixture = Fixture::new().await;
    let assertion = fixture.assertion();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let request = fixture
            .http
            .post(fixture.url(&format!("{TENANT}/oauth2/v2.0/token")))
            .form(&super::form(&assertion, &[]));
        tasks.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    while let Some(status) = tasks.join_next().await {
        assert_eq!(status.unwrap(), 200);
    }
    assert_eq!(fixture.emulator.count(CLIENT, super::VAULT), 50);
    assert_eq!(fixture.emulator.counts()[0].issued, 50);
}
