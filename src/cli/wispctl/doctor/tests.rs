//! Dumps on standard input, and wrong arguments.

use super::{Env, Exit, Outcome, Style, arguments, run};

/// A pod with the label, of an account that is there, and nothing else.
const DUMP: &str = r#"{"kind":"List","apiVersion":"v1","items":[
    {"kind":"ServiceAccount","apiVersion":"v1","metadata":{"name":"default","namespace":"shop"}},
    {"kind":"ServiceAccount","apiVersion":"v1","metadata":{"name":"cart","namespace":"shop"}},
    {"kind":"Pod","apiVersion":"v1","metadata":{"name":"cart","namespace":"shop","labels":{"azure.workload.identity/use":"true"}},
     "spec":{"serviceAccountName":"cart","containers":[{"name":"app"}]},"status":{"phase":"Running"}}]}"#;

fn given(words: &[&str], env: &[(&str, &str)]) -> Outcome {
    let matches = arguments()
        .try_get_matches_from(["doctor"].iter().chain(words))
        .unwrap();
    let env: Env = env.iter().copied().collect();
    run(&matches, &env, DUMP.as_bytes(), Style::default()).unwrap_or_else(Outcome::from)
}

#[test]
fn a_dump_is_looked_at() {
    let found = given(&["pod/cart", "-", "--only", "client-id,account"], &[]);
    insta::assert_snapshot!(found.output, @"
    manifest
    --------
    ✓ the service account exists in the namespace: shop/cart
    ✗ an identity is named
        service account shop/cart has no annotation azure.workload.identity/client-id
        fix: annotate the service account: azure.workload.identity/client-id: CLIENT_ID, then restart the pods.
        see: docs/doctor.md#client-id

    failed 1, warnings 0, passed 1, not checked 0
    ");
    assert_eq!((found.exit, found.messages.as_str()), (Exit::Failure, ""));
    let well = given(&["-", "--only=account", "--output=json"], &[]);
    assert_eq!(well.exit, Exit::Success);
    assert!(well.output.contains(r#""success": true"#), "{}", well.output);
}

#[test]
fn wrong_arguments_are_named() {
    let wrong = [
        given(&["-", "--only=pod-labels"], &[]),
        given(&["pod/a", "pod/b", "-"], &[]),
        given(&["-", "--wait=1m"], &[]),
        given(&["deploymnet/orders", "-"], &[]),
        given(&["service/orders", "-"], &[]),
        given(&["deployment", "orders"], &[]),
        given(&[], &[]),
        given(&[], &[("KUBECONFIG", "a:b")]),
        given(&["--context=x"], &[]),
        given(&["pod/a", "--kubeconfig=/nowhere/config"], &[]),
    ];
    assert!(wrong.iter().all(|outcome| outcome.exit == Exit::Usage), "{wrong:#?}");
    insta::assert_snapshot!(wrong.map(|outcome| outcome.messages).concat(), @"
error: `pod-labels` is neither the id of a check nor a category; docs/doctor.md has them
error: `pod/b` is a second workload; name one, or a namespace by `--namespace`
error: `--wait` is for a cluster; files stay as they are
error: `deploymnet/orders` is no file, and `deploymnet` no kind; did you mean `deployment/orders`?
error: `service/orders` is no file, and `service` no kind with pods of its own; the kinds are cronjob, daemonset, deployment, job, pod, replicaset, replicationcontroller, statefulset
error: `deployment` is a kind; write deployment/NAME
error: no API server is known: KUBERNETES_SERVICE_HOST is not set, so this is no pod; give `--kubeconfig FILE`
error: KUBECONFIG names several files, which are not put together here; name one by `--kubeconfig`
error: `--context` needs a kubeconfig; name it by `--kubeconfig`
error: cannot read /nowhere/config, which should have a kubeconfig: No such file or directory (os error 2)
");
}

#[test]
fn kinds_are_taken_as_kubectl_prints_them() {
    for word in ["pod/cart", "Pod/cart", "po/cart"] {
        assert_eq!(given(&[word, "-", "--only=account"], &[]).exit, Exit::Success, "{word}");
    }
    let found = given(&["deployment.apps/cart", "-", "--only=workload"], &[]);
    assert!(found.output.contains("there is no Deployment cart"), "{found:?}");
}

#[test]
fn files_that_are_not_there_are_failures() {
    let found = given(&["/nowhere/dump.json", "--only=readable"], &[]);
    assert_eq!(found.exit, Exit::Failure);
    assert!(
        found
            .output
            .contains("/nowhere/dump.json: cannot be opened"),
        "{}",
        found.output
    );
}
