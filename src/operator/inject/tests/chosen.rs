//! What is chosen, and how it is checked.

use serde_json::{Value, json};

use super::{accepted, names, options, outcome, refused, template};
use crate::{
    operator::inject::{Options, options::CHOICES},
    settings::{Env, Sources},
};

/// What is chosen becomes a variable that `wisp serve` reads: what it refuses must not be written.
#[test]
fn identities_are_those_that_a_start_accepts() {
    let (id, tenant) = ("11111111-1111-1111-1111-111111111111", "contoso.onmicrosoft.com");
    let zero = "00000000-0000-0000-0000-000000000000";
    let authorities = [
        "https://login.microsoftonline.us/",
        "https://login.example:99999",
        "https://u@login.example",
        "https://login.example/t",
        "http://login.example",
        "login.example",
        "https://",
    ];
    let ids = [id, zero, "me", " ", "{11111111-1111-1111-1111-111111111111}"];
    let tenants =
        [tenant, id, zero, "common", "organizations", "consumers", "Common", "contoso", "a b", "a..b"];
    for (choice, variable, values) in [
        ("client-id", "AZURE_CLIENT_ID", ids.as_slice()),
        ("tenant-id", "AZURE_TENANT_ID", &tenants),
        ("authority", "AZURE_AUTHORITY_HOST", &authorities),
    ] {
        let mut accepted = 0;
        for value in values {
            let mut variables = vec![("AZURE_CLIENT_ID", id), ("AZURE_TENANT_ID", tenant)];
            variables.retain(|(name, _)| *name != variable);
            variables.push((variable, value));
            let nothing = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
            let serve = Sources::new(Vec::new(), Env::from_iter(variables), Box::new(nothing)).load();
            let inject = Options::default().set(choice, value);
            assert_eq!(inject.is_ok(), serve.is_ok(), "{choice} {value}: {inject:?}, {serve:?}");
            accepted += usize::from(inject.is_ok());
        }
        assert!(accepted > 0 && accepted < values.len(), "{choice}");
    }
}

#[test]
fn annotations_choose_and_are_checked() {
    let (_, edited) =
        accepted(&json!({}), &json!({"annotations": {"wisp/mode": "manual", "wisp/memory": "64Mi"}}), &[]);
    assert_eq!(edited["spec"]["initContainers"][0]["resources"]["limits"]["memory"], "64Mi");
    let wrong = json!({"annotations": {
        "wisp/mode": "sidecar", "wisp/share-token": "yes", "wisp/cpu": "a lot", "wisp/colour": "red", "wisp/image": 3,
        "wisp/client-id": "me", "wisp/containers": "a,,b", "wisp/audience": "", "wisp/authority": "http://x", "wisp/tenant-id": "a b",
        "wisp/sidecar": "true", "wisp/token": "mine", "wisp/memory": "0", "wisp/no-proxy": "a, b"}});
    insta::assert_snapshot!(refused(&json!({}), &wrong, &[]), @"
metadata.annotations.wisp/audience: annotation `wisp/audience` cannot be ``: expected an audience without spaces
metadata.annotations.wisp/authority: annotation `wisp/authority` cannot be `http://x`: expected an https origin such as https://login.microsoftonline.com
metadata.annotations.wisp/client-id: annotation `wisp/client-id` cannot be `me`: expected a GUID such as 00000000-1111-2222-3333-444444444444
metadata.annotations.wisp/colour: annotation `wisp/colour` is not known; known are `inject`, `set.` and `file.` with a setting behind it, mode, redirect, image, sidecar, client-id, tenant-id, authority, config-map, settings-from, token, audience, token-lifetime, share-token, token-port, admin-port, user, containers, container-identities, variables, no-proxy, take-proxy, cpu, memory, verify
metadata.annotations.wisp/containers: annotation `wisp/containers` cannot be `a,,b`: expected a comma-separated list of container names
metadata.annotations.wisp/cpu: annotation `wisp/cpu` cannot be `a lot`: expected a quantity such as 100m or 1
metadata.annotations.wisp/image: annotation `wisp/image` must be text; put its value in quotes
metadata.annotations.wisp/memory: annotation `wisp/memory` cannot be `0`: expected a quantity such as 32Mi
metadata.annotations.wisp/mode: annotation `wisp/mode` cannot be `sidecar`: expected `redirect`, `env`, `http-proxy` or `manual`
metadata.annotations.wisp/no-proxy: annotation `wisp/no-proxy` cannot be `a, b`: expected a comma-separated list without spaces
metadata.annotations.wisp/share-token: annotation `wisp/share-token` cannot be `yes`: expected `true` or `false`
metadata.annotations.wisp/sidecar: annotation `wisp/sidecar` cannot be `true`: expected `native` or `container`
metadata.annotations.wisp/tenant-id: annotation `wisp/tenant-id` cannot be `a b`: expected a tenant's GUID or its domain name
metadata.annotations.wisp/token: annotation `wisp/token` cannot be `mine`: expected `auto`, `own` or `webhook`
");
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
    insta::assert_snapshot!(says(json!(true), json!("true")), @"metadata.annotations.wisp/inject: annotation `wisp/inject` must be text; put its value in quotes");
    assert!(
        outcome(&template(&json!({}), &json!({"labels": {"wisp/inject": "true"}})), &options(&[])).is_ok()
    );
}

#[test]
fn an_identity_is_needed() {
    let shown = outcome(&template(&json!({}), &json!({})), &Options::default()).unwrap_err();
    insta::assert_snapshot!(shown, @r#"
spec: no client id: give `--client-id` or annotation `wisp/client-id`, name a ConfigMap that has it by `--config-map` or `wisp/config-map`, or let the workload identity webhook set it by label `azure.workload.identity/use: "true"`
spec: no tenant: give `--tenant-id` or annotation `wisp/tenant-id`, name a ConfigMap that has it by `--config-map` or `wisp/config-map`, or let the workload identity webhook set it by label `azure.workload.identity/use: "true"`
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

/// What help and documents say is chosen when nobody chooses. Where they describe it in words, there is nothing to set.
#[test]
fn the_defaults_are_those_that_are_told() {
    let mut set = Vec::new();
    for choice in CHOICES {
        let mut options = Options::default();
        if options.set(choice.name, choice.default).is_ok() {
            assert_eq!(options, Options::default(), "{}", choice.name);
            set.push(choice.name);
        }
    }
    insta::assert_snapshot!(set.join(" "), @"mode redirect image sidecar token-lifetime share-token token-port admin-port user variables take-proxy verify");
}

#[test]
fn a_token_at_start_is_asked_for_by_a_variable() {
    let env = |choices: &[(&str, &str)]| {
        let (_, edited) = accepted(&json!({}), &json!({}), &[&[("mode", "manual")], choices].concat());
        edited["spec"]["initContainers"][0]["env"].clone()
    };
    let has = |env: &Value, value: &str| {
        env.as_array()
            .unwrap()
            .contains(&json!({"name": "WISP_VERIFY", "value": value}))
    };
    assert!(has(&env(&[("verify", "ready")]), "ready") && has(&env(&[("verify", "log")]), "log"));
    assert!(!has(&env(&[("verify", "off")]), "off") && env(&[("verify", "off")]) == env(&[]));
    let elsewhere = [("verify", "ready"), ("authority", "https://login.example")];
    insta::assert_snapshot!(refused(&json!({}), &json!({}), &elsewhere), @"spec: `verify` needs a resource to get a token for, and the Resource Manager of https://login.example is not known");
    let wrong = json!({"annotations": {"wisp/verify": "yes"}});
    insta::assert_snapshot!(refused(&json!({}), &wrong, &[]), @"metadata.annotations.wisp/verify: annotation `wisp/verify` cannot be `yes`: expected `off`, `log` or `ready`");
}
