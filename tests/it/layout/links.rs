//! What is linked into `wisp`.

use std::{collections::BTreeSet, process::Command};

#[test]
fn wisp_links_nothing_that_only_wispctl_needs() {
    let lean = dependencies(&["--no-default-features", "--features", "ring"]);
    let full = dependencies(&[]);
    assert!(lean.contains("hyper") && lean.contains("rustls"), "{lean:?}");
    for only_wispctl in [
        "rcgen",
        "rsa",
        "time",
        "rand_core",
        "serde-saphyr",
        "granit-parser",
        "anstream",
        "clap_mangen",
        "strsim",
    ] {
        assert!(full.contains(only_wispctl), "wispctl no longer needs {only_wispctl}: take it off this list");
    }
    let never = [
        "anstream",
        "clap_complete",
        "clap_mangen",
        "strsim",
        "rcgen",
        "rsa",
        "serde-saphyr",
        "granit-parser",
        "yaml-edit",
        "num-bigint-dig",
        "kube",
        "k8s-openapi",
        "aws-lc-rs",
        "openssl",
        "native-tls",
        "axum",
        "h2",
    ];
    let linked: Vec<_> = never.iter().filter(|name| lean.contains(**name)).collect();
    assert!(linked.is_empty(), "wisp links {linked:?}");
}

/// The names of the crates that are linked with these features.
fn dependencies(features: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}
