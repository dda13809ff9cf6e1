//! Settings of `wisp serve` that are said at injection.

use serde_json::{Value, json};

use super::{accepted, names, options, outcome, refused, template};
use crate::{
    operator::inject::{
        Options,
        settings::{SetBy, SettingFlag},
    },
    settings::keys::{CONFIG, KEYS},
};

/// Options with settings as flags say them.
fn chosen(settings: &[(SettingFlag, &str, &str)]) -> Result<Options, String> {
    let mut options = options(&[]);
    for (flag, name, value) in settings {
        options
            .settings
            .set(*flag, name, value, SetBy::Flag(*flag, (*name).to_owned()))?;
    }
    Ok(options)
}

fn set(name: &str, value: &str) -> String {
    chosen(&[(SettingFlag::Set, name, value)]).unwrap_err()
}

fn sidecar(edited: &Value) -> Value {
    let inits = edited["spec"]["initContainers"].as_array().unwrap();
    inits
        .iter()
        .find(|container| container["name"] == "wisp")
        .unwrap()
        .clone()
}

fn diagnostics(options: &Options, annotations: &Value) -> String {
    outcome(&template(&json!({}), &json!({"annotations": annotations})), options).unwrap_err()
}

#[test]
fn settings_become_variables_of_the_sidecar_alone() {
    let options = chosen(&[
        (SettingFlag::Set, "resources", "https://vault.azure.net"),
        (SettingFlag::Set, "WISP_LOG_FORMAT", "text"),
        (SettingFlag::Set, "https_proxy", "http://proxy.example:3128"),
    ])
    .unwrap();
    let annotations = json!({"wisp/set.log-format": "json", "wisp/set.WISP_CLUSTER": "blue"});
    let (_, edited) = outcome(&template(&json!({}), &json!({"annotations": annotations})), &options).unwrap();
    insta::assert_snapshot!(sidecar(&edited)["env"].to_string(), @r#"[{"name":"AZURE_CLIENT_ID","value":"11111111-1111-1111-1111-111111111111"},{"name":"AZURE_TENANT_ID","value":"contoso.com"},{"name":"AZURE_FEDERATED_TOKEN_FILE","value":"/var/run/secrets/wisp/azure-identity-token"},{"name":"HTTPS_PROXY","value":"http://proxy.example:3128"},{"name":"WISP_CLUSTER","value":"blue"},{"name":"WISP_LOG_FORMAT","value":"json"},{"name":"WISP_RESOURCES","value":"https://vault.azure.net"}]"#);
    assert!(edited["spec"]["containers"][0].get("env").is_none());
}

#[test]
fn nothing_is_put_in_the_place_of_a_value() {
    let (_, edited) = outcome(
        &template(&json!({}), &json!({})),
        &chosen(&[(SettingFlag::Set, "cluster", "$(HOME)")]).unwrap(),
    )
    .unwrap();
    assert_eq!(sidecar(&edited)["env"][3]["value"], "$$(HOME)");
}

#[test]
fn each_is_checked_as_serve_does() {
    insta::assert_snapshot!(set("resources", "a b"), @"`--set resources` cannot be `a b`: expected one App ID URI or GUID, without white space, quotes or control characters");
    insta::assert_snapshot!(set("WISP_RESORCES", "a"), @"`--set WISP_RESORCES` names no setting of wisp; did you mean `WISP_RESOURCES`?");
    insta::assert_snapshot!(set("WISP_MAX_CONNECTIONS", "0"), @"`--set WISP_MAX_CONNECTIONS` cannot be `0`: expected a whole number from 1 to 65536");
    insta::assert_snapshot!(set("WISP_IDENTITIES", "{a = {client_id = 'x'}}"), @r"`--set WISP_IDENTITIES` cannot be `{a = {client_id = \'x\'}}`: expected a GUID such as 00000000-1111-2222-3333-444444444444");
    insta::assert_snapshot!(set("WISP_IDENTITIES", "{a = {clientid = 'x'}}"), @r"`--set WISP_IDENTITIES` cannot be `{a = {clientid = \'x\'}}`: unknown key of `identities.a` in flag --identities: `clientid`; did you mean `client_id`?");
    insta::assert_snapshot!(set("WISP_IDENTITIES", "{a"), @r#"`--set WISP_IDENTITIES` cannot be `{a`: expected identities by name, as a TOML inline table or JSON object such as `{app = {client_id = "…", tenant_id = "…", object_id = "…", resource_id = "…"}}`, or an array of such entries with a `name`; not TOML (expected `.`, `=`), not JSON (key must be a string at line 1 column 2)"#);
    insta::assert_snapshot!(set("HTTPS_PROXY", "socks5://u:hunter2@proxy"), @"`--set HTTPS_PROXY` cannot have this value: expected http://host:port or https://host:port, with user:password@ before the host if the proxy wants a login");
    let wrong = json!({"wisp/set.WISP_LOG": "verbose", "wisp/set.": "x", "wisp/file.ca_file": "ca.crt", "wisp/set.resources": 3});
    insta::assert_snapshot!(refused(&json!({}), &json!({"annotations": wrong}), &[]), @"
metadata.annotations.wisp/file.ca_file: annotation `wisp/file.ca_file` cannot be `ca.crt`: expected configmap/NAME/KEY or secret/NAME/KEY
metadata.annotations.wisp/set.: annotation `wisp/set.` names no setting of wisp; `wisp serve --help` lists them
metadata.annotations.wisp/set.WISP_LOG: annotation `wisp/set.WISP_LOG` cannot be `verbose`: expected a comma-separated list of levels (`off`, `error`, `warn`, `info`, `debug`, `trace`), each alone or as `target=level`
metadata.annotations.wisp/set.resources: annotation `wisp/set.resources` must be text; put its value in quotes
");
}

#[test]
fn what_injection_manages_is_said_by_its_choices() {
    let all: Vec<_> = [
        "client_id",
        "AZURE_TENANT_ID",
        "authority",
        "token_file",
        "WISP_LISTEN",
        "admin-listen",
        "WISP_IDENTITY_HEADER",
    ]
    .into_iter()
    .map(|name| set(name, "x"))
    .collect();
    insta::assert_snapshot!(all.join("\n"), @"
`--set client_id` cannot be set: use the choice `client-id`
`--set AZURE_TENANT_ID` cannot be set: use the choice `tenant-id`
`--set authority` cannot be set: use the choice `authority`
`--set token_file` cannot be set: injection mounts the token; the choice `token` selects which
`--set WISP_LISTEN` cannot be set: the application has to ask at the same address; the choice `token-port` sets both
`--set admin-listen` cannot be set: the probes have to ask at the same address; the choice `admin-port` sets both
`--set WISP_IDENTITY_HEADER` cannot be set: a secret does not belong in a manifest: mode `env` takes the pod's UID, and `--file WISP_IDENTITY_HEADER_FILE=secret/NAME/KEY` takes one from a Secret
");
    insta::assert_snapshot!(set("ca_file", "/ca.pem"), @"`--set ca_file` names a file, which has to be in wisp's container: `--file WISP_CA_FILE=configmap/NAME/KEY` (or secret/NAME/KEY, or annotation `wisp/file.WISP_CA_FILE`) puts it there");
    insta::assert_snapshot!(chosen(&[(SettingFlag::File, "resources", "configmap/a/b")]).unwrap_err(), @"`--file resources` does not name a file; set its value by `--set WISP_RESOURCES=VALUE`");
}

/// Whatever `serve` has, injection can say, or says who does.
#[test]
fn every_setting_can_be_chosen() {
    let mut by_choice = Vec::new();
    for key in KEYS.iter().copied().chain([&CONFIG]) {
        let as_file = chosen(&[(SettingFlag::File, key.name, "configmap/a/b")]);
        let as_value = chosen(&[(SettingFlag::Set, key.name, "\u{1}")]);
        match (as_file, as_value) {
            (Ok(_), Err(error)) => assert!(error.contains("names a file"), "{error}"),
            (Err(error), _) if error.contains("cannot be set: ") => by_choice.push(key.name),
            (Err(error), as_value) => {
                assert!(error.contains("does not name a file"), "{error}");
                let free = ["default_identity", "no_proxy"].contains(&key.name);
                assert!(free || as_value.unwrap_err().contains("cannot "), "{}", key.name);
            }
            (Ok(_), Ok(_)) => panic!("{} is both", key.name),
        }
    }
    insta::assert_snapshot!(by_choice.join(" "), @"client_id tenant_id token_file authority listen admin_listen identity_listen identity_header");
}

#[test]
fn a_name_that_is_said_twice_has_one_value() {
    assert!(
        chosen(&[(SettingFlag::Set, "resources", "a"), (SettingFlag::Set, "WISP_RESOURCES", "a")]).is_ok()
    );
    insta::assert_snapshot!(chosen(&[(SettingFlag::Set, "resources", "a"), (SettingFlag::Set, "WISP_RESOURCES", "b")]).unwrap_err(), @"`--set WISP_RESOURCES` sets `WISP_RESOURCES` a second time, to another value than `--set resources`; keep one");
    let twice = json!({"wisp/set.resources": "a", "wisp/set.WISP_RESOURCES": "b"});
    insta::assert_snapshot!(diagnostics(&options(&[]), &twice), @"metadata.annotations.wisp/set.resources: annotation `wisp/set.resources` sets `WISP_RESOURCES` a second time, to another value than annotation `wisp/set.WISP_RESOURCES`; keep one");
}

#[test]
fn settings_are_checked_together() {
    let ready = chosen(&[(SettingFlag::Set, "ready_after_prefetch", "true")]).unwrap();
    insta::assert_snapshot!(diagnostics(&ready, &json!({})), @"spec: `ready_after_prefetch` cannot be `true` (from --set ready_after_prefetch): `prefetch` is empty; list the resources to wait for");
    insta::assert_snapshot!(diagnostics(&options(&[]), &json!({"wisp/set.prefetch": "a", "wisp/set.resources": "b"})), @"metadata.annotations.wisp/set.prefetch: `prefetch` cannot be `a` (from annotation wisp/set.prefetch): `resources` is set and does not list it in exactly this spelling");
    // What else there is may make it right.
    let mut elsewhere = ready;
    elsewhere
        .set("settings-from", "configmap/settings")
        .unwrap();
    let (warnings, _) = outcome(&template(&json!({}), &json!({})), &elsewhere).unwrap();
    insta::assert_snapshot!(warnings.join("\n"), @"ConfigMap `settings` is not checked here, because it is not among the files (`kubectl get configmap settings -o yaml` writes one that can be); wisp checks it when it starts, and exits with code 64 and the reason if it is invalid");
    for (choice, value) in [
        ("tenant-id", "common"),
        ("tenant-id", "contoso"),
        ("authority", "https://u@login.example"),
        ("client-id", "00000000-0000-0000-0000-000000000000"),
    ] {
        let mut options = options(&[]);
        let refused = options
            .set(choice, value)
            .map_or_else(|_| true, |()| outcome(&template(&json!({}), &json!({})), &options).is_err());
        assert!(refused, "{choice} {value}");
    }
}

#[test]
fn several_identities_need_no_first_one() {
    let table = "{orders = {client_id = '11111111-1111-1111-1111-111111111111'}, bills = {client_id = '22222222-2222-2222-2222-222222222222'}}";
    let annotations = json!({"wisp/set.identities": table, "wisp/set.default-identity": "bills", "wisp/tenant-id": "contoso.com"});
    let pod = |annotations: &Value| {
        outcome(&template(&json!({}), &json!({"annotations": annotations})), &Options::default())
    };
    let (_, edited) = pod(&annotations).unwrap();
    assert_eq!(
        names(&sidecar(&edited)["env"]),
        ["AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "WISP_DEFAULT_IDENTITY", "WISP_IDENTITIES"]
    );
    let mut unknown = annotations.clone();
    unknown["wisp/set.default-identity"] = json!("nobody");
    insta::assert_snapshot!(pod(&unknown).unwrap_err(), @"metadata.annotations.wisp/set.default-identity: `default_identity` cannot be `nobody` (from annotation wisp/set.default-identity): expected one of `bills`, `orders`");
    let mut homeless = annotations;
    homeless.as_object_mut().unwrap().remove("wisp/tenant-id");
    insta::assert_snapshot!(pod(&homeless).unwrap_err(), @"spec: `tenant_id` is not set: `identities.bills` needs a tenant; set AZURE_TENANT_ID (the workload identity webhook does where the pod template has the label azure.workload.identity/use=true), --tenant-id, or `tenant_id` in the file");
}

#[test]
fn files_are_mounted_into_the_sidecar_alone() {
    let options = chosen(&[
        (SettingFlag::File, "WISP_CA_FILE", "configmap/roots/ca.crt"),
        (SettingFlag::File, "WISP_IDENTITY_HEADER_FILE", "secret/header/value"),
        (SettingFlag::File, "config", "configmap/wisp/wisp.toml"),
    ])
    .unwrap();
    let (warnings, edited) =
        outcome(&template(&json!({"volumes": [{"name": "tmp"}]}), &json!({})), &options).unwrap();
    insta::assert_snapshot!(warnings.join("\n"), @"the settings file /etc/wisp/config (configmap/wisp/wisp.toml) is not checked here, because it is not among the files (`kubectl get configmap wisp -o yaml` writes one that can be); wisp checks it when it starts, and exits with code 64 and the reason if it is invalid");
    insta::assert_snapshot!(edited["spec"]["volumes"][1].to_string(), @r#"{"name":"wisp-files","projected":{"sources":[{"configMap":{"items":[{"key":"ca.crt","path":"ca_file"}],"name":"roots"}},{"configMap":{"items":[{"key":"wisp.toml","path":"config"}],"name":"wisp"}},{"secret":{"items":[{"key":"value","path":"identity_header_file"}],"name":"header"}}]}}"#);
    insta::assert_snapshot!(sidecar(&edited)["volumeMounts"].to_string(), @r#"[{"mountPath":"/var/run/secrets/wisp","name":"wisp-token","readOnly":true},{"mountPath":"/etc/wisp","name":"wisp-files","readOnly":true}]"#);
    insta::assert_snapshot!(sidecar(&edited)["env"].to_string(), @r#"[{"name":"AZURE_CLIENT_ID","value":"11111111-1111-1111-1111-111111111111"},{"name":"AZURE_TENANT_ID","value":"contoso.com"},{"name":"AZURE_FEDERATED_TOKEN_FILE","value":"/var/run/secrets/wisp/azure-identity-token"},{"name":"WISP_CA_FILE","value":"/etc/wisp/ca_file"},{"name":"WISP_CONFIG","value":"/etc/wisp/config"},{"name":"WISP_IDENTITY_HEADER_FILE","value":"/etc/wisp/identity_header_file"}]"#);
    assert!(
        edited["spec"]["containers"][0]
            .get("volumeMounts")
            .is_none()
    );
    let taken = template(&json!({"volumes": [{"name": "wisp-files"}]}), &json!({}));
    insta::assert_snapshot!(outcome(&taken, &options).unwrap_err(), @"spec.volumes[0]: the pod already has a volume `wisp-files`, which wispctl did not inject; rename it");
}

#[test]
fn a_config_map_has_all_settings_that_it_likes() {
    let mut from = Options::default();
    from.set("config-map", "identity").unwrap();
    from.set("settings-from", "configmap/identity,secret/proxy")
        .unwrap();
    let (_, edited) = outcome(&template(&json!({}), &json!({})), &from).unwrap();
    insta::assert_snapshot!(sidecar(&edited)["envFrom"].to_string(), @r#"[{"configMapRef":{"name":"identity"}},{"secretRef":{"name":"proxy"}}]"#);
    for bad in ["identity", "configmap/A", "configmap/a,", "pod/a"] {
        assert!(from.set("settings-from", bad).is_err(), "{bad}");
    }
}

#[test]
fn the_life_of_the_token_is_chosen() {
    const WEBHOOKS: &str = "azure.workload.identity/service-account-token-expiration";
    let life = |annotations: Value, choices: &[(&str, &str)]| {
        let (_, edited) = accepted(&json!({}), &json!({"annotations": annotations}), choices);
        edited["spec"]["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"]["expirationSeconds"]
            .clone()
    };
    assert_eq!(life(json!({}), &[]), 3600);
    assert_eq!(life(json!({}), &[("token-lifetime", "600")]), 600);
    assert_eq!(life(json!({WEBHOOKS: "7200"}), &[("token-lifetime", "600")]), 7200);
    assert_eq!(life(json!({WEBHOOKS: "7200", "wisp/token-lifetime": "86400"}), &[]), 86400);
    for wrong in [json!("3599"), json!("86401"), json!("1h"), json!(3600)] {
        let shown = refused(&json!({}), &json!({"annotations": {WEBHOOKS: wrong}}), &[]);
        assert!(shown.contains("expected a number of seconds from 3600 to 86400"), "{shown}");
    }
    for wrong in ["599", "86401", "", "1h", "-1"] {
        assert!(Options::default().set("token-lifetime", wrong).is_err(), "{wrong}");
    }
}

#[test]
fn passthrough_has_a_way_past_the_redirect_that_wisp_alone_uses() {
    let mut passing = chosen(&[(SettingFlag::Set, "passthrough", "/metadata/instance")]).unwrap();
    let args = |options: &Options| {
        let (_, edited) = outcome(&template(&json!({}), &json!({})), options).unwrap();
        edited["spec"]["initContainers"][0]["args"].to_string()
    };
    assert!(!args(&options(&[])).contains("passthrough"));
    assert!(args(&passing).contains(r#""--passthrough-uid","54254""#));
    let same = json!({"containers": [{"name": "app", "securityContext": {"runAsUser": 54254}}]});
    let refused = |options: &Options| outcome(&template(&same, &json!({})), options).unwrap_err();
    insta::assert_snapshot!(refused(&passing), @"spec.containers[0]: container `app` runs as user 54254, as wisp does, and WISP_PASSTHROUGH gives that user a way to the node; run it as another user, or wisp as another with `user`");
    assert!(outcome(&template(&same, &json!({})), &options(&[])).is_ok());
    passing.set("redirect", "lo").unwrap();
    insta::assert_snapshot!(outcome(&template(&json!({}), &json!({})), &passing).unwrap_err(), @"spec: `redirect` `lo` leaves no way to the node, which WISP_PASSTHROUGH needs; use `redirect` `nft`");
}
