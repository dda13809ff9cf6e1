//! Faults of the projected token and of its issuer.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::{Value, json};

use super::{Case, Setup};
use crate::pod::doctor::{
    patient::{Patient, now},
    served::{Served, jwt},
};

const DISCOVERY: &str = "/.well-known/openid-configuration";

pub(super) const CASES: &[Case] = &[
    Case {
        name: "the token file is not there",
        check: "token-file",
        provoke: |_| Setup::variable("AZURE_FEDERATED_TOKEN_FILE", "/var/run/none/token"),
    },
    Case { name: "the token file is empty", check: "token-file", provoke: |patient| bytes(patient, b"\n") },
    Case {
        name: "the token file is a folder",
        check: "token-file",
        provoke: |_| Setup::variable("AZURE_FEDERATED_TOKEN_FILE", "/tmp"),
    },
    Case {
        name: "the token file holds no JWT",
        check: "token-file",
        provoke: |patient| bytes(patient, b"hello"),
    },
    Case {
        name: "wisp may not read the token file",
        check: "token-file",
        provoke: |patient| {
            let (name, path) = patient.token(&json!({}));
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            Setup::variable(name, path)
        },
    },
    Case {
        name: "a token of Entra is mounted",
        check: "token-kind",
        provoke: |patient| Setup::token(patient, &json!({"iss": "https://sts.windows.net/x/"})),
    },
    Case {
        name: "the token of a Secret is mounted",
        check: "token-kind",
        provoke: |patient| Setup::token(patient, &json!({"iss": "kubernetes/serviceaccount", "exp": null})),
    },
    Case {
        name: "a token of another system is mounted",
        check: "token-kind",
        provoke: |patient| Setup::token(patient, &json!({"sub": "repo:octo/shop:ref:refs/heads/main"})),
    },
    Case {
        name: "the token is an old copy",
        check: "token-fresh",
        provoke: |patient| {
            Setup::token(patient, &json!({"iat": now() - 7300, "nbf": now() - 7300, "exp": now() - 3700}))
        },
    },
    Case {
        name: "the API server's clock is ahead",
        check: "token-fresh",
        provoke: |patient| {
            Setup::token(patient, &json!({"iat": now() + 3600, "nbf": now() + 3600, "exp": now() + 7200}))
        },
    },
    Case {
        name: "the token is for the API server",
        check: "token-audience",
        provoke: |patient| Setup::token(patient, &json!({"aud": ["https://kubernetes.default.svc"]})),
    },
    Case {
        name: "the token is for an identity binding, and there is no token proxy",
        check: "token-audience",
        provoke: |patient| Setup::token(patient, &json!({"aud": ["api://AKSIdentityBinding"]})),
    },
    Case {
        name: "the token lives too long",
        check: "token-lifetime",
        provoke: |patient| Setup::token(patient, &json!({"exp": now() + 30 * 3600})),
    },
    Case {
        name: "the issuer is no https URL",
        check: "issuer-public",
        provoke: |patient| Setup::token(patient, &json!({"iss": "http://oidc.example/"})),
    },
    Case {
        name: "the cluster's issuer is the API server",
        check: "issuer-public",
        provoke: |patient| {
            let setup =
                Setup::token(patient, &json!({"iss": "https://kubernetes.default.svc.cluster.local"}));
            setup.and("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/")
        },
    },
    Case {
        name: "the issuer publishes nothing",
        check: "issuer-discovery",
        provoke: |patient| {
            let issuer = format!("{}/issuer/none/", patient.authority());
            Setup::token(patient, &json!({"iss": issuer}))
        },
    },
    Case {
        name: "the issuer's slash at the end differs",
        check: "issuer-discovery",
        provoke: |patient| {
            let issuer = format!("{}/issuer/cluster", patient.authority());
            Setup::token(patient, &json!({"iss": issuer}))
        },
    },
    Case {
        name: "the discovery document is a page of a proxy",
        check: "issuer-discovery",
        provoke: |patient| issuer(patient, |_| Some((200, "", "<html>log in</html>".into()))),
    },
    Case {
        name: "the keys are not published",
        check: "issuer-keys",
        provoke: |patient| {
            issuer(patient, |path| match path {
                DISCOVERY => Some((200, "", "DOCUMENT".into())),
                _ => Some((404, "", String::new())),
            })
        },
    },
    Case {
        name: "the key set is none",
        check: "issuer-keys",
        provoke: |patient| {
            issuer(patient, |path| match path {
                DISCOVERY => Some((200, "", "DOCUMENT".into())),
                _ => Some((200, "", r#"{"keys":[]}"#.into())),
            })
        },
    },
    Case {
        name: "the key was rotated, and the new one is not published",
        check: "issuer-key",
        provoke: |patient| {
            let token = jwt("a-key-that-nobody-knows", &patient.claims());
            bytes(patient, token.as_bytes())
        },
    },
];

fn bytes(patient: &Patient, bytes: &[u8]) -> Setup {
    let (name, path) = patient.token_file(bytes);
    Setup::variable(name, path)
}

/// A token whose issuer is a server of its own. `DOCUMENT` stands for a discovery document that is right.
fn issuer(patient: &Patient, answers: fn(&str) -> Option<(u16, &'static str, String)>) -> Setup {
    let server = Served::issuer(&patient.pod.network, answers);
    let mut claims = patient.claims();
    claims["iss"] = Value::from(format!("https://127.0.0.1:{}", server.port));
    let trusted = patient.file("roots", roots(patient).as_bytes());
    bytes(patient, jwt("one", &claims).as_bytes())
        .and("SSL_CERT_FILE", trusted.to_str().unwrap())
        .server(server)
}

/// The roots of the emulator and of the other servers.
fn roots(patient: &Patient) -> String {
    let emulator = patient.entra.with(|emulator| emulator.ca_pem().to_string());
    format!("{emulator}\n{}", crate::kit::pki::pki().trusted_pem)
}
