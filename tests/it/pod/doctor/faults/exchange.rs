//! Faults of the identity and of the exchange.

use serde_json::json;
use wisp::emulator::FaultKind;

use super::{Case, Setup, network::authority};
use crate::pod::doctor::served::jwt;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "the client id is nobody's",
        check: "exchange",
        provoke: |_| Setup::variable("AZURE_CLIENT_ID", "99999999-bbbb-4bbb-8bbb-999999999999"),
    },
    Case {
        name: "the principal id is taken for the client id",
        check: "exchange",
        provoke: |_| Setup::variable("AZURE_CLIENT_ID", "33333333-cccc-4ccc-8ccc-333333333333"),
    },
    Case {
        name: "the credential is for another service account",
        check: "exchange",
        provoke: |patient| Setup::token(patient, &json!({"sub": "system:serviceaccount:other:app"})),
    },
    Case {
        name: "the resource does not exist",
        check: "exchange",
        provoke: |_| Setup::arguments(&["--resource", "https://nothing.example"]),
    },
    Case {
        name: "the identity has no credential",
        check: "exchange",
        provoke: |_| Setup::fault(FaultKind::Aadsts(70025)),
    },
    Case {
        name: "conditional access refuses",
        check: "exchange",
        provoke: |_| Setup::fault(FaultKind::Aadsts(53003)),
    },
    Case {
        name: "Entra cannot read the issuer's keys",
        check: "exchange",
        provoke: |_| Setup::fault(FaultKind::IssuerUnreachable { issuer: "cluster".into() }),
    },
    Case {
        name: "Entra throttles",
        check: "exchange",
        provoke: |_| Setup::fault(FaultKind::Throttle { retry_after_seconds: 60 }),
    },
    Case {
        name: "Entra is down",
        check: "exchange",
        provoke: |_| Setup::fault(FaultKind::Unavailable { retry_after_seconds: None }),
    },
    Case {
        name: "Entra's answers are cut off",
        check: "exchange",
        provoke: |_| Setup::fault(FaultKind::Reset),
    },
    Case { name: "Entra never answers", check: "exchange", provoke: |_| Setup::fault(FaultKind::Hang) },
    Case {
        name: "the token is somebody else's",
        check: "exchanged-identity",
        provoke: |patient| {
            authority(patient, |path| issued(path, "99999999-bbbb-4bbb-8bbb-999999999999", VAULT))
        },
    },
    Case {
        name: "the token is for something else",
        check: "exchanged-identity",
        provoke: |patient| {
            authority(patient, |path| {
                issued(path, "22222222-bbbb-4bbb-8bbb-222222222222", "https://storage.azure.com")
            })
        },
    },
];

const VAULT: &str = "https://vault.azure.net";

/// What an authority answers that issues to this application, for this audience.
#[expect(clippy::unnecessary_wraps, reason = "an answer may be none elsewhere")]
pub(super) fn issued(path: &str, app_id: &str, audience: &str) -> Option<(u16, &'static str, String)> {
    if !path.ends_with("/token") {
        return Some((200, "", r#"{"token_endpoint":"https://127.0.0.1/token"}"#.into()));
    }
    let claims = json!({"appid": app_id, "aud": audience, "marked": "hunter2".repeat(10)});
    let token = jwt("entra", &claims);
    Some((200, "", json!({"access_token": token, "expires_in": 3599, "token_type": "Bearer"}).to_string()))
}
