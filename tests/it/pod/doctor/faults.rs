//! Faults that are provoked one by one in a pod that is healthy otherwise: the first complaint about each is the right one.

mod exchange;
mod network;
mod resource;
mod settings;
mod token;
mod within;

use std::collections::BTreeSet;

use serde_json::Value;
use wisp::emulator::FaultKind;

use super::{
    patient::{Answered, Patient, VAULT},
    served::Served,
};

/// A fault, and the check that finds it.
struct Case {
    name: &'static str,
    check: &'static str,
    provoke: fn(&Patient) -> Setup,
}

/// What is different from a healthy pod.
#[derive(Default)]
struct Setup {
    variables: Vec<(&'static str, String)>,
    arguments: Vec<&'static str>,
    /// Goes wrong at Entra.
    faults: Vec<FaultKind>,
    /// The resource that is asked with the token.
    probe: Option<String>,
    /// Servers that have to go on.
    servers: Vec<Served>,
}

impl Setup {
    fn variable(name: &'static str, value: impl Into<String>) -> Self {
        Self::default().and(name, value)
    }

    fn and(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    fn token(patient: &Patient, changes: &Value) -> Self {
        let (name, value) = patient.token(changes);
        Self::variable(name, value)
    }

    fn arguments(arguments: &[&'static str]) -> Self {
        Self { arguments: arguments.to_vec(), ..Self::default() }
    }

    fn fault(fault: FaultKind) -> Self {
        Self { faults: vec![fault], ..Self::default() }
    }

    fn server(mut self, server: Served) -> Self {
        self.servers.push(server);
        self
    }
}

/// All of them, in the order of the chain; what takes the pod apart is the last.
fn all() -> impl Iterator<Item = &'static Case> {
    [settings::CASES, token::CASES, network::CASES, exchange::CASES, resource::CASES, within::CASES]
        .into_iter()
        .flatten()
}

fn provoked(patient: &Patient, case: &Case) -> Answered {
    let setup = (case.provoke)(patient);
    for fault in &setup.faults {
        patient.entra.add_fault(fault.clone());
    }
    let mut arguments = vec!["--redirected", "--timeout", "2s"];
    arguments.extend(&setup.arguments);
    if let Some(url) = &setup.probe {
        arguments.extend(["--resource", VAULT, "--probe", url]);
    }
    let answered = patient.doctor(&setup.variables, &arguments);
    patient.entra.with(wisp::emulator::Emulator::clear_faults);
    answered
}

#[test]
fn the_first_complaint_about_each_fault_is_the_right_one() {
    let patient = Patient::new();
    let wrong: Vec<_> = all()
        .filter_map(|case| {
            let answered = provoked(&patient, case);
            let is_right = answered.first_failure() == Some(case.check) && answered.code == 1;
            (!is_right).then(|| {
                format!(
                    "{}: {} was expected, not {:?}\n{}",
                    case.name,
                    case.check,
                    answered.first_failure(),
                    answered.output
                )
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(all().count() >= 45, "{}", all().count());
}

/// Checks that only warn have tests of their own, and so have those of memory, which are lib tests with a control group made up.
#[test]
fn every_check_of_the_page_is_provoked() {
    const ELSEWHERE: [&str; 4] = ["memory", "open-files", "version", "node-endpoint"];
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/doctor.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, table) = page.split_once("<!-- checks of wisp -->").unwrap();
    let (table, _) = table.split_once("<!-- /checks of wisp -->").unwrap();
    let documented: BTreeSet<_> = table
        .lines()
        .filter_map(|line| line.strip_prefix("#### "))
        .collect();
    let provoked: BTreeSet<_> = all().map(|case| case.check).chain(ELSEWHERE).collect();
    assert_eq!(provoked, documented);
}
