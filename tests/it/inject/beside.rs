//! What stands beside the pods, in other documents and other files, and what the environment says.

use std::fs;

use super::{IDENTITY, POD, stderr, stdout, wispctl};

const ACCOUNT: &str = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: p\n  annotations:\n    azure.workload.identity/client-id: 22222222-2222-2222-2222-222222222222\n    azure.workload.identity/tenant-id: contoso.com\n";

/// Runs over files of these texts with an image that can be pulled.
fn inject(files: &[(&str, &str)], arguments: &[&str]) -> std::process::Output {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let mut command = wispctl(folder.path(), &[&["inject", "."], arguments].concat());
    command
        .env("WISP_IMAGE", "registry.example/wisp:2")
        .output()
        .unwrap()
}

#[test]
fn the_service_account_of_another_file_names_the_identity() {
    let pod = POD
        .replace("name: p\n", "name: p\n  namespace: shop\n")
        .replace("serviceAccountName: p\n  namespace: shop", "serviceAccountName: p");
    let account = ACCOUNT.replace("  name: p\n", "  name: p\n  namespace: shop\n");
    let output = inject(&[("a.yaml", &pod), ("b.yaml", &account)], &[]);
    insta::assert_snapshot!(stderr(&output), @r#"
./a.yaml:1: Pod shop/p: injected (mode redirect, identity of ServiceAccount shop/p)
1 of 1 pods changed, 1 other documents left as they are
"#);
    let set = "- name: AZURE_CLIENT_ID\n      value: \"22222222-2222-2222-2222-222222222222\"\n";
    assert!(stdout(&output).contains(set), "{}", stdout(&output));
    // In the same stream, and before the pod.
    let output = inject(&[("a.yaml", &format!("{ACCOUNT}---\n{POD}"))], &[]);
    insta::assert_snapshot!(stderr(&output), @r#"
./a.yaml:9: Pod p: injected (mode redirect, identity of ServiceAccount p)
1 of 1 pods changed, 1 other documents left as they are
"#);
    // Of another namespace.
    let elsewhere = ACCOUNT.replace("  name: p\n", "  name: p\n  namespace: bank\n");
    let output = inject(&[("a.yaml", &pod), ("b.yaml", &elsewhere)], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("no client id"), "{}", stderr(&output));
}

#[test]
fn overlays_of_one_folder_are_told_apart() {
    let other = ACCOUNT.replace('2', "3");
    let both = [("base.yaml", POD), ("dev.yaml", ACCOUNT), ("prod.yaml", other.as_str())];
    let output = inject(&both, &[]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(stderr(&output), @r#"
error: ./base.yaml:6: Pod p: 2 service accounts `p` are among the files and name different ones as the client id (22222222-2222-2222-2222-222222222222, 33333333-3333-3333-3333-333333333333); choose `client-id`, or inject their files one by one
nothing was written
"#);
    let output = inject(
        &[("dev.yaml", &format!("{POD}---\n{ACCOUNT}")), ("prod.yaml", &format!("{POD}---\n{other}"))],
        &[],
    );
    let text = stdout(&output);
    assert_eq!(text.matches("22222222-2222-2222-2222-222222222222").count(), 2, "{text}");
    assert_eq!(text.matches("33333333-3333-3333-3333-333333333333").count(), 2, "{text}");
}

#[test]
fn the_image_of_the_environment_is_taken_unless_one_is_given() {
    let images = |output: &std::process::Output| {
        let text = stdout(output);
        let lines = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("image: "));
        lines.map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        images(&inject(&[("a.yaml", POD)], &IDENTITY)),
        "registry.example/wisp:2 registry.example/wisp:2 b"
    );
    let given = [["--image", "registry.example/own"].as_slice(), &IDENTITY].concat();
    assert_eq!(images(&inject(&[("a.yaml", POD)], &given)), "registry.example/own registry.example/own b");
    let folder = tempfile::tempdir().unwrap();
    let component = |image: &str, arguments: &[&str]| {
        let mut command = wispctl(folder.path(), &[["component"].as_slice(), arguments, &IDENTITY].concat());
        command.env("WISP_IMAGE", image).output().unwrap()
    };
    let output = component("registry.example/wisp:2", &["--mode", "env"]);
    assert!(
        stdout(&output).contains("--image registry.example/wisp:2"),
        "the command that makes it again: {}",
        stdout(&output)
    );
    let output = component("a b", &[]);
    assert_eq!(output.status.code(), Some(64));
    insta::assert_snapshot!(stderr(&output), @"error: WISP_IMAGE cannot be `a b`: expected the reference of an image");
    assert_eq!(
        component("a b", &["--image", "registry.example/own"])
            .status
            .code(),
        Some(0)
    );
}

#[test]
fn what_concerns_the_choices_is_told_once() {
    let two = format!(
        "{POD}---\n{POD}---\napiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {{name: c}}\nspec: {{jobTemplate: {{spec: {{template: {{spec: {{serviceAccountName: p, containers: [{{name: a}}]}}}}}}}}}}\n"
    );
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), two).unwrap();
    let output = wispctl(folder.path(), &[["inject", "a.yaml"].as_slice(), &IDENTITY].concat())
        .output()
        .unwrap();
    insta::assert_snapshot!(stderr(&output), @r#"
a.yaml:1: Pod p: injected (mode redirect)
a.yaml:11: Pod p: injected (mode redirect)
a.yaml:21: CronJob c: injected (mode redirect)
warning: a.yaml:1: image `wisp:0.1.0` has no registry in its name, and nodes look for it at docker.io/library; unless it is on the nodes already, name yours by `--image`, `wisp/image` or the variable WISP_IMAGE
warning: a.yaml:1: batch/v1beta1 CronJob was served up to Kubernetes 1.24, and native sidecars need 1.29: on such a cluster pods would wait for ever; choose `--sidecar container` for it
3 of 3 pods changed, 0 other documents left as they are
"#);
}
