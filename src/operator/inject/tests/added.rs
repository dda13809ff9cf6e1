//! What is added to a pod.

use serde_json::{Value, json};

use super::{accepted, names, options, refused};

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
    insta::assert_snapshot!(warnings, @"
an ordinary sidecar that does not start holds nothing back: the kubelet then starts the application, which gets no tokens until wisp is there; `--sidecar native` holds it back
init containers run before an ordinary sidecar and get no tokens; `--sidecar native` starts before them
");
}

#[test]
fn only_the_redirect_has_a_capability_and_only_the_sidecar_has_the_token() {
    for mode in ["redirect", "env", "http-proxy", "manual"] {
        let (_, edited) = accepted(&json!({}), &json!({}), &[("mode", mode)]);
        let text = edited.to_string();
        assert_eq!(text.contains("NET_ADMIN"), mode == "redirect", "{mode}");
        assert_eq!(text.matches("\"mountPath\"").count(), 1, "{mode}");
        assert_eq!(text.contains("WISP_IDENTITY_HEADER"), mode == "env", "{mode}");
        for container in edited["spec"]["initContainers"].as_array().unwrap() {
            assert_eq!(container["terminationMessagePolicy"], "FallbackToLogsOnError", "{mode}");
            assert_eq!(container["securityContext"]["capabilities"]["drop"], json!(["ALL"]));
            assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false);
        }
    }
}

#[test]
fn a_pod_whose_sidecar_would_be_restarted_for_ever_is_checked_first() {
    let choices = [("mode", "env")];
    let (_, edited) = accepted(&json!({"restartPolicy": "Never"}), &json!({}), &choices);
    let inits = &edited["spec"]["initContainers"];
    assert_eq!(names(inits), ["wisp-check", "wisp"]);
    let [check, sidecar] = [&inits[0], &inits[1]];
    assert_eq!(check["args"], json!(["serve", "--check"]));
    // It is given what the sidecar is given, and nothing of what makes that stay.
    for same in [
        "image",
        "command",
        "env",
        "volumeMounts",
        "resources",
        "securityContext",
        "terminationMessagePolicy",
    ] {
        assert_eq!(check[same], sidecar[same], "{same}");
        assert!(!check[same].is_null(), "{same}");
    }
    for other in ["restartPolicy", "lifecycle", "readinessProbe", "livenessProbe", "ports"] {
        assert!(check.get(other).is_none() && sidecar.get(other).is_some(), "{other}");
    }
    for policy in ["Always", "OnFailure"] {
        let (_, edited) = accepted(&json!({"restartPolicy": policy}), &json!({}), &[]);
        assert_eq!(names(&edited["spec"]["initContainers"]), ["wisp-init", "wisp"], "{policy}");
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
fn an_ordinary_sidecar_comes_first_and_goes_last() {
    let sidecar = |grace: Value| {
        let (_, edited) = accepted(
            &json!({"terminationGracePeriodSeconds": grace}),
            &json!({}),
            &[("sidecar", "container")],
        );
        edited["spec"]["containers"][0].clone()
    };
    for (grace, linger) in [
        (json!(null), Some("27s")),
        (json!(600), Some("597s")),
        (json!(6), Some("3s")),
        (json!(3), None),
        (json!(0), None),
        (json!(1_000_000), Some("86400s")),
    ] {
        let sidecar = sidecar(grace.clone());
        let env = sidecar["env"].as_array().unwrap();
        let set = env
            .iter()
            .find(|variable| variable["name"] == "WISP_LINGER");
        assert_eq!(set.map(|set| set["value"].as_str().unwrap()), linger, "{grace}");
    }
    let (_, edited) = accepted(&json!({}), &json!({}), &[]);
    let native = edited["spec"]["initContainers"][1].to_string();
    assert!(!native.contains("WISP_LINGER"), "{native}");
}

#[test]
fn owners_of_ordinary_sidecars_are_told_what_these_cannot_do() {
    let of = |spec: Value| accepted(&spec, &json!({}), &[("mode", "env"), ("sidecar", "container")]).0;
    let always = of(json!({}));
    insta::assert_snapshot!(always, @"an ordinary sidecar that does not start holds nothing back: the kubelet then starts the application, which gets no tokens until wisp is there; `--sidecar native` holds it back");
    for usual in [10, 30, 60] {
        assert_eq!(of(json!({"terminationGracePeriodSeconds": usual})), always);
    }
    insta::assert_snapshot!(of(json!({"terminationGracePeriodSeconds": 5})), @"
an ordinary sidecar that does not start holds nothing back: the kubelet then starts the application, which gets no tokens until wisp is there; `--sidecar native` holds it back
the pod has 5 s to end, and an ordinary sidecar answers for 2 s of them; give it a longer terminationGracePeriodSeconds, or take `--sidecar native`, which ends after the application
");
    insta::assert_snapshot!(of(json!({"terminationGracePeriodSeconds": 2})), @"
an ordinary sidecar that does not start holds nothing back: the kubelet then starts the application, which gets no tokens until wisp is there; `--sidecar native` holds it back
the pod has 2 s to end, and an ordinary sidecar answers for 0 s of them; give it a longer terminationGracePeriodSeconds, or take `--sidecar native`, which ends after the application
");
    insta::assert_snapshot!(of(json!({"terminationGracePeriodSeconds": 600})), @"
an ordinary sidecar that does not start holds nothing back: the kubelet then starts the application, which gets no tokens until wisp is there; `--sidecar native` holds it back
an ordinary sidecar cannot see that the application has ended, so each end of the pod takes 597 s; `--sidecar native` ends when the application has
");
    let (warnings, _) =
        accepted(&json!({"terminationGracePeriodSeconds": 2}), &json!({}), &[("mode", "env")]);
    assert_eq!(warnings, "");
}

#[test]
fn the_kubelet_waits_for_the_start_and_gives_probes_time() {
    for kind in ["native", "container"] {
        let (_, edited) = accepted(&json!({}), &json!({}), &[("mode", "env"), ("sidecar", kind)]);
        let list = if kind == "native" { "initContainers" } else { "containers" };
        let sidecar = &edited["spec"][list][0];
        let started =
            json!({"postStart": {"exec": {"command": ["/wisp", "probe", "started", "--wait", "60s"]}}});
        assert_eq!(sidecar["lifecycle"], started, "{kind}");
        // The kubelet looks at it once a second, which every start would wait for.
        assert_eq!(sidecar.get("startupProbe"), None, "{kind}");
        for probe in ["readinessProbe", "livenessProbe"] {
            assert_eq!(sidecar[probe]["timeoutSeconds"], 3, "{kind} {probe}");
        }
        // Else a wisp that hangs has the pod's time to end, which may be hours.
        assert_eq!(sidecar["livenessProbe"]["terminationGracePeriodSeconds"], 5, "{kind}");
    }
}

#[test]
fn a_guaranteed_pod_stays_so() {
    let fixed = json!({"limits": {"cpu": "1", "memory": "1Gi"}});
    for mode in ["redirect", "env"] {
        for resources in [&fixed, &json!({"requests": {"cpu": "1"}})] {
            let spec = json!({"containers": [{"name": "app", "resources": resources}]});
            let (_, edited) = accepted(&spec, &json!({}), &[("mode", mode)]);
            for container in edited["spec"]["initContainers"].as_array().unwrap() {
                let kept = container["resources"]["requests"] == container["resources"]["limits"];
                assert_eq!(kept, resources == &fixed, "{container}");
            }
        }
    }
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
    insta::assert_snapshot!(refused(&json!({"securityContext": "x"}), &json!({}), &lo), @"spec.securityContext: `securityContext` must be a mapping");
    insta::assert_snapshot!(refused(&json!({"securityContext": {"sysctls": "x"}}), &json!({}), &lo), @"spec.securityContext.sysctls: `sysctls` must be a list");
}

#[test]
fn ports_and_users_can_be_chosen() {
    let chosen = [("token-port", "5254"), ("admin-port", "5255"), ("user", "2000")];
    let app = json!({"containers": [{"name": "app", "ports": [{"containerPort": 4254}], "securityContext": {"runAsUser": 54254}}]});
    let (_, edited) = accepted(&app, &json!({}), &chosen);
    let (init, sidecar) = (&edited["spec"]["initContainers"][0], &edited["spec"]["initContainers"][1]);
    assert_eq!(init["args"], json!(["redirect", "--mode", "auto", "--port", "5254"]));
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
        let variables = edited["spec"]["containers"][0]["env"].to_string();
        assert!(variables.contains(expected) && !variables.contains("4254"), "{variables}");
    }
    let taken = json!({"containers": [{"name": "app", "ports": [{"containerPort": 5255}], "securityContext": {"runAsUser": 2000}}]});
    insta::assert_snapshot!(refused(&taken, &json!({}), &chosen), @r#"
spec.containers[0].ports: container `app` listens on port 5255, which wisp needs in the same pod; move the application's, or wisp's with `token-port` and `admin-port`
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
