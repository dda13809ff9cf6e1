//! Faults on the way to Entra.

use super::{Case, Setup};
use crate::{
    kit::pki::pki,
    pod::doctor::{patient::Patient, served::Served},
};

const AUTHORITY: &str = "AZURE_AUTHORITY_HOST";
const PROXY: &str = "HTTPS_PROXY";

/// The issuer is not what these are about, and is not in their network.
const NO_ISSUER: [&str; 2] = ["--ignore", "issuer"];

pub(super) const CASES: &[Case] = &[
    Case {
        name: "the authority's name does not exist",
        check: "authority-name",
        provoke: |_| Setup {
            arguments: NO_ISSUER.to_vec(),
            ..Setup::variable(AUTHORITY, "https://none.invalid")
        },
    },
    Case {
        name: "nothing listens at the authority",
        check: "authority-connect",
        provoke: |_| Setup::variable(AUTHORITY, "https://10.77.0.1:1"),
    },
    Case {
        name: "a firewall drops what goes to the authority",
        check: "authority-connect",
        provoke: |_| Setup::variable(AUTHORITY, "https://10.77.0.99"),
    },
    Case {
        name: "nothing listens at the proxy",
        check: "authority-proxy",
        provoke: |_| Setup::variable(PROXY, "http://user:hunter2@127.0.0.1:1"),
    },
    Case {
        name: "the proxy's name does not exist",
        check: "authority-proxy",
        provoke: |_| Setup::variable(PROXY, "http://none.invalid:3128"),
    },
    Case {
        name: "the proxy wants a login",
        check: "authority-proxy",
        provoke: |patient| proxy(patient, |_| Some((407, "Connection: close\r\n", String::new()))),
    },
    Case {
        name: "the proxy does not allow the authority",
        check: "authority-proxy",
        provoke: |patient| proxy(patient, |_| Some((403, "Connection: close\r\n", String::new()))),
    },
    Case {
        name: "the authority's certificate is of an issuer that is not trusted",
        check: "authority-tls",
        provoke: |patient| {
            let other = patient.file("roots", pki().other_pem.as_bytes());
            Setup::variable("SSL_CERT_FILE", other.to_str().unwrap())
        },
    },
    Case {
        name: "the authority's certificate is for another name",
        check: "authority-tls",
        provoke: |patient| {
            let server = Served::tls(&patient.pod.network, |_| Some((200, "", String::new())));
            let authority = format!("https://127.0.0.2:{}", server.port);
            trusting(patient, &authority).server(server)
        },
    },
    Case {
        name: "the authority does not speak TLS",
        check: "authority-tls",
        provoke: |patient| {
            let server = Served::greeting(&patient.pod.network);
            let authority = format!("https://127.0.0.1:{}", server.port);
            trusting(patient, &authority).server(server)
        },
    },
    Case {
        name: "nobody answers TLS at the authority",
        check: "authority-tls",
        provoke: |patient| {
            let server = Served::silent(&patient.pod.network);
            let authority = format!("https://127.0.0.1:{}", server.port);
            trusting(patient, &authority).server(server)
        },
    },
    Case { name: "the proxy hangs", check: "authority-proxy", provoke: |patient| proxy(patient, |_| None) },
    Case {
        name: "the authority is something else",
        check: "authority",
        provoke: |patient| authority(patient, |_| Some((200, "", "<html>hello</html>".into()))),
    },
    Case {
        name: "a captive portal leads away",
        check: "authority",
        provoke: |patient| {
            authority(patient, |_| Some((302, "Location: https://portal.example/login\r\n", String::new())))
        },
    },
    Case {
        name: "the authority never answers",
        check: "authority",
        provoke: |patient| authority(patient, |_| None),
    },
    Case {
        name: "the tenant does not exist",
        check: "tenant",
        provoke: |_| Setup::variable("AZURE_TENANT_ID", "99999999-aaaa-4aaa-8aaa-999999999999"),
    },
    Case {
        name: "the node's clock is twenty minutes behind",
        check: "clock",
        provoke: |patient| {
            authority(patient, |_| {
                Some((
                    200,
                    "Date: IN TWENTY MINUTES\r\n",
                    r#"{"token_endpoint":"https://127.0.0.1/token"}"#.into(),
                ))
            })
        },
    },
];

fn proxy(patient: &Patient, answers: fn(&str) -> Option<(u16, &'static str, String)>) -> Setup {
    let server = Served::plain(&patient.pod.network, answers);
    Setup::variable(PROXY, format!("http://user:hunter2@127.0.0.1:{}", server.port)).server(server)
}

/// An authority of its own, which is trusted. The issuer is left out: only the emulator knows it.
pub(super) fn authority(
    patient: &Patient,
    answers: fn(&str) -> Option<(u16, &'static str, String)>,
) -> Setup {
    let server = Served::tls(&patient.pod.network, answers);
    let authority = format!("https://127.0.0.1:{}", server.port);
    trusting(patient, &authority).server(server)
}

fn trusting(patient: &Patient, authority: &str) -> Setup {
    let trusted = patient.file("roots", pki().trusted_pem.as_bytes());
    let setup = Setup::variable(AUTHORITY, authority).and("SSL_CERT_FILE", trusted.to_str().unwrap());
    Setup { arguments: NO_ISSUER.to_vec(), ..setup }
}
