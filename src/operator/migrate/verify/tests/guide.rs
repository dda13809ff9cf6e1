//! What the guide shows, and the files that hold the schema.

use std::path::Path;

use serde_json::json;

use super::{Form, Lab, Stage, put};
use crate::{
    observe::page::page_has,
    operator::migrate::{
        inventory::model::{Origin, Unread},
        verify::check::CheckId,
    },
};

#[test]
fn the_guide_has_all_checks() {
    let row = |id: CheckId| format!("| `{}` | {} | {} |", id.name(), id.stages(), id.meaning());
    let rows = CheckId::ALL.map(row).join("\n");
    page_has(
        "docs/migrate.md",
        "verify checks",
        &format!("| Check | Stages | What it proves |\n|---|---|---|\n{rows}"),
    );
}

#[tokio::test]
async fn the_guide_shows_a_verification_that_is_proven_and_one_that_is_not() {
    let lab = Lab::new().await;
    page_has("docs/migrate.md", "verify example", &format!("```text\n{}```", lab.text().await));
    let lab = Lab::with(|identity| identity.federated_credentials.clear(), 0).await;
    page_has("docs/migrate.md", "verify error", &format!("```text\n{}```", lab.text().await));
}

/// Files that `tests/inject/test_verification.py` holds to the schema.
#[tokio::test]
async fn the_json_is_what_is_on_record() {
    let lab = Lab::new().await;
    on_record("proven", &lab.shown(&lab.verify().await, Form::Json));
    let mut lab = Lab::with(|identity| identity.federated_credentials.clear(), 0).await;
    lab.fake.forbid_list("configmaps", true);
    let spec = json!({"nodeSelector": {"kubernetes.io/os": "windows"}, "containers": [{"name": "app"}]});
    let template = json!({"metadata": {"labels": {"aadpodidbinding": "orders"}}, "spec": spec});
    let windows = json!({"spec": {"template": template}});
    put(&lab.fake, ("apis/apps/v1", "deployments", "Deployment"), "windows", &windows);
    lab.request.stage = Stage::Parallel;
    let mut verification = lab.verify().await;
    let origin = Origin { source: "aks.json".to_owned(), line: Some(3) };
    verification
        .unread
        .push(Unread { origin, reason: "invalid JSON".to_owned() });
    verification.workloads[0].template = Some("worker".to_owned());
    verification
        .leftovers
        .push("Job shop/wisp-verify-00000000 is left".to_owned());
    on_record("open", &lab.shown(&verification, Form::Json));
    lab.request.stage = Stage::After;
    on_record("after", &lab.shown(&lab.verify().await, Form::Json));
}

fn on_record(name: &str, found: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/migrate/verified/{name}.json"));
    #[expect(clippy::disallowed_methods, reason = "a switch of the tests")]
    let update = std::env::var_os("WISP_UPDATE_DOCS").is_some();
    if update {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, found).unwrap();
        return;
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), found, "{}", file.display());
}
