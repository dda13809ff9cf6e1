//! All the way there and back.

use std::fmt::Write as _;

use super::{apply, cleanup, cluster, kit::objects, rollback, status};
use crate::operator::migrate::execute::State;

#[tokio::test(start_paused = true)]
async fn workloads_go_there_state_by_state() {
    let fake = cluster();
    let mut text = String::new();
    for to in [State::Prepared, State::Parallel, State::CutOver] {
        let (report, messages) = apply(&fake, to).await;
        assert!(report.is_whole(), "{report:?}");
        write!(
            text,
            "apply --to {}\n{}\n{}\n\n",
            to.text(),
            messages.progress.join("\n"),
            messages.audit.join("\n")
        )
        .unwrap();
    }
    let (report, messages) = cleanup(&fake).await;
    assert!(report.is_whole(), "{report:?}");
    write!(text, "cleanup\n{}\n{}\n\n", messages.progress.join("\n"), messages.audit.join("\n")).unwrap();
    text += &status(&fake).await.1;
    insta::assert_snapshot!(text, @r#"
    apply --to prepared
    Namespace shop:
      CronJob nightly: not started -> prepared
        - see that ServiceAccount bills names client id 22222222-2222-2222-2222-222222222222
      StatefulSet bills: not started -> prepared
        - see that ServiceAccount bills names client id 22222222-2222-2222-2222-222222222222
      Deployment orders: not started -> prepared
        - make ServiceAccount orders with client id 11111111-1111-1111-1111-111111111111, and imagePullSecrets of default
    CronJob nightly in shop: prepared
    StatefulSet bills in shop: prepared
    Deployment orders in shop: prepared
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"ServiceAccount bills","change":"told the client id by annotation","from":"not-started","to":"prepared","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"ServiceAccount orders","change":"made, with the client id","from":"not-started","to":"prepared","result":"done"}

    apply --to parallel
    Namespace shop:
      CronJob nightly: prepared -> parallel
        - wisp for its pods (road inject, mode redirect), service account bills
      StatefulSet bills: prepared -> parallel
        - wisp for its pods (road inject, mode redirect), service account bills
      Deployment orders: prepared -> parallel
        - wisp for its pods (road inject, mode redirect), service account orders
    shop: waiting for CronJob nightly, StatefulSet bills, Deployment orders
    CronJob nightly in shop: parallel
    StatefulSet bills in shop: parallel
    Deployment orders in shop: parallel
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"CronJob nightly","change":"wisp for its pods (road inject, mode redirect), service account bills","from":"prepared","to":"parallel","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"StatefulSet bills","change":"wisp for its pods (road inject, mode redirect), service account bills","from":"prepared","to":"parallel","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"Deployment orders","change":"wisp for its pods (road inject, mode redirect), service account orders","from":"prepared","to":"parallel","result":"done"}

    apply --to cut over
    Namespace shop:
      CronJob nightly: parallel -> cut over
        - label aadpodidbinding (bills) taken off its pods
      Deployment orders: parallel -> cut over
        - label aadpodidbinding (orders) taken off its pods
      StatefulSet bills: parallel -> cut over
        - label aadpodidbinding (bills) taken off its pods
    shop: waiting for CronJob nightly, Deployment orders, StatefulSet bills
    CronJob nightly in shop: cut over
    Deployment orders in shop: cut over
    StatefulSet bills in shop: cut over
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"CronJob nightly","change":"label aadpodidbinding (bills) taken off its pods","from":"parallel","to":"cut-over","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"Deployment orders","change":"label aadpodidbinding (orders) taken off its pods","from":"parallel","to":"cut-over","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"StatefulSet bills","change":"label aadpodidbinding (bills) taken off its pods","from":"parallel","to":"cut-over","result":"done"}

    cleanup
    To be cleaned:
      AzureIdentityBinding shop/bills
        - delete it, for nobody needs it any more
      AzureIdentityBinding shop/orders
        - delete it, for nobody needs it any more
      AzureIdentity shop/bills
        - delete it, for nobody needs it any more
      AzureIdentity shop/orders
        - delete it, for nobody needs it any more
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"AzureIdentityBinding bills","change":"deleted","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"AzureIdentityBinding orders","change":"deleted","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"AzureIdentity bills","change":"deleted","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"AzureIdentity orders","change":"deleted","result":"done"}

    3 workloads: 0 not started, 0 prepared, 0 parallel, 0 cut over, 3 cleaned, 0 not moved.

    Workloads
    NAMESPACE  WORKLOAD           STATE    ROAD    SEEN                                                                                                                                                        NEXT
    shop       CronJob nightly    cleaned  inject  ServiceAccount bills names 22222222-2222-2222-2222-222222222222; wisp in its pod template; its pods have service account bills; no label aadpodidbinding    -
    shop       Deployment orders  cleaned  inject  ServiceAccount orders names 11111111-1111-1111-1111-111111111111; wisp in its pod template; its pods have service account orders; no label aadpodidbinding  -
    shop       StatefulSet bills  cleaned  inject  ServiceAccount bills names 22222222-2222-2222-2222-222222222222; wisp in its pod template; its pods have service account bills; no label aadpodidbinding    -
    "#);
}

#[tokio::test(start_paused = true)]
async fn from_each_state_all_is_put_back_as_it_was() {
    for to in [State::Prepared, State::Parallel, State::CutOver, State::Cleaned] {
        let fake = cluster();
        let before = objects(&fake);
        let (report, _) = apply(&fake, to.min(State::CutOver)).await;
        assert!(report.is_whole(), "{report:?}");
        if to == State::Cleaned {
            assert!(cleanup(&fake).await.0.is_whole());
        }
        assert_ne!(objects(&fake), before);
        let (report, _) = rollback(&fake, State::NotStarted).await;
        assert!(report.is_whole(), "{report:?}");
        assert_eq!(objects(&fake), before, "from {}", to.text());
    }
}
