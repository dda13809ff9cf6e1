//! What hangs, what asks to be left alone for long, and tokens that end meanwhile.

use std::time::Duration;

use tokio::time::Instant;

use super::world::{TestBroker, World, ask, config, fail, hours, key, ms, secs, vault};
use crate::{
    broker::{Config, Source, Tokens, schedule},
    failure::{Category, Class, Failure},
};

/// A failure with which Entra asks for a pause.
fn failure(class: Class, pause: Duration) -> Failure {
    Failure { retry_after: Some(pause), ..fail(class) }
}

/// Asks in another task.
fn asking(broker: &TestBroker) -> tokio::task::JoinHandle<(Result<Source, Failure>, Duration)> {
    let broker = broker.clone();
    tokio::spawn(async move {
        let (grant, took) = ask(&broker, &vault()).await;
        (grant.map(|grant| grant.source), took)
    })
}

#[tokio::test(start_paused = true)]
async fn an_exchange_that_hangs_costs_the_one_who_waits_three_seconds() {
    let world = World::new(|call| (if call.number == 1 { secs(15) } else { ms(100) }, Ok(hours(1))));
    let broker = world.broker();
    let (grant, took) = ask(&broker, &vault()).await;
    assert_eq!((grant.unwrap().source, took), (Source::Exchanged, ms(3_100)));
    assert_eq!(world.call_seconds(), [0, 3]);
    // Nor does what hung come back.
    tokio::time::sleep(secs(60)).await;
    assert_eq!(broker.token(&vault()).await.unwrap().token.secret.expose(), "token-2");
    assert_eq!(world.call_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_exchange_that_is_only_slow_is_not_given_up() {
    let world = World::new(|_| (secs(5), Ok(hours(1))));
    let (grant, took) = ask(&world.broker(), &vault()).await;
    assert_eq!((grant.unwrap().token.secret.expose(), took), ("token-1", secs(5)));
    assert_eq!(world.call_seconds(), [0, 3]);
}

/// Whoever comes while Entra hangs is served as soon as it answers again, and Entra is not asked much more often for it.
#[tokio::test(start_paused = true)]
async fn after_a_hang_the_next_exchange_is_near() {
    let well = secs(7);
    let world = World::new(move |call| (if call.at < well { secs(15) } else { ms(100) }, Ok(hours(1))));
    let broker = world.broker();
    let early = asking(&broker);
    tokio::time::sleep(secs(5)).await;
    let late = asking(&broker);
    let (early, took) = early.await.unwrap();
    assert_eq!((early.unwrap_err().category, took), (Category::Timeout, secs(8)));
    let (late, took) = late.await.unwrap();
    assert_eq!((late.unwrap(), took), (Source::Joined, ms(4_100)));
    assert_eq!(world.call_seconds(), [0, 3, 9]);
}

#[tokio::test(start_paused = true)]
async fn a_hang_without_end_is_no_storm() {
    let world = World::new(|_| (secs(15), Err(fail(Class::Transient))));
    let broker = world.broker();
    let end = Instant::now() + secs(600);
    while Instant::now() < end {
        drop(asking(&broker));
        tokio::time::sleep(secs(1)).await;
    }
    assert!((20..=75).contains(&world.call_count()), "{:?}", world.call_seconds());
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_refresh_and_so_it_may_take_its_time() {
    let world = World::new(|call| (if call.number == 1 { ms(100) } else { secs(14) }, Ok(hours(1))));
    let broker = world.broker();
    broker.token(&vault()).await.unwrap();
    while world.elapsed() < secs(50 * 60) {
        tokio::time::sleep(secs(10)).await;
        assert_eq!(broker.token(&vault()).await.unwrap().source, Source::Hit);
    }
    assert_eq!(world.call_count(), 2, "{:?}", world.call_seconds());
}

/// The refresh hangs, the token ends, and somebody has come to wait for what began without a waiter.
#[tokio::test(start_paused = true)]
async fn a_refresh_that_hangs_is_not_waited_for_by_those_who_have_no_token() {
    let world = World::new(|call| match call.number {
        1 => (ms(100), Ok(secs(120))),
        2 => (secs(60), Ok(hours(1))),
        _ => (ms(100), Ok(hours(1))),
    });
    let broker = world.broker();
    broker.token(&vault()).await.unwrap();
    // Asked for, so it is refreshed; until shortly before its end.
    let mut served = 0;
    let mut longest = Duration::ZERO;
    while world.elapsed() < secs(200) {
        tokio::time::sleep(secs(1)).await;
        let (grant, took) = ask(&broker, &vault()).await;
        grant.unwrap();
        served += 1;
        longest = longest.max(took);
    }
    assert!(served > 150 && longest <= ms(3_200), "{longest:?}");
    assert_eq!(world.call_count(), 3, "{:?}", world.call_seconds());
}

#[tokio::test(start_paused = true)]
async fn small_budgets_have_room_for_one_exchange() {
    let world = World::new(|_| (secs(2), Ok(hours(1))));
    let broker = world.broker_with(Config { request_budget: secs(1), ..config() });
    assert!(broker.token(&vault()).await.is_err());
    tokio::time::sleep(secs(2)).await;
    assert_eq!((broker.token(&vault()).await.unwrap().source, world.call_count()), (Source::Hit, 1));
}

#[tokio::test(start_paused = true)]
async fn an_outage_that_asks_for_an_hour_is_given_two_minutes() {
    let well = secs(30);
    let world = World::new(move |call| {
        (ms(100), if call.at < well { Err(failure(Class::Transient, hours(1))) } else { Ok(hours(1)) })
    });
    let broker = world.broker();
    let failure = broker.token(&vault()).await.unwrap_err();
    assert_eq!(failure.retry_after.unwrap().as_secs(), 120);
    let mut refused = 0;
    while broker.token(&vault()).await.is_err() {
        refused += 1;
        tokio::time::sleep(secs(1)).await;
    }
    assert_eq!((world.call_seconds(), refused), (vec![0, 120], 120));
}

/// Every class, and however long Entra asked to be left alone: once it is well again before the token ends, nobody is refused.
#[tokio::test(start_paused = true)]
async fn entra_is_asked_again_before_the_token_in_hand_ends() {
    for class in [Class::Transient, Class::Throttled, Class::Permanent, Class::Propagation, Class::Assertion]
    {
        // Ill from the refresh at about 40 minutes on, until a minute and a half before the token ends.
        let (ill, well) = (secs(30 * 60), secs(58 * 60 + 30));
        let world = World::new(move |call| {
            let is_ill = call.at > ill && call.at < well;
            (ms(100), if is_ill { Err(failure(class, hours(1))) } else { Ok(hours(1)) })
        });
        let broker = world.broker();
        broker.token(&vault()).await.unwrap();
        while world.elapsed() < secs(70 * 60) {
            tokio::time::sleep(secs(5)).await;
            let (grant, took) = ask(&broker, &vault()).await;
            let grant =
                grant.unwrap_or_else(|failure| panic!("{class:?} at {:?}: {failure:?}", world.elapsed()));
            assert!(grant.remaining > schedule::MIN_USABLE && took <= ms(100), "{class:?} {took:?}");
        }
        // A file that cannot be used is looked at again every five seconds.
        let most = if class == Class::Assertion { 60 } else { 40 };
        assert!(world.call_count() <= most, "{class:?}: {:?}", world.call_seconds());
    }
}

/// What ends before the token does is obeyed.
#[tokio::test(start_paused = true)]
async fn a_throttling_that_ends_in_time_is_obeyed() {
    let pause = secs(10 * 60);
    let world = World::new(move |call| {
        (ms(100), if call.number == 2 { Err(failure(Class::Throttled, pause)) } else { Ok(hours(1)) })
    });
    let broker = world.broker();
    while world.elapsed() < secs(60 * 60) {
        broker.token(&vault()).await.unwrap();
        tokio::time::sleep(secs(5)).await;
    }
    let calls = world.calls();
    assert!(calls.len() == 3 && calls[2].at - calls[1].at >= pause, "{:?}", world.call_seconds());
}

/// Each has its own cached failure: what one key is told holds up no other.
#[tokio::test(start_paused = true)]
async fn one_key_that_is_throttled_or_hangs_holds_up_no_other() {
    let world = World::new(|call| match call.resource.as_str() {
        "api://throttled" => (ms(100), Err(failure(Class::Throttled, hours(1)))),
        resource if resource.starts_with("api://hung") => (secs(15), Err(fail(Class::Transient))),
        _ => (ms(100), Ok(hours(1))),
    });
    let broker = world.broker();
    assert!(broker.token(&key("api://throttled")).await.is_err());
    for n in 0..3 {
        let broker = broker.clone();
        drop(tokio::spawn(async move {
            broker
                .token(&key(&format!("api://hung-{n}")))
                .await
                .map(drop)
        }));
    }
    tokio::time::sleep(secs(1)).await;
    assert_eq!(ask(&broker, &vault()).await.1, ms(100));
}
