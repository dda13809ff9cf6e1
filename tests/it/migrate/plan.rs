//! Plans of the files in `tests/migrate`, each in all forms.

use std::{collections::BTreeSet, fmt::Write as _, fs};

use serde_json::Value;
use tokio::time::Instant;

use super::{data, inventory, step};
use crate::kit::run::{Ran, run};

/// The forms, and the names of the files with what is expected.
const FORMS: [(&str, &str); 3] = [("text", "plan.txt"), ("json", "plan.json"), ("markdown", "plan.md")];

/// Runs `wispctl migrate plan` in the folder of a case.
pub(super) fn plan(case: &str, arguments: &[&str]) -> Ran {
    run(&mut step("plan", &data().join(case), arguments))
}

/// The folders that have a plan, with its arguments.
fn cases() -> Vec<(String, String)> {
    let mut all: Vec<_> = fs::read_dir(data())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|folder| {
            let arguments = fs::read_to_string(folder.join("plan.arguments")).ok()?;
            Some((folder.file_name()?.to_str()?.to_owned(), arguments))
        })
        .collect();
    all.sort();
    assert!(all.len() >= 8, "only {} cases were found", all.len());
    all
}

/// The plan of a case as programs read it.
pub(super) fn json(case: &str, arguments: &str) -> Value {
    let given: Vec<_> = arguments
        .split_whitespace()
        .chain(["--output", "json"])
        .collect();
    serde_json::from_str(&plan(case, &given).output).unwrap()
}

#[test]
fn every_plan_is_what_is_on_record() {
    for (case, arguments) in cases() {
        for (form, name) in FORMS {
            let given: Vec<_> = arguments
                .split_whitespace()
                .chain(["--output", form])
                .collect();
            let ran = plan(&case, &given);
            let at = format!("{case}, {form}");
            let expected = fs::read_to_string(data().join(&case).join(name)).unwrap_or_default();
            assert_eq!(ran.output, expected, "{at}");
            let is_open = expected.contains("Decisions needed")
                || expected.contains("Not read")
                || expected.contains("cannot-be-moved")
                || form == "json" && !expected.contains("\"decisions\": [],")
                || form == "json" && !expected.contains("\"unread\": []");
            assert_eq!(ran.code, i32::from(is_open), "{at}: {}", ran.messages);
            assert!(!ran.output.contains("marked"), "{at}: a value of a secret");
        }
    }
}

#[test]
fn the_guide_shows_what_comes_out() {
    let page = fs::read_to_string(data().join("../../docs/migrate.md")).unwrap();
    let (_, rest) = page.split_once("<!-- plan example -->\n```text\n").unwrap();
    let (shown, _) = rest.split_once("```\n<!-- /plan example -->").unwrap();
    assert_eq!(shown, fs::read_to_string(data().join("example/plan.txt")).unwrap());
}

/// The guide has all of them, and each is seen in one of the cases.
#[test]
fn every_risk_has_a_case() {
    let page = fs::read_to_string(data().join("../../docs/migrate.md")).unwrap();
    let (_, rest) = page.split_once("<!-- risks -->\n").unwrap();
    let (table, _) = rest.split_once("<!-- /risks -->").unwrap();
    let described: BTreeSet<String> = table
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned()))
        .collect();
    let mut seen = BTreeSet::new();
    for (case, arguments) in cases() {
        let found = json(&case, &arguments);
        let ids = found["risks"].as_array().unwrap().iter();
        seen.extend(ids.map(|risk| risk["id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(seen, described);
}

/// Every workload of the inventory is in the plan, with a road or with a reason.
#[test]
fn nothing_is_left_out() {
    for (case, arguments) in cases() {
        let found = json(&case, &arguments);
        let (mut roads, mut reasons) = (0, 0);
        for workload in found["workloads"].as_array().unwrap() {
            if workload["state"] == "planned" {
                assert!(workload["road"].is_string(), "{case}: {workload}");
                assert!(!workload["steps"].as_array().unwrap().is_empty(), "{case}: {workload}");
                roads += 1;
            } else {
                assert!(workload["reason"].is_string(), "{case}: {workload}");
                reasons += 1;
            }
        }
        let mut inputs = Vec::new();
        let mut words = arguments.split_whitespace();
        while let Some(word) = words.next() {
            match word {
                "--decisions" | "--issuer" | "--tenant" | "--audience" => drop(words.next()),
                word => inputs.push(word),
            }
        }
        inputs.extend(["--output", "json"]);
        let inventory = inventory(&data().join(&case), &inputs).output;
        let inventory: Value = serde_json::from_str(&inventory).unwrap();
        assert_eq!(inventory["workloads"].as_array().unwrap().len(), roads + reasons, "{case}");
    }
}

#[test]
fn the_order_of_the_files_changes_nothing() {
    let forwards = plan("managed", &["--output", "json", "aks.json", "dump.yaml"]);
    let backwards = plan("managed", &["--output", "json", "dump.yaml", "aks.json"]);
    assert_eq!(forwards.output, backwards.output);
}

/// Whoever looks at one namespace does not know who has what the others have.
#[test]
fn nothing_of_other_namespaces_goes_with_one() {
    let given = [
        "dump.yaml",
        "--issuer",
        "https://issuer.example/",
        "--tenant",
        "contoso.com",
        "--namespace",
        "bills",
    ];
    let found: Value =
        serde_json::from_str(&plan("standard", &[&given[..], &["--output", "json"]].concat()).output)
            .unwrap();
    let steps = found["stages"][0]["steps"].as_array().unwrap();
    let of_objects: Vec<_> = steps
        .iter()
        .filter_map(Value::as_str)
        .filter(|step| {
            ["delete ", "keep ", "once "]
                .iter()
                .any(|verb| step.starts_with(verb))
        })
        .collect();
    insta::assert_snapshot!(of_objects.join("\n"), @r"
    delete AzureIdentityBinding identities/orders
    delete AzureIdentityBinding shop/orders-old
    delete AzureIdentity identities/orders
    delete AzureIdentity shop/old
    keep for those that stay: AzureIdentityBinding identities/orders-own, AzureIdentityBinding shop/audit, AzureIdentityBinding shop/dangling, AzureIdentityBinding shop/reports, AzureIdentity identities/own, AzureIdentity shop/by-certificate, AzureIdentity shop/by-secret
    ");
}

#[test]
fn arguments_are_checked() {
    let ran = plan("example", &["orders.yaml", "--issuer", "http://issuer.example", "--tenant", "common"]);
    assert_eq!((ran.code, ran.output.as_str()), (64, ""));
    insta::assert_snapshot!(ran.messages, @"
    error: `--issuer` must begin with https://, for Entra reads its keys over TLS
    error: `--tenant` cannot be `common`: expected one tenant; `common`, `organizations` and `consumers` cannot issue app tokens
    ");
    let ran = plan("example", &["orders.yaml", "--decisions", "missing.yaml"]);
    assert_eq!((ran.code, ran.output.as_str()), (64, ""));
    insta::assert_snapshot!(ran.messages, @"error: cannot read missing.yaml, which `--decisions` names: No such file or directory (os error 2)");
}

/// What wisp wrote for programs is no input: it lacks the objects that it was made of.
#[test]
fn an_inventory_is_not_planned_from() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(&mut step("inventory", &data().join("example"), &["orders.yaml", "--output", "json"]));
    fs::write(folder.path().join("inventory.json"), ran.output).unwrap();
    let ran = run(&mut step("plan", folder.path(), &["inventory.json"]));
    let unread: Vec<_> = ran
        .output
        .lines()
        .filter(|line| line.contains("wrote for programs"))
        .collect();
    insta::assert_snapshot!(unread.join("\n"), @"- inventory.json:1: this is what `wispctl` wrote for programs, and not what it was made of; give the manifests, dumps and files of Azure that it was made of");
    assert_eq!(ran.code, 1);
}

/// As many workloads as a large cluster has, in a thousand namespaces, all with one identity, each decided about.
#[test]
fn large_clusters_are_planned_in_time() {
    const WORKLOADS: usize = 5000;
    let folder = tempfile::tempdir().unwrap();
    let mut objects = fs::read_to_string(data().join("limit/objects.yaml")).unwrap();
    objects.truncate(objects.find("---\napiVersion: apps/v1").unwrap());
    let mut decisions = "apiVersion: wisp/v1\nkind: MigrationDecisions\nworkloads:\n".to_owned();
    for number in 0..WORKLOADS {
        let name = format!("{{name: app-{number}, namespace: team-{}}}", number % 1000);
        let spec = "{serviceAccountName: app, containers: [{name: app, image: app}]}";
        let template = format!("{{metadata: {{labels: {{aadpodidbinding: all}}}}, spec: {spec}}}");
        objects += "---\napiVersion: apps/v1\nkind: Deployment\n";
        writeln!(objects, "metadata: {name}\nspec: {{template: {template}}}").unwrap();
        let inner = name.trim_start_matches('{');
        writeln!(decisions, "- {{kind: Deployment, mode: env, {inner}").unwrap();
    }
    fs::write(folder.path().join("dump.yaml"), objects).unwrap();
    fs::write(folder.path().join("decisions.yaml"), decisions).unwrap();
    let start = Instant::now();
    let arguments = ["--output", "json", "--decisions", "decisions.yaml", "dump.yaml"];
    let ran = run(&mut step("plan", folder.path(), &arguments));
    // Not optimised, and beside other tests; what ships is many times as fast.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    let found: Value = serde_json::from_str(&ran.output).unwrap();
    assert_eq!(found["workloads"].as_array().unwrap().len(), WORKLOADS, "{}", ran.messages);
    assert_eq!(found["stages"].as_array().unwrap().len(), 1000);
}
