//! What `status` says, as files that others hold to its schema.

use std::{fs, path::Path};

use serde_json::json;

use super::{
    Command, apply, cluster,
    kit::{DEPLOYMENT, get, put, template},
};
use crate::operator::{
    cluster::Collection,
    migrate::{
        execute::{State, status::render},
        tables::Form,
    },
};

/// On record: `tests/migrate/status`. Write them anew by `env WISP_UPDATE_DOCS=1 cargo test --lib statuses`.
#[tokio::test(start_paused = true)]
async fn every_status_is_what_is_on_record() {
    let fake = cluster();
    // Of no identity, and of several templates.
    let mut lost = json!({"spec": {"selector": {"matchLabels": {"app": "lost"}}}});
    lost["spec"]["template"] = template("lost", None);
    put(&fake, DEPLOYMENT, "shop", "lost", lost);
    let driver = template("bills", Some("bills"));
    let spark = json!({"spec": {"driver": {"template": driver}, "executor": {"template": driver}}});
    let of = ("apis/sparkoperator.k8s.io/v1beta2", "sparkapplications", "SparkApplication");
    put(&fake, of, "shop", "sums", spark);
    let before = get(&fake, DEPLOYMENT, "shop", "orders");
    apply(&fake, State::Parallel).await;
    put(&fake, DEPLOYMENT, "shop", "orders", before);
    let gone = Collection::at("apis/apps/v1", "statefulsets", "StatefulSet", Some("shop"));
    fake.delete(&gone.object("bills"));
    fake.forbid_list("replicationcontrollers", true);
    let (status, _) = Command::new(&fake)
        .run(async |run| run.status().await)
        .await;
    let found = render(&status, Form::Json);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/migrate/status/drift.json");
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so")]
    if std::env::var_os("WISP_UPDATE_DOCS").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, &found).unwrap();
    }
    assert_eq!(found, fs::read_to_string(file).unwrap_or_default());
}

/// Pods that are adopted look the same in two states, twice.
#[tokio::test(start_paused = true)]
async fn what_looks_the_same_is_not_changed_by_others() {
    let fake = cluster();
    let decisions = "namespaces:\n- {name: shop, road: adopt}\n";
    let command = Command { decisions, ..Command::new(&fake) };
    let mut found = Vec::new();
    for to in [State::NotStarted, State::Prepared, State::Parallel, State::CutOver] {
        command.run(async |run| run.apply(to).await).await;
        let (status, _) = command.run(async |run| run.status().await).await;
        assert!(!status.has_drift(), "{to:?}: {status:?}");
        found.extend(status.workloads.iter().map(|row| row.state));
    }
    let all = [State::NotStarted, State::Prepared, State::Parallel, State::CutOver];
    assert_eq!(found, all.map(|state| [Some(state); 3]).concat());
}
