//! What is remembered, for how long, and what wakes it.

use std::time::Duration;

use super::world::{Answer, Call, World, ask, config, fail, hours, ms, secs, vault};
use crate::{
    broker::{Config, Source, Tokens},
    failure::{Class, Failure},
};

/// Asks once a second for `seconds`.
async fn ask_each_second(world: &World, broker: &super::world::TestBroker, seconds: u64) -> Vec<Failure> {
    let mut failures = Vec::new();
    let end = world.elapsed() + secs(seconds);
    while world.elapsed() < end {
        failures.extend(broker.token(&vault()).await.err());
        tokio::time::sleep(secs(1)).await;
    }
    failures
}

fn always(class: Class) -> impl Fn(&Call) -> (Duration, Answer) {
    move |_| (Duration::ZERO, Err(fail(class)))
}

#[tokio::test(start_paused = true)]
async fn permanent_failures_are_remembered_ten_to_thirty_seconds() {
    let world = World::new(always(Class::Permanent));
    let failures = ask_each_second(&world, &world.broker(), 100).await;
    assert_eq!(world.call_seconds(), [0, 10, 30, 60, 90]);
    assert_eq!(failures.len(), 100);
    assert!(
        failures
            .iter()
            .all(|f| f.class == Class::Permanent && f.retry_after.is_none())
    );
}

#[tokio::test(start_paused = true)]
async fn a_missing_federated_credential_is_given_two_minutes_from_the_start() {
    let world = World::new(always(Class::Propagation));
    let failures = ask_each_second(&world, &world.broker(), 180).await;
    assert!(world.call_seconds().windows(2).all(|w| w[1] - w[0] <= 10), "{:?}", world.call_seconds());
    let (early, late) = failures.split_at(120);
    assert!(
        early
            .iter()
            .all(|f| f.class == Class::Propagation && f.retry_after.is_some())
    );
    let until: std::collections::BTreeSet<_> = early
        .iter()
        .map(|f| f.permanent_from.unwrap().to_string())
        .collect();
    assert_eq!(until.len(), 1, "the same time for all: {until:?}");
    assert!(late.iter().all(|f| f.permanent_from.is_none()));
    assert!(
        late.iter()
            .all(|f| f.class == Class::Permanent && f.retry_after.is_none())
    );
}

#[tokio::test(start_paused = true)]
async fn a_key_that_worked_gets_no_propagation_grace() {
    let world = World::new(|call| {
        (Duration::ZERO, if call.number == 1 { Ok(secs(60)) } else { Err(fail(Class::Propagation)) })
    });
    let broker = world.broker_with(Config { propagation_grace: hours(1), ..config() });
    broker.token(&vault()).await.unwrap();
    tokio::time::sleep(secs(90)).await;
    assert_eq!(broker.token(&vault()).await.unwrap_err().class, Class::Permanent);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_while_throttled() {
    let world = World::new(|call| {
        let mut failure = fail(Class::Throttled);
        failure.retry_after = Some(secs(60));
        (Duration::ZERO, if call.number == 1 { Err(failure) } else { Ok(hours(1)) })
    });
    let broker = world.broker();
    let failures = ask_each_second(&world, &broker, 60).await;
    assert_eq!((world.call_count(), failures.len()), (1, 60));
    let left: Vec<_> = failures.iter().map(|f| f.retry_after.unwrap()).collect();
    assert!(left[0] >= secs(60) && left[0] <= secs(72) && left.windows(2).all(|w| w[1] < w[0]), "{left:?}");
    // A new token file does not lift it; its time does.
    world.replace_credential();
    assert!(broker.token(&vault()).await.is_err() || world.elapsed() >= left[0]);
    tokio::time::sleep(secs(13)).await;
    assert!(broker.token(&vault()).await.is_ok());
    let calls = world.calls();
    assert!(calls[1].at >= left[0], "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_transient_failure_is_retried_inside_the_waiting_request() {
    let world = World::new(|call| {
        (ms(100), if call.number <= 2 { Err(fail(Class::Transient)) } else { Ok(hours(1)) })
    });
    let (grant, took) = ask(&world.broker(), &vault()).await;
    assert_eq!((grant.unwrap().source, world.call_count()), (Source::Exchanged, 3));
    assert!(took < secs(5), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn retries_inside_a_request_stop_with_its_budget_and_then_back_off() {
    let world = World::new(always(Class::Transient));
    let broker = world.broker();
    let (failure, took) = ask(&broker, &vault()).await;
    let failure = failure.unwrap_err();
    assert_eq!(failure.class, Class::Transient);
    assert!(failure.retry_after.is_some() && took < secs(8));
    assert_eq!(world.call_count(), 3);
    ask_each_second(&world, &broker, 600).await;
    // Full jitter up to 60 s between tasks of up to three exchanges each.
    assert!((15..=120).contains(&world.call_count()), "{}", world.call_count());
}

#[tokio::test(start_paused = true)]
async fn a_short_retry_after_is_waited_out_inside_the_waiting_request() {
    for class in [Class::Transient, Class::Throttled] {
        let world = World::new(move |call| {
            let mut failure = fail(class);
            failure.retry_after = Some(secs(3));
            (Duration::ZERO, if call.number == 1 { Err(failure) } else { Ok(hours(1)) })
        });
        let broker = world.broker();
        let (key, twin) = (vault(), vault());
        let (first, (second, _)) = tokio::join!(ask(&broker, &key), ask(&broker, &twin));
        assert!(first.0.is_ok() && second.is_ok(), "{class:?}");
        // At most a fifth later than Entra asked for.
        assert!((secs(3)..=ms(3_600)).contains(&first.1), "{:?}", first.1);
        assert_eq!(world.call_count(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttling_without_end_is_answered_at_once() {
    let world = World::new(always(Class::Throttled));
    let (failure, took) = ask(&world.broker(), &vault()).await;
    assert_eq!((failure.unwrap_err().class, took), (Class::Throttled, Duration::ZERO));
    assert_eq!(world.call_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_long_retry_after_on_a_failure_is_obeyed_instead_of_retrying_inside() {
    let world = World::new(|call| {
        let mut failure = fail(Class::Transient);
        failure.retry_after = Some(secs(20));
        (Duration::ZERO, if call.number == 1 { Err(failure) } else { Ok(hours(1)) })
    });
    let broker = world.broker();
    ask_each_second(&world, &broker, 25).await;
    assert_eq!(world.call_seconds(), [0, 20]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_failing_entra_costs_two_exchanges_per_budget() {
    let world = World::new(|_| (secs(7), Err(fail(Class::Transient))));
    let (failure, took) = ask(&world.broker(), &vault()).await;
    assert!(failure.is_err());
    tokio::time::sleep(secs(60)).await;
    assert_eq!((took, world.call_seconds()), (secs(8), vec![0, 3]));
}

#[tokio::test(start_paused = true)]
async fn a_replaced_token_file_clears_what_was_remembered() {
    for class in [Class::Permanent, Class::Propagation, Class::Assertion] {
        let world = World::new(move |call| {
            (Duration::ZERO, if call.number == 1 { Err(fail(class)) } else { Ok(hours(1)) })
        });
        let broker = world.broker();
        assert!(broker.token(&vault()).await.is_err());
        assert!(broker.token(&vault()).await.is_err());
        assert_eq!(world.call_count(), 1);
        world.replace_credential();
        assert!(broker.token(&vault()).await.is_ok(), "{class:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn forgetting_on_request_lets_the_next_one_through() {
    let world = World::new(|call| {
        (Duration::ZERO, if call.number == 1 { Err(fail(Class::Throttled)) } else { Ok(hours(1)) })
    });
    let broker = world.broker();
    assert!(broker.token(&vault()).await.is_err());
    broker.forget_failures();
    assert!(broker.token(&vault()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn assertion_trouble_is_looked_at_again_within_seconds() {
    let world = World::new(always(Class::Assertion));
    let failures = ask_each_second(&world, &world.broker(), 20).await;
    assert_eq!(world.call_seconds(), [0, 1, 3, 7, 12, 17]);
    assert!(failures.iter().all(|f| f.class == Class::Assertion));
}

#[tokio::test(start_paused = true)]
async fn a_failed_refresh_evicts_nothing_whatever_its_class() {
    for class in [Class::Assertion, Class::Permanent, Class::Propagation, Class::Throttled, Class::Transient]
    {
        let world = World::new(move |call| {
            (Duration::ZERO, if call.number == 1 { Ok(hours(1)) } else { Err(fail(class)) })
        });
        let broker = world.broker();
        broker.token(&vault()).await.unwrap();
        while world.elapsed() < secs(54 * 60) {
            tokio::time::sleep(secs(10)).await;
            assert_eq!(
                broker.token(&vault()).await.unwrap().source,
                Source::Hit,
                "{class:?} at {:?}",
                world.elapsed()
            );
        }
        assert!((2..=20).contains(&world.call_count()), "{class:?}: {}", world.call_count());
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_from_before_the_forgetting_is_not_remembered_after_it() {
    let world = World::new(|call| {
        (secs(2), if call.number == 1 { Err(fail(Class::Permanent)) } else { Ok(hours(1)) })
    });
    let broker = world.broker();
    let early = tokio::spawn({
        let broker = broker.clone();
        async move { broker.token(&vault()).await }
    });
    tokio::time::sleep(secs(1)).await;
    broker.forget_failures();
    assert!(early.await.unwrap().is_err());
    assert!(broker.token(&vault()).await.is_ok());
}
