//! How far workloads are by what was read before: the same as `status` says of the live cluster, from dumps too.

use std::{fs, path::Path};

use serde_json::json;

use super::{
    Command, cluster,
    kit::{CRON_JOB, DEPLOYMENT, ORDERS, facts_of, get, identity, put, workload},
    status,
};
use crate::operator::{
    cluster::{Object, Stored, fake::Fake},
    migrate::{
        execute::{
            Scope, State,
            status::{Standings, standings},
        },
        inventory::{self, Inventory, Progress, Reader},
    },
    workload::Which,
};

/// A cluster with a workload in each state, one that somebody has put back, and one without an identity.
async fn mixed() -> Fake {
    let fake = cluster();
    put(&fake, DEPLOYMENT, "shop", "mails", workload("bills", Some("mails")));
    put(&fake, DEPLOYMENT, "shop", "lost", workload("lost", None));
    for name in ["bills", "default", "mails"] {
        let metadata = json!({"name": name, "namespace": "shop"});
        fake.put(&Object::service_account("shop", name), json!({"metadata": metadata}));
    }
    identity(&fake, "edge", "orders", ORDERS);
    put(&fake, DEPLOYMENT, "edge", "gateway", workload("orders", Some("gateway")));
    let before = get(&fake, CRON_JOB, "shop", "nightly");
    let steps: [(&str, &[&str], State); 4] = [
        ("shop", &[], State::Prepared),
        ("shop", &["nightly"], State::Parallel),
        ("shop", &["bills", "orders"], State::CutOver),
        ("shop", &["mails"], State::Parallel),
    ];
    for (namespace, workloads, to) in steps {
        run(&fake, namespace, workloads, to).await;
    }
    cleaned(&fake, "orders").await;
    put(&fake, CRON_JOB, "shop", "nightly", before);
    fake
}

fn scope(namespace: &str, workloads: &[&str]) -> Scope {
    Scope {
        namespaces: vec![namespace.to_owned()],
        workloads: workloads.iter().map(|name| (*name).to_owned()).collect(),
    }
}

async fn run(fake: &Fake, namespace: &str, workloads: &[&str], to: State) {
    let command = Command { scope: scope(namespace, workloads), ..Command::new(fake) };
    let (report, _) = command.run(async |run| run.apply(to).await).await;
    assert_eq!(report.failed, [""; 0]);
}

async fn cleaned(fake: &Fake, workload: &str) {
    let command = Command { scope: scope("shop", &[workload]), ..Command::new(fake) };
    command.run(async |run| run.cleanup().await).await;
}

/// All objects of a cluster as `kubectl get --output json` prints them, those of `without` left out.
fn dump(fake: &Fake, without: &[&str]) -> String {
    let mut items = Vec::new();
    for (path, mut object) in fake.objects() {
        let words: Vec<_> = path.trim_start_matches('/').split('/').collect();
        let Some(index) = words.iter().position(|word| *word == "namespaces") else { continue };
        let resource = words.get(index + 2).copied().unwrap_or("namespaces");
        let found = KINDS.iter().find(|(known, _)| *known == resource);
        let Some((_, kind)) = found.filter(|_| !without.contains(&resource)) else { continue };
        let version = words[..index].join("/");
        let version = version
            .strip_prefix("apis/")
            .or_else(|| version.strip_prefix("api/"));
        object["apiVersion"] = version.unwrap().into();
        object["kind"] = (*kind).into();
        if resource != "namespaces" {
            object["metadata"]["namespace"] = words[index + 1].into();
        }
        items.push(object);
    }
    format!("{:#}\n", json!({"apiVersion": "v1", "kind": "List", "items": items}))
}

const KINDS: [(&str, &str); 8] = [
    ("azureidentities", "AzureIdentity"),
    ("azureidentitybindings", "AzureIdentityBinding"),
    ("configmaps", "ConfigMap"),
    ("cronjobs", "CronJob"),
    ("deployments", "Deployment"),
    ("namespaces", "Namespace"),
    ("serviceaccounts", "ServiceAccount"),
    ("statefulsets", "StatefulSet"),
];

fn reader() -> Reader {
    Reader::new(inventory::Request::default(), Progress::silent()).storing()
}

async fn of_cluster(fake: &Fake) -> (Inventory, Stored) {
    let mut reader = reader();
    reader.cluster(fake, false).await;
    reader.finish_with_stored()
}

fn of_dump(text: &str) -> (Inventory, Stored) {
    let mut reader = reader();
    reader.files(&["-".into()], text.as_bytes());
    reader.finish_with_stored()
}

async fn found((inventory, stored): (Inventory, Stored)) -> Standings {
    let facts = facts_of(&stored, inventory, "").await.unwrap();
    standings(&stored, &facts, &Scope::default(), &Which::default()).await
}

/// A line for each workload.
fn lines(standings: &Standings) -> String {
    let all = standings.all.iter().map(|one| {
        let state = one.state.map_or("not known", State::text);
        let drift = one.drift.as_ref().map(|drift| format!(" ({drift})"));
        format!(
            "{} {}/{}: {state}{}",
            one.entry.kind,
            one.namespace,
            one.entry.name,
            drift.unwrap_or_default()
        )
    });
    all.chain(standings.unread.clone())
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test(start_paused = true)]
async fn what_was_read_shows_the_same_as_the_live_cluster() {
    let fake = mixed().await;
    let read = lines(&found(of_cluster(&fake).await).await);
    insta::assert_snapshot!(read, @"
    Deployment edge/gateway: not started
    CronJob shop/nightly: prepared (parallel is recorded, and the cluster shows prepared)
    Deployment shop/mails: parallel
    Deployment shop/orders: cleaned
    StatefulSet shop/bills: cut over
    ");
    let (live, _) = status(&fake).await;
    let live: Vec<_> = live
        .workloads
        .iter()
        .filter_map(|row| {
            let drift = row.drift.as_ref().map(|drift| format!(" ({drift})"));
            let state = row.state?.text();
            Some(format!("{} {}/{}: {state}{}", row.kind, row.namespace, row.name, drift.unwrap_or_default()))
        })
        .collect();
    assert_eq!(read, live.join("\n"));
    assert_eq!(lines(&found(of_dump(&dump(&fake, &[]))).await), read);
}

#[tokio::test(start_paused = true)]
async fn what_a_dump_does_not_have_is_not_claimed() {
    let fake = mixed().await;
    let lines = async |without: &[&str]| lines(&found(of_dump(&dump(&fake, without))).await);
    // What is recorded counts where its objects were not dumped.
    insta::assert_snapshot!(lines(&["deployments", "statefulsets", "cronjobs", "serviceaccounts"]).await, @"
    CronJob shop/nightly: parallel
    Deployment shop/mails: parallel
    Deployment shop/orders: cleaned
    StatefulSet shop/bills: cut over
    ");
    // What has left pod-managed identity is in no plan, and without its record nowhere.
    insta::assert_snapshot!(lines(&["configmaps"]).await, @"
    Deployment edge/gateway: not known
    CronJob shop/nightly: not known (what was read shows prepared, and its record was not read)
    Deployment shop/mails: not known (what was read shows parallel, and its record was not read)
    ");
    // Rights are missing.
    fake.forbid_list("configmaps", true);
    let without = found(of_cluster(&fake).await).await;
    assert!(!without.all.is_empty() && without.all.iter().all(|one| one.state.is_none()));
    fake.forbid_list("configmaps", false);
    let mut record = get(&fake, ("api/v1", "configmaps", "ConfigMap"), "shop", "wisp-migration");
    record["data"]["workload.Deployment.mails"] = "{".into();
    fake.put(&Object::config_map("shop", "wisp-migration"), record);
    insta::assert_snapshot!(lines(&[]).await, @"
    Deployment edge/gateway: not started
    namespace shop: ConfigMap shop/wisp-migration has `workload.Deployment.mails`, which is no record of a migration: EOF while parsing an object at line 1 column 1. Nothing is done by it: see who changed it (`kubectl get --show-managed-fields`) and put back what was there; where that is lost, put back by hand what it is about, and delete this key
    ");
}

/// On record: `tests/migrate/moved`, of which reports are made. Write it anew by `env WISP_UPDATE_DOCS=1 cargo test --lib read_before`.
#[tokio::test(start_paused = true)]
async fn the_dump_of_a_migration_under_way_is_on_record() {
    let text = dump(&mixed().await, &[]);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/migrate/moved/dump.json");
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so")]
    if std::env::var_os("WISP_UPDATE_DOCS").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(file).unwrap_or_default());
}
