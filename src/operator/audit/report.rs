//! What was found, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{checks::Audit, facts::Facts, table::Level};
use crate::visible::shown;

/// The version of the JSON form: it grows when a field changes its meaning or goes, not when one is added.
const VERSION: u32 = 1;

/// For people: a line for each finding, what was not checked, and what was read.
pub(crate) fn text(audit: &Audit, facts: &Facts) -> String {
    let mut text = String::new();
    for finding in &audit.findings {
        let check = finding.check;
        let found = shown(&format!("{}: {}", finding.about, finding.text));
        let _ = writeln!(text, "{}: {}: {found}", check.level().name(), check.id());
    }
    for unchecked in &audit.unchecked {
        let ids: Vec<_> = unchecked.checks.iter().map(|check| check.id()).collect();
        let _ = writeln!(text, "not checked: {}: {}", ids.join(", "), shown(&unchecked.reason));
    }
    let errors = audit
        .findings
        .iter()
        .filter(|finding| finding.check.level() == Level::Error)
        .count();
    let warnings = audit.findings.len() - errors;
    let counts: Vec<_> = counts(facts)
        .into_iter()
        .map(|(what, count)| format!("{what} {count}"))
        .collect();
    let issuer = shown(audit.issuer.as_deref().unwrap_or("not known"));
    let _ = writeln!(text, "errors {errors}, warnings {warnings}; {}; issuer {issuer}", counts.join(", "));
    text
}

/// For programs.
pub(crate) fn json(audit: &Audit, facts: &Facts) -> String {
    let findings: Vec<_> = audit
        .findings
        .iter()
        .map(|finding| {
            let check = finding.check;
            json!({"id": check.id(), "level": check.level().name(), "about": finding.about, "text": finding.text, "meaning": check.meaning()})
        })
        .collect();
    let unchecked: Vec<_> = audit
        .unchecked
        .iter()
        .map(|unchecked| {
            let ids: Vec<_> = unchecked.checks.iter().map(|check| check.id()).collect();
            json!({"ids": ids, "reason": unchecked.reason})
        })
        .collect();
    let read: serde_json::Map<_, _> = counts(facts)
        .into_iter()
        .map(|(what, count)| (what.to_owned(), Value::from(count)))
        .collect();
    let document = json!({
        "version": VERSION,
        "issuer": audit.issuer,
        "findings": findings,
        "notChecked": unchecked,
        "notRead": facts.unread,
        "read": read,
    });
    format!("{document:#}\n")
}

fn counts(facts: &Facts) -> [(&'static str, usize); 5] {
    [
        ("accounts", facts.accounts.len()),
        ("workloads", facts.workloads()),
        ("identities", facts.identities.len()),
        ("credentials", facts.credentials.len()),
        ("roles", facts.roles.len()),
    ]
}
