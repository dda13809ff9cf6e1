//! What wisp wrote, explained as `wispctl explain` does.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Look;
use crate::{
    doctor::{
        Diagnosis, Finding,
        table::cluster::{LOG_EXCHANGE, LOG_INIT, LOG_REFUSED},
    },
    operator::{
        doctor::{
            case::Case,
            facts::{Facts, LogOf},
            tree::{clause, containers, quoted, text},
        },
        explain::{LineMeaning, meaning_of_line},
        inject::additions::{INIT, SIDECAR},
    },
};

/// In chain order.
pub(super) const LOOKS: &[Look] = &[init, exchange, refused];

/// How to read a log where it could not be.
const HOW: &str = "add `kubectl logs POD -c wisp` by `--logs FILE`, or give the right to `get` `pods/log`";

/// The log of a container of the newest pod; none where it has no such container.
fn log<'a>(case: &Case<'a>, container: &'static str) -> Option<Result<&'a str, String>> {
    let pod = case.pod()?;
    containers(pod).find(|(one, _)| text(one, "/name") == container)?;
    let of = LogOf::Container {
        namespace: case.workload.namespace.clone(),
        pod: text(pod, "/metadata/name").to_owned(),
        container,
    };
    Some(match case.facts.logs.get(&of) {
        Some(Ok(log)) => Ok(log.as_str()),
        Some(Err(why)) => Err(why.clone()),
        None if case.facts.is_live => Err("the container has not started".to_owned()),
        None => Err("no log was read".to_owned()),
    })
}

fn init(case: &Case<'_>) -> Option<Finding> {
    Some(match log(case, INIT)? {
        Err(why) => LOG_INIT.not_run(why, HOW.replace("-c wisp", "-c wisp-init")),
        Ok(log) => match log.lines().rev().find(|line| line.starts_with("error: ")) {
            None => LOG_INIT.passed(""),
            Some(line) => LOG_INIT.failed(ended(line)),
        },
    })
}

/// The line with which a program ended.
fn ended(line: &str) -> Diagnosis {
    let diagnosis = Diagnosis::new(quoted(line.trim_start_matches("error: ")));
    match meaning_of_line(line, None) {
        Some(LineMeaning { meaning, fix, .. }) => diagnosis.evidence(meaning).fix(clause(&fix)),
        None => diagnosis,
    }
}

fn exchange(case: &Case<'_>) -> Option<Finding> {
    Some(match log(case, SIDECAR)? {
        Err(why) => LOG_EXCHANGE.not_run(why, HOW),
        Ok(log) => exchanges(log),
    })
}

fn refused(case: &Case<'_>) -> Option<Finding> {
    Some(match log(case, SIDECAR)? {
        Err(why) => LOG_REFUSED.not_run(why, HOW),
        Ok(log) => refusals(log),
    })
}

/// The same of logs in files, whatever they are of.
pub(super) fn files(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (of, log) in &facts.logs {
        if let (LogOf::File(name), Ok(log)) = (of, log) {
            let about = format!("log {}", quoted(name));
            findings.push(exchanges(log).about(about.clone()));
            findings.push(refusals(log).about(about));
        }
    }
    findings
}

/// A failure as a line tells it.
#[derive(Debug)]
struct Failure {
    number: Option<u32>,
    /// As it was written.
    line: String,
    message: String,
    time: String,
}

/// The newest failures of which no success came since, by identity and resource.
fn exchanges(log: &str) -> Finding {
    let mut failures: BTreeMap<(String, String), (usize, Failure)> = BTreeMap::new();
    let mut is_known = false;
    for (index, line) in log.lines().enumerate() {
        let Some(exchange) = read(line) else { continue };
        is_known = true;
        match exchange {
            ExchangeLine::Success(key) => drop(failures.remove(&key)),
            ExchangeLine::Failure(key, failure) => drop(failures.insert(key, (index, failure))),
        }
    }
    let newest = failures.into_values().max_by_key(|(index, _)| *index);
    let Some((_, failure)) = newest else {
        let end = log.lines().rev().find(|line| line.starts_with("error: "));
        return match end.filter(|_| !is_known) {
            Some(line) => LOG_EXCHANGE.failed(ended(line)),
            None => LOG_EXCHANGE.passed(if is_known { "" } else { "none is told of" }),
        };
    };
    let meaning = meaning_of_line(&failure.line, failure.number);
    let found = match (failure.number, &meaning) {
        (Some(number), Some(known)) => format!("AADSTS{number}: {}", known.meaning),
        (Some(number), None) => format!("AADSTS{number}, which is not in the table"),
        (None, Some(known)) => known.title.clone(),
        (None, None) => "the newest exchange failed before Entra answered with a number".to_owned(),
    };
    let mut diagnosis = Diagnosis::new(found.trim_end_matches('.')).evidence(failure.message);
    if !failure.time.is_empty() {
        diagnosis = diagnosis.evidence(format!("at {}", quoted(&failure.time)));
    }
    match meaning {
        Some(known) => LOG_EXCHANGE.failed(diagnosis.fix(known.fix)),
        None => LOG_EXCHANGE.failed(diagnosis),
    }
}

/// What a line says of an exchange; the key is identity and resource.
enum ExchangeLine {
    Success((String, String)),
    Failure((String, String), Failure),
}

fn read(line: &str) -> Option<ExchangeLine> {
    let line = line.trim();
    let Ok(object) = serde_json::from_str::<Value>(line) else { return read_text(line) };
    if text(&object, "/operation") != "exchange" {
        return None;
    }
    let of = |at: &str| text(&object, at).to_owned();
    let key = (of("/managedIdentityClientId"), of("/azureResource"));
    if text(&object, "/result") == "success" {
        return Some(ExchangeLine::Success(key));
    }
    let number = object.get("aadsts").and_then(Value::as_u64);
    let message = quoted(text(&object, "/message"));
    let number = number
        .and_then(|number| u32::try_from(number).ok())
        .or_else(|| number_in(&message));
    Some(ExchangeLine::Failure(key, Failure { number, line: line.to_owned(), message, time: of("/time") }))
}

/// A line that a person can read, or of another program that asks Entra. Fields have the names that they have in JSON.
fn read_text(line: &str) -> Option<ExchangeLine> {
    let field = |name: &str| {
        let (_, rest) = line.split_once(&format!("{name}="))?;
        let rest = rest.trim_start_matches('"');
        rest.split(['"', ' ', '\t']).next().map(str::to_owned)
    };
    let key = || {
        let of = |name| field(name).unwrap_or_default();
        (of("managedIdentityClientId"), of("azureResource"))
    };
    let is_exchange = field("operation").is_some_and(|operation| operation == "exchange");
    if is_exchange && field("result").is_some_and(|result| result == "success") {
        return Some(ExchangeLine::Success(key()));
    }
    let number = number_in(line);
    if number.is_none() && !is_exchange {
        return None;
    }
    let time = line
        .split_whitespace()
        .next()
        .filter(|word| word.starts_with("20"));
    let time = time.unwrap_or_default().to_owned();
    Some(ExchangeLine::Failure(key(), Failure { number, line: line.to_owned(), message: quoted(line), time }))
}

/// The first number of Entra in a text.
pub(super) fn number_in(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("AADSTS")?;
    let end = rest
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

/// How often wisp refused for a reason, what it said last, and the last line.
#[derive(Default)]
struct Refused<'a> {
    count: usize,
    message: String,
    line: &'a str,
}

/// How often wisp refused, by reason, and what it said last.
fn refusals(log: &str) -> Finding {
    let mut reasons: BTreeMap<String, Refused<'_>> = BTreeMap::new();
    for line in log.lines() {
        let Ok(object) = serde_json::from_str::<Value>(line.trim()) else { continue };
        // Probes and the like are told of as information.
        if text(&object, "/result") != "refused" || text(&object, "/level") == "INFO" {
            continue;
        }
        let of = reasons.entry(quoted(text(&object, "/reason"))).or_default();
        *of = Refused { count: of.count + 1, message: quoted(text(&object, "/detail")), line };
    }
    let Some(most) = reasons.values().max_by_key(|refused| refused.count) else {
        return LOG_REFUSED.passed("");
    };
    let fix = meaning_of_line(most.line, None).map(|known| clause(&known.fix));
    let count: usize = reasons.values().map(|refused| refused.count).sum();
    let mut diagnosis = Diagnosis::new(format!("wisp refused {count} requests of what was read"));
    diagnosis.fix = fix.unwrap_or_default();
    diagnosis.evidence = reasons
        .into_iter()
        .take(5)
        .map(|(reason, Refused { count, message, .. })| format!("{reason}, {count} times: {message}"))
        .collect();
    LOG_REFUSED.warned(diagnosis)
}
