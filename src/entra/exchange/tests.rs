use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tempfile::TempDir;

use super::{Config, Entra};
use crate::{
    clock::{Clock, Random, UnixTime},
    entra::{
        testing::{Authority, Reaction, Server, http, proxy},
        token_proxy,
    },
    exchange::{Exchange, Key},
    failure::{Category, Class, Failure},
    token::Token,
};

const NOW: u64 = 1_700_000_000;
const LONG: Duration = Duration::from_secs(60);
const TOKEN: &str =
    r#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"issued"}"#;

struct Noon;

impl Clock for Noon {
    fn wall(&self) -> UnixTime {
        UnixTime::from_secs(NOW)
    }
}

#[derive(Default)]
struct Counting(AtomicU64);

impl Random for Counting {
    fn bits(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

fn jwt(subject: &str) -> String {
    let claims = format!(
        r#"{{"iss":"https://oidc.example/","sub":"{subject}","aud":["api://AzureADTokenExchange"],"iat":{NOW},"exp":{}}}"#,
        NOW + 3600
    );
    format!("eyJhbGciOiJSUzI1NiJ9.{}.{}", URL_SAFE_NO_PAD.encode(claims), "s".repeat(64))
}

/// A certificate authority that is trusted, and a token file.
struct Pod {
    directory: TempDir,
    authority: Authority,
}

impl Pod {
    fn new() -> Self {
        let pod = Self { directory: TempDir::new().unwrap(), authority: Authority::new() };
        fs::write(pod.path("ca.pem"), pod.authority.pem()).unwrap();
        fs::write(pod.path("token"), jwt("first")).unwrap();
        pod
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn config(&self) -> Config {
        Config { ssl_cert_file: Some(self.path("ca.pem")), ..Config::new(self.path("token")) }
    }

    fn entra(&self) -> Entra<Noon, Counting> {
        entra(self.config())
    }

    async fn server(&self, script: Vec<Reaction>) -> Server {
        Server::start(&self.authority, &["127.0.0.1", "login.test"], script).await
    }

    /// The outcome of one exchange that the server answers so.
    async fn ask(&self, reaction: Reaction) -> Result<Token, Failure> {
        let server = self.server(vec![reaction]).await;
        self.entra().exchange(&key(&server.url())).await
    }
}

fn entra(config: Config) -> Entra<Noon, Counting> {
    Entra::new(config, Noon, Counting::default()).unwrap()
}

fn key(authority: &str) -> Key {
    Key {
        authority: authority.parse().unwrap(),
        via_token_proxy: false,
        tenant: "contoso.onmicrosoft.com".parse().unwrap(),
        client_id: "aaaaaaaa-1111-2222-3333-444444444444".parse().unwrap(),
        resource: "https://database.windows.net/".parse().unwrap(),
    }
}

fn refusal(code: u32) -> String {
    format!(r#"{{"error":"invalid_client","error_description":"AADSTS{code}: No.","error_codes":[{code}]}}"#)
}

/// The description with the port taken out.
fn described(server: &Server, failure: &Failure) -> String {
    failure
        .description
        .replace(&server.address.port().to_string(), "PORT")
}

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
        (http(401, &[], &refusal(700213)), Class::Propagation, Category::FederatedCredential),
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
    let mut said = Vec::new();
    for reaction in [
        Reaction::Reset,
        Reaction::Send(Vec::new()),
        Reaction::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{".to_vec()),
        Reaction::Send(b"SSH-2.0-nonsense\r\n".to_vec()),
        http(200, &[], &"x".repeat(300 * 1024)),
    ] {
        let description = pod.ask(reaction).await.unwrap_err().description;
        said.push(
            description
                .split(" Fix:")
                .next()
                .unwrap()
                .replace(|c: char| c.is_ascii_digit(), ""),
        );
    }
    insta::assert_snapshot!(said.join("\n"), @"
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

#[tokio::test]
async fn certificates_are_checked() {
    let pod = Pod::new();
    let stranger = Authority::named("stranger");
    let namesake = Authority::new();
    let mut said = Vec::new();
    for (authority, name, years) in [
        (&stranger, "127.0.0.1", (2000, 2200)),
        (&namesake, "127.0.0.1", (2000, 2200)),
        (&pod.authority, "127.0.0.1", (2000, 2001)),
        (&pod.authority, "127.0.0.1", (2190, 2200)),
        (&pod.authority, "other.test", (2000, 2200)),
    ] {
        let server = Server::start_with_years(authority, &[name], years, Vec::new()).await;
        let failure = pod.entra().exchange(&key(&server.url())).await.unwrap_err();
        assert_eq!((failure.class, failure.category), (Class::Transient, Category::Network));
        said.push(described(&server, &failure));
    }
    insta::assert_snapshot!(said.join("\n"), @"
The certificate of 127.0.0.1:PORT is signed by an authority that is not trusted. Fix: if a firewall inspects TLS, name its CA bundle in WISP_CA_FILE. Correlation ID: 00000000-0000-4000-8000-000000000001
The certificate of 127.0.0.1:PORT is signed by an authority that is not trusted. Fix: if a firewall inspects TLS, name its CA bundle in WISP_CA_FILE. Correlation ID: 00000000-0000-4000-8000-000000000001
The certificate of 127.0.0.1:PORT has expired by this node's clock. Fix: check the node's clock; if it is right, the certificate must be renewed. Correlation ID: 00000000-0000-4000-8000-000000000001
The certificate of 127.0.0.1:PORT is not valid yet by this node's clock. Fix: set the node's clock; it runs behind. Correlation ID: 00000000-0000-4000-8000-000000000001
The certificate presented for 127.0.0.1:PORT is made out to another name. Fix: check AZURE_AUTHORITY_HOST, and whether something intercepts the connection. Correlation ID: 00000000-0000-4000-8000-000000000001
");
}

#[tokio::test]
async fn trouble_on_the_way_is_named() {
    let pod = Pod::new();
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let refused = pod
        .entra()
        .exchange(&key(&format!("https://{closed}")))
        .await
        .unwrap_err();
    assert!(refused.description.contains("was refused"), "{}", refused.description);
    // A resolver without a network may need long to give up.
    let config = Config { connect_timeout: LONG, attempt_timeout: LONG, ..pod.config() };
    let unknown = entra(config)
        .exchange(&key("https://wisp.invalid"))
        .await
        .unwrap_err();
    insta::assert_snapshot!(unknown.description, @"The name of wisp.invalid could not be looked up. Fix: check AZURE_AUTHORITY_HOST, and that the network policy lets the pod reach the cluster's DNS. Correlation ID: 00000000-0000-4000-8000-000000000001");
}

#[tokio::test]
async fn the_proxy_is_used_with_its_login_and_no_proxy_is_honoured() {
    let pod = Pod::new();
    let server = pod
        .server(vec![http(200, &[], TOKEN), http(200, &[], TOKEN)])
        .await;
    let (address, seen) = proxy(server.address, 200).await;
    let through: crate::entra::ProxyUrl = format!("http://user:p%40ss@{address}").parse().unwrap();
    let config = Config { https_proxy: Some(through), ..pod.config() };

    // Only the proxy knows this name.
    entra(config.clone())
        .exchange(&key("https://login.test"))
        .await
        .unwrap();
    let asked = seen.lock().unwrap().concat().to_ascii_lowercase();
    assert!(asked.starts_with("connect login.test:443 http/1.1"), "{asked}");
    assert!(asked.contains("proxy-authorization: basic dxnlcjpwqhnz"), "{asked}");
    assert!(!server.requests()[0].contains("Proxy-"), "the login is for the proxy alone");

    let config = Config { no_proxy: Some("example.com, 127.0.0.1".into()), ..config };
    entra(config).exchange(&key(&server.url())).await.unwrap();
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told_from_entra() {
    let pod = Pod::new();
    let mut said = Vec::new();
    for status in [407, 403, 302] {
        let (address, _) = proxy(([127, 0, 0, 1], 1).into(), status).await;
        let through = format!("http://user:marked@{address}").parse().unwrap();
        let config = Config { https_proxy: Some(through), ..pod.config() };
        let failure = entra(config)
            .exchange(&key("https://login.test"))
            .await
            .unwrap_err();
        said.push(
            failure
                .description
                .replace(&address.port().to_string(), "PORT"),
        );
    }
    let closed: crate::entra::ProxyUrl = "http://127.0.0.1:1".parse().unwrap();
    let config = Config { https_proxy: Some(closed), ..pod.config() };
    said.push(
        entra(config)
            .exchange(&key("https://login.test"))
            .await
            .unwrap_err()
            .description,
    );
    insta::assert_snapshot!(said.join("\n"), @"
The proxy wants a login (status 407) before it connects to login.test (HTTPS_PROXY is http://[redacted]@127.0.0.1:PORT). Fix: put user and password into HTTPS_PROXY as http://user:password@host:port. Correlation ID: 00000000-0000-4000-8000-000000000001
The proxy refused or failed to connect to login.test (HTTPS_PROXY is http://[redacted]@127.0.0.1:PORT). Fix: allow this host in the proxy's rules, or list it in NO_PROXY. Correlation ID: 00000000-0000-4000-8000-000000000001
The proxy refused or failed to connect to login.test (HTTPS_PROXY is http://[redacted]@127.0.0.1:PORT). Fix: allow this host in the proxy's rules, or list it in NO_PROXY. Correlation ID: 00000000-0000-4000-8000-000000000001
The connection to the proxy, or to login.test if NO_PROXY excludes it, was refused (HTTPS_PROXY is http://127.0.0.1:1). Fix: check host and port in HTTPS_PROXY, and that the proxy runs. Correlation ID: 00000000-0000-4000-8000-000000000001
");
}

#[tokio::test]
async fn a_replaced_assertion_is_sent_once_more() {
    let pod = Pod::new();
    let path = pod.path("token");
    let replace = Box::new(move || fs::write(&path, jwt("second")).unwrap());
    let script = vec![
        Reaction::After(replace, Box::new(http(401, &[], &refusal(700024)))),
        http(200, &[], TOKEN),
        http(401, &[], &refusal(700024)),
    ];
    let server = pod.server(script).await;
    let (entra, key) = (pod.entra(), key(&server.url()));
    entra.exchange(&key).await.unwrap();
    assert!(server.requests()[0].ends_with(&jwt("first")) && server.requests()[1].ends_with(&jwt("second")));

    // The file stays as it is, so a second request would end the same way.
    let failure = entra.exchange(&key).await.unwrap_err();
    assert_eq!((failure.class, failure.code), (Class::Assertion, Some(700024)));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_replaced_assertion_does_not_excuse_other_failures() {
    let pod = Pod::new();
    let path = pod.path("token");
    let replace = Box::new(move || fs::write(&path, jwt("second")).unwrap());
    let server = pod
        .server(vec![Reaction::After(replace, Box::new(http(401, &[], &refusal(700213))))])
        .await;
    let failure = pod.entra().exchange(&key(&server.url())).await.unwrap_err();
    assert_eq!((failure.code, server.requests().len()), (Some(700213), 1));
}

#[tokio::test]
async fn nothing_is_sent_without_an_assertion() {
    let pod = Pod::new();
    let server = pod.server(Vec::new()).await;
    let (entra, key) = (pod.entra(), key(&server.url()));
    for content in ["", "not a jwt"] {
        fs::write(pod.path("token"), content).unwrap();
        let failure = entra.exchange(&key).await.unwrap_err();
        assert_eq!((failure.class, failure.category), (Class::Assertion, Category::Assertion));
    }
    let before = entra.credential_version();
    fs::remove_file(pod.path("token")).unwrap();
    assert_eq!(entra.exchange(&key).await.unwrap_err().class, Class::Assertion);
    assert_ne!(entra.credential_version(), before);
    assert!(server.server_names().is_empty(), "not even a connection");
}

#[tokio::test]
async fn rotated_roots_are_picked_up() {
    let pod = Pod::new();
    let next = Authority::new();
    let server = Server::start(
        &next,
        &["127.0.0.1"],
        vec![http(200, &[], TOKEN), http(200, &[], TOKEN), http(200, &[], TOKEN)],
    )
    .await;
    let (entra, key) = (pod.entra(), key(&server.url()));
    assert!(
        entra
            .exchange(&key)
            .await
            .unwrap_err()
            .description
            .contains("not trusted")
    );
    let before = entra.credential_version();
    fs::write(pod.path("ca.pem"), next.pem() + &next.pem()).unwrap();
    assert_ne!(entra.credential_version(), before, "failures are not forgotten");
    entra.exchange(&key).await.unwrap();

    // Half of it is there, then nothing: the roots read before stay.
    fs::write(pod.path("ca.pem"), &(pod.authority.pem() + &next.pem())[..pod.authority.pem().len() + 99])
        .unwrap();
    entra.exchange(&key).await.unwrap();
    fs::remove_file(pod.path("ca.pem")).unwrap();
    entra.exchange(&key).await.unwrap();
}

#[tokio::test]
async fn roots_that_are_not_there_yet_may_come() {
    let pod = Pod::new();
    let server = pod.server(vec![http(200, &[], TOKEN)]).await;
    let (entra, key) = (pod.entra(), key(&server.url()));
    fs::remove_file(pod.path("ca.pem")).unwrap();
    let failure = entra.exchange(&key).await.unwrap_err();
    assert_eq!((failure.class, failure.category), (Class::Transient, Category::Configuration));
    assert!(failure.description.contains("SSL_CERT_FILE"), "{}", failure.description);
    fs::write(pod.path("ca.pem"), pod.authority.pem()).unwrap();
    entra.exchange(&key).await.unwrap();
}

#[tokio::test]
async fn warming_reports_roots_that_cannot_be_read() {
    let pod = Pod::new();
    pod.entra().warm().await.unwrap();
    fs::write(pod.path("ca.pem"), "rubbish").unwrap();
    assert_eq!(pod.entra().warm().await.unwrap_err().category, Category::Configuration);
}

#[tokio::test]
async fn at_most_four_requests_are_under_way() {
    let pod = Pod::new();
    let server = pod.server((0..5).map(|_| Reaction::Stall).collect()).await;
    let config = Config { attempt_timeout: Duration::from_secs(1), ..pod.config() };
    let entra = std::sync::Arc::new(entra(config));
    let start = || {
        let (entra, key) = (std::sync::Arc::clone(&entra), key(&server.url()));
        tokio::spawn(async move { entra.exchange(&key).await })
    };
    let mut tasks: Vec<_> = (0..4).map(|_| start()).collect();
    while server.requests().len() < 4 {
        tokio::task::yield_now().await;
    }
    tasks.push(start());
    while !tasks[..4].iter().any(tokio::task::JoinHandle::is_finished) {
        assert_eq!(server.requests().len(), 4);
        tokio::task::yield_now().await;
    }
    for task in tasks {
        let failure = task.await.unwrap().unwrap_err();
        assert!(failure.description.contains("did not answer in time"), "{}", failure.description);
    }
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_the_requests_under_way_ends() {
    let pod = Pod::new();
    let entra = pod.entra();
    let _all = entra.requests.acquire_many(4).await.unwrap();
    let started = tokio::time::Instant::now();
    let key = key("https://127.0.0.1:1");
    let failure = tokio::time::timeout(LONG, entra.exchange(&key))
        .await
        .expect("no limit of its own")
        .unwrap_err();
    assert_eq!(started.elapsed().as_secs(), Config::ATTEMPT_TIMEOUT.as_secs());
    assert_eq!((failure.class, failure.category), (Class::Transient, Category::Timeout));
    insta::assert_snapshot!(failure.description, @"Nothing was sent: 4 token requests were under way, and none ended within 15 s. Fix: check for a slow network, proxy or firewall on the way to Entra; wisp tries again by itself.");
}

#[tokio::test]
async fn the_assertion_is_read_after_the_wait() {
    let pod = Pod::new();
    let server = pod.server(vec![http(200, &[], TOKEN)]).await;
    let (entra, key) = (pod.entra(), key(&server.url()));
    let all = entra.requests.acquire_many(4).await.unwrap();
    let replace = async {
        tokio::task::yield_now().await;
        fs::write(pod.path("token"), jwt("second")).unwrap();
        drop(all);
    };
    let (outcome, ()) = tokio::join!(entra.exchange(&key), replace);
    outcome.unwrap();
    assert!(server.requests()[0].ends_with(&jwt("second")));
}

fn bound(pod: &Pod, proxy: &str, sni: Option<&str>) -> Config {
    let token_proxy = token_proxy::Config::new(Some(proxy), sni, Some(pod.path("proxy.pem")), None).unwrap();
    Config { token_proxy, https_proxy: "http://127.0.0.1:1".parse().ok(), ..pod.config() }
}

#[tokio::test]
async fn the_token_proxy_is_dialled_by_name_and_checked_by_server_name() {
    let pod = Pod::new();
    let own = Authority::new();
    fs::write(pod.path("proxy.pem"), own.pem()).unwrap();
    let server = Server::start(&own, &["sni.test"], vec![http(200, &[], TOKEN)]).await;
    let port = server.address.port();
    let entra = entra(bound(&pod, &format!("https://localhost:{port}/base/"), Some("sni.test")));
    entra.warm().await.unwrap();
    let key = Key { via_token_proxy: true, ..key("https://login.microsoftonline.com") };
    entra.exchange(&key).await.unwrap();
    let request = server.requests()[0].clone();
    assert!(
        request.starts_with("POST /base/contoso.onmicrosoft.com/oauth2/v2.0/token HTTP/1.1\r\n"),
        "{request}"
    );
    let host = format!("host: localhost:{port}");
    assert!(request.lines().any(|line| line.eq_ignore_ascii_case(&host)), "{request}");
    assert_eq!(request.to_ascii_lowercase().matches("\nhost:").count(), 1);
    assert_eq!(server.server_names(), [Some("sni.test".to_owned())]);
}

#[tokio::test]
async fn the_token_proxys_roots_are_exclusive_and_rotate() {
    let pod = Pod::new();
    let (old, new) = (Authority::new(), Authority::new());
    fs::write(pod.path("proxy.pem"), old.pem()).unwrap();
    let script = || vec![http(200, &[], TOKEN), http(403, &[], "no binding"), http(200, &[], TOKEN)];
    let server = Server::start(&new, &["localhost"], script()).await;
    let entra = entra(bound(&pod, &format!("https://localhost:{}", server.address.port()), None));
    let key = Key { via_token_proxy: true, ..key("https://login.microsoftonline.com") };
    let untrusted = entra.exchange(&key).await.unwrap_err();
    assert!(untrusted.description.contains("AZURE_KUBERNETES_CA_FILE"), "{}", untrusted.description);

    fs::write(pod.path("proxy.pem"), new.pem()).unwrap();
    entra.exchange(&key).await.unwrap();

    // Emptied while it is being replaced: the old roots stay. The proxy's own refusal names the missing rule.
    fs::write(pod.path("proxy.pem"), "").unwrap();
    let refused = entra.exchange(&key).await.unwrap_err();
    assert!(refused.description.contains("use-managed-identity"), "{}", refused.description);

    fs::write(pod.path("proxy.pem"), "rubbish").unwrap();
    entra.exchange(&key).await.unwrap();
}

#[tokio::test]
async fn the_token_proxy_must_be_set_up_to_be_used() {
    let pod = Pod::new();
    let key = Key { via_token_proxy: true, ..key("https://login.microsoftonline.com") };
    assert_eq!(pod.entra().exchange(&key).await.unwrap_err().category, Category::Configuration);
    let error = Entra::new(bound(&pod, "https://p", None), Noon, Counting::default())
        .err()
        .unwrap();
    assert!(error.to_string().contains("AZURE_KUBERNETES_CA_FILE"), "{error}");
}
