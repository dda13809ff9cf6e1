//! What faults do on the wire.

use std::{fs, time::Duration};

use reqwest::redirect::Policy;
use serde_json::json;
use tokio::time::{Instant, timeout};
use wisp::emulator::{Config, Fault, FaultKind};

use super::{CLIENT, Fixture, TENANT, VAULT, client};

#[tokio::test]
async fn throttled_in_plain_text() {
    let fixture = Fixture::new().await;
    let fault = FaultKind::Throttle { retry_after_seconds: 60 };
    fixture
        .emulator
        .add_fault(Fault::from(fault).times(1))
        .unwrap();
    let answer = fixture.ask(&[]).await;
    assert_eq!((answer.status, answer.text.as_str()), (429, "Too Many Requests"));
    assert_eq!((answer.header("retry-after"), answer.header("content-type")), ("60", "text/plain"));
    assert_eq!(fixture.ask(&[]).await.status, 200);
    assert_eq!(fixture.emulator.requests()[0].outcome, "throttle");
}

#[tokio::test]
async fn unavailable_with_or_without_a_time() {
    let fixture = Fixture::new().await;
    for (retry_after_seconds, header) in [(Some(7), "7"), (None, "")] {
        let fault = FaultKind::Unavailable { retry_after_seconds };
        fixture.emulator.set_faults(vec![fault.into()]).unwrap();
        let answer = fixture.ask(&[]).await;
        assert_eq!((answer.status, answer.code(), answer.header("retry-after")), (503, 90033, header));
        assert_eq!(answer.json()["error"], "temporarily_unavailable");
    }
}

#[tokio::test]
async fn bodies_that_are_no_json() {
    let fixture = Fixture::new().await;
    fixture
        .emulator
        .set_faults(vec![FaultKind::HtmlBody { status: 400 }.into()])
        .unwrap();
    let answer = fixture.ask(&[]).await;
    assert_eq!((answer.status, answer.header("content-type")), (400, "text/html; charset=utf-8"));
    assert!(answer.text.starts_with("<!DOCTYPE html>"));

    fixture
        .emulator
        .set_faults(vec![FaultKind::EmptyBody { status: 404 }.into()])
        .unwrap();
    let answer = fixture.ask(&[]).await;
    assert_eq!((answer.status, answer.text.as_str(), answer.header("content-length")), (404, "", "0"));

    fixture
        .emulator
        .set_faults(vec![FaultKind::HugeBody { bytes: 300_000 }.into()])
        .unwrap();
    let answer = fixture.ask(&[]).await;
    assert_eq!((answer.status, answer.text.len()), (200, 300_036));
    assert_eq!(answer.json()["token_type"], "Bearer");
}

#[tokio::test]
async fn a_redirect_shows_who_follows() {
    let fixture = Fixture::new().await;
    fixture
        .emulator
        .add_fault(FaultKind::Redirect { location: None })
        .unwrap();
    let answer = fixture.ask(&[]).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (307, fixture.url("_emulator/redirected").as_str())
    );
    let came = || {
        fixture
            .emulator
            .requests()
            .iter()
            .any(|r| r.path == "/_emulator/redirected")
    };
    assert!(!came());
    let follower = client(&fixture.emulator, Policy::default());
    follower
        .post(fixture.url(&format!("{TENANT}/oauth2/v2.0/token")))
        .send()
        .await
        .unwrap();
    assert!(came());
}

#[tokio::test]
async fn connections_that_break() {
    let fixture = Fixture::new().await;
    fixture
        .emulator
        .set_faults(vec![FaultKind::Reset.into()])
        .unwrap();
    let error = fixture.send(TENANT, &[]).await.unwrap_err();
    assert!(format!("{error:?}").contains("ConnectionReset"), "{error:?}");
    assert_eq!(fixture.emulator.requests()[0].outcome, "reset");

    fixture
        .emulator
        .set_faults(vec![FaultKind::TruncatedBody.into()])
        .unwrap();
    let mut response = fixture.send(TENANT, &[]).await.unwrap();
    let announced = response.content_length().unwrap();
    let mut got = 0;
    let ended = loop {
        match response.chunk().await {
            Ok(Some(bytes)) => got += bytes.len() as u64,
            other => break other,
        }
    };
    assert!(ended.is_err() && got <= announced / 2, "{got} of {announced}");
}

#[tokio::test(start_paused = true)]
async fn answers_that_take_their_time() {
    let fixture = Fixture::new().await;
    fixture
        .emulator
        .set_faults(vec![FaultKind::Delay { milliseconds: 20_000 }.into()])
        .unwrap();
    let start = Instant::now();
    assert_eq!(fixture.ask(&[]).await.status, 200);
    assert!(start.elapsed() >= Duration::from_secs(20));

    fixture
        .emulator
        .set_faults(vec![FaultKind::SlowBody { milliseconds: 8000 }.into()])
        .unwrap();
    let start = Instant::now();
    let mut response = fixture.send(TENANT, &[]).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(2), "the head comes at once");
    let mut pieces = 0;
    while response.chunk().await.unwrap().is_some() {
        pieces += 1;
    }
    assert!(start.elapsed() >= Duration::from_secs(8));
    assert!(pieces >= 8, "{pieces}");

    fixture
        .emulator
        .set_faults(vec![FaultKind::Hang.into()])
        .unwrap();
    assert!(
        timeout(Duration::from_secs(3600), fixture.send(TENANT, &[]))
            .await
            .is_err()
    );
    assert_eq!(fixture.emulator.requests().last().unwrap().outcome, "hang");
}

#[tokio::test]
async fn numbers_as_strings() {
    let fixture = Fixture::new().await;
    fixture
        .emulator
        .add_fault(FaultKind::StringNumbers)
        .unwrap();
    let body = fixture.ask(&[]).await.json();
    assert_eq!(
        (&body["expires_in"], &body["ext_expires_in"], &body["refresh_in"]),
        (&json!("86399"), &json!("86399"), &json!("43199"))
    );
}

#[tokio::test]
async fn cookies_go_out_and_are_seen_to_come_back() {
    let fixture = Fixture::new().await;
    fixture.emulator.add_fault(FaultKind::Cookies).unwrap();
    let answer = fixture.ask(&[]).await;
    assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 3);
    assert!(answer.header("set-cookie").starts_with("fpc="));
    assert!(fixture.emulator.requests()[0].cookies.is_empty());

    let url = fixture.url(&format!("{TENANT}/oauth2/v2.0/token"));
    fixture
        .http
        .post(url)
        .header("cookie", "fpc=1; x-ms-gateway-slice=estsfd")
        .send()
        .await
        .unwrap();
    assert_eq!(fixture.emulator.requests()[1].cookies, ["fpc", "x-ms-gateway-slice"]);
}

#[tokio::test]
async fn a_credential_spreads_and_flaps() {
    let fixture = Fixture::new().await;
    let credential = || "cluster-default-app".to_owned();
    let fault = FaultKind::Propagation { credential: credential(), seconds: 30, aadsts: 70021 };
    fixture.emulator.set_faults(vec![fault.into()]).unwrap();
    assert_eq!(fixture.ask(&[]).await.code(), 70021);
    fixture.clock.advance(30);
    assert_eq!(fixture.ask(&[]).await.code(), 0);

    let fault = FaultKind::Flapping { credential: credential(), aadsts: 700_213 };
    fixture.emulator.set_faults(vec![fault.into()]).unwrap();
    let mut codes = Vec::new();
    for _ in 0..4 {
        codes.push(fixture.ask(&[]).await.code());
    }
    assert_eq!(codes, [700_213, 0, 700_213, 0]);
}

#[tokio::test]
async fn faults_for_some_only() {
    let fault = Fault::from(FaultKind::Aadsts(90033));
    let config =
        Config { faults: vec![fault.scope(VAULT).client(CLIENT.to_uppercase())], ..Config::default() };
    let fixture = Fixture::with(config).await;
    assert_eq!(fixture.ask(&[]).await.code(), 90033);
    assert_eq!(
        fixture
            .ask(&[("scope", Some("https://storage.azure.com/.default"))])
            .await
            .code(),
        0
    );
    assert!(fixture.emulator.add_fault(FaultKind::Aadsts(1)).is_err());
    fixture.emulator.clear_faults();
    assert_eq!(fixture.ask(&[]).await.code(), 0);
}

#[tokio::test]
async fn any_text_can_stand_in_the_token_file() {
    let fixture = Fixture::new().await;
    let projection = fixture.emulator.projection("app").unwrap();
    projection.replace("garbage").unwrap();
    assert_eq!(fs::read_to_string(projection.token_path()).unwrap(), "garbage");
    assert_eq!(fixture.ask(&[]).await.code(), 50027);
    projection.replace("").unwrap();
    assert_eq!(fixture.ask(&[]).await.code(), 7_000_216);
    projection.rotate().unwrap();
    assert_eq!(fixture.ask(&[]).await.code(), 0);
}

#[tokio::test]
async fn the_clock_of_documents_is_entras_too() {
    let fixture = Fixture::new().await;
    let date = async |path: &str| fixture.get(path).await.header("date").to_owned();
    let documents = [
        format!("{TENANT}/v2.0/.well-known/openid-configuration"),
        "contoso.com/v2.0/.well-known/openid-configuration".to_owned(),
        format!("{TENANT}/discovery/v2.0/keys"),
        "common/discovery/instance".to_owned(),
    ];
    let ahead: Fault = FaultKind::ClockOffset { seconds: 600 }.into();
    let behind: Fault = FaultKind::ClockOffset { seconds: -60 }.into();
    for (faults, expected) in [
        (vec![], "Fri, 02 Jan 2026 03:04:05 GMT"),
        (vec![ahead.clone()], "Fri, 02 Jan 2026 03:14:05 GMT"),
        (vec![ahead.clone(), behind.times(1)], "Fri, 02 Jan 2026 03:13:05 GMT"),
        (vec![ahead.clone().client(CLIENT), ahead.times(0)], "Fri, 02 Jan 2026 03:04:05 GMT"),
    ] {
        fixture.emulator.set_faults(faults).unwrap();
        for document in &documents {
            assert_eq!(date(document).await, expected, "{document}");
        }
    }
    assert_eq!(fixture.ask(&[]).await.header("date"), "Fri, 02 Jan 2026 03:14:05 GMT", "who is meant");
}
