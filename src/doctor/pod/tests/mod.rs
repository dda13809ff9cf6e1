//! Each check on what was seen, made up: what it says, and that none is left out.

mod endpoint;
mod exchange;
mod issuer;
mod network;
mod process;
mod resource;
mod settings;
mod token_file;

use std::{collections::BTreeSet, io, path::PathBuf, time::Duration};

use zeroize::Zeroizing;

use super::{
    Chain, Context, Order,
    ask::Answer,
    checks,
    endpoint::{Asked, Listening},
    exchange as exchange_checks, issuer as issuer_checks, network as network_checks, redirect,
    resource as resource_checks,
    settings::{self as settings_checks, Configured},
};
use crate::{
    clock::{System, UnixTime},
    doctor::{
        Choice, Finding, Outcome,
        report::{self, Style},
    },
    entra::{LookError, Page, Step},
    jwt::Claims,
    settings::Sources,
};

const NOW: u64 = 1_700_000_000;
const CLIENT_ID: &str = "22222222-bbbb-4bbb-8bbb-222222222222";
const TENANT: &str = "11111111-aaaa-4aaa-8aaa-111111111111";
const ISSUER: &str = "https://eastus.oic.prod-aks.azure.com/t/c/";

fn order() -> Order {
    Order {
        choice: Choice::default(),
        resources: Vec::new(),
        identity: None,
        is_redirected: true,
        probe: None,
        patience: Duration::from_secs(5),
    }
}

fn configured(more: &[(&str, &str)]) -> Configured {
    let usual = [
        ("AZURE_CLIENT_ID", CLIENT_ID),
        ("AZURE_TENANT_ID", TENANT),
        ("WISP_RESOURCES", "https://vault.azure.net"),
    ];
    read(&usual.iter().chain(more).copied().collect::<Vec<_>>())
}

fn read(env: &[(&str, &str)]) -> Configured {
    let missing = |_: &std::path::Path| Err(io::ErrorKind::NotFound.into());
    let sources = Sources::new(Vec::new(), env.iter().copied().collect(), Box::new(missing));
    let context = Context {
        clock: System,
        random: System,
        control_group: PathBuf::from("/nonexistent"),
        open_files: None,
        version: "1.0.0",
    };
    settings_checks::read(&sources, &context, &order())
}

fn claims() -> Claims {
    Claims {
        issuer: Some(ISSUER.into()),
        subject: Some("system:serviceaccount:shop:cart".into()),
        audiences: vec!["api://AzureADTokenExchange".into()],
        issued: Some(NOW),
        not_before: Some(NOW),
        expires: Some(NOW + 3600),
        ..Claims::default()
    }
}

fn page(status: u16, body: &serde_json::Value) -> Page {
    Page {
        status,
        body: Zeroizing::new(body.to_string().into_bytes()),
        date: Some(UnixTime::from_secs(NOW)),
        location: None,
        challenge: None,
        error_code: None,
        is_html: false,
        has_azure_header: false,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "others fail")]
fn answer(status: u16, body: &str) -> io::Result<Answer> {
    Ok(Answer { status, server: "wisp/1.0.0".into(), body: Zeroizing::new(body.to_owned()) })
}

fn refused() -> io::Result<Answer> {
    Err(io::ErrorKind::ConnectionRefused.into())
}

/// What a function finds on a chain of its own.
fn found(judge: impl FnOnce(&mut Chain)) -> Vec<Finding> {
    let mut chain = Chain::new(Choice::default());
    judge(&mut chain);
    chain.findings()
}

fn error(step: Step) -> LookError {
    LookError { step, found: "It happened".into(), fix: "do this.".into() }
}

fn listening(plain: io::Result<Answer>, ready: io::Result<Answer>) -> Listening {
    let address = "127.0.0.1:4254".parse().unwrap();
    let asked = Asked { address, without_header: plain };
    Listening { asked: vec![asked], ready: Some(("[::1]:4255".parse().unwrap(), ready)) }
}

/// Faults, as what was seen of them is judged.
fn faults() -> Vec<Vec<Finding>> {
    [
        settings::faults(),
        token_file::faults(),
        issuer::faults(),
        network::faults(),
        endpoint::faults(),
        process::faults(),
    ]
    .concat()
}

/// What a person reads of each.
fn texts(faults: Vec<Vec<Finding>>) -> String {
    let text = |findings: Vec<Finding>| {
        let quiet = report::text(&findings, Style { quiet: true, colour: false });
        if quiet.is_empty() { report::text(&findings, Style::default()) } else { quiet }
    };
    let texts: Vec<_> = faults.into_iter().map(text).collect();
    texts.join("\n")
}

/// Reading the token file and exchanging are tried with files and with an emulator, in the tests of a pod.
#[test]
fn every_check_has_a_fault_here_or_needs_a_pod() {
    const IN_A_POD: [&str; 7] = [
        "token-file",
        "issuer-public",
        "exchange",
        "exchanged-identity",
        "probe-name",
        "probe-connect",
        "probe-answer",
    ];
    let complaints: BTreeSet<_> = faults()
        .into_iter()
        .flatten()
        .filter(|finding| matches!(finding.outcome, Outcome::Warned(_) | Outcome::Failed(_)))
        .map(|finding| finding.check.id)
        .chain(IN_A_POD)
        .collect();
    assert_eq!(complaints, checks().map(|check| check.id).collect());
}

#[test]
fn all_categories_are_judged_in_the_order_of_the_table() {
    let all: Vec<_> = checks().map(|check| check.id).collect();
    let lists = [
        issuer_checks::CHECKS,
        network_checks::CHECKS,
        exchange_checks::CHECKS,
        redirect::CHECKS,
        resource_checks::CHECKS,
    ];
    for list in lists {
        let ids: Vec<_> = list.iter().map(|check| check.id).collect();
        assert!(all.windows(ids.len()).any(|some| some == ids), "{ids:?}");
    }
}
