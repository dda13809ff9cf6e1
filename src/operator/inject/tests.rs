use serde_json::{Value, json};

use super::{Decision, Options, edit, inject, uninject};

const ID: &str = "11111111-1111-1111-1111-111111111111";

fn options(choices: &[(&str, &str)]) -> Options {
    let mut options = Options::default();
    for (name, value) in [("client-id", ID), ("tenant-id", "contoso.com")]
        .iter()
        .chain(choices)
    {
        options.set(name, value).unwrap();
    }
    options
}

fn template(spec: &Value, metadata: &Value) -> Value {
    let mut all = json!({"containers": [{"name": "app"}], "serviceAccountName": "app"});
    for (key, value) in spec.as_object().unwrap() {
        all[key] = value.clone();
    }
    json!({"metadata": metadata, "spec": all})
}

/// What comes of it: the problems, or the warnings and the edited template.
fn outcome(template: &Value, options: &Options) -> Result<(Vec<String>, Value), String> {
    match inject(template, options, &|_| None) {
        Ok(Decision::Inject(plan)) => {
            let mut edited = template.clone();
            edit::apply(&mut edited, &plan.edits).unwrap();
            let undo = uninject(&edited).unwrap().unwrap();
            let mut undone = edited.clone();
            edit::apply(&mut undone, &undo).unwrap();
            assert_eq!(&undone, template, "out again is what it was");
            Ok((
                plan.warnings
                    .into_iter()
                    .map(|warning| warning.text)
                    .collect(),
                edited,
            ))
        }
        Ok(Decision::Skip(reason)) => Err(format!("skipped: {reason}")),
        Err(problems) => {
            let texts: Vec<_> = problems
                .into_iter()
                .map(|problem| format!("{}: {}", edit::spelt(&problem.at), problem.text))
                .collect();
            Err(texts.join("\n"))
        }
    }
}

fn refused(spec: &Value, metadata: &Value, choices: &[(&str, &str)]) -> String {
    outcome(&template(spec, metadata), &options(choices)).unwrap_err()
}

fn accepted(spec: &Value, metadata: &Value, choices: &[(&str, &str)]) -> (String, Value) {
    let (warnings, edited) = outcome(&template(spec, metadata), &options(choices)).unwrap();
    (warnings.join("\n"), edited)
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect()
}

#[test]
fn order_is_ours_first() {
    let spec = json!({"initContainers": [{"name": "migrate"}]});
    let (_, edited) = accepted(&spec, &json!({}), &[]);
    assert_eq!(names(&edited["spec"]["initContainers"]), ["wisp-init", "wisp", "migrate"]);
    assert_eq!(edited["spec"]["initContainers"][1]["restartPolicy"], "Always");
    let (warnings, edited) = accepted(&spec, &json!({}), &[("sidecar", "container")]);
    assert_eq!(names(&edited["spec"]["initContainers"]), ["wisp-init", "migrate"]);
    assert_eq!(names(&edited["spec"]["containers"]), ["wisp", "app"]);
    assert_eq!(edited["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"], "app");
    insta::assert_snapshot!(warnings, @"init containers run before an ordinary sidecar and get no tokens; `--sidecar native` starts before them");
}

#[test]
fn only_the_redirect_has_a_capability_and_only_the_sidecar_has_the_token() {
    for mode in ["redirect", "env", "http-proxy", "none"] {
        let (_, edited) = accepted(&json!({}), &json!({}), &[("mode", mode)]);
        let text = edited.to_string();
        assert_eq!(text.contains("NET_ADMIN"), mode == "redirect", "{mode}");
        assert_eq!(text.matches("\"mountPath\"").count(), 1, "{mode}");
        assert_eq!(text.contains("WISP_IDENTITY_HEADER"), mode == "env", "{mode}");
        for container in edited["spec"]["initContainers"].as_array().unwrap() {
            assert_eq!(container["resources"]["requests"], container["resources"]["limits"]);
            assert_eq!(container["securityContext"]["capabilities"]["drop"], json!(["ALL"]));
            assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false);
        }
    }
}

#[test]
fn meshes_are_left_alone() {
    let spec = json!({"containers": [{"name": "app"}, {"name": "istio-proxy"}], "initContainers": [{"name": "linkerd-init"}]});
    let (_, edited) = accepted(&spec, &json!({}), &[("mode", "http-proxy")]);
    assert_eq!(names(&edited["spec"]["containers"][0]["env"]), ["http_proxy", "NO_PROXY", "no_proxy"]);
    assert!(edited["spec"]["containers"][1].get("env").is_none());
    assert!(edited["spec"]["initContainers"][1].get("env").is_none());
}

#[test]
fn the_webhook_gives_the_token_to_nobody_else() {
    let labelled = json!({"labels": {"azure.workload.identity/use": "true"}});
    let skip = "azure.workload.identity/skip-containers";
    let (_, edited) = accepted(&json!({}), &labelled, &[]);
    assert_eq!(edited["metadata"]["annotations"][skip], "app;wisp-init");
    assert!(edited["spec"].get("volumes").is_none());
    let (_, edited) = accepted(&json!({}), &labelled, &[("share-token", "true")]);
    assert!(edited["metadata"]["annotations"].get(skip).is_none());
    let (_, edited) = accepted(&json!({}), &labelled, &[("token", "own")]);
    assert_eq!(edited["metadata"]["annotations"][skip], "app;wisp-init;wisp");
    let (_, edited) = accepted(&json!({}), &json!({}), &[("token", "webhook")]);
    assert_eq!(edited["metadata"]["labels"]["azure.workload.identity/use"], "true");
    let listed = json!({"labels": {"azure.workload.identity/use": "true"}, "annotations": {skip: "app;x"}});
    let (_, edited) = accepted(&json!({}), &listed, &[]);
    assert_eq!(edited["metadata"]["annotations"][skip], "app;x;wisp-init");
    let ours = json!({"labels": {"azure.workload.identity/use": "true"}, "annotations": {skip: "wisp"}});
    insta::assert_snapshot!(refused(&json!({}), &ours, &[]), @"metadata.annotations.azure.workload.identity/skip-containers: annotation `azure.workload.identity/skip-containers` names `wisp`, which needs the token");
    let off = json!({"labels": {"azure.workload.identity/use": "false"}});
    insta::assert_snapshot!(refused(&json!({}), &off, &[("token", "webhook")]), @r#"metadata.labels.azure.workload.identity/use: label `azure.workload.identity/use` is "false", but the token is to come from the webhook, which needs "true""#);
}

#[test]
fn annotations_choose_and_are_checked() {
    let (_, edited) =
        accepted(&json!({}), &json!({"annotations": {"wisp/mode": "none", "wisp/memory": "64Mi"}}), &[]);
    assert_eq!(edited["spec"]["initContainers"][0]["resources"]["limits"]["memory"], "64Mi");
    let wrong = json!({"annotations": {
        "wisp/mode": "sidecar", "wisp/share-token": "yes", "wisp/cpu": "a lot", "wisp/colour": "red", "wisp/image": 3,
        "wisp/client-id": "me", "wisp/containers": "a,,b", "wisp/audience": "", "wisp/authority": "http://x", "wisp/tenant-id": "a b",
        "wisp/sidecar": "true", "wisp/token": "mine", "wisp/memory": "0", "wisp/no-proxy": "a, b"}});
    insta::assert_snapshot!(refused(&json!({}), &wrong, &[]), @r#"
metadata.annotations.wisp/audience: annotation `wisp/audience` cannot be ``: expected an audience without spaces
metadata.annotations.wisp/authority: annotation `wisp/authority` cannot be `http://x`: expected an https origin
metadata.annotations.wisp/client-id: annotation `wisp/client-id` cannot be `me`: expected a GUID
metadata.annotations.wisp/colour: annotation `wisp/colour` is not known; known are `inject`, mode, redirect, image, sidecar, client-id, tenant-id, authority, config-map, token, audience, share-token, token-port, admin-port, user, containers, no-proxy, cpu, memory
metadata.annotations.wisp/containers: annotation `wisp/containers` cannot be `a,,b`: expected a comma-separated list of container names
metadata.annotations.wisp/cpu: annotation `wisp/cpu` cannot be `a lot`: expected a quantity such as 100m or 1
metadata.annotations.wisp/image: annotation `wisp/image` is no text; put its value in quotes
metadata.annotations.wisp/memory: annotation `wisp/memory` cannot be `0`: expected a quantity such as 32Mi
metadata.annotations.wisp/mode: annotation `wisp/mode` cannot be `sidecar`: expected `redirect`, `env`, `http-proxy` or `none`
metadata.annotations.wisp/no-proxy: annotation `wisp/no-proxy` cannot be `a, b`: expected a comma-separated list without spaces
metadata.annotations.wisp/share-token: annotation `wisp/share-token` cannot be `yes`: expected `true` or `false`
metadata.annotations.wisp/sidecar: annotation `wisp/sidecar` cannot be `true`: expected `native` or `container`
metadata.annotations.wisp/tenant-id: annotation `wisp/tenant-id` cannot be `a b`: expected a tenant's GUID or its domain name
metadata.annotations.wisp/token: annotation `wisp/token` cannot be `mine`: expected `auto`, `own` or `webhook`
"#);
}

#[test]
fn injection_can_be_refused_by_the_pod() {
    let says = |annotation: Value, label: Value| {
        refused(
            &json!({}),
            &json!({"annotations": {"wisp/inject": annotation}, "labels": {"wisp/inject": label}}),
            &[],
        )
    };
    insta::assert_snapshot!(says(json!("false"), json!("false")), @"skipped: `wisp/inject` is `false`");
    insta::assert_snapshot!(says(json!("false"), json!("true")), @"metadata.annotations.wisp/inject: annotation `wisp/inject` says `false` and the label of the same name `true`; keep one");
    insta::assert_snapshot!(says(json!("False"), json!("true")), @"metadata.annotations.wisp/inject: annotation `wisp/inject` cannot be `False`: expected `true` or `false`");
    insta::assert_snapshot!(says(json!(true), json!("true")), @"metadata.annotations.wisp/inject: annotation `wisp/inject` is no text; put its value in quotes");
    assert!(
        outcome(&template(&json!({}), &json!({"labels": {"wisp/inject": "true"}})), &options(&[])).is_ok()
    );
}

#[test]
fn pods_that_cannot_be_served_are_refused_with_the_way_out() {
    insta::assert_snapshot!(refused(&json!({"hostNetwork": true}), &json!({}), &[]), @"spec.hostNetwork: the pod uses the node's network (hostNetwork), where a redirect would reach every process of the node; use mode `env`");
    insta::assert_snapshot!(refused(&json!({"os": {"name": "windows"}}), &json!({}), &[]), @"spec: a Windows pod: wisp runs on Linux only");
    insta::assert_snapshot!(refused(&json!({"nodeSelector": {"kubernetes.io/os": "windows"}}), &json!({}), &[("mode", "env")]), @"spec: a Windows pod: wisp runs on Linux only");
    insta::assert_snapshot!(refused(&json!({"securityContext": {"runAsUser": 65532}}), &json!({}), &[]), @"spec.containers[0]: container `app` runs as user 65532, which the redirect lets through because wisp runs as it; run it as another user, run wisp as another with `user`, or use mode `env`");
    insta::assert_snapshot!(refused(&json!({"restartPolicy": "OnFailure"}), &json!({}), &[("sidecar", "container")]), @"spec.restartPolicy: a pod with restartPolicy OnFailure ends when all its containers have ended, and an ordinary sidecar never does; use `--sidecar native`");
    let own_user = json!({"securityContext": {"runAsUser": 65532}, "containers": [{"name": "app", "securityContext": {"runAsUser": 1}}]});
    assert!(outcome(&template(&own_user, &json!({})), &options(&[])).is_ok());
    let mut skipping = options(&[]);
    skipping.skip_unsupported = true;
    insta::assert_snapshot!(outcome(&template(&json!({"hostNetwork": true}), &json!({})), &skipping).unwrap_err(), @"skipped: the pod uses the node's network (hostNetwork), where a redirect would reach every process of the node; use mode `env`");
}

#[test]
fn what_is_taken_is_refused() {
    let taken = json!({
        "containers": [{"name": "wisp"}, {"name": "app", "ports": [{"containerPort": 4254}, {"containerPort": 80}]}],
        "initContainers": [{"name": "azwi-proxy-init"}, {"name": "wisp-init"}],
        "volumes": [{"name": "a"}, {"name": "wisp-token"}],
    });
    insta::assert_snapshot!(refused(&taken, &json!({}), &[]), @r#"
spec.initContainers[0]: container `azwi-proxy-init` is the proxy that wisp takes the place of; remove `azwi-proxy` and `azwi-proxy-init`
spec.initContainers[1]: there is a container `wisp-init` already that wispctl did not inject; remove it, or call it something else
spec.containers[0]: there is a container `wisp` already that wispctl did not inject; remove it, or call it something else
spec.volumes[1]: there is a volume `wisp-token` already that wispctl did not inject; call it something else
spec.containers[1].ports: container `app` listens on port 4254, which wisp needs in the same pod; move the application's, or wisp's with `token-port` and `admin-port`
"#);
    let set = |name: &str, value: Value| json!({"containers": [{"name": "app", "env": [{"name": "A"}, {"name": name, "value": value}]}]});
    insta::assert_snapshot!(refused(&set("MSI_SECRET", json!("x")), &json!({}), &[("mode", "env")]), @"spec.containers[0].env[1]: container `app` sets `MSI_SECRET` itself, which wisp needs to set; remove it, leave the container out with `wisp/containers`, or use another mode");
    insta::assert_snapshot!(refused(&set("HTTP_PROXY", json!("x")), &json!({}), &[("mode", "http-proxy")]), @"spec.containers[0].env[1]: container `app` sets `HTTP_PROXY` itself, which wisp needs to set; remove it, leave the container out with `wisp/containers`, or use another mode");
    insta::assert_snapshot!(refused(&set("NO_PROXY", json!("a,169.254.169.254")), &json!({}), &[("mode", "http-proxy")]), @"spec.containers[0].env[1]: container `app` lists 169.254.169.254 in `NO_PROXY`, so its requests would not come to wisp; remove it there, or use another mode");
    insta::assert_snapshot!(refused(&set("no_proxy", json!(null)), &json!({}), &[("mode", "http-proxy")]), @"spec.containers[0].env[1]: container `app` takes `no_proxy` from elsewhere, so nothing can be added to it; write it out, or use another mode");
    insta::assert_snapshot!(refused(&json!({}), &json!({}), &[("mode", "env"), ("containers", "app,other")]), @"spec: there is no container `other`, which `containers` names");
}

#[test]
fn what_is_no_pod_is_refused() {
    insta::assert_snapshot!(refused(&json!({"containers": []}), &json!({}), &[]), @"spec: the pod has no containers");
    insta::assert_snapshot!(refused(&json!({"containers": {"a": 1}}), &json!({}), &[]), @"spec.containers: `containers` is no list");
    insta::assert_snapshot!(refused(&json!({"containers": [{"image": "x"}], "volumes": "x"}), &json!({}), &[]), @"spec.containers[0]: a container in `containers` has no name");
    insta::assert_snapshot!(refused(&json!({"volumes": "x"}), &json!({}), &[]), @"spec.volumes: `volumes` is no list");
    insta::assert_snapshot!(refused(&json!({}), &json!({"annotations": ["x"]}), &[]), @"metadata.annotations: `metadata.annotations` is no mapping");
    insta::assert_snapshot!(refused(&json!({}), &json!("x"), &[]), @"metadata.annotations: `metadata.annotations` is no mapping");
}

#[test]
fn an_identity_is_needed() {
    let shown = outcome(&template(&json!({}), &json!({})), &Options::default()).unwrap_err();
    insta::assert_snapshot!(shown, @r#"
spec: no client id: give `--client-id` or annotation `wisp/client-id`, name a ConfigMap that has it by `--config-map` or `wisp/config-map`, or have the workload identity webhook say it by label `azure.workload.identity/use: "true"`
spec: no tenant: give `--tenant-id` or annotation `wisp/tenant-id`, name a ConfigMap that has it by `--config-map` or `wisp/config-map`, or have the workload identity webhook say it by label `azure.workload.identity/use: "true"`
"#);
}

#[test]
fn an_identity_may_come_from_a_config_map() {
    let mut options = Options::default();
    options.set("config-map", "identity.prod").unwrap();
    let (_, edited) = outcome(&template(&json!({}), &json!({})), &options).unwrap();
    let from = |key: &str| json!({"name": key, "valueFrom": {"configMapKeyRef": {"name": "identity.prod", "key": key}}});
    let env = edited["spec"]["initContainers"][1]["env"]
        .as_array()
        .unwrap();
    let mut authority = from("AZURE_AUTHORITY_HOST");
    authority["valueFrom"]["configMapKeyRef"]["optional"] = json!(true);
    assert_eq!(env[..3], [from("AZURE_CLIENT_ID"), from("AZURE_TENANT_ID"), authority]);
    assert_eq!(names(&json!(env)).len(), 4, "and the token file");

    let annotated = json!({"annotations": {"wisp/config-map": "identity"}});
    insta::assert_snapshot!(refused(&json!({}), &annotated, &[("authority", "https://login.microsoftonline.us")]), @r#"
metadata.annotations.wisp/config-map: the client id is given twice: `client-id` is `11111111-1111-1111-1111-111111111111`, and `config-map` takes AZURE_CLIENT_ID from ConfigMap `identity`; keep one
metadata.annotations.wisp/config-map: the tenant is given twice: `tenant-id` is `contoso.com`, and `config-map` takes AZURE_TENANT_ID from ConfigMap `identity`; keep one
metadata.annotations.wisp/config-map: the authority is given twice: `authority` is `https://login.microsoftonline.us`, and `config-map` takes AZURE_AUTHORITY_HOST from ConfigMap `identity`; keep one
"#);
    insta::assert_snapshot!(refused(&json!({}), &json!({}), &[("config-map", "identity")]), @r#"
spec: the client id is given twice: `client-id` is `11111111-1111-1111-1111-111111111111`, and `config-map` takes AZURE_CLIENT_ID from ConfigMap `identity`; keep one
spec: the tenant is given twice: `tenant-id` is `contoso.com`, and `config-map` takes AZURE_TENANT_ID from ConfigMap `identity`; keep one
"#);
    for (name, fits) in [
        ("a", true),
        ("a-1.b", true),
        ("A", false),
        ("-a", false),
        ("a.", false),
        ("a_b", false),
        ("", false),
    ] {
        assert_eq!(options.set("config-map", name).is_ok(), fits, "{name}");
    }
    assert!(
        options.set("config-map", &"a".repeat(253)).is_ok()
            && options.set("config-map", &"a".repeat(254)).is_err()
    );
}

#[test]
fn an_ordinary_sidecar_comes_first_and_goes_last() {
    let sidecar = |grace: Value| {
        let (_, edited) = accepted(
            &json!({"terminationGracePeriodSeconds": grace}),
            &json!({}),
            &[("sidecar", "container")],
        );
        edited["spec"]["containers"][0].clone()
    };
    let started = json!({"postStart": {"exec": {"command": ["/wisp", "probe", "started", "--wait", "60s"]}}});
    for (grace, linger) in [
        (json!(null), Some("25s")),
        (json!(600), Some("595s")),
        (json!(6), Some("1s")),
        (json!(5), None),
        (json!(0), None),
        (json!(1_000_000), Some("86400s")),
    ] {
        let sidecar = sidecar(grace.clone());
        assert_eq!(sidecar["lifecycle"], started);
        let env = sidecar["env"].as_array().unwrap();
        let set = env
            .iter()
            .find(|variable| variable["name"] == "WISP_LINGER");
        assert_eq!(set.map(|set| set["value"].as_str().unwrap()), linger, "{grace}");
    }
    let (_, edited) = accepted(&json!({}), &json!({}), &[]);
    let native = edited["spec"]["initContainers"][1].to_string();
    assert!(!native.contains("WISP_LINGER") && !native.contains("lifecycle"), "{native}");
}

#[test]
fn the_address_on_lo_needs_a_port_that_is_open_to_all() {
    let contexts = [
        json!(null),
        json!({}),
        json!({"fsGroup": 1}),
        json!({"sysctls": []}),
        json!({"sysctls": [{"name": "net.core.somaxconn", "value": "9"}]}),
    ];
    let ours = json!({"name": "net.ipv4.ip_unprivileged_port_start", "value": "80"});
    let lo = [("redirect", "lo")];
    for context in contexts {
        let (_, edited) = accepted(&json!({"securityContext": context}), &json!({}), &lo);
        assert_eq!(edited["spec"]["securityContext"]["sysctls"][0], ours, "{context}");
        assert_eq!(edited["spec"]["securityContext"].get("fsGroup"), context.get("fsGroup"));
        assert_eq!(edited["spec"]["initContainers"][0]["args"], json!(["redirect", "--mode", "lo"]));
        for choices in [[("redirect", "nft")].as_slice(), &[("redirect", "lo"), ("mode", "env")]] {
            let (_, edited) = accepted(&json!({"securityContext": context}), &json!({}), choices);
            assert_eq!(edited["spec"]["securityContext"], context, "{choices:?}");
        }
    }
    let set = |value: Value| json!({"securityContext": {"sysctls": [{"name": "x"}, {"name": ours["name"], "value": value}]}});
    for enough in ["0", "80"] {
        let (_, edited) = accepted(&set(json!(enough)), &json!({}), &lo);
        assert_eq!(edited["spec"]["securityContext"], set(json!(enough))["securityContext"]);
    }
    insta::assert_snapshot!(refused(&set(json!("1024")), &json!({}), &lo), @r#"spec.securityContext.sysctls[1]: sysctl `net.ipv4.ip_unprivileged_port_start` is "1024", and `redirect` `lo` needs it at "80" or less; change it, or use `redirect` `nft`"#);
    insta::assert_snapshot!(refused(&set(json!(80)), &json!({}), &lo), @r#"spec.securityContext.sysctls[1]: sysctl `net.ipv4.ip_unprivileged_port_start` is 80, and `redirect` `lo` needs it at "80" or less; change it, or use `redirect` `nft`"#);
    insta::assert_snapshot!(refused(&json!({"securityContext": "x"}), &json!({}), &lo), @"spec.securityContext: `securityContext` is no mapping");
    insta::assert_snapshot!(refused(&json!({"securityContext": {"sysctls": "x"}}), &json!({}), &lo), @"spec.securityContext.sysctls: `sysctls` is no list");
}

#[test]
fn ports_and_users_can_be_chosen() {
    let chosen = [("token-port", "5254"), ("admin-port", "5255"), ("user", "2000")];
    let app = json!({"containers": [{"name": "app", "ports": [{"containerPort": 4254}], "securityContext": {"runAsUser": 65532}}]});
    let (_, edited) = accepted(&app, &json!({}), &chosen);
    let (init, sidecar) = (&edited["spec"]["initContainers"][0], &edited["spec"]["initContainers"][1]);
    assert_eq!(init["args"], json!(["redirect", "--mode", "auto", "--port", "5254", "--exempt-uid", "2000"]));
    assert_eq!(
        (&init["securityContext"]["runAsUser"], &init["securityContext"]["runAsGroup"]),
        (&json!(2001), &json!(2001))
    );
    assert_eq!(sidecar["securityContext"]["runAsUser"], 2000);
    assert_eq!(sidecar["ports"][0]["containerPort"], 5255);
    let env = sidecar["env"].as_array().unwrap();
    for (name, value) in [("WISP_LISTEN", "127.0.0.1:5254,[::1]:5254"), ("WISP_ADMIN_LISTEN", "[::]:5255")] {
        assert!(env.contains(&json!({"name": name, "value": value})), "{env:?}");
    }
    for (mode, expected) in
        [("env", "http://127.0.0.1:5254/msi/token"), ("http-proxy", "http://127.0.0.1:5254")]
    {
        let (_, edited) = accepted(&app, &json!({}), &[chosen.as_slice(), &[("mode", mode)]].concat());
        let told = edited["spec"]["containers"][0]["env"].to_string();
        assert!(told.contains(expected) && !told.contains("4254"), "{told}");
    }
    let taken = json!({"containers": [{"name": "app", "ports": [{"containerPort": 5255}], "securityContext": {"runAsUser": 2000}}]});
    insta::assert_snapshot!(refused(&taken, &json!({}), &chosen), @r#"
spec.containers[0].ports: container `app` listens on port 5255, which wisp needs in the same pod; move the application's, or wisp's with `token-port` and `admin-port`
spec.containers[0]: container `app` runs as user 2000, which the redirect lets through because wisp runs as it; run it as another user, run wisp as another with `user`, or use mode `env`
"#);
    insta::assert_snapshot!(refused(&json!({}), &json!({}), &[("token-port", "4255")]), @"spec: `token-port` and `admin-port` are both 4255; choose two");
    let mut options = options(&[]);
    for (name, wrong) in [
        ("token-port", ["80", "65536", "40342", "+5000", ""]),
        ("admin-port", ["0", "-1", "1023", "40342", "x"]),
        ("user", ["0", "2147483647", "-1", "root", "+1"]),
    ] {
        for value in wrong {
            assert!(options.set(name, value).is_err(), "{name} {value}");
        }
    }
    assert!(options.set("user", "2147483646").is_ok() && options.set("token-port", "65535").is_ok());
}

#[test]
fn images_that_may_run_as_the_sidecar_does_are_pointed_at() {
    let of = |image: &str, uid: Value, choices: &[(&str, &str)]| {
        let spec =
            json!({"containers": [{"name": "app", "image": image, "securityContext": {"runAsUser": uid}}]});
        accepted(&spec, &json!({}), choices).0
    };
    let image = "gcr.io/distroless/static-debian12:nonroot";
    insta::assert_snapshot!(of(image, json!(null), &[]), @"image `gcr.io/distroless/static-debian12:nonroot` of container `app` may run as user 65532, whose requests the redirect lets through to the node because wisp runs as it; give the container another runAsUser, or wisp another `user`, or use mode `env`");
    assert_ne!(of("registry.example/base-NonRoot@sha256:00", json!(null), &[]), "");
    for (image, uid, choices) in [
        (image, json!(1000), [].as_slice()),
        (image, json!(null), &[("mode", "env")]),
        (image, json!(null), &[("user", "2000")]),
        ("gcr.io/distroless/static-debian12", json!(null), &[]),
    ] {
        assert_eq!(of(image, uid, choices), "", "{choices:?}");
    }
}

#[test]
fn owners_are_told() {
    let template = json!({
        "metadata": {"annotations": {"azure.workload.identity/inject-proxy-sidecar": "false"}},
        "spec": {"hostNetwork": true, "initContainers": [{"name": "i"}], "containers": [{"name": "app"}]},
    });
    let (warnings, edited) =
        outcome(&template, &options(&[("mode", "env"), ("sidecar", "container")])).unwrap();
    insta::assert_snapshot!(warnings.join("\n"), @r#"
no serviceAccountName: the pod runs as service account `default`, and that has to be the subject of the federated credential
the pod uses the node's network (hostNetwork): other processes of the node can ask wisp for tokens too
init containers run before an ordinary sidecar and get no tokens; `--sidecar native` starts before them
converted: wisp takes the place of the proxy that annotation `azure.workload.identity/inject-proxy-sidecar` asks for; the annotation is kept under another name, and uninject restores it
"#);
    assert_eq!(edited["metadata"]["annotations"]["wisp/was-inject-proxy-sidecar"], "false");
}

#[test]
fn a_record_that_is_not_ours_is_refused() {
    let odd = template(&json!({}), &json!({"annotations": {"wisp/injected": "yes"}}));
    insta::assert_snapshot!(uninject(&odd).unwrap_err().text, @"annotation `wisp/injected` is not as wispctl wrote it, so what was injected cannot be told; restore it, or remove it together with the containers `wisp` and `wisp-init` and the volume `wisp-token`");
    assert_eq!(uninject(&template(&json!({}), &json!({}))), Ok(None));
}
