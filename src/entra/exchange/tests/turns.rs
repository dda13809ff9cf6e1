//! How many requests are under way at once.

use std::time::Duration;

use super::{Config, LONG, Pod, entra, key};
use crate::{
    entra::testing::Reaction,
    exchange::Exchange as _,
    failure::{Category, Class},
};

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
