//! ConfigMaps and Secrets that hold settings of wisp and stand beside the pod.

use serde_json::{Value, json};

use super::{Case, ID, OTHER, case, object};

const CHECKED_BY_SERVE: [(&str, &str); 4] = [
    ("WISP_LOG", "loud"),
    ("WISP_CACHE_TOKENS", "0"),
    ("AZURE_AUTHORITY_HOST", "http://login.example"),
    ("HTTPS_PROXY", "socks5://proxy:1"),
];

fn map(name: &str, data: &Value) -> Value {
    object("ConfigMap", name, &json!({"data": data}))
}

/// A pod whose sidecar takes its settings from ConfigMap `wisp`, with these entries.
fn settings_from(data: &Value) -> Case {
    case(&json!({}))
        .choose("settings-from", "configmap/wisp")
        .beside(map("wisp", data))
}

/// A pod whose sidecar takes its identity and its settings from ConfigMap `wisp`.
fn identity_from(data: &Value) -> Case {
    case(&json!({}))
        .unchosen()
        .choose("config-map", "wisp")
        .beside(map("wisp", data))
}

#[test]
fn what_stands_beside_the_pod_is_checked_as_serve_checks_it() {
    assert_eq!(settings_from(&json!({"WISP_LOG": "debug", "unrelated": "x"})).messages(), "");
    let identity = json!({"AZURE_CLIENT_ID": ID, "AZURE_TENANT_ID": "contoso.com", "WISP_LOG": "debug"});
    assert_eq!(identity_from(&identity).messages(), "");
    for (name, value) in CHECKED_BY_SERVE {
        let refused = settings_from(&json!({(name): value})).refused();
        assert!(refused.contains(&format!("`{name}` of ConfigMap `wisp`")), "{name}: {refused}");
    }
    insta::assert_snapshot!(settings_from(&json!({"WISP_LOG": "loud", "WISP_LISTN": "x"})).refused(), @"
spec: unknown key of ConfigMap `wisp`: `WISP_LISTN`; did you mean `WISP_LISTEN`?
spec: `log` cannot be `loud` (from `WISP_LOG` of ConfigMap `wisp`): expected a comma-separated list of levels (`off`, `error`, `warn`, `info`, `debug`, `trace`), each alone or as `target=level`
");
    // Rules about several settings hold too.
    insta::assert_snapshot!(settings_from(&json!({"WISP_READY_AFTER_PREFETCH": "true"})).refused(), @"spec: `ready_after_prefetch` cannot be `true` (from `WISP_READY_AFTER_PREFETCH` of ConfigMap `wisp`): `prefetch` is empty; list the resources to wait for");
    let other = json!({"AZURE_CLIENT_ID": "orders", "AZURE_TENANT_ID": "contoso.com"});
    insta::assert_snapshot!(identity_from(&other).refused(), @"spec: `client_id` cannot be `orders` (from `AZURE_CLIENT_ID` of ConfigMap `wisp`): expected a GUID such as 00000000-1111-2222-3333-444444444444");
}

#[test]
fn settings_that_others_have_to_know_are_not_said_there() {
    let refused = |name: &str, value: &str| settings_from(&json!({(name): value})).refused();
    insta::assert_snapshot!(refused("WISP_LISTEN", "127.0.0.1:1"), @"spec: `WISP_LISTEN` of ConfigMap `wisp` cannot be set there: the application has to ask at the same address; the choice `token-port` sets both");
    insta::assert_snapshot!(refused("WISP_ADMIN_LISTEN", "off"), @"spec: `WISP_ADMIN_LISTEN` of ConfigMap `wisp` cannot be set there: the probes have to ask at the same address; the choice `admin-port` sets both");
    insta::assert_snapshot!(refused("WISP_PASSTHROUGH", "/metadata/instance"), @"spec: `WISP_PASSTHROUGH` of ConfigMap `wisp` cannot be set there: the redirect has to know it; set it by `--set WISP_PASSTHROUGH=VALUE` or annotation `wisp/set.WISP_PASSTHROUGH`");
    let env = settings_from(&json!({"WISP_PASSTHROUGH": "/metadata/instance"})).choose("mode", "env");
    assert_eq!(env.messages(), "");
    let secret = case(&json!({}))
        .choose("settings-from", "secret/wisp")
        .beside(object("Secret", "wisp", &json!({"data": {"WISP_LISTEN": "x", "WISP_LOGG": "x"}})));
    insta::assert_snapshot!(secret.refused(), @"
spec: `WISP_LISTEN` of Secret `wisp` cannot be set there: the application has to ask at the same address; the choice `token-port` sets both
spec: unknown key of Secret `wisp`: `WISP_LOGG`; did you mean `WISP_LOG`?
");
}

#[test]
fn what_has_no_effect_is_told() {
    let hidden = settings_from(&json!({"AZURE_CLIENT_ID": OTHER, "AZURE_TENANT_ID": "contoso.com"}));
    insta::assert_snapshot!(hidden.messages(), @"spec: `AZURE_CLIENT_ID` of ConfigMap `wisp` has no effect: injection sets it");
    // A later object wins.
    let later = settings_from(&json!({"WISP_LOG": "loud"}))
        .choose("settings-from", "configmap/wisp,configmap/more")
        .beside(map("more", &json!({"WISP_LOG": "debug"})));
    assert_eq!(later.messages(), "");
}

#[test]
fn what_the_pod_could_not_start_without_is_missed() {
    insta::assert_snapshot!(identity_from(&json!({"AZURE_CLIENT_ID": ID})).refused(), @"spec: ConfigMap `wisp` has no key `AZURE_TENANT_ID`, and the pod would not start without it; add it there");
    let files = |object: Value| {
        let mut case = case(&json!({})).beside(object);
        case.template["metadata"]["annotations"] = json!({"wisp/file.ca_file": "configmap/roots/ca.crt", "wisp/file.config": "secret/conf/wisp.toml"});
        case
    };
    insta::assert_snapshot!(files(map("roots", &json!({"ca.pem": ""}))).refused(), @"metadata.annotations.wisp/file.ca_file: annotation `wisp/file.ca_file` names key `ca.crt`, which ConfigMap `roots` does not have, and the pod would not start without it; add it there");
    insta::assert_snapshot!(files(object("Secret", "conf", &json!({"data": {"a": ""}}))).refused(), @"metadata.annotations.wisp/file.config: annotation `wisp/file.config` names key `wisp.toml`, which Secret `conf` does not have, and the pod would not start without it; add it there");
    let binary = files(object("ConfigMap", "roots", &json!({"binaryData": {"ca.crt": "AA=="}})));
    insta::assert_snapshot!(binary.messages(), @"spec: the settings file /etc/wisp/config (secret/conf/wisp.toml) is not checked here, because wispctl does not read values of Secrets; wisp checks it when it starts, and exits with code 64 and the reason if it is invalid");
}

#[test]
fn a_settings_file_is_read_where_it_stands() {
    let file = |text: &str| {
        let mut case = case(&json!({})).beside(map("conf", &json!({"wisp.toml": text})));
        case.template["metadata"]["annotations"] = json!({"wisp/file.config": "configmap/conf/wisp.toml"});
        case
    };
    assert_eq!(file("log = 'debug'").messages(), "");
    insta::assert_snapshot!(file("log = 'loud'\nlistn = 'x'").refused(), @"
spec: unknown key in `wisp.toml` of ConfigMap `conf`: `listn`; did you mean `listen`?
spec: `log` cannot be `loud` (from `wisp.toml` of ConfigMap `conf`): expected a comma-separated list of levels (`off`, `error`, `warn`, `info`, `debug`, `trace`), each alone or as `target=level`
");
    insta::assert_snapshot!(file("log = ").refused(), @"spec: cannot read `wisp.toml` of ConfigMap `conf`: line 1: this is not TOML");
    insta::assert_snapshot!(file("listen = ['127.0.0.1:1']").refused(), @"spec: `listen` in `wisp.toml` of ConfigMap `conf` cannot be set there: the application has to ask at the same address; the choice `token-port` sets both");
    let long = format!("# {}\nlog = 'loud'", "x".repeat(2000));
    assert!(file(&long).refused().contains("loud"));
}

#[test]
fn what_is_not_seen_is_told() {
    let absent = case(&json!({})).choose("settings-from", "configmap/wisp,secret/wisp");
    insta::assert_snapshot!(absent.messages(), @"
spec: ConfigMap `wisp` is not checked here, because it is not among the files (`kubectl get configmap wisp -o yaml` writes one that can be); wisp checks it when it starts, and exits with code 64 and the reason if it is invalid
spec: Secret `wisp` is not checked here, because wispctl does not read values of Secrets; wisp checks it when it starts, and exits with code 64 and the reason if it is invalid
");
    let same = settings_from(&json!({"WISP_LOG": "loud"})).beside(map("wisp", &json!({"WISP_LOG": "loud"})));
    assert!(same.refused().contains("loud"));
    let differ = settings_from(&json!({"WISP_LOG": "loud"})).beside(map("wisp", &json!({})));
    insta::assert_snapshot!(differ.messages(), @"spec: ConfigMap `wisp` is not checked here, because 2 of that name are among the files and differ; wisp checks it when it starts, and exits with code 64 and the reason if it is invalid");
}
