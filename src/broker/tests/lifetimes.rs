//! Refresh ahead, outages, and the two clocks.

use std::time::Duration;

use super::world::{World, ask, config, fail, hours, key, ms, secs, vault};
use crate::{
    broker::{Config, Source, Tokens, schedule},
    failure::Class,
};

/// A client that asks every `pause` for `total`; returns the longest wait after the first answer.
async fn steady_client(world: &World, pause: Duration, total: Duration) -> Duration {
    let broker = world.broker();
    broker.token(&vault()).await.unwrap();
    let mut longest = Duration::ZERO;
    while world.elapsed() < total {
        tokio::time::sleep(pause).await;
        let (grant, took) = ask(&broker, &vault()).await;
        let grant = grant.unwrap();
        assert!(grant.remaining > schedule::MIN_FRESH, "{:?} left at {:?}", grant.remaining, world.elapsed());
        longest = longest.max(took);
    }
    longest
}

#[tokio::test(start_paused = true)]
async fn forty_eight_hours_of_one_hour_tokens_nobody_waits() {
    // Asked at every pause, each token is refreshed after 36 to 40 minutes, 72 to 80 times. Asked every 50 minutes, some
    // refreshes find that nobody asked since the last one, and wait for the next request to start them.
    for (pause, fewest) in [(secs(17), 72), (secs(50 * 60), 55)] {
        let world = World::healthy(hours(1));
        assert_eq!(steady_client(&world, pause, hours(48)).await, Duration::ZERO);
        let calls = world.call_count();
        assert!((fewest..=81).contains(&calls), "{calls} exchanges with a pause of {pause:?}");
        assert!(world.call_seconds().windows(2).all(|w| w[1] - w[0] >= 2160), "{:?}", world.call_seconds());
    }
}

#[tokio::test(start_paused = true)]
async fn forty_eight_hours_of_one_day_tokens_nobody_waits() {
    let world = World::healthy(hours(24));
    assert_eq!(steady_client(&world, secs(600), hours(48)).await, Duration::ZERO);
    let calls = world.call_seconds();
    assert!((5..=6).contains(&calls.len()), "{calls:?}");
    assert!(
        calls
            .windows(2)
            .all(|w| (38_880..=43_201).contains(&(w[1] - w[0]))),
        "{calls:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_nobody_asks_for_is_refreshed_once_and_lapses() {
    let world = World::healthy(hours(1));
    let broker = world.broker();
    broker.token(&vault()).await.unwrap();
    tokio::time::sleep(hours(10)).await;
    assert_eq!(world.call_count(), 2, "{:?}", world.call_seconds());
    assert!(broker.snapshot().is_empty());
    assert_eq!(ask(&broker, &vault()).await.0.unwrap().source, Source::Exchanged);
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_twelve_hours_fails_no_request() {
    // Refresh falls due at half of 24 h at the latest, and the outage begins just before.
    let (begin, end) = (hours(10), hours(22));
    let world = World::new(move |call| {
        let down = call.at >= begin && call.at < end;
        (ms(100), if down { Err(fail(Class::Transient)) } else { Ok(hours(24)) })
    });
    assert_eq!(steady_client(&world, secs(30), hours(30)).await, Duration::ZERO);
    let during: Vec<_> = world
        .calls()
        .into_iter()
        .filter(|c| c.at >= begin && c.at < end)
        .collect();
    assert!((100..=300).contains(&during.len()), "{} exchanges during the outage", during.len());
    let back = world.calls().into_iter().find(|c| c.at >= end).unwrap();
    assert!(back.at - end <= secs(300), "recovered after {:?}", back.at - end);
}

#[tokio::test(start_paused = true)]
async fn in_its_last_minutes_a_token_is_served_only_if_no_newer_can_be_had() {
    let world = World::new(|call| {
        (secs(1), if call.number == 1 { Ok(hours(1)) } else { Err(fail(Class::Permanent)) })
    });
    let broker = world.broker();
    broker.token(&vault()).await.unwrap();
    tokio::time::sleep_until(tokio::time::Instant::now() + secs(56 * 60)).await;
    let grant = broker.token(&vault()).await.unwrap();
    assert_eq!(grant.source, Source::Stale);
    assert!(grant.remaining < schedule::MIN_FRESH && grant.remaining > schedule::MIN_USABLE);
    // Too close to its end it is not handed out any more: the failure is.
    tokio::time::sleep(grant.remaining - secs(20)).await;
    assert_eq!(broker.token(&vault()).await.unwrap_err().class, Class::Permanent);
}

#[tokio::test(start_paused = true)]
async fn an_idle_token_in_its_last_minutes_is_replaced_before_the_answer() {
    let world = World::healthy(hours(1));
    let broker = world.broker();
    broker.token(&vault()).await.unwrap();
    // The refresh at two thirds was not asked for since, so that token lapses too.
    tokio::time::sleep(secs(40 * 60 + 57 * 60)).await;
    let grant = broker.token(&vault()).await.unwrap();
    assert_eq!((grant.source, grant.remaining > secs(3590)), (Source::Exchanged, true));
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_is_noticed_by_the_wall_clock() {
    let world = World::healthy(hours(1));
    let broker = world.broker();
    broker.token(&vault()).await.unwrap();
    world.move_wall_clock(2 * 3600);
    let grant = broker.token(&vault()).await.unwrap();
    assert_eq!((grant.source, world.call_count()), (Source::Exchanged, 2));
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_set_back_does_not_stretch_a_token() {
    let world = World::healthy(hours(1));
    let broker = world.broker();
    broker.token(&vault()).await.unwrap();
    world.move_wall_clock(-2 * 3600);
    let grant = broker.token(&vault()).await.unwrap();
    assert!(grant.source == Source::Hit && grant.remaining <= hours(1), "{grant:?}");
    tokio::time::sleep(hours(3)).await;
    assert_eq!(broker.token(&vault()).await.unwrap().source, Source::Exchanged);
}

#[tokio::test(start_paused = true)]
async fn very_short_tokens_do_not_make_every_request_an_exchange() {
    let world = World::healthy(secs(240));
    let broker = world.broker();
    for _ in 0..600 {
        tokio::time::sleep(secs(1)).await;
        assert!(!broker.token(&vault()).await.unwrap().remaining.is_zero());
    }
    assert!(world.call_count() <= 11, "{:?}", world.call_seconds());
}

#[tokio::test(start_paused = true)]
async fn more_due_tokens_than_exchanges_do_not_spin() {
    // Entra hangs when a hundred tokens are due: only 64 exchanges fit, and the others must wait, not turn in circles.
    let world = World::new(|call| {
        (
            if call.number <= 100 { ms(1) } else { secs(15) },
            match call.number {
                1..=100 => Ok(hours(1)),
                _ => Err(fail(Class::Transient)),
            },
        )
    });
    let broker = world.broker_with(Config { new_keys_burst: 200, ..config() });
    for n in 0..100 {
        broker.token(&key(&format!("api://{n}"))).await.unwrap();
    }
    tokio::time::sleep(secs(45 * 60)).await;
    assert!((164..=1000).contains(&world.call_count()), "{}", world.call_count());
}
