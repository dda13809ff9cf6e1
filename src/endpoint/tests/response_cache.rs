//! Answers that are given again within their second.

use std::time::Duration;

use super::{API, BATCH, LIMITS, Setting, one, registry, request, target};
use crate::{
    broker::{Freshness, Source, TokenHash},
    endpoint::dialect::Kind,
};

#[tokio::test]
async fn an_answer_is_given_again_within_its_second_only() {
    let server = one();
    let path = target("resource=api://x");
    let first = server.get(&path).await;
    let again = server.get(&path).await;
    let id = |answer: &str| super::header(answer, "x-ms-request-id").map(str::to_owned);
    assert_ne!(id(&first), id(&again));
    assert_eq!(first.lines().last(), again.lines().last());
    assert_eq!(server.setting.tokens.asked(), 1);
    server.setting.clock.forward(1);
    server.get(&path).await;
    assert_eq!(server.setting.tokens.asked(), 2);

    let counted: Vec<_> = server
        .setting
        .endpoint
        .counters()
        .answers()
        .filter(|s| s.count > 0)
        .map(|s| (s.dialect, s.status, s.source, s.count))
        .collect();
    assert_eq!(
        counted,
        [(Kind::Imds, 200, Some(Source::Exchanged), 2), (Kind::Imds, 200, Some(Source::Hit), 1)]
    );
}

#[tokio::test]
async fn the_guard_stands_before_the_cache_too() {
    let server = one();
    let path = target("resource=api://x");
    server.get(&path).await;
    for headers in [&[][..], &[("Metadata", "yes")], &[("Metadata", "true"), ("X-Forwarded-For", "x")]] {
        let answer = server.raw(request("GET", &path, headers)).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{headers:?}: {answer}");
    }
    let post = server
        .raw(request("POST", &path, &[("Metadata", "true")]))
        .await;
    assert!(post.starts_with("HTTP/1.1 405 "), "{post}");
    let foreign = server.get(&format!("http://example.com{path}")).await;
    assert!(foreign.starts_with("HTTP/1.1 400 "), "{foreign}");
    server
        .setting
        .endpoint
        .set_identity_header(Some(crate::token::Secret::new("word".into())));
    for (version, header) in [("2019-08-01", "X-IDENTITY-HEADER"), ("2017-09-01", "secret")] {
        let path = format!("/msi/token?api-version={version}&resource=api://x");
        for (secret, status) in [("word", "200"), ("wor", "401"), ("words", "401"), ("", "401")] {
            let answer = server.raw(request("GET", &path, &[(header, secret)])).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{version} {secret}: {answer}");
        }
    }
}

#[tokio::test]
async fn clients_that_want_a_date_and_those_that_do_not_have_answers_of_their_own() {
    let server = one();
    server
        .setting
        .endpoint
        .set_identity_header(Some(crate::token::Secret::new("word".into())));
    let path = "/msi/token?api-version=2017-09-01&resource=api://x";
    let old = "azsdk-python-identity/1.5.0 Python/3.8.10 (Linux)";
    for _ in 0..2 {
        for (user_agent, expires_on) in
            [(old, "01/15/2027 08:59:59 +00:00"), ("python/3 azsdk-python-identity/1.25.0", "1800003599")]
        {
            for _ in 0..2 {
                let headers = [("secret", "word"), ("User-Agent", user_agent)];
                let answer = server.raw(request("GET", path, &headers)).await;
                assert!(
                    answer.contains(&format!(r#""expires_on":"{expires_on}""#)),
                    "{user_agent}: {answer}"
                );
            }
        }
    }
    // The other versions and dialects have the number for everybody.
    for (path, header) in [
        ("/msi/token?api-version=2019-08-01&resource=api://x", ("X-IDENTITY-HEADER", "word")),
        (&target("resource=api://x"), ("Metadata", "true")),
    ] {
        let answer = server
            .raw(request("GET", path, &[header, ("User-Agent", old)]))
            .await;
        assert!(answer.contains(r#""expires_on":"1800003599""#), "{answer}");
    }
}

#[tokio::test]
async fn failures_are_not_kept_here() {
    let server = one();
    for _ in 0..2 {
        server.get(&target("resource=api://permanent")).await;
    }
    assert_eq!(server.setting.tokens.asked(), 2);
}

#[tokio::test]
async fn new_identities_make_old_answers_forgotten() {
    let server = one();
    let path = target("resource=api://x");
    assert!(server.get(&path).await.contains(API));
    let Setting { endpoint, tokens, .. } = &server.setting;
    endpoint.open(std::sync::Arc::clone(tokens), registry(&[("batch", BATCH)]));
    assert!(server.get(&path).await.contains(BATCH));
    let removed = server
        .get(&target(&format!("resource=api://x&client_id={API}")))
        .await;
    assert!(removed.contains("Identity not found"), "{removed}");
}

#[tokio::test]
async fn a_token_about_to_end_is_not_kept() {
    let mut setting = Setting::starting();
    std::sync::Arc::get_mut(&mut setting.tokens)
        .unwrap()
        .remaining = Duration::from_millis(500);
    setting
        .endpoint
        .open(std::sync::Arc::clone(&setting.tokens), registry(&[("api", API)]));
    let server = setting.serve(LIMITS);
    for _ in 0..2 {
        let answer = server.get(&target("resource=api://x")).await;
        assert!(answer.contains(r#""expires_in":"1","expires_on":"1800000001""#), "{answer}");
    }
    assert_eq!(server.setting.tokens.asked(), 2);
}

#[tokio::test]
async fn a_client_that_wants_a_newer_token_is_not_answered_from_the_cache() {
    let server = one();
    let plain = target("resource=api://x");
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let bypass = format!("{plain}&bypass_cache=true&xms_cc=cp1");
    let rejected = format!("{plain}&token_sha256_to_refresh={hash}");
    for path in [&plain, &plain, &bypass, &bypass, &rejected, &rejected] {
        assert!(server.get(path).await.starts_with("HTTP/1.1 200 OK\n"), "{path}");
    }
    // Nor is what was cached before: it may hold the token that was replaced.
    server.get(&plain).await;
    server.get(&plain).await;
    let not = Freshness::NotThis(TokenHash::from_hex(hash).unwrap());
    assert_eq!(
        *server.setting.tokens.freshness_asked.lock().unwrap(),
        [Freshness::Any, Freshness::Newer, Freshness::Newer, not, not, Freshness::Any]
    );
}
