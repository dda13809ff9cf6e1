//! Commands on a live cluster, as far as they go without one.

use super::step;
use crate::kit::run::{Ran, run};

/// The commands, with what each needs.
const COMMANDS: [(&str, &[&str]); 4] = [
    ("apply", &["--to", "prepared", "--yes"]),
    ("status", &[]),
    ("rollback", &["--to", "prepared", "--yes"]),
    ("cleanup", &["--yes"]),
];

/// A kubeconfig whose API server nobody is.
const NOBODY: &str = "\
apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: https://127.0.0.1:1, certificate-authority: ca.crt}}]
users: [{name: u, user: {token: t}}]
";

fn commands(arguments: &[&str]) -> Vec<Ran> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kubeconfig"), NOBODY).unwrap();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(folder.path().join("ca.crt"), made.cert.pem()).unwrap();
    let all = COMMANDS
        .iter()
        .map(|(name, more)| run(&mut step(name, folder.path(), &[more, arguments].concat())));
    all.collect()
}

#[test]
fn a_kubeconfig_that_is_missing_is_named() {
    let all = commands(&["--kubeconfig", "missing"]);
    assert!(
        all.iter()
            .all(|ran| ran.code == 64 && ran.output.is_empty())
    );
    let mut messages: Vec<_> = all.into_iter().map(|ran| ran.messages).collect();
    messages.dedup();
    insta::assert_snapshot!(messages.join("\n"), @r"error: cannot read missing, which should have a kubeconfig: No such file or directory (os error 2)");
}

#[test]
fn an_api_server_that_is_nobody_is_named() {
    for ran in commands(&["--kubeconfig", "kubeconfig", "--audience", "AzureUSGovernment"]) {
        assert_eq!(ran.code, 1, "{}", ran.messages);
        assert!(
            format!("{}{}", ran.output, ran.messages).contains("cannot reach the API server"),
            "{}",
            ran.messages
        );
    }
}
