//! What wisp wrote, and what Azure has.

use serde_json::json;

use super::{
    Fault,
    broken::{credential, failed_exchange},
};
use crate::operator::doctor::tests::objects::{CLIENT_ID, VAULTS};

pub(super) const FAULTS: &[Fault] = &[
    (
        "wisp-init tells of a failure",
        "orders",
        |scene| {
            scene.init_log = "error: the kernel refuses\n".to_owned();
        },
        "log-init",
    ),
    (
        "another subject",
        "orders",
        |scene| {
            scene.log += &failed_exchange(
                Some(700_213),
                "AADSTS700213: No matching federated identity record found for subject",
            );
        },
        "log-exchange",
    ),
    (
        "no network",
        "orders",
        |scene| {
            scene.log += &failed_exchange(None, "Connecting to login.microsoftonline.com took too long.");
        },
        "log-exchange",
    ),
    (
        "requests are refused",
        "orders",
        |scene| {
            scene.log += r#"{"level":"WARN","operation":"token","result":"refused","reason":"identity_unknown","detail":"Identity not found"}"#;
        },
        "log-refused",
    ),
    (
        "an issuer inside",
        "cart",
        |scene| {
            scene.issuer = Some("https://kubernetes.default.svc.cluster.local");
            for index in [1, 2] {
                scene.azure[index]["issuer"] = json!("https://kubernetes.default.svc.cluster.local");
            }
        },
        "cluster-issuer",
    ),
    ("no credential", "cart", |scene| drop(scene.azure.remove(1)), "credential"),
    (
        "a slash too few",
        "cart",
        |scene| {
            credential(scene, "issuer", json!("https://westeurope.oic.prod-aks.azure.com/t/i"));
        },
        "credential-issuer",
    ),
    (
        "the issuer of another cluster",
        "cart",
        |scene| {
            credential(scene, "issuer", json!("https://westeurope.oic.prod-aks.azure.com/t/other/"));
        },
        "credential-issuer",
    ),
    (
        "a capital letter",
        "cart",
        |scene| {
            credential(scene, "subject", json!("system:serviceaccount:Shop:cart"));
        },
        "credential-subject",
    ),
    (
        "a letter too many",
        "cart",
        |scene| {
            credential(scene, "subject", json!("system:serviceaccount:shop:carts"));
        },
        "credential-subject",
    ),
    (
        "the credential's audience",
        "cart",
        |scene| {
            credential(scene, "audiences", json!(["api://AzureADTokenExchange/"]));
        },
        "credential-audience",
    ),
    (
        "too many credentials",
        "cart",
        |scene| {
            for number in 0..20 {
                let mut more = scene.azure[2].clone();
                more["subject"] = json!(format!("system:serviceaccount:shop:other-{number}"));
                scene.azure.push(more);
            }
        },
        "credential-count",
    ),
    ("no role", "cart", |scene| scene.azure[3]["principalId"] = json!(CLIENT_ID), "role"),
    (
        "a role elsewhere",
        "cart",
        |scene| {
            scene.azure[3]["scope"] = json!(format!("{}/shop-2", VAULTS));
        },
        "role-scope",
    ),
    (
        "a vault with access policies",
        "cart",
        |scene| {
            scene.azure[4]["properties"]["enableRbacAuthorization"] = json!(false);
        },
        "vault-model",
    ),
    (
        "a vault with a firewall",
        "cart",
        |scene| {
            scene.azure[4]["properties"]["networkAcls"] = json!({"defaultAction": "Deny"});
        },
        "vault-network",
    ),
    (
        "a vault with a private endpoint alone",
        "cart",
        |scene| {
            scene.azure[4]["properties"]["publicNetworkAccess"] = json!("Disabled");
        },
        "vault-network",
    ),
];
