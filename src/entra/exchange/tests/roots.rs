//! The roots: late, broken, rotated.

use std::fs;

use super::{Counting, Entra, Noon, Pod, TOKEN, key};
use crate::{
    entra::testing::{Authority, Server, http},
    exchange::Exchange as _,
    failure::{Category, Class},
};

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
    fs::write(pod.path("ca.pem"), " ").unwrap();
    assert_eq!(pod.entra().warm().await.unwrap_err().category, Category::Configuration);
}

#[tokio::test]
async fn roots_that_never_can_be_are_refused_at_start() {
    let pod = Pod::new();
    fs::write(pod.path("ca.pem"), "rubbish").unwrap();
    let refused = || {
        let error = Entra::new(pod.config(), Noon, Counting::default())
            .err()
            .unwrap();
        error
            .to_string()
            .replace(pod.path("").to_str().unwrap(), "DIR/")
    };
    insta::assert_snapshot!(refused(), @"The root certificates in DIR/ca.pem (SSL_CERT_FILE) cannot be used: the file holds no valid certificate. Fix: name a readable PEM file of CA certificates.");
    fs::remove_file(pod.path("ca.pem")).unwrap();
    fs::create_dir(pod.path("ca.pem")).unwrap();
    insta::assert_snapshot!(refused(), @"The root certificates in DIR/ca.pem (SSL_CERT_FILE) cannot be read: not a regular file. Fix: name a readable PEM file of CA certificates.");
}
