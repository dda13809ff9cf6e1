//! The control path, the documents for SDKs, the request log, the end.

use reqwest::Method;
use serde_json::{Value, json};
use wisp::emulator::{Fault, FaultKind};

use super::{Answer, CLIENT, Fixture, START, TENANT, VAULT};

async fn control(fixture: &Fixture, method: Method, path: &str, body: &str) -> (u16, Value) {
    let request = fixture
        .http
        .request(method, fixture.url(&format!("_emulator/{path}")))
        .body(body.to_owned());
    let answer = Answer::read(request.send().await.unwrap()).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn faults_over_http() {
    let fixture = Fixture::new().await;
    let put = |body| control(&fixture, Method::PUT, "faults", body);
    let throttle = json!([{"fault": {"throttle": {"retry_after_seconds": 60}}, "requests": 1}]);
    assert_eq!(put(r#"{"fault": {"throttle": {}}, "requests": 1}"#).await, (200, throttle.clone()));
    assert_eq!(control(&fixture, Method::GET, "faults", "").await, (200, throttle));
    assert_eq!(fixture.ask(&[]).await.status, 429);
    assert_eq!(fixture.ask(&[]).await.status, 200);

    control(&fixture, Method::POST, "faults", r#"[{"fault": "reset"}, {"fault": {"aadsts": 53003}}]"#).await;
    assert_eq!(
        fixture.emulator.faults(),
        [Fault::from(FaultKind::Reset), Fault::from(FaultKind::Aadsts(53003))]
    );
    for bad in ["", "[{}]", r#"[{"fault": "reset", "request": 1}]"#, r#"[{"fault": {"aadsts": 4}}]"#] {
        let (status, body) = put(bad).await;
        assert!(status == 400 && body["error"].is_string(), "{bad}");
    }
    assert_eq!(fixture.emulator.faults().len(), 2, "a bad list changes nothing");
    assert_eq!(control(&fixture, Method::DELETE, "faults", "").await, (200, json!([])));
    assert_eq!(control(&fixture, Method::PATCH, "faults", "").await.0, 405);
    assert_eq!(control(&fixture, Method::GET, "fault", "").await.0, 404);
}

#[tokio::test]
async fn the_log_holds_no_secret() {
    let fixture = Fixture::new().await;
    fixture.ask(&[]).await;
    let assertion = fixture.assertion();
    // A JWT in a wrong field does not get into the log either.
    fixture
        .ask(&[("client_id", Some(&assertion)), ("scope", Some(&assertion))])
        .await;
    let (_, log) = control(&fixture, Method::GET, "requests", "").await;
    assert_eq!(
        log["requests"][0],
        json!({
            "time": START,
            "method": "POST",
            "path": format!("/{TENANT}/oauth2/v2.0/token"),
            "host": fixture.emulator.authority().trim_start_matches("https://"),
            "sni": "localhost",
            "tenant": TENANT,
            "client_id": CLIENT,
            "scope": VAULT,
            "outcome": "issued",
            "status": 200,
            "client_request_id": "c0ffee00-0000-4000-8000-000000000000",
            "cookies": [],
            "user_agent": null,
        })
    );
    assert_eq!(log["requests"][1]["outcome"], "AADSTS700016");
    assert_eq!(
        log["counts"][1],
        json!({"client_id": CLIENT, "scope": VAULT, "requests": 1, "issued": 1}).clone()
    );
    assert!(!log.to_string().contains("eyJ"), "{log}");
    let (_, log) = control(&fixture, Method::DELETE, "requests", "").await;
    assert_eq!(log, json!({"requests": [], "counts": []}));
}

#[tokio::test]
async fn rotation_over_http() {
    let fixture = Fixture::new().await;
    let before = fixture.assertion();
    let rotate = |path| control(&fixture, Method::POST, path, "");
    assert_eq!(rotate("rotate-token").await, (200, json!({"rotated": 1})));
    assert_ne!(fixture.assertion(), before);
    assert_eq!(rotate("rotate-token?projection=none").await.0, 404);
    let keys = || async {
        fixture.get("issuer/cluster/openid/v1/jwks").await.json()["keys"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(keys().await, 1);
    assert_eq!(rotate("rotate-keys?issuer=cluster").await, (200, json!({"rotated": 1})));
    assert_eq!(keys().await, 2);
    fixture.clock.advance(86_400);
    assert_eq!(keys().await, 1);
}

#[tokio::test]
async fn documents_for_sdks() {
    let fixture = Fixture::new().await;
    let authority = fixture.emulator.authority();
    let document = fixture
        .get(&format!("{TENANT}/v2.0/.well-known/openid-configuration"))
        .await
        .json();
    assert_eq!(document["token_endpoint"], format!("{authority}/{TENANT}/oauth2/v2.0/token"));
    assert_eq!(document["issuer"], format!("{authority}/{TENANT}/v2.0"));
    let missing = fixture
        .get("contoso.com/v2.0/.well-known/openid-configuration")
        .await;
    assert_eq!((missing.status, missing.json()["error"].clone()), (400, json!("invalid_tenant")));
    let instance = fixture
        .get("common/discovery/instance?api-version=1.1")
        .await
        .json();
    assert_eq!(instance["metadata"][0]["aliases"][0], authority.trim_start_matches("https://"));
    assert_eq!(fixture.get("nothing").await.status, 404);
    let by_address = fixture
        .url("common/discovery/instance")
        .replace("localhost", "127.0.0.1");
    assert_eq!(
        fixture
            .http
            .get(by_address)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16(),
        200
    );
    assert_eq!(fixture.get("issuer/none/openid/v1/jwks").await.status, 404);
}

/// The authorities without a tenant of their own, as Entra answers for them; the issuer names them otherwise.
#[tokio::test]
async fn authorities_for_everybody() {
    let fixture = Fixture::new().await;
    let authority = fixture.emulator.authority();
    for (name, issuer) in [
        ("common", "{tenantid}"),
        ("organizations", "{tenantid}"),
        ("consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"),
    ] {
        let answer = fixture
            .get(&format!("{name}/v2.0/.well-known/openid-configuration"))
            .await;
        assert_eq!(answer.status, 200, "{name}");
        let document = answer.json();
        assert_eq!(document["token_endpoint"], format!("{authority}/{name}/oauth2/v2.0/token"));
        assert_eq!(document["issuer"], format!("{authority}/{issuer}/v2.0"));
        let keys = document["jwks_uri"].as_str().unwrap();
        let keys = fixture.http.get(keys).send().await.unwrap();
        assert_eq!(Answer::read(keys).await.json()["keys"][0]["kty"], "RSA", "{name}");
        // Nobody gets a token there without a user.
        assert_eq!(fixture.ask_tenant(name, &[]).await.code(), 50059, "{name}");
    }
}

#[tokio::test]
async fn instance_discovery_leads_to_the_authority_that_is_asked_about() {
    let fixture = Fixture::new().await;
    let authority = fixture.emulator.authority();
    let endpoint = async |path: &str, about: &str| {
        let query = format!("{path}/discovery/instance?api-version=1.1&authorization_endpoint={about}");
        fixture.get(&query).await.json()["tenant_discovery_endpoint"].clone()
    };
    let configuration = |tenant| format!("{authority}/{tenant}/v2.0/.well-known/openid-configuration");
    let of_the_tenant = format!("{authority}/{TENANT}/oauth2/v2.0/authorize");
    assert_eq!(endpoint("common", &of_the_tenant).await, configuration(TENANT));
    for nothing in ["", "here", "https://", "https://localhost", "https://localhost/"] {
        assert_eq!(endpoint("common", nothing).await, configuration("common"), "{nothing}");
    }
    assert_eq!(endpoint(TENANT, "").await, configuration(TENANT));
}

#[tokio::test]
async fn bodies_are_bounded() {
    let fixture = Fixture::new().await;
    let answer = fixture.ask(&[("padding", Some(&"x".repeat(70_000)))]).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn it_ends_with_its_handle() {
    let fixture = Fixture::new().await;
    let (url, ca, state) = (
        fixture.url("common/discovery/instance"),
        fixture.emulator.ca_path(),
        fixture.emulator.state_path().to_owned(),
    );
    assert_eq!(std::fs::read_to_string(&ca).unwrap(), *fixture.emulator.ca_pem());
    assert_eq!(fixture.get("common/discovery/instance").await.status, 200);
    drop(fixture.emulator);
    assert!(fixture.http.get(url).send().await.is_err());
    assert!(!state.exists());
}
