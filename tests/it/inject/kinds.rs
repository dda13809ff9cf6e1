//! Pods of kinds that others brought into the cluster, and objects that are not to be looked at.

use std::fmt::Write as _;

use super::{IDENTITY, piped, stderr, stdout};

const POD: &str =
    "{metadata: {labels: {app: a}}, spec: {serviceAccountName: a, containers: [{name: a, image: b}]}}";

/// Objects with several pods each, one without, and one of a kind that nobody knows.
fn cluster() -> String {
    let mut text = String::new();
    for (version, kind, labels, spec) in [
        (
            "ray.io/v1",
            "RayCluster",
            "team: red",
            format!(
                "headGroupSpec:\n    template: {POD}\n  workerGroupSpecs:\n  - template: {POD}\n  - template: {POD}"
            ),
        ),
        (
            "sparkoperator.k8s.io/v1beta2",
            "SparkApplication",
            "team: blue",
            format!("driver:\n    template: {POD}\n  executor:\n    template: {POD}"),
        ),
        (
            "argoproj.io/v1alpha1",
            "Rollout",
            "team: blue",
            "workloadRef: {kind: Deployment, name: a}".to_owned(),
        ),
        ("example.com/v1", "Widget", "team: red", format!("parts:\n  - pod: {POD}")),
    ] {
        let _ = write!(
            text,
            "---\napiVersion: {version}\nkind: {kind}\nmetadata:\n  name: x\n  labels: {{{labels}}}\nspec:\n  {spec}\n"
        );
    }
    text
}

fn run(command: &str, more: &[&str], input: &str) -> (i32, String, String) {
    let identity =
        if command == "inject" { [IDENTITY.as_slice(), &["--mode", "manual"]].concat() } else { Vec::new() };
    let output = piped(&[&[command, "-"], identity.as_slice(), more].concat(), input.as_bytes());
    (output.status.code().unwrap(), stdout(&output), stderr(&output))
}

#[test]
fn every_pod_of_a_known_kind_is_injected_and_others_are_pointed_at() {
    let original = cluster();
    let (code, injected, messages) = run("inject", &[], &original);
    assert_eq!(code, 0, "{messages}");
    insta::assert_snapshot!(messages, @r#"
stdin:2: RayCluster x (spec.headGroupSpec.template): injected (mode manual)
stdin:2: RayCluster x (spec.workerGroupSpecs[0].template): injected (mode manual)
stdin:2: RayCluster x (spec.workerGroupSpecs[1].template): injected (mode manual)
stdin:14: SparkApplication x (spec.driver.template): injected (mode manual)
stdin:14: SparkApplication x (spec.executor.template): injected (mode manual)
warning: stdin:2: image `wisp:0.1.0` has no registry in its name, and nodes look for it at docker.io/library; unless it is on the nodes already, name yours by `--image`, `wisp/image` or the variable WISP_IMAGE
warning: stdin:25: Rollout x: wisp is not in it: there is no pod template at `spec.template`, where objects of this kind have theirs
warning: stdin:40: Widget x: wisp is not in the pod template at `spec.parts[*].pod`, because this kind is not known; to have it there, give `--path 'Widget.example.com=spec.parts[*].pod'`
5 of 5 pods changed, 2 other documents left as they are
"#);
    assert_eq!(injected.matches("wisp/injected").count(), 5);
    assert_eq!(run("inject", &[], &injected).1, injected, "twice is once");
    assert_eq!(run("uninject", &[], &injected).1, original, "out again is what it was");

    let path = ["--path", "Widget.example.com=spec.parts[*].pod"];
    let (_, all, messages) = run("inject", &path, &original);
    assert!(!messages.contains("Widget x: wisp is not in"), "{messages}");
    assert_eq!(all.matches("wisp/injected").count(), 6);
    let (code, left, messages) = run("uninject", &[], &all);
    insta::assert_snapshot!(messages.lines().find(|line| line.contains("warning")).unwrap(), @"warning: stdin:40: wisp is in this pod template and stays there, because its kind is not known; to take it out, give `--path 'Widget.example.com=spec.parts[*].pod'`");
    assert_eq!((code, left.matches("wisp/injected").count()), (0, 1));
    assert_eq!(run("uninject", &path, &left).1, original);
}

#[test]
fn objects_are_selected_by_their_labels() {
    let original = cluster();
    let (_, injected, messages) = run("inject", &["-l", "team in (blue)"], &original);
    insta::assert_snapshot!(messages, @r#"
stdin:2: RayCluster x (spec.headGroupSpec.template): skipped (`--selector` does not select it)
stdin:2: RayCluster x (spec.workerGroupSpecs[0].template): skipped (`--selector` does not select it)
stdin:2: RayCluster x (spec.workerGroupSpecs[1].template): skipped (`--selector` does not select it)
stdin:14: SparkApplication x (spec.driver.template): injected (mode manual)
stdin:14: SparkApplication x (spec.executor.template): injected (mode manual)
warning: stdin:14: image `wisp:0.1.0` has no registry in its name, and nodes look for it at docker.io/library; unless it is on the nodes already, name yours by `--image`, `wisp/image` or the variable WISP_IMAGE
warning: stdin:25: Rollout x: wisp is not in it: there is no pod template at `spec.template`, where objects of this kind have theirs
2 of 5 pods changed, 2 other documents left as they are
"#);
    assert_eq!(injected.matches("wisp/injected").count(), 2);
    let (_, out, _) = run("uninject", &["--selector", "team!=blue"], &injected);
    assert_eq!(out, injected);
    assert_eq!(run("uninject", &["--selector", "team=blue"], &injected).1, original);
    let (code, out, messages) = run("inject", &["--selector", "team in blue"], &original);
    assert_eq!((code, out.as_str()), (64, ""));
    insta::assert_snapshot!(messages, @"error: `--selector` cannot be `team in blue`: expected a label selector such as app=orders or `app in (orders,bills)`");
}

/// What a cluster filled in and another version's record are no changes; what is one is named.
#[test]
fn a_change_is_one_for_the_cluster() {
    let injected = run("inject", &[], super::POD).1;
    let read_back = injected
        .replace("cpu: 10m", "cpu: 0.01")
        .replace("\"version\":\"", "\"version\":\"0.0.")
        .replace(
            "terminationMessagePolicy:",
            "terminationMessagePath: /dev/termination-log\n    terminationMessagePolicy:",
        );
    assert_ne!(read_back, injected);
    let (code, again, messages) = run("inject", &["--require-change"], &read_back);
    assert_eq!((code, again), (3, read_back.clone()), "{messages}");
    insta::assert_snapshot!(messages, @"
stdin:1: Pod p: unchanged (mode manual)
warning: stdin:1: image `wisp:0.1.0` has no registry in its name, and nodes look for it at docker.io/library; unless it is on the nodes already, name yours by `--image`, `wisp/image` or the variable WISP_IMAGE
0 of 1 pods changed, 0 other documents left as they are
");
    let (_, _, messages) = run("inject", &["--cpu", "20m"], &injected);
    insta::assert_snapshot!(messages, @"
stdin:1: Pod p: updated (mode manual; changed: metadata.annotations.wisp/injected, spec.initContainers.wisp.resources.limits.cpu, spec.initContainers.wisp.resources.requests.cpu)
warning: stdin:1: image `wisp:0.1.0` has no registry in its name, and nodes look for it at docker.io/library; unless it is on the nodes already, name yours by `--image`, `wisp/image` or the variable WISP_IMAGE
1 of 1 pods changed, 0 other documents left as they are
");
}

/// What is said twice is not said by halves: but for those that are lists, a choice can be made once.
#[test]
fn a_choice_can_be_made_once() {
    let help = String::from_utf8(
        super::wispctl(&super::data(), &["inject", "--help"])
            .output()
            .unwrap()
            .stdout,
    )
    .unwrap();
    let flags = help
        .lines()
        .filter_map(|line| line.trim_start().split_once("--")?.1.split_once(" <"))
        .map(|(name, _)| name)
        .collect::<Vec<_>>();
    assert!(flags.len() > 15, "{help}");
    for flag in flags {
        let flag = format!("--{flag}");
        let value = if flag == "--output" { "text" } else { "1" };
        let twice = [flag.as_str(), value, &flag, value];
        let output = piped(&[&["inject", "-"], twice.as_slice()].concat(), b"");
        let messages = stderr(&output);
        assert_eq!(output.status.code(), Some(64), "{flag}: {messages}");
        let is_list = ["--path", "--set", "--file"].contains(&flag.as_str());
        assert_eq!(messages.contains("cannot be used multiple times"), !is_list, "{messages}");
    }
}
