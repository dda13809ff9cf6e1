//! Audits, inventories and reviews: those in `tests/identity/cases`, those of clusters that are not reached, and of large ones.

use std::{fmt::Write as _, fs, path::Path, time::Duration};

use tokio::time::Instant;

use super::{command_in, run};

#[test]
fn a_cluster_that_is_not_reached_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let end = |arguments| {
        let end = run(folder.path(), arguments);
        let lines = end
            .lines()
            .filter(|line| !line.starts_with("not checked: "));
        lines.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(end("audit --kubeconfig none"), @"
    64
    error: cannot read none, which should have a kubeconfig: No such file or directory (os error 2)
    ");
    insta::assert_snapshot!(end("review --in-cluster"), @"
    64
    error: no API server is known: KUBERNETES_SERVICE_HOST is not set, so this is no pod; give `--kubeconfig FILE`
    ");
    insta::assert_snapshot!(end("inventory"), @"
    64
    error: the following required arguments were not provided:
      <FILE>...

    Usage: wispctl identity inventory <FILE>...

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(end("inventory --namespace shop dump.json"), @"
    64
    error: `--namespace` is for a cluster (`--kubeconfig` or `--in-cluster`); files are read as they are
    ");
}

/// Folders of `tests/identity/cases`: what each command writes on standard output, and in `messages` how it ends.
#[test]
fn every_case_is_what_is_on_record() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/identity/cases");
    let mut count = 0;
    for entry in fs::read_dir(cases).unwrap() {
        let folder = entry.unwrap().path();
        count += 1;
        let arguments = fs::read_to_string(folder.join("arguments")).unwrap();
        let mut ends = String::new();
        for (command, file) in COMMANDS {
            let output = command_in(&folder, &format!("{command} {}", arguments.trim()))
                .output()
                .unwrap();
            let text = |bytes| String::from_utf8(bytes).unwrap();
            let (found, messages) = (text(output.stdout), text(output.stderr));
            let expected = fs::read_to_string(folder.join(file)).unwrap_or_default();
            assert_eq!(found, expected, "{}, {command}", folder.display());
            let end = format!("{command}: exit code {}\n{messages}", output.status.code().unwrap());
            assert!(!(found + &end).contains("marked"), "{}: a value of a secret", folder.display());
            ends.push_str(&end);
        }
        let expected = fs::read_to_string(folder.join("messages")).unwrap_or_default();
        assert_eq!(ends, expected, "{}", folder.display());
    }
    assert!(count >= 2, "only {count} cases were found");
}

/// The commands, and the files with what is expected of each.
const COMMANDS: [(&str, &str); 8] = [
    ("audit", "audit.txt"),
    ("audit --output json", "audit.json"),
    ("inventory", "inventory.txt"),
    ("inventory --output json", "inventory.json"),
    ("inventory --output markdown", "inventory.md"),
    ("review", "review.txt"),
    ("review --output json", "review.json"),
    ("review --output markdown", "review.md"),
];

/// As many service accounts, identities and workloads as a large platform has.
#[test]
fn large_clusters_are_reviewed_in_time() {
    const COUNT: usize = 5000;
    let folder = tempfile::tempdir().unwrap();
    let (mut cluster, mut azure) = (String::new(), String::new());
    let ids = "/subscriptions/33333333-3333-3333-3333-333333333333/resourcegroups/app/providers/Microsoft.ManagedIdentity/userAssignedIdentities";
    for number in 0..COUNT {
        let namespace = number / 10;
        let id = format!("00000000-0000-0000-0000-{number:012}");
        let _ = write!(
            cluster,
            r#"{{"apiVersion":"v1","kind":"ServiceAccount","metadata":{{"namespace":"n{namespace}","name":"a{number}","annotations":{{"azure.workload.identity/client-id":"{id}"}}}}}}
{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"namespace":"n{namespace}","name":"a{number}"}},"spec":{{"template":{{"metadata":{{"labels":{{"wisp/inject":"true"}}}},"spec":{{"serviceAccountName":"a{number}","containers":[]}}}}}}}}
"#
        );
        let _ = write!(
            azure,
            r#"{{"id":"{ids}/i{number:05}","clientId":"{id}","principalId":"p{number}"}}
{{"id":"{ids}/i{number:05}/federatedIdentityCredentials/c{number}","name":"c{number}","issuer":"https://oidc.example/","subject":"system:serviceaccount:n{namespace}:a{number}","audiences":["api://AzureADTokenExchange"]}}
"#
        );
    }
    fs::write(folder.path().join("cluster.json"), cluster).unwrap();
    fs::write(folder.path().join("azure.json"), azure).unwrap();
    for command in ["audit", "inventory", "review"] {
        let start = Instant::now();
        let end = run(folder.path(), &format!("{command} cluster.json azure.json"));
        assert!(end.contains("5000"), "{command}: {}", end.lines().take(3).collect::<Vec<_>>().join("\n"));
        assert!(start.elapsed() < Duration::from_secs(60), "{command} took {:?}", start.elapsed());
    }
}
