//! What is decided of a plan by hand: read strictly, and told with its place.

use std::{fs, path::Path};

use serde_json::Value;

use super::{
    data,
    plan::{json, plan},
    step,
};
use crate::kit::run::{Ran, run};

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
