//! Scripts and pages of migrations, run: names of others stay names, and nothing goes while nobody can see who needs it.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use super::{data, step};
use crate::kit::run::{Ran, run};

/// What would make a file called `canary` wherever it is run, or be a file somewhere else.
const TEXTS: [&str; 9] = [
    "x\ntouch canary\n#",
    "x\r\n```\n\n```sh\ntouch canary\n```",
    "x$(touch canary)",
    "x`touch canary`",
    "x'; touch canary; '",
    "x\"; touch canary; \"",
    "x; touch canary #",
    "x | touch canary",
    "../../../canary",
];

/// Programs that do nothing, or what `script` says.
fn programs(folder: &Path, script: &str) -> PathBuf {
    let programs = folder.join("programs");
    fs::create_dir(&programs).unwrap();
    for name in ["az", "kubectl", "sleep", "terraform", "wispctl"] {
        let path = programs.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    programs
}

/// Runs `text` as bash does, with `programs` before its own.
fn bash(folder: &Path, programs: &Path, arguments: &[&str]) -> Ran {
    let path = format!("{}:/usr/bin:/bin", programs.display());
    let mut command = Command::new("bash");
    command.args(arguments).current_dir(folder).envs([
        ("PATH", path.as_str()),
        ("GROUP", "shop"),
        ("CLUSTER", "shop-aks"),
    ]);
    run(&mut command)
}

/// A workload with its identity, as JSON, which has a spelling for every text.
fn objects(field: &str, text: &str, number: usize) -> Vec<serde_json::Value> {
    let names = [
        "namespace",
        "name",
        "account",
        "identity",
        "binding",
        "selector",
        "container",
        "kind",
        "group",
        "resource",
        "key",
    ];
    let name = |of: &str| {
        assert!(names.contains(&of) && names.contains(&field));
        if of == field { text.to_owned() } else { format!("{of}-{number}") }
    };
    let id = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities";
    let namespace = name("namespace");
    let (version, kind) = match field {
        "kind" => ("example.com/v1".to_owned(), text.to_owned()),
        "group" => (format!("{text}/v1"), "Thing".to_owned()),
        "key" => ("example.com/v1".to_owned(), "Thing".to_owned()),
        _ => ("apps/v1".to_owned(), "Deployment".to_owned()),
    };
    let key = if field == "key" { text } else { "template" };
    let pods = serde_json::json!({
        "metadata": {"labels": {"aadpodidbinding": name("selector")}},
        "spec": {"serviceAccountName": name("account"), "containers": [{"name": name("container"), "image": "registry.example/app:1"}]},
    });
    let mut spec = serde_json::json!({ key: pods.clone() });
    if field == "key" {
        spec["other"] = pods;
    }
    let metadata = |name: String| serde_json::json!({"name": name, "namespace": namespace});
    vec![
        serde_json::json!({
            "apiVersion": "aadpodidentity.k8s.io/v1", "kind": "AzureIdentity", "metadata": metadata(name("identity")),
            "spec": {
                "type": 0, "clientID": format!("11111111-1111-1111-1111-{number:012}"), "resourceID": format!("{id}/{}", name("resource")),
            },
        }),
        serde_json::json!({
            "apiVersion": "aadpodidentity.k8s.io/v1", "kind": "AzureIdentityBinding", "metadata": metadata(name("binding")),
            "spec": {"azureIdentity": name("identity"), "selector": name("selector")},
        }),
        serde_json::json!({"apiVersion": version, "kind": kind, "metadata": metadata(name("name")), "spec": spec}),
    ]
}

/// Whether there is a canary below `folder`.
fn has_canary(folder: &Path) -> bool {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries.into_iter().any(|path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("canary"))
            || path.is_dir() && has_canary(&path)
    })
}

/// The lines for a shell of a page.
fn shell_of(page: &str) -> String {
    let mut all = String::new();
    let mut is_shell = false;
    for line in page.lines() {
        match line.trim_start() {
            "```sh" => is_shell = true,
            "```" => is_shell = false,
            _ if is_shell => {
                all.push_str(line);
                all.push('\n');
            }
            _ => {}
        }
    }
    all
}

#[test]
fn names_stay_names() {
    for field in [
        "namespace",
        "name",
        "account",
        "identity",
        "binding",
        "selector",
        "container",
        "kind",
        "group",
        "resource",
        "key",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let programs = programs(folder.path(), "exit 0");
        let texts = TEXTS.iter().enumerate();
        let all: Vec<_> = texts
            .flat_map(|(number, text)| objects(field, text, number))
            .collect();
        let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": all});
        // Deep enough for what leads upwards.
        let work = folder.path().join("a/b/c");
        fs::create_dir_all(&work).unwrap();
        fs::write(work.join("dump.json"), list.to_string()).unwrap();
        let given = [
            "--output-dir",
            "out",
            "--issuer",
            "https://issuer.example/",
            "--tenant",
            "contoso.com",
            "dump.json",
        ];
        let ran = run(&mut step("write", &work, &given));
        assert!([0, 1].contains(&ran.code), "{field}: {}", ran.messages);
        assert!(!ran.messages.contains("cannot write"), "{field}: {}", ran.messages);
        let output = work.join("out");
        assert!(!has_canary(folder.path()), "{field}: a file is elsewhere");
        let page = fs::read_to_string(output.join("README.md")).unwrap();
        fs::write(work.join("page.sh"), shell_of(&page)).unwrap();
        let scripts: [&[&str]; 5] = [
            &["identities/identities.sh"],
            &["cleanup.sh"],
            &["cleanup.sh", "--pod-identity"],
            &["rollback.sh"],
            &["../page.sh"],
        ];
        for script in scripts {
            if output.join(script[0]).exists() {
                bash(&output, &programs, script);
                assert!(!has_canary(folder.path()), "{field}: {script:?} runs what is in a name\n{page}");
            }
        }
    }
}

/// The way to the file is a name, too.
#[test]
fn names_of_files_stay_names() {
    let folder = tempfile::tempdir().unwrap();
    let programs = programs(folder.path(), "exit 0");
    let manifest = fs::read_to_string(data().join("example/orders.yaml")).unwrap();
    for (number, text) in TEXTS
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.contains('/'))
    {
        let text = format!("{text}.yaml");
        let work = folder.path().join(number.to_string());
        fs::create_dir(&work).unwrap();
        fs::write(work.join(&text), &manifest).unwrap();
        let given =
            ["--output-dir", "out", "--issuer", "https://issuer.example/", "--tenant", "contoso.com", &text];
        let ran = run(&mut step("write", &work, &given));
        assert_eq!(ran.code, 0, "{}", ran.messages);
        let page = fs::read_to_string(work.join("out/README.md")).unwrap();
        fs::write(work.join("page.sh"), shell_of(&page)).unwrap();
        bash(&work.join("out"), &programs, &["../page.sh"]);
        assert!(!has_canary(folder.path()), "{text}\n{page}");
    }
}

/// Where pods may not be listed, or the API server is away for a moment, nobody knows what is still in use.
#[test]
fn nothing_goes_while_nobody_can_see_who_asks() {
    let folder = tempfile::tempdir().unwrap();
    let script = "case \"$*\" in 'get pods'*) echo 'Error: pods is forbidden' >&2; exit 1;; delete*) touch canary;; *azureidentitybindings*) echo ledger;; esac";
    let programs = programs(folder.path(), script);
    let cleanup = data().join("written/expected/cleanup.sh");
    let ran = bash(folder.path(), &programs, &[cleanup.to_str().unwrap(), "bills"]);
    assert_eq!(ran.code, 1, "{}", ran.messages);
    assert!(!has_canary(folder.path()), "{}", ran.messages);
    insta::assert_snapshot!(ran.messages, @"
    Error: pods is forbidden
    stays: AzureIdentityBinding bills/ledger, for it cannot be seen who asks for its label ledger
    stays: AzureIdentity bills/ledger, which is named by AzureIdentityBinding ledger
    ");
}
