use serde_json::{Value, json};

use super::{Selector, addition::diff, component};
use crate::operator::{
    inject::{
        Options, additions,
        options::{Mode, Token},
        placeholder,
        settings::{SetBy, SettingFlag},
    },
    manifest::values,
};

const ID: &str = "11111111-1111-1111-1111-111111111111";

fn made(choices: &[(&str, &str)], selector: &str) -> Result<Value, String> {
    let mut options = Options { token: Token::Own, ..Options::default() };
    for (name, value) in choices {
        options.set(name, value).unwrap();
    }
    let text = component(&options, &Selector::parse(selector).unwrap(), "the command")
        .map_err(|errors| errors.join("\n"))?;
    assert!(
        text.lines()
            .filter(|line| !line.contains("wisp/injected"))
            .all(|line| line.len() <= 160 && line.trim_end() == line),
        "{text}"
    );
    let (value, _) = values::read(&text).unwrap();
    assert_eq!(
        (&value["apiVersion"], &value["kind"]),
        (&json!("kustomize.config.k8s.io/v1alpha1"), &json!("Component"))
    );
    Ok(value)
}

/// The objects that are merged into workloads, with what selects these.
fn patches(component: &Value) -> Vec<(Value, Value)> {
    let patches = component["patches"].as_array().unwrap().iter();
    patches
        .map(|patch| (patch["target"].clone(), values::read(patch["patch"].as_str().unwrap()).unwrap().0))
        .collect()
}

fn pod_of(object: &Value) -> &Value {
    let pointers = ["/spec/template", "/spec/jobTemplate/spec/template"];
    pointers
        .iter()
        .find_map(|pointer| object.pointer(pointer))
        .unwrap_or(object)
}

#[test]
fn the_pieces_of_the_model_are_in_every_patch() {
    for mode in Mode::ALL.map(Mode::name) {
        let choices = [("mode", mode), ("config-map", "ids"), ("image", "registry.example/wisp:1")];
        let mut options = Options::default();
        for (name, value) in choices {
            options.set(name, value).unwrap();
        }
        let mut containers = vec![additions::sidecar(&options, true, &json!({}))];
        if mode == "redirect" {
            containers.insert(0, additions::init(&options, &json!({})));
        }
        let component = made(&choices, "").unwrap();
        let workloads: Vec<_> = patches(&component)
            .into_iter()
            .filter(|(target, _)| target["kind"] != "ConfigMap")
            .collect();
        let kinds: Vec<_> = workloads
            .iter()
            .map(|(target, _)| target["kind"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["Pod", "Deployment|ReplicaSet|DaemonSet|StatefulSet|Job", "CronJob"]);
        for (target, object) in workloads {
            assert!(target.get("labelSelector").is_none());
            let pod = pod_of(&object);
            assert_eq!(pod["spec"]["initContainers"], Value::from(containers.clone()), "{mode}");
            assert_eq!(pod["spec"]["volumes"], json!([additions::volume(&options)]));
            let record: Value = serde_json::from_str(
                pod["metadata"]["annotations"]["wisp/injected"]
                    .as_str()
                    .unwrap(),
            )
            .unwrap();
            assert_eq!(record["mode"], mode);
        }
    }
}

#[test]
fn the_selector_is_everywhere() {
    let component = made(&[("mode", "env"), ("config-map", "ids")], "team=a").unwrap();
    for (target, _) in patches(&component) {
        assert_eq!(target["kind"] == "ConfigMap", target["labelSelector"] != "team=a", "{target}");
    }
    for replacement in component["replacements"].as_array().unwrap() {
        for target in replacement["targets"].as_array().unwrap() {
            assert_eq!(target["select"]["labelSelector"], "team=a");
        }
    }
    insta::assert_snapshot!(Selector::parse("a\n").unwrap_err(), @r"cannot be `a\n`: expected a label selector such as wisp/inject=true or `app in (orders,bills)`");
    for fits in ["", "wisp/inject", "app in (orders,bills), tier!=cache", "!legacy"] {
        assert!(Selector::parse(fits).is_ok(), "{fits}");
    }
}

#[test]
fn containers_with_names_need_no_replacements() {
    let choices = [
        ("mode", "http-proxy"),
        ("config-map", "ids"),
        ("containers", "app,worker"),
        ("no-proxy", "10.0.0.0/8"),
    ];
    let component = made(&choices, "").unwrap();
    assert!(component.get("replacements").is_none() && component.get("configMapGenerator").is_none());
    let (_, deployment) = &patches(&component)[1];
    let containers = pod_of(deployment)["spec"]["containers"].as_array().unwrap();
    let names: Vec<_> = containers
        .iter()
        .map(|container| &container["name"])
        .collect();
    assert_eq!(names, ["app", "worker"]);
    for container in containers {
        assert_eq!(container["env"][1]["value"], "localhost,127.0.0.1,::1,.svc,.cluster.local,10.0.0.0/8");
    }
}

#[test]
fn the_shared_token_of_the_webhook_is_asked_for_by_its_label() {
    let component =
        made(&[("token", "webhook"), ("share-token", "true"), ("mode", "http-proxy")], "").unwrap();
    for (_, object) in patches(&component)
        .iter()
        .filter(|(target, _)| target["kind"] != "ConfigMap")
    {
        let pod = pod_of(object);
        assert_eq!(pod["metadata"]["labels"], json!({"azure.workload.identity/use": "true"}));
        assert!(pod["spec"].get("volumes").is_none());
    }
    // A sidecar without variables of its own is to have none, instead of an empty list.
    assert!(
        component["transformers"][1]
            .as_str()
            .unwrap()
            .contains("env: null")
    );
}

#[test]
fn what_needs_a_look_into_the_pod_is_refused() {
    let refused = |choices: &[(&str, &str)]| made(choices, "").unwrap_err();
    insta::assert_snapshot!(refused(&[]), @"
    no client id: give `--client-id`, or `--config-map` with the ConfigMap that has AZURE_CLIENT_ID
    no tenant: give `--tenant-id`, or `--config-map` with the ConfigMap that has AZURE_TENANT_ID
    ");
    insta::assert_snapshot!(refused(&[("client-id", ID), ("config-map", "ids")]), @"the client id is given twice: `client-id` is `11111111-1111-1111-1111-111111111111`, and `config-map` takes AZURE_CLIENT_ID from ConfigMap `ids`; keep one");
    insta::assert_snapshot!(refused(&[("token", "auto")]), @"`--token auto` depends on the labels of each pod; use `--token own` or `--token webhook`, or `wispctl inject`");
    insta::assert_snapshot!(refused(&[("token", "webhook")]), @"`--token webhook` needs the names of the containers that must not get the token, and a component does not know them; use `--token own`, add `--share-token true`, or use `wispctl inject`");
    insta::assert_snapshot!(refused(&[("sidecar", "container"), ("config-map", "ids")]), @"`--sidecar container` depends on the other containers of each pod; use `--sidecar native`, or `wispctl inject`");
    insta::assert_snapshot!(refused(&[("redirect", "lo"), ("config-map", "ids")]), @"`--redirect lo` adds a sysctl to those of each pod; use `--redirect auto`, or `wispctl inject`");
}

#[test]
fn what_the_model_adds_elsewhere_is_refused_too() {
    let messages = |after: Value| {
        diff(&placeholder::pod(&[]), &after, &[])
            .unwrap_err()
            .join("\n")
    };
    let mut after = placeholder::pod(&[]);
    after["spec"]["securityContext"] = json!({"sysctls": []});
    insta::assert_snapshot!(messages(after), @"`securityContext` depends on what else is in each pod; use `wispctl inject`");
    let mut after = placeholder::pod(&[]);
    after["spec"]["containers"] = json!([{"name": "wisp"}, {"name": "app"}]);
    insta::assert_snapshot!(messages(after), @"`containers` depends on what else is in each pod; use `wispctl inject`");
    let mut after = placeholder::pod(&[]);
    after["metadata"] = json!({"annotations": {"default": placeholder::CONTAINER}});
    insta::assert_snapshot!(messages(after), @"annotation `default` depends on what else is in each pod; use `wispctl inject`");
}

#[test]
fn settings_are_in_a_component_too() {
    let mut options = Options { token: Token::Own, ..Options::default() };
    options.set("config-map", "ids").unwrap();
    options.set("mode", "env").unwrap();
    for (flag, name, value) in [
        (SettingFlag::Set, "resources", "https://vault.azure.net"),
        (SettingFlag::File, "ca_file", "configmap/roots/ca.crt"),
    ] {
        options
            .settings
            .set(flag, name, value, SetBy::Flag(flag, name.to_owned()))
            .unwrap();
    }
    let text = component(&options, &Selector::parse("").unwrap(), "the command").unwrap();
    let (value, _) = values::read(&text).unwrap();
    for (_, object) in patches(&value)
        .iter()
        .filter(|(target, _)| target["kind"] != "ConfigMap")
    {
        let spec = &pod_of(object)["spec"];
        assert_eq!(spec["volumes"][1]["name"], "wisp-files");
        let sidecar = &spec["initContainers"][0];
        assert_eq!(sidecar["envFrom"], json!([{"configMapRef": {"name": "ids"}}]));
        assert!(
            sidecar["env"]
                .as_array()
                .unwrap()
                .contains(&json!({"name": "WISP_CA_FILE", "value": "/etc/wisp/ca_file"}))
        );
    }
}
