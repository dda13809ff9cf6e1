//! The assertion: the one of the moment, or none at all.

use std::fs;

use super::{Pod, TOKEN, error_reply, jwt, key};
use crate::{
    entra::testing::{Reaction, http},
    exchange::Exchange as _,
    failure::{Category, Class},
};

#[tokio::test]
async fn a_replaced_assertion_is_sent_once_more() {
    let pod = Pod::new();
    let path = pod.path("token");
    let replace = Box::new(move || fs::write(&path, jwt("second")).unwrap());
    let script = vec![
        Reaction::After(replace, Box::new(http(401, &[], &error_reply(700024)))),
        http(200, &[], TOKEN),
        http(401, &[], &error_reply(700024)),
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
        .server(vec![Reaction::After(replace, Box::new(http(401, &[], &error_reply(700213))))])
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
