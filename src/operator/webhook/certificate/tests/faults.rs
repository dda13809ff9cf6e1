//! What goes wrong, and that the certificate at hand is served meanwhile.

use std::time::Duration;

use serde_json::json;
use tokio::time::advance;

use super::{DAY, LIFE, Replica, accepts, cluster, lease, secret, stored, webhooks};
use crate::operator::cluster::Verb;

#[tokio::test(start_paused = true)]
async fn rights_that_are_missing_are_named_and_come_into_force_when_given() {
    let mut texts = Vec::new();
    for (verb, resource) in [
        (Verb::Get, "secrets"),
        (Verb::Create, "secrets"),
        (Verb::Get, "mutatingwebhookconfigurations"),
        (Verb::Update, "mutatingwebhookconfigurations"),
        (Verb::Get, "leases"),
        (Verb::Create, "leases"),
    ] {
        let fake = cluster();
        fake.forbid(verb, resource, true);
        let mut replica = Replica::new(&fake, "a", LIFE);
        replica.own.step().await;
        assert!(!replica.serving.readiness().is_ready());
        texts.push(replica.error());
        fake.forbid(verb, resource, false);
        advance(Duration::from_secs(16)).await;
        replica.become_ready().await;
        assert_eq!(accepts(&fake, &replica), Ok(()));
    }
    insta::assert_snapshot!(texts.join("\n"), @r"
    the API server refuses `get` of Secret wisp-system/wisp-webhook-tls; give its service account a Role in namespace `wisp-system` (or a ClusterRole) that allows `get` on `secrets` with resource name `wisp-webhook-tls`
    the API server refuses `create` of Secret wisp-system/wisp-webhook-tls; give its service account a Role in namespace `wisp-system` (or a ClusterRole) that allows `create` on `secrets`
    the API server refuses `get` of MutatingWebhookConfiguration wisp-webhook; give its service account a ClusterRole that allows `get` on `mutatingwebhookconfigurations` with resource name `wisp-webhook`
    the API server refuses `update` of MutatingWebhookConfiguration wisp-webhook; give its service account a ClusterRole that allows `update` on `mutatingwebhookconfigurations` with resource name `wisp-webhook`
    the API server refuses `get` of Lease wisp-system/wisp-webhook; give its service account a Role in namespace `wisp-system` (or a ClusterRole) that allows `get` on `leases` with resource name `wisp-webhook`
    the API server refuses `create` of Lease wisp-system/wisp-webhook; give its service account a Role in namespace `wisp-system` (or a ClusterRole) that allows `create` on `leases`
    ");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_comes_second_is_tried_again() {
    let fake = cluster();
    fake.put(&secret(), json!({"metadata": {"name": "wisp-webhook-tls"}}));
    let mut replica = Replica::new(&fake, "a", LIFE);
    fake.conflict(4);
    replica.become_ready().await;
    assert_eq!(accepts(&fake, &replica), Ok(()));
    assert!(stored(&fake).pair.is(&replica.served()));
}

#[tokio::test(start_paused = true)]
async fn replicas_that_start_at_once_make_one_certificate() {
    let fake = cluster();
    let (mut first, mut second) = (Replica::new(&fake, "a", LIFE), Replica::new(&fake, "b", LIFE));
    tokio::join!(first.become_ready(), second.become_ready());
    assert!(first.served().is(&second.served()));
    let written = fake
        .writes()
        .into_iter()
        .filter(|call| call.contains("Secret"))
        .count();
    assert_eq!(written, 1);
}

#[tokio::test(start_paused = true)]
async fn a_holder_that_died_is_waited_for_and_then_replaced() {
    let fake = cluster();
    let held = json!({"metadata": {"name": "wisp-webhook"}, "spec": {"holderIdentity": "dead", "renewTime": "2000-01-01T00:00:00.000000Z"}});
    fake.put(&lease(), held);
    let mut replica = Replica::new(&fake, "a", LIFE);
    for _ in 0..14 {
        replica.own.step().await;
        assert!(fake.get(&secret()).is_none(), "no clock of another is believed");
        advance(Duration::from_secs(1)).await;
    }
    replica.become_ready().await;
    assert_eq!(fake.get(&lease()).unwrap()["spec"]["holderIdentity"], "", "it is given back");
}

#[tokio::test(start_paused = true)]
async fn a_certificate_is_served_on_while_the_api_server_does_not_answer() {
    let fake = cluster();
    let mut replica = Replica::new(&fake, "a", LIFE);
    replica.become_ready().await;
    fake.hang(true);
    replica.own.step().await;
    let readiness = replica.serving.readiness();
    assert!(readiness.is_ready());
    insta::assert_snapshot!(replica.error(), @"the API server did not answer within 5 s to `get` of Secret wisp-system/wisp-webhook-tls; check the network between this process and it");
    // Until it has ended.
    advance(91 * DAY).await;
    assert!(!replica.serving.readiness().is_ready());
    fake.hang(false);
    replica.become_ready().await;
    assert_eq!(accepts(&fake, &replica), Ok(()));
    assert_eq!(replica.error(), "");
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_somebody_wrote_to_is_made_anew() {
    let fake = cluster();
    let mut replica = Replica::new(&fake, "a", LIFE);
    replica.become_ready().await;
    for (key, value) in [("tls.key", "eA=="), ("ca.key", "eA=="), ("ca.crt", "?"), ("tls.crt", "")] {
        let mut broken = fake.get(&secret()).unwrap();
        broken["data"][key] = value.into();
        fake.put(&secret(), broken);
        replica.own.step().await;
        advance(Duration::from_secs(10)).await;
        replica.become_ready().await;
        assert_eq!(accepts(&fake, &replica), Ok(()), "{key}");
        assert!(stored(&fake).pair.is(&replica.served()), "{key}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bundle_that_somebody_replaced_is_mended() {
    let fake = cluster();
    let mut replica = Replica::new(&fake, "a", LIFE);
    replica.become_ready().await;
    super::trust(&fake, "no certificate");
    assert!(accepts(&fake, &replica).is_err());
    replica.own.step().await;
    assert_eq!(accepts(&fake, &replica), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn without_a_configuration_it_is_not_ready() {
    let fake = cluster();
    fake.delete(&webhooks());
    let mut replica = Replica::new(&fake, "a", LIFE);
    replica.own.step().await;
    insta::assert_snapshot!(replica.error(), @"MutatingWebhookConfiguration wisp-webhook is not there: apply the webhook's manifests");
    super::apply_configuration(&fake);
    replica.become_ready().await;
    fake.delete(&webhooks());
    replica.own.step().await;
    assert!(!replica.serving.readiness().is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_steps_breaks_nothing() {
    let fake = cluster();
    let (mut first, mut second) = (Replica::new(&fake, "a", LIFE), Replica::new(&fake, "b", LIFE));
    first.become_ready().await;
    let days = |days: i64| days * 24 * 60 * 60;
    // Little steps change nothing; great ones make a new certificate, and then another one when the clock is right again.
    for (step, is_new) in [
        (-1800, false),
        (1800, false),
        (days(5000), true),
        (days(-5000), true),
        (days(-400), true),
        (days(400), true),
    ] {
        let before = stored(&fake).pair;
        fake.step_clock(step);
        first.own.step().await;
        advance(Duration::from_secs(6)).await;
        for replica in [&mut first, &mut second] {
            replica.become_ready().await;
            replica.own.step().await;
            assert_eq!(accepts(&fake, replica), Ok(()), "{step}");
        }
        assert_eq!(!stored(&fake).pair.is(&before), is_new, "{step}");
    }
}
