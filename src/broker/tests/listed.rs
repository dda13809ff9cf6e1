//! Keys that an operator listed beside those that a caller invents.

use tokio::{task::JoinSet, time::Instant};

use super::world::{TestBroker, World, ask, config, fail, hours, key, ms, secs, vault};
use crate::{
    broker::{Config, Prefetch, Source, Tokens},
    failure::Class,
};

/// Invents `count` keys and asks for all of them at once, for as long as anything comes of it.
fn flood(broker: &TestBroker, count: usize) -> JoinSet<()> {
    let mut requests = JoinSet::new();
    for n in 0..count {
        let broker = broker.clone();
        requests.spawn(async move {
            let key = key(&format!("api://invented-{n}"));
            while broker.token(&key).await.is_err() {
                tokio::time::sleep(secs(1)).await;
            }
        });
    }
    requests
}

#[tokio::test(start_paused = true)]
async fn are_asked_for_at_once_whatever_else_is_invented() {
    let world = World::healthy(hours(1));
    let broker = world.broker();
    broker.list([vault(), key("api://second")]);
    let _flood = flood(&broker, 500);
    tokio::time::sleep(secs(5)).await;
    let mut refused = 0;
    for n in 0..5 {
        refused += u32::from(
            broker
                .token(&key(&format!("api://unlisted-{n}")))
                .await
                .is_err(),
        );
    }
    assert!(refused > 0, "there is no flood");
    for listed in [vault(), key("api://second")] {
        let (grant, took) = ask(&broker, &listed).await;
        assert_eq!((grant.unwrap().source, took), (Source::Exchanged, ms(100)));
    }
}

#[tokio::test(start_paused = true)]
async fn are_fetched_beforehand_within_seconds() {
    let world = World::healthy(hours(1));
    let broker = world.broker();
    broker.list([vault()]);
    let flood = flood(&broker, 500);
    let began = Instant::now();
    broker
        .prefetch(vec![vault()], Prefetch::of(&[vault()]))
        .await;
    assert!(began.elapsed() <= secs(6), "{:?}", began.elapsed());
    drop(flood);
}

/// Those that hang take neither the turns of those that are listed or have a token, nor all places in flight.
#[tokio::test(start_paused = true)]
async fn do_not_wait_for_the_turn_of_what_hangs() {
    let world = World::new(|call| {
        let hangs = call.resource.contains("invented");
        (
            if hangs { secs(15) } else { ms(100) },
            if hangs { Err(fail(Class::Transient)) } else { Ok(hours(1)) },
        )
    });
    let broker = world.broker_with(Config { new_keys_burst: 6000, ..config() });
    broker.list([vault()]);
    let used = key("api://used");
    broker.token(&used).await.unwrap();
    let _flood = flood(&broker, 80);
    tokio::time::sleep(secs(2)).await;
    assert_eq!(ask(&broker, &vault()).await.1, ms(100));
    let refused = broker.token(&key("api://unlisted")).await.unwrap_err();
    assert_eq!(refused.class, Class::Throttled, "there is no flood");
    // A token in use is refreshed in time.
    while world.elapsed() < secs(45 * 60) {
        tokio::time::sleep(secs(10)).await;
        assert_eq!(ask(&broker, &used).await.1, secs(0), "{:?}", world.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn are_those_of_the_present_configuration() {
    let world = World::healthy(hours(1));
    let broker = world.broker_with(Config { new_keys_burst: 1, ..config() });
    broker.list([vault()]);
    broker.list([key("api://second")]);
    broker.token(&key("api://unlisted")).await.unwrap();
    assert!(broker.token(&vault()).await.is_err());
    assert!(broker.token(&key("api://second")).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn take_turns_four_at_once_and_wait_no_longer_than_one_may_take() {
    let world = World::new(|_| (secs(60), Ok(hours(1))));
    let broker = world.broker_with(Config { request_budget: secs(60), ..config() });
    let keys: Vec<_> = (0..5).map(|n| key(&format!("api://{n}"))).collect();
    broker.list(keys.clone());
    let mut requests = JoinSet::new();
    for key in keys {
        let broker = broker.clone();
        requests.spawn(async move { ask(&broker, &key).await });
    }
    tokio::time::sleep(secs(14)).await;
    assert_eq!(world.call_count(), 4);
    let (outcome, took) = requests.join_next().await.unwrap().unwrap();
    assert_eq!(took, secs(15));
    insta::assert_snapshot!(outcome.unwrap_err().description, @"Nothing was sent: 4 token requests were under way, and none ended within 15 s. Fix: check for a slow network, proxy or firewall on the way to Entra; wisp tries again by itself.");
}
