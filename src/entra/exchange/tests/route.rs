//! The way to Entra: names, connections, certificates, proxies.

use super::{Config, LONG, Pod, TOKEN, described, entra, key};
use crate::{
    entra::{
        NoProxy,
        testing::{Authority, Server, http, proxy},
    },
    exchange::Exchange as _,
    failure::{Category, Class},
};

#[tokio::test]
async fn certificates_are_checked() {
    let pod = Pod::new();
    let stranger = Authority::named("stranger");
    let namesake = Authority::new();
    let mut message = Vec::new();
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
        message.push(described(&server, &failure));
    }
    insta::assert_snapshot!(message.join("\n"), @"
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
    let asked = seen.lock().concat().to_ascii_lowercase();
    assert!(asked.starts_with("connect login.test:443 http/1.1"), "{asked}");
    assert!(asked.contains("proxy-authorization: basic dxnlcjpwqhnz"), "{asked}");
    assert!(!server.requests()[0].contains("Proxy-"), "the login is for the proxy alone");

    let config = Config { no_proxy: NoProxy::new(vec!["example.com".into(), "127.0.0.1".into()]), ..config };
    entra(config).exchange(&key(&server.url())).await.unwrap();
    assert_eq!(seen.lock().len(), 1);
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told_from_entra() {
    let pod = Pod::new();
    let mut message = Vec::new();
    for status in [407, 403, 302] {
        let (address, _) = proxy(([127, 0, 0, 1], 1).into(), status).await;
        let through = format!("http://user:marked@{address}").parse().unwrap();
        let config = Config { https_proxy: Some(through), ..pod.config() };
        let failure = entra(config)
            .exchange(&key("https://login.test"))
            .await
            .unwrap_err();
        message.push(
            failure
                .description
                .replace(&address.port().to_string(), "PORT"),
        );
    }
    let closed: crate::entra::ProxyUrl = "http://127.0.0.1:1".parse().unwrap();
    let config = Config { https_proxy: Some(closed), ..pod.config() };
    message.push(
        entra(config)
            .exchange(&key("https://login.test"))
            .await
            .unwrap_err()
            .description,
    );
    insta::assert_snapshot!(message.join("\n"), @"
The proxy wants a login (status 407) before it connects to login.test (HTTPS_PROXY is http://[redacted]@127.0.0.1:PORT). Fix: put user and password into HTTPS_PROXY as http://user:password@host:port. Correlation ID: 00000000-0000-4000-8000-000000000001
The proxy refused or failed to connect to login.test (HTTPS_PROXY is http://[redacted]@127.0.0.1:PORT). Fix: allow this host in the proxy's rules, or list it in NO_PROXY. Correlation ID: 00000000-0000-4000-8000-000000000001
The proxy refused or failed to connect to login.test (HTTPS_PROXY is http://[redacted]@127.0.0.1:PORT). Fix: allow this host in the proxy's rules, or list it in NO_PROXY. Correlation ID: 00000000-0000-4000-8000-000000000001
The connection to the proxy was refused (HTTPS_PROXY is http://127.0.0.1:1). Fix: check host and port in HTTPS_PROXY, and that the proxy runs. Correlation ID: 00000000-0000-4000-8000-000000000001
");
}
