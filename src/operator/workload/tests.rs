//! Pods of all kinds of objects.

use serde_json::{Value, json};

use super::{Custom, Pods, Selector, Which, known::SERVED, pods, template_path::TemplatePath};
use crate::operator::edit::display;

fn found(document: &Value, custom: &[&str]) -> String {
    let custom: Vec<_> = custom
        .iter()
        .map(|text| Custom::parse(text).unwrap())
        .collect();
    match pods(document, &custom.into()) {
        Ok(Pods { selected: pods, hints, .. }) => {
            let pods = pods
                .iter()
                .map(|pod| format!("{} @{}", pod.object, display(&pod.path)));
            pods.chain(hints.into_iter().map(|hint| hint.text))
                .collect::<Vec<_>>()
                .join("; ")
        }
        Err(error) => error,
    }
}

#[test]
fn pods_are_found_where_their_kind_has_them() {
    let template = json!({"spec": {"containers": []}});
    let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "c", "namespace": "n"},
        "spec": {"jobTemplate": {"spec": {"template": template}}}});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "p-"}, "spec": {}});
    assert_eq!(found(&cron, &[]), "CronJob n/c @spec.jobTemplate.spec.template");
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [cron, {"kind": "Service"}, pod]});
    assert_eq!(found(&list, &[]), "CronJob n/c @items[0].spec.jobTemplate.spec.template; Pod p- @items[2]");
}

#[test]
fn kinds_of_other_groups_are_not_taken_for_ours() {
    let job = json!({"apiVersion": "batch.example.com/v1", "kind": "Job", "spec": {"tasks": []}});
    assert_eq!(found(&job, &[]), "");
    let rollout = json!({"apiVersion": "example.com/v1", "kind": "Rollout", "metadata": {"name": "r"},
        "spec": {"template": {"spec": {}}}});
    assert_eq!(found(&rollout, &[]), "");
    assert_eq!(found(&rollout, &["Rollout=spec.template"]), "Rollout r @spec.template");
    assert_eq!(found(&rollout, &["Rollout.example.com=.spec.template"]), "Rollout r @spec.template");
    assert_eq!(found(&rollout, &["Rollout.argoproj.io=spec.template"]), "");
    insta::assert_snapshot!(found(&rollout, &["Rollout=spec.pod"]), @"Rollout r: there is no pod template with a `spec` at `spec.pod`");
    insta::assert_snapshot!(found(&rollout, &["Rollout=spec.pod", "Rollout=spec.pods[*]"]), @"Rollout r: there is no pod template with a `spec` at `spec.pod` or `spec.pods[*]`");
}

#[test]
fn every_path_of_a_kind_counts() {
    let pod = json!({"spec": {"containers": [{"name": "a"}]}});
    let spark = json!({"apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": "SparkApplication", "metadata": {"name": "s"},
        "spec": {"driver": {"template": pod}, "executor": {"template": pod}}});
    insta::assert_snapshot!(found(&spark, &[]), @"SparkApplication s (spec.driver.template) @spec.driver.template; SparkApplication s (spec.executor.template) @spec.executor.template");
    insta::assert_snapshot!(found(&spark, &["SparkApplication=spec.executor.template"]), @"SparkApplication s @spec.executor.template");
    let both = ["SparkApplication=spec.driver.template", "SparkApplication=spec.executor.template"];
    assert_eq!(found(&spark, &both), found(&spark, &[]));
    assert_eq!(found(&spark, &[both.as_slice(), &both].concat()), found(&spark, &[]), "twice is once");
    insta::assert_snapshot!(found(&spark, &[both[0], "SparkApplication=spec.monitor.template"]), @"SparkApplication s @spec.driver.template; SparkApplication s: there is no pod template at `spec.monitor.template`");
    let ray = json!({"apiVersion": "ray.io/v1", "kind": "RayCluster", "metadata": {"name": "r"},
        "spec": {"headGroupSpec": {"template": pod}, "workerGroupSpecs": [{"template": pod}, {"template": pod}]}});
    insta::assert_snapshot!(found(&ray, &[]), @"RayCluster r (spec.headGroupSpec.template) @spec.headGroupSpec.template; RayCluster r (spec.workerGroupSpecs[0].template) @spec.workerGroupSpecs[0].template; RayCluster r (spec.workerGroupSpecs[1].template) @spec.workerGroupSpecs[1].template");
    let torch = json!({"apiVersion": "kubeflow.org/v1", "kind": "PyTorchJob", "metadata": {"name": "t"},
        "spec": {"pytorchReplicaSpecs": {"Master": {"template": pod}, "Worker": {"template": pod}}}});
    insta::assert_snapshot!(found(&torch, &[]), @"PyTorchJob t (spec.pytorchReplicaSpecs.Master.template) @spec.pytorchReplicaSpecs.Master.template; PyTorchJob t (spec.pytorchReplicaSpecs.Worker.template) @spec.pytorchReplicaSpecs.Worker.template");
}

#[test]
fn pods_of_unknown_kinds_are_pointed_at() {
    let pod = json!({"spec": {"containers": [{"name": "a"}]}});
    let widget = json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"},
        "spec": {"parts": [{"pod": pod}, {"pod": pod}], "predictor": {"containers": [{"name": "a", "image": "b"}]}}});
    let hints = found(&widget, &[]);
    insta::assert_snapshot!(hints, @"Widget w: wisp is not in the pod template at `spec.parts[*].pod`, because this kind is not known; to have it there, give `--path 'Widget.example.com=spec.parts[*].pod'`; Widget w: wisp is not beside the containers at `spec.predictor`, which are not a pod template with `metadata` and `spec`");
    let template_path = hints
        .split_once("--path '")
        .unwrap()
        .1
        .split_once('\'')
        .unwrap()
        .0;
    assert_eq!(
        found(&widget, &[template_path]),
        "Widget w (spec.parts[0].pod) @spec.parts[0].pod; Widget w (spec.parts[1].pod) @spec.parts[1].pod"
    );
    let rollout = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "r"},
        "spec": {"workloadRef": {"name": "orders"}}});
    insta::assert_snapshot!(found(&rollout, &[]), @"Rollout r: wisp is not in it: there is no pod template at `spec.template`, where objects of this kind have theirs");
    let knative = json!({"apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": {"name": "k"},
        "spec": {"template": pod}});
    insta::assert_snapshot!(found(&knative, &[]), @"Service k: wisp is not in it: Knative allows neither lifecycle hooks nor native sidecars in what it makes pods from");
    for silent in [
        json!({"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"name": "a"}]}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"spec": "containers: [{name: a}]"}}),
        json!({"apiVersion": "example.com/v1", "kind": "Scan", "status": {"template": pod}}),
        json!({"apiVersion": "example.com/v1", "kind": "Scan", "spec": {"containers": ["a", "b"]}}),
        json!({"template": pod}),
    ] {
        assert_eq!(found(&silent, &[]), "", "{silent}");
    }
}

#[test]
fn the_table_of_kinds_is_sound() {
    for known in SERVED {
        assert!(
            known
                .template_paths
                .iter()
                .all(|template_path| TemplatePath::parse(template_path).is_some()),
            "{}",
            known.name
        );
        let twins = SERVED
            .iter()
            .filter(|other| (other.name, other.group) == (known.name, known.group));
        assert_eq!(twins.count(), 1, "{}", known.name);
        let rows = include_str!("../../../docs/inject.md").lines();
        let row = rows
            .filter(|row| row.starts_with(&format!("| `{}` |", known.group)))
            .any(|row| row.split([' ', ',', ':']).any(|word| word == known.name));
        assert!(row || known.group.is_empty(), "{} is not in the page", known.name);
    }
}

#[test]
fn objects_are_selected_by_their_own_labels() {
    let pod = |name: &str| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}}, "spec": {}});
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [pod("a"), pod("b")]});
    let which = Which { custom: Vec::new(), selector: Selector::parse("app=b") };
    let Pods { selected: pods, others, .. } = pods(&list, &which).unwrap();
    assert_eq!((pods.len(), pods[0].object.as_str()), (1, "Pod b"));
    assert_eq!((others.len(), others[0].object.as_str()), (1, "Pod a"));
}

#[test]
fn paths_are_checked() {
    insta::assert_snapshot!(Custom::parse("Rollout").unwrap_err(), @"`Rollout`: expected KIND=PATH or KIND.GROUP=PATH, such as Rollout.argoproj.io=spec.template; in PATH, `key[*]` is each item of a list and `*` each key of a mapping");
    for wrong in ["=a", "A=a..b", "A=", "A=a[0]"] {
        assert!(Custom::parse(wrong).is_err(), "{wrong}");
    }
}
