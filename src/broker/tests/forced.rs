//! Tokens that a caller wants replaced before their time.

use tokio::task::JoinSet;

use super::world::{World, fail, hours, key, ms, secs, vault};
use crate::{
    broker::{Freshness, Grant, Source, TokenHash, Tokens, schedule},
    failure::{Category, Class, Failure},
};

fn not(grant: &Grant) -> Freshness {
    Freshness::NotThis(TokenHash::of(&grant.token.secret))
}

fn shown(outcome: &Result<Grant, Failure>) -> (&str, Source) {
    let grant = outcome.as_ref().unwrap();
    (grant.token.secret.expose(), grant.source)
}

#[tokio::test(start_paused = true)]
async fn past_the_cache_at_most_once_a_minute() {
    let world = World::healthy(hours(24));
    let broker = world.broker();
    let newer = async || broker.fresh(&vault(), Freshness::Newer).await;
    assert_eq!(shown(&newer().await), ("token-1", Source::Exchanged));
    // A token of the last minute is as new as it gets.
    tokio::time::sleep(secs(59)).await;
    assert_eq!(shown(&newer().await), ("token-1", Source::Hit));
    tokio::time::sleep(secs(2)).await;
    assert_eq!(shown(&newer().await), ("token-2", Source::Exchanged));
    for _ in 0..58 {
        tokio::time::sleep(secs(1)).await;
        assert_eq!(shown(&newer().await), ("token-2", Source::Hit));
    }
    tokio::time::sleep(secs(3)).await;
    assert_eq!(shown(&newer().await), ("token-3", Source::Exchanged));
    assert_eq!(shown(&broker.token(&vault()).await), ("token-3", Source::Hit));
    // An hour of a client that always asks past the cache.
    for _ in 0..3600 {
        tokio::time::sleep(secs(1)).await;
        newer().await.unwrap();
    }
    assert!((60..=63).contains(&world.call_count()), "{}", world.call_count());
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_is_replaced_even_when_it_is_new() {
    let world = World::healthy(hours(24));
    let broker = world.broker();
    let first = broker.token(&vault()).await.unwrap();
    let second = broker.fresh(&vault(), not(&first)).await;
    assert_eq!(shown(&second), ("token-2", Source::Exchanged));
    // Whoever still has the old one gets what has replaced it.
    for _ in 0..100 {
        assert_eq!(shown(&broker.fresh(&vault(), not(&first)).await), ("token-2", Source::Hit));
    }
    // A hash of no token of ours changes nothing.
    let other = Freshness::NotThis(TokenHash::from_hex(&"0".repeat(64)).unwrap());
    assert_eq!(shown(&broker.fresh(&vault(), other).await), ("token-2", Source::Hit));
    assert_eq!(world.call_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn rejecting_each_new_token_is_no_way_to_reach_entra_at_will() {
    let world = World::healthy(hours(24));
    let broker = world.broker();
    let mut grant = broker.token(&vault()).await.unwrap();
    let mut refused = 0;
    for _ in 0..600 {
        tokio::time::sleep(secs(1)).await;
        match broker.fresh(&vault(), not(&grant)).await {
            Ok(newer) => {
                assert_ne!(newer.token.secret.expose(), grant.token.secret.expose());
                grant = newer;
            }
            Err(failure) => {
                assert_eq!((failure.class, failure.category), (Class::Throttled, Category::Throttling));
                assert!(failure.retry_after.unwrap() <= secs(60));
                refused += 1;
            }
        }
    }
    assert!((10..=11).contains(&(world.call_count() - 1)), "{}", world.call_count());
    assert!(refused > 580, "{refused}");
    // Meanwhile nobody else is refused.
    assert_eq!(broker.token(&vault()).await.unwrap().source, Source::Hit);
    assert_eq!(
        broker
            .fresh(&key("api://other"), not(&grant))
            .await
            .unwrap()
            .source,
        Source::Exchanged
    );
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_goes_away_does_not_win_another_turn() {
    let world = World::new(|_| (secs(1), Ok(hours(24))));
    let broker = world.broker();
    let mut grant = broker.token(&vault()).await.unwrap();
    for _ in 0..20 {
        let (asking, freshness) = (broker.clone(), not(&grant));
        let gone = tokio::spawn(async move { asking.fresh(&vault(), freshness).await.map(drop) });
        tokio::time::sleep(ms(100)).await;
        gone.abort();
        tokio::time::sleep(secs(2)).await;
        grant = broker.token(&vault()).await.unwrap();
    }
    assert_eq!(world.call_count(), 2, "{:?}", world.calls());
}

#[tokio::test(start_paused = true)]
async fn many_who_reject_the_same_token_share_one_exchange() {
    let world = World::healthy(hours(24));
    let broker = world.broker();
    let first = broker.token(&vault()).await.unwrap();
    let mut requests = JoinSet::new();
    for _ in 0..1000 {
        let (broker, freshness) = (broker.clone(), not(&first));
        requests.spawn(async move { broker.fresh(&vault(), freshness).await });
    }
    let outcomes = requests.join_all().await;
    assert_eq!(world.call_count(), 2);
    assert!(
        outcomes
            .iter()
            .all(|o| o.as_ref().unwrap().token.secret.expose() == "token-2")
    );
}

#[tokio::test(start_paused = true)]
async fn when_entra_fails_a_good_token_is_served_and_a_rejected_one_is_not() {
    for class in [Class::Permanent, Class::Throttled, Class::Transient, Class::Assertion, Class::Propagation]
    {
        let world = World::new(move |call| match call.number {
            1 => (ms(100), Ok(hours(24))),
            _ => (ms(100), Err(fail(class))),
        });
        let broker = world.broker();
        let first = broker.token(&vault()).await.unwrap();
        tokio::time::sleep(secs(61)).await;
        let forced = broker.fresh(&vault(), Freshness::Newer).await;
        assert_eq!(shown(&forced), ("token-1", Source::Stale), "{class:?}");
        assert_eq!(shown(&broker.fresh(&vault(), Freshness::Newer).await), ("token-1", Source::Hit));
        // What came of it, or is remembered of it, is answered to the one who cannot use the token.
        let refused = broker.fresh(&vault(), not(&first)).await.unwrap_err();
        let expected = if class == Class::Propagation { Class::Permanent } else { class };
        assert_eq!(refused.class, expected);
        // Nor is it asked once the failure is forgotten, until the minute is over.
        tokio::time::sleep(secs(31)).await;
        let refused = broker.fresh(&vault(), not(&first)).await.unwrap_err();
        assert!(matches!(refused.class, Class::Throttled | Class::Transient), "{class:?} {refused:?}");
        assert_eq!(shown(&broker.token(&vault()).await), ("token-1", Source::Hit), "{class:?}");
        // One exchange was forced; what passes by itself is tried up to three times in it.
        let attempts = if class == Class::Transient { schedule::MAX_ATTEMPTS as usize } else { 1 };
        assert_eq!(world.call_count(), 1 + attempts, "{class:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_forced_exchange_that_hangs_holds_up_only_those_who_need_it() {
    let world = World::new(|call| (if call.number == 1 { ms(100) } else { secs(30) }, Ok(hours(24))));
    let broker = world.broker();
    let first = broker.token(&vault()).await.unwrap();
    tokio::time::sleep(secs(61)).await;
    let before = world.elapsed();
    assert_eq!(shown(&broker.fresh(&vault(), Freshness::Newer).await), ("token-1", Source::Stale));
    assert_eq!((world.elapsed() - before).as_secs(), 2);
    // Nor does a client that always asks past the cache wait again.
    assert_eq!(shown(&broker.fresh(&vault(), Freshness::Newer).await), ("token-1", Source::Hit));
    // It is no use to this one, which therefore waits for the exchange under way as long as any request may.
    let refused = broker.fresh(&vault(), not(&first)).await.unwrap_err();
    assert_eq!((refused.class, refused.category), (Class::Transient, Category::Timeout));
    assert_eq!((world.elapsed() - before).as_secs(), 10);
    tokio::time::sleep(secs(30)).await;
    assert_eq!(shown(&broker.token(&vault()).await), ("token-2", Source::Hit));
}

#[tokio::test(start_paused = true)]
async fn forcing_has_no_part_in_what_is_not_there_or_ends_anyway() {
    let world = World::healthy(hours(1));
    let broker = world.broker();
    let first = broker.fresh(&vault(), Freshness::Newer).await.unwrap();
    tokio::time::sleep(hours(2)).await;
    // Ended: an ordinary exchange, although the turn to force was not taken.
    assert_eq!(broker.fresh(&vault(), not(&first)).await.unwrap().source, Source::Exchanged);
    let second = broker.token(&vault()).await.unwrap();
    assert_ne!(first.token.secret.expose(), second.token.secret.expose());
}
