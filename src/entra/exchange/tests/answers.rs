//! What Entra, or who answers in its place, may say.

use std::time::Duration;

use super::{Config, NOW, Pod, TOKEN, entra, error_reply, jwt, key};
use crate::{
    clock::UnixTime,
    entra::testing::{Reaction, http},
    exchange::Exchange as _,
    failure::{Category, Class},
};

#[tokio::test]
async fn sends_what_entra_expects_and_reads_the_token() {
    let pod = Pod::new();
    let server = pod
        .server(vec![http(200, &["Set-Cookie: fpc=1"], TOKEN), http(200, &[], TOKEN)])
        .await;
    let entra = pod.entra();
    let key = key(&server.url());
    let token = entra.exchange(&key).await.unwrap();
    assert_eq!(token.secret.expose(), "issued");
    assert_eq!(token.requested_at, UnixTime::from_secs(NOW));
    assert_eq!(token.expires_at, UnixTime::from_secs(NOW + 3599));
    assert_eq!((token.extended_lifetime.as_secs(), token.refresh_in), (3599, None));
    entra.exchange(&key).await.unwrap();

    let requests = server.requests();
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<String> = head.lines().map(str::to_ascii_lowercase).collect();
    assert_eq!(lines.remove(0), "post /contoso.onmicrosoft.com/oauth2/v2.0/token http/1.1");
    for header in [
        "accept: application/json",
        "client-request-id: 00000000-0000-4000-8000-000000000001",
        "content-type: application/x-www-form-urlencoded",
        "return-client-request-id: true",
        concat!("user-agent: wisp/", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(lines.iter().any(|line| line == header), "{header} is not in {lines:?}");
    }
    assert_eq!(
        body,
        format!(
            "client_id=aaaaaaaa-1111-2222-3333-444444444444&scope=https%3A%2F%2Fdatabase.windows.net%2F%2F.default&\
             grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A\
             client-assertion-type%3Ajwt-bearer&client_assertion={}",
            jwt("first")
        )
    );
    let second = requests[1].to_ascii_lowercase();
    assert!(!second.contains("cookie"), "{second}");
    assert!(second.contains("client-request-id: 00000000-0000-4002-8000-000000000003"), "{second}");
}

#[tokio::test]
async fn every_kind_of_answer_becomes_the_right_failure() {
    let pod = Pod::new();
    let large = "x".repeat(300 * 1024);
    for (reaction, class, category) in [
        (http(401, &[], &error_reply(700213)), Class::Propagation, Category::FederatedCredential),
        (http(429, &["Retry-After: 60"], "Too Many Requests"), Class::Throttled, Category::Throttling),
        (http(503, &[], ""), Class::Transient, Category::Service),
        (http(400, &[], "<html>AADSTS90013</html>"), Class::Permanent, Category::Tenant),
        (http(200, &[], r#"{"access_token":"ey"#), Class::Transient, Category::Service),
        (http(200, &[], "\u{0}\u{1}"), Class::Transient, Category::Service),
        (http(200, &[], &large), Class::Transient, Category::Service),
        (Reaction::Reset, Class::Transient, Category::Network),
        (
            Reaction::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{".to_vec()),
            Class::Transient,
            Category::Network,
        ),
        (Reaction::Send(b"SSH-2.0-nonsense\r\n".to_vec()), Class::Transient, Category::Network),
        (Reaction::Send(Vec::new()), Class::Transient, Category::Network),
    ] {
        let failure = pod.ask(reaction).await.unwrap_err();
        assert_eq!((failure.class, failure.category), (class, category), "{}", failure.description);
        assert!(failure.correlation_id.is_some(), "{failure:?}");
        assert!(!failure.description.contains("eyJ"), "{failure:?}");
    }
}

#[tokio::test]
async fn broken_connections_are_told_apart() {
    let pod = Pod::new();
    let mut message = Vec::new();
    for reaction in [
        Reaction::Reset,
        Reaction::Send(Vec::new()),
        Reaction::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{".to_vec()),
        Reaction::Send(b"SSH-2.0-nonsense\r\n".to_vec()),
        http(200, &[], &"x".repeat(300 * 1024)),
    ] {
        let description = pod.ask(reaction).await.unwrap_err().description;
        message.push(
            description
                .split(" Fix:")
                .next()
                .unwrap()
                .replace(|c: char| c.is_ascii_digit(), ""),
        );
    }
    insta::assert_snapshot!(message.join("\n"), @"
The connection to ...: was dropped before an answer came.
The connection to ...: was dropped before an answer came.
The connection to ...: was dropped before an answer came.
...: answered with something that is not HTTP.
The answer of ...: is larger than any token.
");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let pod = Pod::new();
    let server = pod
        .server(vec![http(307, &["Location: /elsewhere"], "")])
        .await;
    let failure = pod.entra().exchange(&key(&server.url())).await.unwrap_err();
    assert!(
        failure
            .description
            .starts_with("Entra answered 307, a redirect"),
        "{}",
        failure.description
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn slow_answers_end_in_time() {
    let pod = Pod::new();
    for reaction in [Reaction::Stall, Reaction::Trickle] {
        let server = pod.server(vec![reaction]).await;
        let config = Config { attempt_timeout: Duration::from_millis(400), ..pod.config() };
        let (entra, key) = (entra(config), key(&server.url()));
        let outcome = tokio::time::timeout(Duration::from_secs(20), entra.exchange(&key)).await;
        let failure = outcome.expect("no limit of its own").unwrap_err();
        assert_eq!(
            (failure.class, failure.category),
            (Class::Transient, Category::Timeout),
            "{}",
            failure.description
        );
    }
}
