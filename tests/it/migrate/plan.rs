//! Plans of the files in `tests/migrate`, each in all forms, and decisions that are wrong.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use serde_json::Value;
use tokio::time::Instant;

use super::{data, inventory, step};
use crate::kit::run::{Ran, run};

/// The forms, and the names of the files with what is expected.
const FORMS: [(&str, &str); 3] = [("text", "plan.txt"), ("json", "plan.json"), ("markdown", "plan.md")];

/// Runs `wispctl migrate plan` in the folder of a case.
fn plan(case: &str, arguments: &[&str]) -> Ran {
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
fn json(case: &str, arguments: &str) -> Value {
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

/// What a plan says has to be written is what the next plan reads.
#[test]
fn what_is_to_be_written_is_read() {
    let open = json("standard", "dump.yaml --issuer https://issuer.example/ --tenant contoso.com");
    let items: Vec<_> = open["decisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|decision| {
            assert_eq!(decision["location"], "workloads");
            let write = decision["write"].as_str().unwrap();
            write.replace("FILL-IN", "11111111-1111-1111-1111-111111111111")
        })
        .collect();
    assert_eq!(items.len(), 4);
    let text = format!("apiVersion: wisp/v1\nkind: MigrationDecisions\nworkloads:\n{}\n", items.join("\n"));
    let ran = decided(
        "standard",
        &text,
        &["dump.yaml", "--issuer", "https://issuer.example/", "--tenant", "t.example"],
    );
    assert_eq!((ran.code, ran.messages.as_str()), (0, ""));
}

#[test]
fn more_than_twenty_credentials_are_shared_by_decision() {
    let arguments = ["objects.yaml", "--issuer", "https://issuer.example/", "--tenant", "t.example"];
    assert_eq!(plan("limit", &arguments).code, 1);
    let ran = plan("limit", &[&arguments[..], &["--decisions", "decisions.yaml"]].concat());
    assert_eq!((ran.code, ran.messages.as_str()), (0, ""));
}

#[test]
fn decisions_are_read_strictly() {
    let wrong = |text: &str| {
        let ran = decided("standard", text, &["dump.yaml"]);
        assert_eq!((ran.code, ran.output.as_str()), (64, ""), "{text}");
        ran.messages
    };
    let head = "apiVersion: wisp/v1\nkind: MigrationDecisions\n";
    let with = |rest: &str| wrong(&format!("{head}{rest}"));
    let all: Vec<String> = vec![
        wrong(""),
        wrong("kind: Deployment\n"),
        wrong("{\n"),
        with("workload: []\n"),
        with("workloads:\n- {namespace: shop, kind: Deployment, name: orders, clientID: x}\n"),
        with(
            "workloads:\n- {namespace: shop, kind: Deployment, name: orders}\n- {namespace: shop, kind: Deployment, name: orders, clientId: FILL-IN}\n- {namespace: shop, kind: Deployment, name: orders, road: fly}\n- {namespace: shop, kind: Deployment, name: orders, mode: fast}\n- {namespace: shop, kind: Deployment, name: orders, mode: env, road: native}\n- {namespace: shop, kind: Deployment, name: orders, serviceAccount: A_B}\n- {namespace: shop, kind: Deployment, name: orders, serviceAccount: default}\n- {namespace: shop, kind: Deployment, name: orders, serviceAccount: a, road: adopt}\n",
        ),
        with(
            "namespaces:\n- {name: shop}\nidentities:\n- {clientId: 11111111-1111-1111-1111-111111111111}\n- {clientId: 11111111-1111-1111-1111-111111111111, resourceId: /a}\n",
        ),
        with(
            "namespaces:\n- {name: shops, mode: env}\n- {name: shop, road: inject}\n- {name: shop, road: policy}\nworkloads:\n- {namespace: shop, kind: Deployment, name: order, road: leave}\n- {namespace: shop, kind: Deployment, name: audit, mode: redirect}\n- {namespace: shop, kind: DaemonSet, name: agent, road: adopt}\n- {namespace: shop, kind: Deployment, name: orders, clientId: 99999999-9999-9999-9999-999999999999}\n",
        ),
        with(
            "workloads:\n- {namespace: shop, kind: Deployment, name: audit, serviceAccount: one}\n- {namespace: shop, kind: CronJob, name: reports, serviceAccount: one}\n",
        ),
    ];
    insta::assert_snapshot!(all.join("\n"), @"
    error: decisions.yaml:1: there is nothing in it; expected decisions: `apiVersion: wisp/v1` and `kind: MigrationDecisions`

    error: decisions.yaml:1: expected decisions: `apiVersion: wisp/v1` and `kind: MigrationDecisions`

    error: decisions.yaml:1: invalid YAML: unclosed bracket '{' (column 1)

    error: decisions.yaml:3: invalid YAML: unknown field `workload`, expected one of apiVersion, kind, namespaces, workloads, identities (column 1)

    error: decisions.yaml:4: invalid YAML: unknown field `clientID`, expected one of namespace, kind, name, template, road, mode, clientId, serviceAccount (column 53)

    error: decisions.yaml:4: nothing is decided of Deployment `orders`; give `road`, `mode`, `clientId` or `serviceAccount`
    error: decisions.yaml:5: `clientId` cannot be `FILL-IN`: expected a GUID such as 00000000-1111-2222-3333-444444444444
    error: decisions.yaml:6: `road` cannot be `fly`: expected one of inject, webhook, policy, adopt, native, leave
    error: decisions.yaml:7: `mode` cannot be `fast`: expected one of redirect, env, http-proxy, manual
    error: decisions.yaml:8: `mode: env` is for wisp, and road `native` has none; leave one of them out
    error: decisions.yaml:9: `serviceAccount` cannot be `A_B`: expected up to 253 lower-case letters, digits, `-` and `.`, as Kubernetes names service accounts
    error: decisions.yaml:10: `serviceAccount` cannot be `default`: every pod of the namespace that names no account would be the identity
    error: decisions.yaml:11: `serviceAccount` of Deployment `orders` cannot be changed by road `adopt`, which leaves manifests as they are

    error: decisions.yaml:4: nothing is decided of namespace `shop`; give `road` or `mode`
    error: decisions.yaml:6: identity `11111111-1111-1111-1111-111111111111`: give `resourceId` of a managed identity, `application: true`, or `identityBinding: true`
    error: decisions.yaml:7: `resourceId` cannot be `/a`: expected /subscriptions/…/resourceGroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/…

    error: decisions.yaml:6: namespace shop is decided at decisions.yaml:5 already; keep one
    error: decisions.yaml:10: DaemonSet shop/agent cannot go by road `adopt`, for exception shop/node-agents has its pods ask the node; give it a `clientId` as well, or leave it out
    error: decisions.yaml:9: mode `redirect` is refused for Deployment shop/audit: the Pod Security level of its namespace allows no NET_ADMIN
    error: decisions.yaml:11: `clientId` of Deployment shop/orders is `99999999-9999-9999-9999-999999999999`, which its bindings do not give it; expected 22222222-2222-2222-2222-222222222222 or 11111111-1111-1111-1111-111111111111
    error: decisions.yaml:8: no workload that was read is Deployment shop/order; see `wispctl migrate inventory`
    error: decisions.yaml:4: no workload that was read is in namespace `shops`

    error: decisions.yaml:4: service account `one` would be that of CronJob shop/reports and of Deployment shop/audit, which have different identities; give each its own
    ");
}

/// One file of decisions does for a cluster that is moved namespace by namespace.
#[test]
fn decisions_about_other_namespaces_may_stand_beside() {
    let decisions = "apiVersion: wisp/v1\nkind: MigrationDecisions\nnamespaces:\n- {name: bills, road: webhook}\nworkloads:\n- {namespace: bills, kind: Deployment, name: bills, mode: env}\n";
    let ran = decided("example", decisions, &["orders.yaml"]);
    assert_eq!(ran.code, 64, "{}", ran.messages);
    let ran = decided("example", decisions, &["orders.yaml", "--namespace", "shop"]);
    assert_ne!((ran.code, ran.output.as_str()), (64, ""), "{}", ran.messages);
    let misspelt = decisions.replace("bills", "shop");
    let ran = decided("example", &misspelt, &["orders.yaml", "--namespace", "shop"]);
    insta::assert_snapshot!(ran.messages, @"error: decisions.yaml:6: no workload that was read is Deployment shop/shop; see `wispctl migrate inventory`");
}

/// A policy names one identity for a pod.
#[test]
fn several_identities_do_not_go_by_policy() {
    let orders = "{namespace: shop, kind: Deployment, name: orders, road: policy, clientId: 22222222-2222-2222-2222-222222222222}";
    let decisions = format!("apiVersion: wisp/v1\nkind: MigrationDecisions\nworkloads:\n- {orders}\n");
    let ran = decided("standard", &decisions, &["dump.yaml", "--output", "json"]);
    let found: Value = serde_json::from_str(&ran.output).unwrap();
    let decisions = found["decisions"].as_array().unwrap();
    let about = decisions
        .iter()
        .find(|one| one["about"] == "Deployment shop/orders")
        .unwrap();
    insta::assert_snapshot!(about["prompt"].as_str().unwrap(), @"What becomes of it? `road: inject` or `road: webhook`. (a policy gives its pods one identity, and they have 2)");
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

#[test]
fn identities_that_cannot_be_bound_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let objects = fs::read_to_string(data().join("standard/dump.yaml")).unwrap();
    fs::write(folder.path().join("dump.yaml"), objects).unwrap();
    let decisions = |identity: &str| {
        let text = format!("apiVersion: wisp/v1\nkind: MigrationDecisions\nidentities:\n- {identity}\n");
        fs::write(folder.path().join("decisions.yaml"), text).unwrap();
        let ran = run(&mut step("plan", folder.path(), &["--decisions", "decisions.yaml", "dump.yaml"]));
        assert_eq!(ran.code, 64, "{}", ran.messages);
        ran.messages
    };
    let registration = "clientId: 44444444-4444-4444-4444-444444444444, identityBinding: true";
    let ends = [
        decisions(&format!("{{{registration}}}")),
        decisions(&format!("{{{registration}, application: true}}")),
    ];
    insta::assert_snapshot!(ends.join("\n"), @"
    error: decisions.yaml:4: `identityBinding` is for managed identities, and AzureIdentity shop/by-secret is an app registration

    error: decisions.yaml:4: identity `44444444-4444-4444-4444-444444444444`: an app registration cannot be bound (`identityBinding`); keep one of both
    ");
    let ran = run(&mut step("plan", folder.path(), &["--audience", "api://x", "dump.yaml"]));
    insta::assert_snapshot!(ran.messages, @"error: `--audience` cannot be `api://x`: expected one of api://AzureADTokenExchange (AzureCloud), api://AzureADTokenExchangeUSGov (AzureUSGovernment), api://AzureADTokenExchangeChina (AzureChinaCloud)");
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

/// The plan of a case under decisions of this text.
fn decided(case: &str, text: &str, arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("decisions.yaml");
    fs::write(&file, text).unwrap();
    let mut ran = plan(case, &[&["--decisions", file.to_str().unwrap()], arguments].concat());
    let path = Path::new("decisions.yaml").display().to_string();
    ran.messages = ran.messages.replace(file.to_str().unwrap(), &path);
    ran
}
