//! Inventories of files: those in `tests/migrate`, each in all forms, and those that are too large to be kept.

use std::{fmt::Write as _, fs};

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{command, data, inventory};
use crate::kit::run;

/// The forms, and the names of the files with what is expected.
const FORMS: [(&str, &str); 3] =
    [("text", "inventory.txt"), ("json", "inventory.json"), ("markdown", "inventory.md")];

#[test]
fn every_inventory_is_what_is_on_record() {
    let mut cases = 0;
    for entry in fs::read_dir(data()).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(arguments) = fs::read_to_string(folder.join("arguments")) else { continue };
        cases += 1;
        for (form, name) in FORMS {
            let given: Vec<_> = arguments
                .split_whitespace()
                .chain(["--output", form])
                .collect();
            let ran = inventory(&folder, &given);
            let at = format!("{}, {form}", folder.display());
            let expected = fs::read_to_string(folder.join(name)).unwrap_or_default();
            assert_eq!(ran.output, expected, "{at}");
            let not_read = ran.messages.contains("not everything could be read");
            assert_eq!(ran.code, i32::from(not_read), "{at}: {}", ran.messages);
            let all = format!("{}{}", ran.output, ran.messages);
            assert!(!all.contains("marked"), "{at}: a value of a secret");
        }
    }
    assert!(cases >= 6, "only {cases} cases were found");
}

#[test]
fn the_guide_shows_what_comes_out() {
    let read = |name: &str| fs::read_to_string(data().join(name)).unwrap();
    let (_, rest) = read("../../docs/migrate.md")
        .split_once("<!-- example -->\n```text\n")
        .map(|(before, rest)| (before.to_owned(), rest.to_owned()))
        .unwrap();
    let (shown, _) = rest.split_once("```\n<!-- /example -->").unwrap();
    assert_eq!(shown, read("example/inventory.txt"));
}

/// What `azwi podidentity detect` leaves out, each found.
#[test]
fn nothing_is_left_out_that_others_leave_out() {
    let found = |case: &str| -> Value {
        let arguments = fs::read_to_string(data().join(case).join("arguments")).unwrap();
        let given: Vec<_> = arguments
            .split_whitespace()
            .chain(["--output", "json"])
            .collect();
        serde_json::from_str(&inventory(&data().join(case), &given).output).unwrap()
    };
    let names = |inventory: &Value, list: &str, is_meant: &dyn Fn(&Value) -> bool| -> Vec<String> {
        let all = inventory[list].as_array().unwrap().iter();
        all.filter(|row| is_meant(row))
            .map(|row| row["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let (standard, managed, gaps) = (found("standard"), found("managed"), found("gaps"));
    // Identities by secret and certificate.
    let is_registration = |row: &Value| row["credential"] != "managed";
    assert_eq!(names(&standard, "identities", &is_registration), ["by-certificate", "by-secret"]);
    // Bindings of other namespaces, and several identities for one label.
    let crosses = |row: &Value| {
        let identities = row["identities"].as_array().unwrap();
        identities
            .iter()
            .any(|found| found["isCrossNamespace"] == true)
    };
    assert_eq!(names(&standard, "workloads", &crosses), ["ledger", "orders"]);
    let has_several = |row: &Value| row["identities"].as_array().unwrap().len() > 1;
    assert_eq!(names(&standard, "workloads", &has_several), ["ledger", "orders"]);
    // Exceptions, and what pods were seen with.
    assert_eq!(names(&standard, "workloads", &|row| !row["exception"].is_null()), ["mic", "agent"]);
    let was_seen = |row: &Value| !row["seenWith"].as_array().unwrap().is_empty();
    assert_eq!(names(&standard, "workloads", &was_seen), ["orders"]);
    // What the add-on of AKS owns.
    let is_azures = |row: &Value| row["managedBy"] == "add-on";
    assert_eq!(names(&managed, "identities", &is_azures).len(), 3);
    assert_eq!(names(&managed, "bindings", &|row| !is_azures(row)), ["by-hand"]);
    // Templates without pods.
    let is_idle = |row: &Value| row["pods"] == 0 && row["state"] != "runs";
    assert_eq!(names(&standard, "workloads", &is_idle), ["reports", "audit"]);
    assert_eq!(names(&gaps, "workloads", &is_idle), ["nightly", "once", "web"]);
    // Owners of kinds that nobody knows, once each; the same name for several kinds; one row for several ReplicaSets.
    assert_eq!(names(&gaps, "workloads", &|row| row["name"] == "web").len(), 2);
    assert_eq!(names(&gaps, "workloads", &|row| row["name"] == "hidden").len(), 1);
    assert_eq!(names(&standard, "workloads", &|row| row["name"] == "orders").len(), 1);
    // Preflight.
    let has = |fact: &'static str| {
        let gaps = &gaps;
        names(gaps, "workloads", &|row| row["preflight"].as_array().unwrap().contains(&fact.into()))
    };
    assert_eq!(has("host-network"), ["node"]);
    assert_eq!(has("windows"), ["windows"]);
    assert_eq!(has("virtual-node"), ["virtual"]);
    assert_eq!(has("default-account"), ["node"]);
    assert_eq!(has("pod-security").len(), 15);
}

#[test]
fn one_namespace_is_enough() {
    let folder = data().join("standard");
    let text = inventory(&folder, &["--namespace", "bills", "dump.yaml"]).output;
    let rows: Vec<_> = text.lines().skip(1).take(6).collect();
    insta::assert_snapshot!(rows.join("\n"), @"
    Matching: standard (no sign of managed mode or of `forceNamespaced` in what was read).
    
    Workloads
    NAMESPACE  WORKLOAD            ACCOUNT  LABEL   IDENTITY                                                                               STATE  PODS  PREFLIGHT
    bills      StatefulSet ledger  ledger   orders  identities/orders (managed, across namespaces), shop/old (managed, across namespaces)  runs   0     -
    
    ");
}

#[test]
fn where_bindings_are_looked_for_can_be_chosen() {
    let folder = data().join("standard");
    let text = inventory(&folder, &["--matching", "namespaced", "-n", "bills", "dump.yaml"]).output;
    assert!(text.contains("Matching: namespaced (`--matching`)."), "{text}");
    assert!(text.contains("no AzureIdentityBinding that was read selects `orders`"), "{text}");
}

#[test]
fn a_user_names_kinds_of_their_own() {
    let ran = inventory(&data().join("gaps"), &["--path", "Widget", "objects.yaml"]);
    assert_eq!((ran.code, ran.output.as_str()), (64, ""));
    insta::assert_snapshot!(ran.messages, @"error: `--path` `Widget`: expected KIND=PATH or KIND.GROUP=PATH, such as Rollout.argoproj.io=spec.template; in PATH, `key[*]` is each item of a list and `*` each key of a mapping");
}

#[test]
fn a_dump_may_come_by_a_pipe() {
    let folder = data().join("standard");
    let dump = fs::read(folder.join("dump.yaml")).unwrap();
    let mut command = command(&folder, &["-", "--output", "json"]);
    let piped = String::from_utf8(run::piped(&mut command, &dump).stdout).unwrap();
    let expected = fs::read_to_string(folder.join("inventory.json")).unwrap();
    assert_eq!(piped.replace("\"stdin\"", "\"dump.yaml\""), expected);
}

#[test]
fn the_order_of_files_does_not_matter() {
    let folder = data().join("managed");
    let given = |files: &[&str]| inventory(&folder, files).output;
    assert_eq!(given(&["aks.json", "dump.yaml"]), given(&["dump.yaml", "aks.json"]));
}

#[test]
fn something_has_to_be_read() {
    let folder = data().join("example");
    let ran = inventory(&folder, &[]);
    assert_eq!((ran.code, ran.output.as_str()), (64, ""));
    insta::assert_snapshot!(ran.messages, @"
    error: the following required arguments were not provided:
      <FILE>...
    
    Usage: wispctl migrate inventory <FILE>...
    
    For more information, try '--help'.
    ");
    let ran = inventory(&folder, &["--kubeconfig", "missing"]);
    assert_eq!((ran.code, ran.output.as_str()), (64, ""));
    insta::assert_snapshot!(ran.messages, @"error: cannot read missing, which should have a kubeconfig: No such file or directory (os error 2)");
    let ran = inventory(&folder, &["--in-cluster"]);
    assert_eq!((ran.code, ran.output.as_str()), (64, ""));
    insta::assert_snapshot!(ran.messages, @"error: no API server is known: KUBERNETES_SERVICE_HOST is not set, so this is no pod; give `--kubeconfig FILE`");
}

/// As many as the AKS add-on takes.
const IDENTITIES: usize = 200;

/// As many workloads as a large cluster has, in one dump, with an old ReplicaSet and a pod each.
#[test]
fn large_clusters_are_read_in_time() {
    const WORKLOADS: usize = 5000;
    let folder = tempfile::tempdir().unwrap();
    for (name, head, dash, between, end) in [
        ("dump.json", "{\"apiVersion\": \"v1\", \"items\": [\n", "", ",\n", "],\n\"kind\": \"List\"}\n"),
        ("dump.yaml", "apiVersion: v1\nitems:\n", "- ", "\n", "\nkind: List\n"),
    ] {
        let items = (0..IDENTITIES).flat_map(identity);
        let items = items.chain((0..WORKLOADS).flat_map(workload));
        let items: Vec<_> = items.map(|item| format!("{dash}{item}")).collect();
        let mut dump = head.to_owned();
        write!(dump, "{}{end}", items.join(between)).unwrap();
        fs::write(folder.path().join(name), dump).unwrap();
        let start = Instant::now();
        let ran = inventory(folder.path(), &["--output", "json", "--progress", name]);
        // Not optimised, and beside other tests; what ships is many times as fast.
        assert!(start.elapsed().as_secs() < 60, "{name}: {:?}", start.elapsed());
        let found: Value = serde_json::from_str(&ran.output).unwrap();
        assert_eq!(found["workloads"].as_array().unwrap().len(), WORKLOADS, "{name}: {}", ran.messages);
        let objects = 3 * (WORKLOADS + IDENTITIES) as u64;
        assert_eq!((found["objects"].as_u64(), ran.code), (Some(objects), 0));
        let has_all = |row: &Value| row["workloads"] == WORKLOADS / IDENTITIES;
        assert!(found["identities"].as_array().unwrap().iter().all(has_all));
        let is_used = |row: &Value| row["usedBy"].as_array().unwrap().len() == WORKLOADS / IDENTITIES;
        assert!(found["dependents"].as_array().unwrap().iter().all(is_used));
        let last = ran.messages.lines().last().unwrap();
        assert_eq!(last, format!("reading {name} (15000 objects so far)"));
    }
}

/// An identity, its binding, and a class of Key Vault that depends on it.
fn identity(number: usize) -> [Value; 3] {
    let object = |version: &str, kind: &str, spec: Value| {
        let metadata = json!({"name": format!("i{number}"), "namespace": "shop"});
        json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec})
    };
    let group = "aadpodidentity.k8s.io/v1";
    let client_id = format!("11111111-1111-1111-1111-{number:012}");
    [
        object(group, "AzureIdentity", json!({"clientID": client_id})),
        object(
            group,
            "AzureIdentityBinding",
            json!({"azureIdentity": format!("i{number}"), "selector": format!("i{number}")}),
        ),
        object(
            "secrets-store.csi.x-k8s.io/v1",
            "SecretProviderClass",
            json!({"parameters": {"usePodIdentity": "true"}}),
        ),
    ]
}

/// A Deployment as large as they are, its ReplicaSet and a pod.
fn workload(number: usize) -> [Value; 3] {
    let identity = format!("i{}", number % IDENTITIES);
    let vault = json!({"name": "vault", "csi": {"driver": "x", "volumeAttributes": {"secretProviderClass": identity}}});
    let spec = json!({"containers": [{"name": "app", "image": "app:1"}], "volumes": [vault]});
    let labels = json!({"aadpodidbinding": identity});
    let template = json!({"metadata": {"labels": labels}, "spec": spec});
    let owner = |kind: &str, name: String| json!([{"apiVersion": "apps/v1", "kind": kind, "name": name, "controller": true}]);
    let name = |suffix: &str| format!("app-{number}{suffix}");
    [
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name(""), "namespace": "shop", "annotations": {"last": "x".repeat(1500)}},
            "spec": {"template": template},
        }),
        json!({
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {"name": name("-r"), "namespace": "shop", "ownerReferences": owner("Deployment", name(""))},
            "spec": {"template": template},
        }),
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": name("-p"),
                "namespace": "shop",
                "labels": labels,
                "ownerReferences": owner("ReplicaSet", name("-r")),
            },
            "spec": spec,
        }),
    ]
}
