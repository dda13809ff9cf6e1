//! Faults after the token: what the resource says to it.

use super::{
    super::patient::{Patient, VAULT},
    Case, Setup,
    exchange::issued,
    network::authority,
};

/// The built-in identity of the emulator.
const CLIENT_ID: &str = "22222222-bbbb-4bbb-8bbb-222222222222";

const CHALLENGE: &str = "WWW-Authenticate: Bearer authorization=\"https://login.example\", resource=\"https://storage.azure.com\"\r\n";

pub(super) const CASES: &[Case] = &[
    Case {
        name: "the resource's name does not exist",
        check: "probe-name",
        provoke: |_| probing("https://none.invalid/secrets"),
    },
    Case {
        name: "nothing listens at the resource",
        check: "probe-connect",
        provoke: |_| probing("https://127.0.0.1:1/secrets"),
    },
    Case {
        name: "the token is for another resource",
        check: "probe-answer",
        provoke: |patient| answering(patient, |path| answered(path, 401, CHALLENGE, "")),
    },
    Case {
        name: "a portal answers in the resource's place",
        check: "probe-answer",
        provoke: |patient| {
            answering(patient, |path| {
                answered(path, 200, "Content-Type: text/html\r\n", "<!doctype html><title>Log in</title>")
            })
        },
    },
    Case {
        name: "the identity has no role",
        check: "probe-answer",
        provoke: |patient| answering(patient, |path| answered(path, 403, "", &forbidden("ForbiddenByRbac"))),
    },
    Case {
        name: "the vault goes by access policies",
        check: "probe-answer",
        provoke: |patient| {
            answering(patient, |path| answered(path, 403, "", &forbidden("ForbiddenByPolicy")))
        },
    },
    Case {
        name: "the resource's firewall is closed",
        check: "probe-answer",
        provoke: |patient| {
            answering(patient, |path| answered(path, 403, "x-ms-error-code: AuthorizationFailure\r\n", ""))
        },
    },
    Case {
        name: "only private endpoints are let in",
        check: "probe-answer",
        provoke: |patient| {
            answering(patient, |path| answered(path, 403, "", &forbidden("ForbiddenByConnection")))
        },
    },
];

fn probing(url: &str) -> Setup {
    Setup { probe: Some(url.to_owned()), ..Setup::default() }
}

/// An Entra of its own, which is the resource too.
fn answering(patient: &Patient, answers: fn(&str) -> Option<(u16, &'static str, String)>) -> Setup {
    let setup = authority(patient, answers);
    let probe = format!("https://127.0.0.1:{}/secrets?api-version=7.4", setup.servers[0].port);
    Setup { probe: Some(probe), ..setup }
}

fn answered(
    path: &str,
    status: u16,
    headers: &'static str,
    body: &str,
) -> Option<(u16, &'static str, String)> {
    if path.starts_with("/secrets") {
        return Some((status, headers, body.to_owned()));
    }
    issued(path, CLIENT_ID, VAULT)
}

fn forbidden(code: &str) -> String {
    format!(r#"{{"error":{{"code":"Forbidden","message":"No.","innererror":{{"code":"{code}"}}}}}}"#)
}

#[test]
fn a_resource_that_takes_the_token_is_said_so() {
    let patient = Patient::new();
    let setup = answering(&patient, |path| answered(path, 200, "", &"{}".repeat(256 * 1024)));
    let url = setup.probe.unwrap();
    let mut arguments = vec!["--redirected", "--timeout", "2s", "--resource", VAULT, "--probe", &url];
    arguments.extend(&setup.arguments);
    let answered = patient.doctor(&setup.variables, &arguments);
    assert_eq!((answered.first_failure(), answered.code), (None, 0), "{}", answered.output);
    let probes: Vec<_> = answered
        .findings
        .iter()
        .filter(|(id, _)| id.starts_with("probe-"))
        .collect();
    assert!(probes.len() == 3 && probes.iter().all(|(_, result)| result == "success"), "{probes:?}");
}
