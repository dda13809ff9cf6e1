use serde_json::json;

use super::{case, env, object};

const MODES: [&str; 4] = ["redirect", "env", "http-proxy", "manual"];

fn messages(mode: &str, variables: &[(&str, &str)]) -> String {
    case(&env(variables)).choose("mode", mode).messages()
}

#[test]
fn endpoints_elsewhere_are_told_in_every_mode_that_does_not_set_them() {
    let app_service =
        [("IDENTITY_ENDPOINT", "http://agent.shop/msi/token"), ("IDENTITY_HEADER", "marked-secret")];
    insta::assert_snapshot!(messages("redirect", &app_service), @"spec.containers[0].env[0]: container `app` sets `IDENTITY_ENDPOINT` to `http://agent.shop/msi/token`, where SDKs ask first, so they never ask wisp: it is left over from App Service, Service Fabric or Azure Arc; remove `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`");
    insta::assert_snapshot!(messages("redirect", &[("MSI_ENDPOINT", "http://agent.shop/"), ("MSI_SECRET", "marked-secret")]), @"spec.containers[0].env[0]: container `app` sets `MSI_ENDPOINT` to `http://agent.shop/`, where SDKs ask first, so they never ask wisp: it is left over from App Service, Cloud Shell or Azure Machine Learning; remove `MSI_ENDPOINT` and `MSI_SECRET`");
    insta::assert_snapshot!(messages("redirect", &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://user:marked@nmi.shop")]), @"spec.containers[0].env[0]: container `app` sets `AZURE_POD_IDENTITY_AUTHORITY_HOST` to `http://***@nmi.shop`, where SDKs ask first, so they never ask wisp: it is left over from AAD pod-managed identity, or from another stand-in for the metadata service; remove `AZURE_POD_IDENTITY_AUTHORITY_HOST`");
    insta::assert_snapshot!(messages("redirect", &[("MSI_ENDPOINT", "http://169.254.169.254/metadata/identity/oauth2/token")]), @"spec.containers[0].env[0]: container `app` sets `MSI_ENDPOINT` to `http://169.254.169.254/metadata/identity/oauth2/token`, and SDKs ask there in a way that the metadata service does not answer: it is left over from App Service, Cloud Shell or Azure Machine Learning; remove `MSI_ENDPOINT`");
    insta::assert_snapshot!(messages("manual", &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://169.254.169.254")]), @"spec.containers[0].env[0]: container `app` sets `AZURE_POD_IDENTITY_AUTHORITY_HOST` to `http://169.254.169.254`, which is the node's metadata service, and nothing leads its requests to wisp in this mode: it is left over from AAD pod-managed identity, or from another stand-in for the metadata service; remove `AZURE_POD_IDENTITY_AUTHORITY_HOST`");
    insta::assert_snapshot!(messages("manual", &[("IDENTITY_ENDPOINT", "http://127.0.0.1:4254/msi/token")]), @"spec.containers[0].env[0]: container `app` sets `IDENTITY_ENDPOINT` to `http://127.0.0.1:4254/msi/token`, which is wisp, but only mode `env` gives both the secret that is asked for there: it is left over from App Service, Service Fabric or Azure Arc; remove `IDENTITY_ENDPOINT`");
    for (mode, variables) in MODES.iter().flat_map(|mode| [(mode, app_service)]) {
        if *mode != "env" {
            let messages = messages(mode, &variables);
            assert!(
                messages.contains("IDENTITY_HEADER") && !messages.contains("marked"),
                "{mode}: {messages}"
            );
        }
    }
}

#[test]
fn endpoints_at_which_nothing_listens_are_refused() {
    let arc = [
        ("IDENTITY_ENDPOINT", "http://localhost:40342/metadata/identity/oauth2/token"),
        ("IMDS_ENDPOINT", "http://localhost:40342"),
    ];
    for mode in ["redirect", "http-proxy", "manual"] {
        let refused = case(&env(&arc)).choose("mode", mode).refused();
        assert!(
            refused.contains("no container of the pod says that it listens on port 40342"),
            "{mode}: {refused}"
        );
    }
    insta::assert_snapshot!(case(&env(&arc)).refused(), @"spec.containers[0].env[0]: container `app` sets `IDENTITY_ENDPOINT` to `http://localhost:40342/metadata/identity/oauth2/token`, where SDKs ask first, and no container of the pod says that it listens on port 40342: it is left over from App Service, Service Fabric or Azure Arc; remove `IDENTITY_ENDPOINT` and `IMDS_ENDPOINT`");
    let agent = case(&env(&[("MSI_ENDPOINT", "http://127.0.0.1:9000/token")]));
    assert!(agent.refused().contains("port 9000"));
    let mut listening = env(&[("MSI_ENDPOINT", "http://127.0.0.1:9000/token")]);
    listening["ports"] = json!([{"containerPort": 9000}]);
    assert!(case(&listening).messages().contains("they never ask wisp"));
}

#[test]
fn what_leads_to_wisp_is_fine() {
    for (mode, variables) in [
        ("manual", [("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:4254")].as_slice()),
        ("manual", &[("MSI_ENDPOINT", "http://localhost:4254/oauth2/token")]),
        ("redirect", &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://169.254.169.254")]),
        ("redirect", &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://[::1]:4254/")]),
        ("redirect", &[("IDENTITY_HEADER", "x"), ("ENDPOINT", "http://127.0.0.1:1")]),
    ] {
        assert_eq!(messages(mode, variables), "", "{variables:?}");
    }
}

#[test]
fn env_refuses_what_makes_its_variables_useless() {
    let refused = case(&env(&[("IDENTITY_SERVER_THUMBPRINT", "AB")]))
        .choose("mode", "env")
        .refused();
    insta::assert_snapshot!(refused, @"spec.containers[0].env[0]: container `app` sets `IDENTITY_SERVER_THUMBPRINT` to `AB`, with which SDKs take wisp for Service Fabric and ask it by https; remove it");
    // What comes in whole is hidden by what wisp sets.
    let conf = object("ConfigMap", "conf", &json!({"data": {"IDENTITY_ENDPOINT": "http://127.0.0.1:1/"}}));
    let from = json!({"envFrom": [{"configMapRef": {"name": "conf"}}]});
    assert_eq!(
        case(&from)
            .choose("mode", "env")
            .beside(conf.clone())
            .messages(),
        ""
    );
    insta::assert_snapshot!(case(&from).beside(conf).refused(), @"spec.containers[0].envFrom[0]: container `app` sets `IDENTITY_ENDPOINT` to `http://127.0.0.1:1/` (from ConfigMap `conf`), where SDKs ask first, and no container of the pod says that it listens on port 1: it is left over from App Service, Service Fabric or Azure Arc; remove `IDENTITY_ENDPOINT`");
}

#[test]
fn containers_that_are_left_out_are_not_looked_at() {
    let variables = env(&[("MSI_ENDPOINT", "http://127.0.0.1:1/")]);
    let two = json!([{"name": "app"}, {"name": "other", "env": variables["env"]}, {"name": "istio-proxy", "env": variables["env"]}]);
    let case = case(&json!({})).with("/spec/containers", two);
    assert!(case.refused().contains("`other`") && !case.refused().contains("istio"));
    assert_eq!(
        case.choose("mode", "http-proxy")
            .choose("containers", "app")
            .messages(),
        ""
    );
}
