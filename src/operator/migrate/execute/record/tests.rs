//! How a record is kept: in parts, by several runs at once, and not where nobody can read it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Anew, Entry, Record};
use crate::operator::{
    cluster::{Object, fake::Fake},
    migrate::execute::{State, calls::Calls},
};

/// The most bytes that an API server takes as the data of a ConfigMap.
const MOST: usize = 1 << 20;

/// A workload with a pod template of so many bytes.
fn entry(name: &str, size: usize) -> Entry {
    let target = json!({"road": "inject", "account": name, "currentAccount": "default"});
    let text =
        json!({"kind": "Deployment", "name": name, "target": target, "before": {"x": "x".repeat(size)}});
    serde_json::from_value(text).unwrap()
}

async fn read(fake: &Fake) -> Record {
    Record::read(Calls { api: fake }, "shop").await.unwrap()
}

async fn put(fake: &Fake, record: &mut Record, entry: &Entry) -> Result<(), String> {
    let done = record.put(Calls { api: fake }, entry).await;
    done.map_err(|error| error.to_string())
}

/// The bytes of the values of each ConfigMap, by their names.
fn sizes(fake: &Fake) -> BTreeMap<String, usize> {
    let all = fake.objects().into_iter().filter_map(|(path, object)| {
        let name = path.split_once("/configmaps/")?.1.to_owned();
        let values = object["data"].as_object()?.values();
        Some((name, values.map(|value| value.as_str().unwrap().len()).sum()))
    });
    all.collect()
}

fn config_map(name: &str) -> Object {
    Object::config_map("shop", name)
}

#[tokio::test(start_paused = true)]
async fn it_is_split_before_it_is_too_large() {
    let fake = Fake::new();
    let mut record = read(&fake).await;
    for number in 0..30 {
        put(&fake, &mut record, &entry(&format!("app-{number}"), 100 << 10))
            .await
            .unwrap();
    }
    assert!(sizes(&fake).len() > 3, "{:?}", sizes(&fake));
    // They grow where they are, and move once that is full.
    for number in 0..30 {
        put(&fake, &mut record, &entry(&format!("app-{number}"), 700 << 10))
            .await
            .unwrap();
    }
    assert!(sizes(&fake).values().all(|size| *size < MOST), "{:?}", sizes(&fake));
    let again = read(&fake).await;
    assert_eq!(again.workloads.len(), 30);
    assert_eq!(again.workloads, record.workloads);
    let error = put(&fake, &mut record, &entry("app-1", 901 << 10))
        .await
        .unwrap_err();
    insta::assert_snapshot!(error, @"`workload.Deployment.app-1` is too large to be remembered in a ConfigMap; change this workload by hand");
    assert_eq!(read(&fake).await.workloads, record.workloads);
    record.end(Calls { api: &fake }).await.unwrap();
    assert_eq!(sizes(&fake), BTreeMap::new());
}

#[tokio::test(start_paused = true)]
async fn thousands_are_remembered_by_a_few_calls() {
    let fake = Fake::new();
    let mut record = read(&fake).await;
    let all: Vec<_> = (0..5000)
        .map(|number| entry(&format!("app-{number}"), 500))
        .collect();
    fake.calls();
    record.put_all(Calls { api: &fake }, &all).await.unwrap();
    let (calls, parts) = (fake.calls().len(), sizes(&fake));
    assert!(calls <= parts.len() + 3, "{calls} calls for {} parts", parts.len());
    // Each change of one writes its whole part.
    assert!(parts.values().all(|size| *size < MOST / 4), "{parts:?}");
    assert_eq!(read(&fake).await.workloads, record.workloads);
    assert_eq!(record.workloads.len(), 5000);
}

/// A value that moves is never gone, and what is left where it was is never taken for it.
#[tokio::test(start_paused = true)]
async fn a_move_may_end_anywhere() {
    let mut ends = 0;
    for is_lost in [false, true] {
        for count in 0.. {
            let fake = Fake::new();
            let mut record = read(&fake).await;
            for (name, size) in [("moves", 10), ("large", 10), ("large", 850 << 10), ("moves", 40 << 10)] {
                put(&fake, &mut record, &entry(name, size)).await.unwrap();
            }
            let larger = entry("moves", 100 << 10);
            if is_lost {
                fake.lost_after(Some(count));
            } else {
                fake.gone_after(Some(count));
            }
            let done = put(&fake, &mut record, &larger).await;
            fake.gone_after(None);
            let mut again = read(&fake).await;
            let found = again.workloads.get(&larger.key()).cloned().unwrap();
            assert!(found == larger || found == entry("moves", 40 << 10), "after {count}");
            put(&fake, &mut again, &larger).await.unwrap();
            let smaller = entry("moves", 1 << 10);
            put(&fake, &mut again, &smaller).await.unwrap();
            assert_eq!(read(&fake).await.workloads.get(&smaller.key()), Some(&smaller), "after {count}");
            assert!(
                read(&fake)
                    .await
                    .workloads
                    .contains_key(&entry("large", 0).key())
            );
            if done.is_ok() {
                break;
            }
            ends += 1;
        }
    }
    assert!(ends >= 4, "{ends}");
}

/// The user may think for long before the changes are agreed to.
#[tokio::test(start_paused = true)]
async fn what_another_run_has_written_is_not_overwritten() {
    let fake = Fake::new();
    let (mut one, mut other) = (read(&fake).await, read(&fake).await);
    let begun = Entry { doing: Some(State::Parallel), ..entry("orders", 100) };
    put(&fake, &mut one, &begun).await.unwrap();
    let error = put(&fake, &mut other, &entry("orders", 1))
        .await
        .unwrap_err();
    insta::assert_snapshot!(error, @"another run has changed `workload.Deployment.orders` in ConfigMap shop/wisp-migration since it was read, and nothing was overwritten: see that no other wispctl works on this namespace, then run this again");
    // Of that it is told until it reads anew, whatever else it writes.
    put(&fake, &mut other, &entry("bills", 1)).await.unwrap();
    put(&fake, &mut other, &entry("orders", 1))
        .await
        .unwrap_err();
    put(&fake, &mut one, &entry("nightly", 1)).await.unwrap();
    let found = read(&fake).await.workloads;
    assert_eq!(found.get(&begun.key()), Some(&begun));
    assert_eq!(found.len(), 3);
    // Nor does it end what others have begun.
    let mut third = read(&fake).await;
    third.workloads.clear();
    third.end(Calls { api: &fake }).await.unwrap();
    assert_eq!(read(&fake).await.workloads.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_deleted_meanwhile_is_not_begun_anew() {
    let fake = Fake::new();
    let mut record = read(&fake).await;
    put(&fake, &mut record, &entry("orders", 1)).await.unwrap();
    fake.delete(&config_map("wisp-migration"));
    let error = put(&fake, &mut record, &entry("bills", 1))
        .await
        .unwrap_err();
    insta::assert_snapshot!(error, @"ConfigMap shop/wisp-migration was deleted meanwhile, and with it what has to be remembered of this namespace: see who did that, put it back, then run this again");
    assert_eq!(sizes(&fake), BTreeMap::new());
}

/// Keys and values of ConfigMaps that nobody here wrote, or not all of.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_refused_with_its_place() {
    let own = serde_json::to_value(entry("orders", 1)).unwrap();
    let with = |key: &str, value: Value| {
        let mut changed = own.clone();
        changed[key] = value;
        changed.to_string()
    };
    let key = "workload.Deployment.orders";
    let broken = [
        (key, "{\"kind\": \"Deployment\"".to_owned()),
        (key, with("state", "flying".into())),
        (key, with("later", true.into())),
        ("workload.Deployment.bills", own.to_string()),
        ("account.orders", json!({"name": "bills"}).to_string()),
        (
            "removed.AzureIdentity.orders",
            json!({"kind": "AzureIdentity", "metadata": {"name": "bills"}}).to_string(),
        ),
        ("note", "do not touch".to_owned()),
        ("format", "2".to_owned()),
    ];
    let mut texts = Vec::new();
    for (key, text) in broken {
        let fake = Fake::new();
        fake.put(&config_map("wisp-migration"), json!({"data": {key: text}}));
        let error = Record::read(Calls { api: &fake }, "shop")
            .await
            .err()
            .unwrap();
        texts.push(error.to_string());
    }
    let labels = json!({"app.kubernetes.io/managed-by": "wispctl"});
    let fake = Fake::new();
    for name in ["wisp-migration", "wisp-migration-3"] {
        fake.put(&config_map(name), json!({"metadata": {"name": name, "labels": labels}}));
    }
    texts.push(
        Record::read(Calls { api: &fake }, "shop")
            .await
            .err()
            .unwrap()
            .to_string(),
    );
    insta::assert_snapshot!(texts.join("\n"), @"
    ConfigMap shop/wisp-migration has `workload.Deployment.orders`, which is no record of a migration: EOF while parsing an object at line 1 column 21. Nothing is done by it: see who changed it (`kubectl get --show-managed-fields`) and put back what was there; where that is lost, put back by hand what it is about, and delete this key
    ConfigMap shop/wisp-migration has `workload.Deployment.orders`, which is no record of a migration: unknown variant `flying`, expected one of `not-started`, `prepared`, `parallel`, `cut-over`, `cleaned` at line 1 column 72. Nothing is done by it: see who changed it (`kubectl get --show-managed-fields`) and put back what was there; where that is lost, put back by hand what it is about, and delete this key
    ConfigMap shop/wisp-migration has `workload.Deployment.orders`, which is no record of a migration: unknown field `later`, expected one of `kind`, `name`, `template`, `target`, `state`, `doing`, `label`, `hasOwnLabel`, `before`, `written`, `anew` at line 1 column 47. Nothing is done by it: see who changed it (`kubectl get --show-managed-fields`) and put back what was there; where that is lost, put back by hand what it is about, and delete this key
    ConfigMap shop/wisp-migration has `workload.Deployment.bills`, which is no record of a migration: what it says is of `workload.Deployment.orders`. Nothing is done by it: see who changed it (`kubectl get --show-managed-fields`) and put back what was there; where that is lost, put back by hand what it is about, and delete this key
    ConfigMap shop/wisp-migration has `account.orders`, which is no record of a migration: what it says is of `account.bills`. Nothing is done by it: see who changed it (`kubectl get --show-managed-fields`) and put back what was there; where that is lost, put back by hand what it is about, and delete this key
    ConfigMap shop/wisp-migration has `removed.AzureIdentity.orders`, which is no record of a migration: what it says is of `removed.AzureIdentity.bills`. Nothing is done by it: see who changed it (`kubectl get --show-managed-fields`) and put back what was there; where that is lost, put back by hand what it is about, and delete this key
    ConfigMap shop/wisp-migration has `note`, which is no record of a migration: keys begin with `workload.`, `account.` or `removed.`. Nothing is done by it: see who changed it (`kubectl get --show-managed-fields`) and put back what was there; where that is lost, put back by hand what it is about, and delete this key
    ConfigMap shop/wisp-migration is a record of format `2`, and this wispctl knows 1: go on with the wispctl that wrote it, or a newer one
    ConfigMap shop/wisp-migration-2 is not there, and the parts of the record of the migration after it are: make it again from a backup, for nobody else knows how to undo what it had
    ");
}

/// What selects it by its label would not see it any more.
#[tokio::test(start_paused = true)]
async fn a_part_without_its_label_is_a_part() {
    let fake = Fake::new();
    let mut record = read(&fake).await;
    for name in ["orders", "bills", "nightly"] {
        put(&fake, &mut record, &entry(name, 600 << 10))
            .await
            .unwrap();
    }
    for name in ["wisp-migration", "wisp-migration-3"] {
        let mut found = fake.get(&config_map(name)).unwrap();
        found["metadata"]["labels"] = json!({});
        fake.put(&config_map(name), found);
    }
    assert_eq!(read(&fake).await.workloads, record.workloads);
}

#[test]
fn names_of_any_length_have_keys() {
    let long = entry(&"a".repeat(253), 1);
    assert!(long.key().len() <= 253);
    let anew = Entry { anew: Some(Anew { uid: None, object: json!({}) }), ..long.clone() };
    assert_eq!(anew.key(), long.key());
}
