//! What the steps of a migration are given: nothing, half of a file, or what another program wrote by mistake.

use std::{fs, path::Path};

use super::{data, inventory, step};
use crate::kit::run::run;

fn put(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    fs::write(folder.join(name), content).unwrap();
}

/// A dump that failed is an empty file, and no cluster without workloads.
#[test]
fn an_empty_file_is_no_empty_cluster() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "empty.yaml", "\n");
    put(folder.path(), "none.yaml", "apiVersion: v1\nitems: []\nkind: List\n");
    put(folder.path(), "none.json", "[]\n");
    fs::create_dir(folder.path().join("deploy")).unwrap();
    put(folder.path(), "deploy/nothing.yaml", "");
    let ran = inventory(folder.path(), &["none.yaml", "none.json", "deploy"]);
    assert_eq!((ran.code, ran.messages.as_str()), (0, ""));
    for arguments in [["empty.yaml"], ["-"]] {
        let ran = inventory(folder.path(), &arguments);
        assert_eq!(ran.code, 1, "{arguments:?}");
        let (_, shown) = ran.output.split_once("\nNot read\n").unwrap();
        insta::allow_duplicates! {
            insta::assert_snapshot!(
                shown.replace("empty.yaml", "FILE").replace("stdin", "FILE"),
                @"- FILE: there is nothing in it: the command that was to write it has failed, or wrote elsewhere; run it again and look"
            );
        }
    }
}

/// What is in a file that cannot be edited is not said to be written in it.
#[test]
fn what_is_in_half_a_file_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = fs::read(data().join("example/orders.yaml")).unwrap();
    put(folder.path(), "orders.yaml", [&manifest[..], b"---\n\xff\xfe\n"].concat());
    let given = [
        "--output-dir",
        "out",
        "--issuer",
        "https://issuer.example/",
        "--tenant",
        "contoso.com",
        "orders.yaml",
    ];
    let ran = run(&mut step("write", folder.path(), &given));
    assert_eq!(ran.code, 1);
    let (first, _) = ran.messages.split_once('\n').unwrap();
    insta::assert_snapshot!(first, @"error: not written: Deployment shop/orders: orders.yaml, which it is in, cannot be read to its end");
    let page = fs::read_to_string(folder.path().join("out/README.md")).unwrap();
    assert!(!page.contains("| `orders.yaml` |"), "{page}");
}

/// Manifests that no cluster would take are told, whatever kind of mistake hides them.
#[test]
fn nothing_malformed_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let documents = [
        "metadata: {namespace: shop}",
        "metadata: {name: 123, namespace: shop}",
        "metadata: {name: number, namespace: shop}",
        "metadata: {name: placeholder, namespace: \"${NAMESPACE}\"}",
        "metadata: {name: nowhere}",
    ];
    for (number, metadata) in documents.iter().enumerate() {
        let label = if metadata.contains("number") { "17" } else { "orders" };
        let pods = format!(
            "{{metadata: {{labels: {{aadpodidbinding: {label}}}}}, spec: {{containers: [{{name: app, image: app:1}}]}}}}"
        );
        let text = format!("apiVersion: apps/v1\nkind: Deployment\n{metadata}\nspec: {{template: {pods}}}\n");
        put(folder.path(), &format!("{number}.yaml"), text);
    }
    put(folder.path(), "orders.yaml", fs::read(data().join("example/orders.yaml")).unwrap());
    let azure = r#"{"name": "aks", "oidcIssuerProfile": {"issuerUrl": "http://issuer.example/$(id)"}, "identity": {"tenantId": "contoso.com"}}"#;
    put(folder.path(), "aks.json", azure);
    let ran = run(&mut step("plan", folder.path(), &["."]));
    assert_eq!(ran.code, 1);
    let shown: Vec<_> = ran
        .output
        .split("\n\n")
        .filter(|section| section.starts_with("Decisions") || section.starts_with("Not read"))
        .collect();
    insta::assert_snapshot!(shown.join("\n\n"), @"
    Decisions needed
    - the cluster: Who signs its tokens? Give what `az aks show` prints as a further file, or the issuer.
    - Deployment nowhere: In which namespace is what names none? (its namespace is not known)
    - Deployment ${NAMESPACE}/placeholder: What becomes of it? Render or rename it, and plan again, or `road: leave`. (its namespace is `${NAMESPACE}`, and clusters take up to 63 lower-case letters, digits and `-`)

    Not read
    - ./0.yaml:1: Deployment has no name in `metadata`, or one that is no text
    - ./1.yaml:1: Deployment has no name in `metadata`, or one that is no text
    - ./2.yaml:1: Deployment shop/number has 17 as label `aadpodidbinding`, which is no text, so clusters refuse it; put it in quotes
    - ./aks.json:1: the issuer of cluster `aks` must begin with https://, for Entra reads its keys over TLS
    ");
    // No credential has a subject without a namespace.
    let ran = run(&mut step("plan", folder.path(), &[".", "--output", "json"]));
    assert!(!ran.output.contains("system:serviceaccount::"), "{}", ran.output);
}
