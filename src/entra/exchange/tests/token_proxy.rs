//! The token proxy of identity bindings.

use std::fs;

use super::{Config, Counting, Entra, Noon, Pod, TOKEN, entra, key};
use crate::{
    entra::{
        testing::{Authority, Server, http},
        token_proxy,
    },
    exchange::{Exchange as _, Key},
    failure::Category,
};

fn bound(pod: &Pod, proxy: &str, sni: Option<&str>) -> Config {
    let token_proxy = token_proxy::Config {
        endpoint: proxy.parse().unwrap(),
        sni_name: sni.map(|name| name.parse().unwrap()),
        ca_file: Some(pod.path("proxy.pem")),
        ca_data: None,
    };
    Config { token_proxy: Some(token_proxy), https_proxy: "http://127.0.0.1:1".parse().ok(), ..pod.config() }
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
