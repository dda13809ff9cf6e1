//! What people change in the injected parts.

use serde_json::{Value, json};

use super::{options, template};
use crate::operator::edit;
use crate::operator::inject::{Decision, Options, hand_edits, inject, surroundings::Beside, uninject};

fn injected(options: &Options) -> Value {
    again(&template(&json!({}), &json!({})), options)
}

/// `pod` with wisp in it as `options` say, whether it was in before or not.
fn again(pod: &Value, options: &Options) -> Value {
    let mut pod = without(pod);
    let Ok(Decision::Inject(plan)) = inject(&pod, options, Beside::default(), &|_| None) else {
        panic!("refused")
    };
    edit::apply(&mut pod, &plan.edits).unwrap();
    pod
}

fn without(pod: &Value) -> Value {
    let mut pod = pod.clone();
    if let Some(undo) = uninject(&pod).unwrap() {
        edit::apply(&mut pod, &undo).unwrap();
    }
    pod
}

fn messages(before: &Value, after: &Value) -> String {
    let edits = hand_edits(before, after);
    let texts: Vec<_> = edits
        .into_iter()
        .map(|edit| format!("{}: {}", edit::display(&edit.diagnostic.at), edit.diagnostic.text))
        .collect();
    texts.join("\n")
}

fn pod(change: impl Fn(&mut Value)) -> Value {
    let mut pod = injected(&options(&[]));
    change(&mut pod);
    pod
}

#[test]
fn each_edit_is_named_with_its_value() {
    let edited = pod(|pod| {
        let wisp = &mut pod["spec"]["initContainers"][1];
        wisp["env"]
            .as_array_mut()
            .unwrap()
            .push(json!({"name": "WISP_RESOURCES", "value": "https://vault.azure.net"}));
        wisp["env"][1]["value"] = json!("fabrikam.com");
        wisp["lifecycle"] = json!({"preStop": {"exec": {"command": ["/wisp", "x"]}}});
        wisp["resources"]["limits"]["memory"] = json!("64Mi");
        wisp["image"] = json!("registry.example/wisp:9");
        wisp["imagePullPolicy"] = json!("Always");
        wisp.as_object_mut().unwrap().remove("livenessProbe");
        pod["spec"]["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"]["expirationSeconds"] =
            json!(7200);
    });
    insta::assert_snapshot!(messages(&edited, &again(&edited, &options(&[("mode", "env")]))), @r#"
spec.initContainers[1].env[1].value: `env[AZURE_TENANT_ID].value` of container `wisp` was set to `"fabrikam.com"` by hand, which would be lost
spec.initContainers[1].env[3]: `env[WISP_RESOURCES]` of container `wisp` was set to `{"name":"WISP_RESOURCES","value":"https://vault.azure.net"}` by hand, which would be lost
spec.initContainers[1].image: `image` of container `wisp` was set to `"registry.example/wisp:9"` by hand, which would be lost
spec.initContainers[1].imagePullPolicy: `imagePullPolicy` of container `wisp` was set to `"Always"` by hand, which would be lost
spec.initContainers[1].lifecycle.preStop: `lifecycle.preStop` of container `wisp` was set to `{"exec":{"command":["/wisp","x"]}}` by hand, which would be lost
spec.initContainers[1].resources.limits.memory: `resources.limits.memory` of container `wisp` was set to `"64Mi"` by hand, which would be lost
spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: `projected.sources[0].serviceAccountToken.expirationSeconds` of volume `wisp-token` was set to `7200` by hand, which would be lost
spec.initContainers[1]: `lifecycle.postStart` of container `wisp` was removed by hand, and would come back
spec.initContainers[1]: `livenessProbe` of container `wisp` was removed by hand, and would come back
"#);
    insta::assert_snapshot!(messages(&edited, &without(&edited)), @r#"
spec.initContainers[1].env[1].value: `env[AZURE_TENANT_ID].value` of container `wisp` was set to `"fabrikam.com"` by hand, which would be lost
spec.initContainers[1].env[3]: `env[WISP_RESOURCES]` of container `wisp` was set to `{"name":"WISP_RESOURCES","value":"https://vault.azure.net"}` by hand, which would be lost
spec.initContainers[1].image: `image` of container `wisp` was set to `"registry.example/wisp:9"` by hand, which would be lost
spec.initContainers[1].imagePullPolicy: `imagePullPolicy` of container `wisp` was set to `"Always"` by hand, which would be lost
spec.initContainers[1].lifecycle: `lifecycle` of container `wisp` was set to `{"preStop":{"exec":{"command":["/wisp","x"]}}}` by hand, which would be lost
spec.initContainers[1].resources.limits: `resources.limits` of container `wisp` was set to `{"memory":"64Mi"}` by hand, which would be lost
spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: `projected.sources[0].serviceAccountToken.expirationSeconds` of volume `wisp-token` was set to `7200` by hand, which would be lost
"#);
}

#[test]
fn what_the_new_choices_say_is_not_lost() {
    let edited = pod(|pod| {
        pod["spec"]["initContainers"][1]["image"] = json!("registry.example/wisp:9");
        pod["spec"]["initContainers"][0]["image"] = json!("registry.example/wisp:9");
    });
    assert_eq!(messages(&edited, &again(&edited, &options(&[("image", "registry.example/wisp:9")]))), "");
    assert_ne!(messages(&edited, &again(&edited, &options(&[]))), "");
}

#[test]
fn other_choices_are_no_edits() {
    let all = [
        options(&[]),
        options(&[("mode", "env"), ("sidecar", "container"), ("cpu", "1"), ("memory", "1Gi")]),
        options(&[("token", "webhook"), ("mode", "http-proxy"), ("token-port", "5254")]),
        options(&[("redirect", "lo"), ("token-lifetime", "600"), ("settings-from", "secret/a")]),
    ];
    for first in &all {
        let before = injected(first);
        assert_eq!(messages(&before, &without(&before)), "");
        for second in &all {
            assert_eq!(messages(&before, &again(&before, second)), "");
        }
    }
}

#[test]
fn a_container_that_was_taken_out_would_be_back() {
    let edited = pod(|pod| {
        let list = pod["spec"]["initContainers"].as_array_mut().unwrap();
        list.remove(0);
    });
    insta::assert_snapshot!(messages(&edited, &again(&edited, &options(&[("image", "wisp:9")]))), @"spec: container `wisp-init` was removed by hand, and would come back");
    assert_eq!(messages(&edited, &again(&edited, &options(&[("mode", "env")]))), "");
}

/// As `kubectl get pod -o yaml` has it, where the workload identity webhook was at work as well.
#[test]
fn what_a_cluster_fills_in_is_no_edit() {
    let filled = |choices: &[(&str, &str)]| {
        let mut pod = injected(&options(choices));
        for list in ["initContainers", "containers"] {
            for container in pod["spec"][list].as_array_mut().into_iter().flatten() {
                fill(container);
            }
        }
        for volume in pod["spec"]["volumes"].as_array_mut().into_iter().flatten() {
            volume["projected"]["defaultMode"] = json!(420);
        }
        pod
    };
    for choices in [
        [("mode", "redirect"), ("image", "registry.example:5000/wisp")],
        [("mode", "env"), ("image", "wisp@sha256:00")],
        [("cpu", "1000m"), ("image", "wisp:1")],
    ] {
        let pod = filled(&choices);
        assert_eq!(messages(&pod, &without(&pod)), "", "{choices:?}");
        assert_eq!(messages(&pod, &again(&pod, &options(&[("image", "wisp:9")]))), "", "{choices:?}");
    }
    let mut pulled = filled(&[("image", "wisp:1")]);
    pulled["spec"]["initContainers"][1]["imagePullPolicy"] = json!("Always");
    assert!(
        messages(&pulled, &without(&pulled))
            .contains("`imagePullPolicy` of container `wisp` was set to `\"Always\"`")
    );
    let mut named = filled(&[("mode", "manual")]);
    named["spec"]["initContainers"][0]["env"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "AZURE_AUTHORITY_HOST", "value": "https://x.example"}));
    assert_eq!(messages(&named, &without(&named)), "", "the webhook sets that");
    named["spec"]["initContainers"][0]["volumeMounts"]
        .as_array_mut()
        .unwrap()
        .truncate(1);
    assert!(
        messages(&named, &without(&named)).contains("AZURE_AUTHORITY_HOST"),
        "without the webhook a person did"
    );
}

fn fill(container: &mut Value) {
    let image = container["image"].as_str().unwrap_or("app").to_owned();
    let tagged = image.contains("wisp:") || image.contains('@');
    container["imagePullPolicy"] = json!(if tagged { "IfNotPresent" } else { "Always" });
    container["terminationMessagePath"] = json!("/dev/termination-log");
    container["terminationMessagePolicy"] = json!("File");
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        if container.get(probe).is_some() {
            container[probe]["timeoutSeconds"] = json!(1);
            container[probe]["successThreshold"] = json!(1);
        }
    }
    for variable in container
        .get_mut("env")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Some(field) = variable.pointer_mut("/valueFrom/fieldRef") {
            field["apiVersion"] = json!("v1");
        }
    }
    for amounts in ["requests", "limits"] {
        if container.pointer(&format!("/resources/{amounts}/cpu")) == Some(&json!("1000m")) {
            container["resources"][amounts]["cpu"] = json!("1");
        }
    }
    if container.get("resources").is_some() {
        container["resizePolicy"] = json!([
            {"resourceName": "cpu", "restartPolicy": "NotRequired"}, {"resourceName": "memory", "restartPolicy": "NotRequired"}]);
    }
    let mounts = [
        json!({"name": "kube-api-access-x2x2x", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true}),
        json!({"name": "azure-identity-token", "mountPath": "/var/run/secrets/azure/tokens", "readOnly": true}),
    ];
    let list = container
        .as_object_mut()
        .unwrap()
        .entry("volumeMounts")
        .or_insert(json!([]));
    list.as_array_mut().unwrap().extend(mounts);
}

#[test]
fn a_record_without_a_digest_is_told() {
    let mut pod = injected(&options(&[]));
    let record = pod["metadata"]["annotations"]["wisp/injected"]
        .as_str()
        .unwrap();
    let mut record: Value = serde_json::from_str(record).unwrap();
    record.as_object_mut().unwrap().remove("written");
    pod["metadata"]["annotations"]["wisp/injected"] = json!(record.to_string());
    insta::assert_snapshot!(messages(&pod, &without(&pod)), @"metadata.annotations.wisp/injected: wisp 0.1.0 wrote this pod and kept no record of what it wrote, so wispctl cannot tell which edits were made by hand since");
}
