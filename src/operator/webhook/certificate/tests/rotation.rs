//! From the first certificate to many later ones.

use std::{sync::atomic::Ordering, time::Duration};

use serde_json::json;
use tokio::time::advance;

use super::{DAY, LIFE, Replica, accepts, apply_configuration, bundle, cluster, secret, stored, webhooks};
use crate::operator::webhook::certificate::stored::Due;

#[tokio::test(start_paused = true)]
async fn the_first_replica_makes_everything_and_the_second_uses_it() {
    let fake = cluster();
    let mut first = Replica::new(&fake, "a", LIFE);
    first.become_ready().await;
    insta::assert_snapshot!(fake.writes().join("\n"), @r"
    create Lease wisp-system/wisp-webhook
    create Secret wisp-system/wisp-webhook-tls
    update MutatingWebhookConfiguration wisp-webhook
    update Lease wisp-system/wisp-webhook
    ");
    assert_eq!(accepts(&fake, &first), Ok(()));
    let mut second = Replica::new(&fake, "b", LIFE);
    assert_eq!(second.become_ready().await, 1);
    assert!(second.served().is(&first.served()));
    assert_eq!(fake.writes(), Vec::<String>::new());
    assert_eq!(
        fake.get(&webhooks()).unwrap()["webhooks"][1]["unknown"],
        1,
        "what nobody here knows survives"
    );
    let readiness = second.serving.readiness();
    assert!(readiness.remaining > 89 * DAY && readiness.error.is_none(), "{readiness:?}");
}

#[tokio::test(start_paused = true)]
async fn an_empty_secret_of_a_manifest_is_filled_and_keeps_its_labels() {
    let fake = cluster();
    fake.put(&secret(), json!({"metadata": {"name": "wisp-webhook-tls", "labels": {"team": "platform"}}}));
    Replica::new(&fake, "a", LIFE).become_ready().await;
    let secret = fake.get(&secret()).unwrap();
    assert_eq!(secret["metadata"]["labels"]["team"], "platform");
    let keys: Vec<_> = secret["data"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["ca.crt", "ca.key", "tls.crt", "tls.key"]);
}

/// Two replicas for `lives` certificates: at every look each serves what the API server accepts.
async fn rotate(life: Duration, lives: u32) -> (u64, u64) {
    let fake = cluster();
    let mut replicas = ["a", "b"].map(|name| Replica::new(&fake, name, life));
    for replica in &mut replicas {
        replica.become_ready().await;
    }
    let (end, mut most) = (fake.now() + life * lives, 0);
    while fake.now() < end {
        let mut wait = life;
        for replica in &mut replicas {
            wait = wait.min(replica.own.step().await);
            let readiness = replica.serving.readiness();
            assert!(readiness.is_ready(), "{readiness:?}");
        }
        for replica in &replicas {
            assert_eq!(accepts(&fake, replica), Ok(()));
            assert!(replica.serving.readiness().remaining > life / 5);
        }
        most = most.max(bundle(&fake).len());
        advance(wait).await;
    }
    assert_eq!(most, 2, "authorities overlap, and the old ones go");
    let sum = |of: fn(&Replica) -> u64| replicas.iter().map(of).sum();
    (
        sum(|replica| replica.measures.authorities.load(Ordering::Relaxed)),
        sum(|replica| replica.measures.leaves.load(Ordering::Relaxed)),
    )
}

#[tokio::test(start_paused = true)]
async fn no_certificate_is_ever_served_that_is_not_trusted() {
    let (authorities, leaves) = rotate(Duration::from_secs(60), 16).await;
    // A new one each two thirds of a life, made once by one of them.
    assert!((3..=4).contains(&authorities) && (22..=27).contains(&leaves), "{authorities} {leaves}");
}

#[tokio::test(start_paused = true)]
async fn a_new_authority_is_trusted_before_it_is_used() {
    let fake = cluster();
    let mut replica = Replica::new(&fake, "a", LIFE);
    replica.become_ready().await;
    let old = stored(&fake).authority_der;
    // Two thirds of ten lives.
    advance(LIFE * 20 / 3 + DAY).await;
    replica.own.step().await;
    let new = stored(&fake);
    assert!(new.authority_der != old && bundle(&fake).has(&new.authority_der) && bundle(&fake).has(&old));
    assert!(!replica.served().is(&new.pair) || accepts(&fake, &replica).is_ok());
    replica.become_ready().await;
    assert!(replica.served().is(&new.pair));
}

#[tokio::test(start_paused = true)]
async fn a_certificate_waits_until_api_servers_have_heard_of_its_authority() {
    let fake = cluster();
    let (mut first, mut second) = (Replica::new(&fake, "a", LIFE), Replica::new(&fake, "b", LIFE));
    first.become_ready().await;
    second.become_ready().await;
    let old = first.served();
    fake.delete(&secret());
    let soon = first.own.step().await;
    second.own.step().await;
    let new = stored(&fake).pair;
    assert!(first.served().is(&old) && second.served().is(&old), "the old one works still");
    assert!(soon <= Duration::from_secs(1));
    advance(Duration::from_secs(5)).await;
    for replica in [&mut first, &mut second] {
        replica.own.step().await;
        assert!(replica.served().is(&new));
        assert_eq!(accepts(&fake, replica), Ok(()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_configuration_that_was_applied_anew_is_filled_again() {
    let fake = cluster();
    let mut replica = Replica::new(&fake, "a", LIFE);
    replica.become_ready().await;
    apply_configuration(&fake);
    replica.own.step().await;
    assert_eq!(accepts(&fake, &replica), Ok(()));
    assert_eq!(replica.measures.leaves.load(Ordering::Relaxed), 1, "nothing was made anew for that");
}

#[tokio::test(start_paused = true)]
async fn another_life_or_name_makes_a_new_certificate() {
    let fake = cluster();
    Replica::new(&fake, "a", LIFE).become_ready().await;
    let stored = stored(&fake);
    let names = super::host_names("wisp-system", "wisp-webhook");
    let due = |names: &[String], life| stored.due(names, life, fake.now());
    assert_eq!(due(&names, LIFE), Due::Nothing);
    assert_eq!(due(&names, LIFE * 2), Due::Nothing, "the old one is good for its own life");
    assert_eq!(due(&super::host_names("wisp-system", "other"), LIFE), Due::Leaf);
    assert_eq!(due(&names, DAY), Due::Leaf, "it would outlive what is asked for");
}

#[tokio::test(start_paused = true)]
async fn a_certificate_that_was_made_for_a_shorter_life_is_renewed_in_time() {
    let fake = cluster();
    let short = Duration::from_secs(10);
    Replica::new(&fake, "a", short).become_ready().await;
    let mut next = Replica::new(&fake, "b", LIFE);
    next.become_ready().await;
    let mut looks = 0;
    while next.serving.readiness().remaining < short {
        looks += 1;
        let wait = next.own.step().await;
        advance(wait).await;
        let readiness = next.serving.readiness();
        assert!(readiness.is_ready() && looks < 20, "{wait:?} later: {readiness:?}");
    }
}
