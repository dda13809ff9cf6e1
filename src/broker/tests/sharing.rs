//! One exchange for everyone, and bounds on what callers can cause.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::world::{World, ask, config, fail, hours, key, ms, secs, vault};
use crate::{
    broker::{Config, Prefetch, Source, Tokens},
    failure::{Category, Class},
};

#[tokio::test(start_paused = true)]
async fn ten_thousand_first_requests_make_one_exchange() {
    let world = World::healthy(hours(1));
    let broker = world.broker();
    let mut requests = JoinSet::new();
    for _ in 0..10_000 {
        let broker = broker.clone();
        requests.spawn(async move { broker.token(&vault()).await.unwrap() });
    }
    let grants = requests.join_all().await;
    assert_eq!(world.call_count(), 1);
    assert!(
        grants
            .iter()
            .all(|g| Arc::ptr_eq(&g.token, &grants[0].token))
    );
    assert_eq!(
        grants
            .iter()
            .filter(|g| g.source == Source::Exchanged)
            .count(),
        1
    );
    assert_eq!(grants.iter().filter(|g| g.source == Source::Joined).count(), 9_999);
    assert_eq!(broker.token(&vault()).await.unwrap().source, Source::Hit);
}

#[tokio::test(start_paused = true)]
async fn keys_that_differ_in_a_slash_are_two() {
    let world = World::healthy(hours(1));
    let broker = world.broker();
    for resource in
        ["https://database.windows.net", "https://database.windows.net/", "https://database.windows.net"]
    {
        broker.token(&key(resource)).await.unwrap();
    }
    let asked: Vec<_> = world.calls().into_iter().map(|c| c.resource).collect();
    assert_eq!(asked, ["https://database.windows.net", "https://database.windows.net/"]);
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_goes_away_cancels_nothing() {
    let world = World::new(|_| (ms(2_900), Ok(hours(1))));
    let broker = world.broker();
    let first = tokio::spawn({
        let broker = broker.clone();
        async move { broker.token(&vault()).await }
    });
    tokio::time::sleep(secs(1)).await;
    first.abort();
    let (second, took) = ask(&broker, &vault()).await;
    assert_eq!(second.unwrap().source, Source::Joined);
    assert_eq!((took, world.call_count()), (ms(1_900), 1));
}

#[tokio::test(start_paused = true)]
async fn every_waiter_has_its_own_deadline_and_the_exchange_outlives_them() {
    let world = World::new(|_| (secs(12), Ok(hours(1))));
    let broker = world.broker();
    let early = tokio::spawn({
        let broker = broker.clone();
        async move { ask(&broker, &vault()).await }
    });
    tokio::time::sleep(secs(5)).await;
    let (late, late_took) = ask(&broker, &vault()).await;
    let (early, early_took) = early.await.unwrap();
    let failure = early.unwrap_err();
    assert_eq!((failure.class, failure.category), (Class::Transient, Category::Timeout));
    assert_eq!(early_took, secs(8));
    assert_eq!((late.unwrap().source, late_took), (Source::Joined, secs(7)));
    assert_eq!(world.call_seconds(), [0, 3, 9]);
}

#[tokio::test(start_paused = true)]
async fn invented_resources_reach_entra_at_a_bounded_rate_and_evict_nothing_in_use() {
    let world = World::healthy(hours(24));
    let broker = world.broker_with(Config { max_tokens: 16, new_keys_burst: 8, ..config() });
    let used = vault();
    for _ in 0..20 {
        broker.token(&used).await.unwrap();
    }
    let mut refused = 0;
    for n in 0..1000 {
        let outcome = broker.token(&key(&format!("api://invented-{n}"))).await;
        if let Err(failure) = outcome {
            assert_eq!((failure.class, failure.category), (Class::Throttled, Category::Throttling));
            refused += 1;
        }
        assert_eq!(broker.token(&used).await.unwrap().source, Source::Hit, "after {n} invented resources");
    }
    assert!(refused > 980, "{refused}");
    // The same flood at a pace that is admitted: the cache stays bounded, and the key in use stays in it.
    for n in 0..200 {
        tokio::time::sleep(secs(2)).await;
        broker
            .token(&key(&format!("api://slow-{n}")))
            .await
            .unwrap();
        assert_eq!(broker.token(&used).await.unwrap().source, Source::Hit, "after {n} slow ones");
    }
    assert!(broker.snapshot().len() <= 16, "{}", broker.snapshot().len());
}

/// The credential's version is a look at files. Whoever invents resources by the hundred must not make wisp take one for each.
#[tokio::test(start_paused = true)]
async fn a_refused_resource_costs_no_look_at_the_credential() {
    let world = World::healthy(hours(24));
    let broker = world.broker_with(Config { new_keys_burst: 1, ..config() });
    broker.token(&vault()).await.unwrap();
    let looks = world.credential_looks();
    assert!(looks > 0, "an exchange notes with which credential it began");
    for n in 0..100 {
        broker
            .token(&key(&format!("api://invented-{n}")))
            .await
            .unwrap_err();
    }
    assert_eq!(world.credential_looks(), looks);
}

/// The endpoint asks once a second, however often it gives the answer. What is invented is asked for more often than that, most
/// of the time in vain: that must not count.
#[tokio::test(start_paused = true)]
async fn what_is_asked_for_in_vain_does_not_evict_what_is_used() {
    let world = World::healthy(hours(24));
    let broker = world.broker_with(Config { max_tokens: 16, ..config() });
    let used = vault();
    for second in 0..300 {
        let (grant, _) = ask(&broker, &used).await;
        let expected = if second == 0 { Source::Exchanged } else { Source::Hit };
        assert_eq!(grant.unwrap().source, expected, "in second {second}");
        for _ in 0..4 {
            for n in 0..40 {
                drop(broker.token(&key(&format!("api://invented-{n}"))).await);
            }
        }
        tokio::time::sleep(secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_cache_is_bounded_by_bytes() {
    let world = World::healthy(hours(24));
    let broker = world.broker_with(Config { max_bytes: 6000, ..config() });
    for n in 0..30 {
        tokio::time::sleep(secs(2)).await;
        broker.token(&key(&format!("api://{n}"))).await.unwrap();
    }
    assert!(broker.snapshot().len() <= 12, "{}", broker.snapshot().len());
}

#[tokio::test(start_paused = true)]
async fn prefetch_gets_every_token_and_doubles_none() {
    let world = World::new(|call| match call.number {
        1 => (ms(100), Err(fail(Class::Throttled))),
        _ => (ms(100), Ok(hours(1))),
    });
    let broker = world.broker();
    let keys = vec![vault(), key("https://storage.azure.com")];
    let requested = tokio::spawn({
        let broker = broker.clone();
        async move {
            tokio::time::sleep(secs(90)).await;
            broker.token(&vault()).await.unwrap().source
        }
    });
    let progress = Prefetch::of(&keys);
    broker.prefetch(keys, progress.clone()).await;
    assert_eq!(progress.missing(), None);
    assert_eq!(world.call_count(), 3, "{:?}", world.calls());
    let calls = world.call_seconds();
    assert!(calls[0] <= 5 && calls[2] - calls[0] >= 60, "{calls:?}");
    assert_eq!(requested.await.unwrap(), Source::Hit);
}

#[tokio::test(start_paused = true)]
async fn a_prefetch_that_cannot_work_holds_up_no_other() {
    let world = World::new(|call| {
        (ms(100), if call.resource.ends_with("nowhere") { Err(fail(Class::Permanent)) } else { Ok(hours(1)) })
    });
    let broker = world.broker();
    let keys = vec![key("api://nowhere"), vault()];
    let progress = Prefetch::of(&keys);
    let task = tokio::spawn({
        let (broker, progress) = (broker.clone(), progress.clone());
        async move { broker.prefetch(keys, progress).await }
    });
    tokio::time::sleep(secs(6)).await;
    assert_eq!(progress.missing().as_deref(), Some("api://nowhere: scripted"));
    assert_eq!(broker.token(&vault()).await.unwrap().source, Source::Hit);
    task.abort();
}
