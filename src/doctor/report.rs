//! Findings for people, in the manner of `linkerd check`, and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    finding::{Diagnosis, Finding, Outcome},
    table::{Category, link},
};
use crate::visible::{escaped_json, shown, without_tokens};

/// The version of the JSON form: it grows when a field changes its meaning or goes, not when one is added.
const VERSION: u32 = 1;

/// How text is shown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Style {
    /// With colours.
    pub(crate) colour: bool,
    /// Nothing of what holds or could not run.
    pub(crate) quiet: bool,
}

/// How all of it ended.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Status {
    /// Everything that could run holds.
    Well,
    /// Somebody should look at something.
    Warnings,
    /// Something does not hold.
    Failures,
}

/// How `findings` end as a whole.
pub(crate) fn status(findings: &[Finding]) -> Status {
    let of = |finding: &Finding| match finding.outcome {
        Outcome::Passed(_) | Outcome::NotRun { .. } => Status::Well,
        Outcome::Warned(_) => Status::Warnings,
        Outcome::Failed(_) => Status::Failures,
    };
    findings.iter().map(of).max().unwrap_or(Status::Well)
}

/// For people: a heading for each category, a line for each finding, and below it what a person needs to act. Nothing where all is
/// well and `quiet` is asked for.
pub(crate) fn text(findings: &[Finding], style: Style) -> String {
    let mut text = String::new();
    let mut category = None;
    for finding in findings
        .iter()
        .filter(|finding| !style.quiet || matters(finding))
    {
        if category != Some(finding.check.category) {
            category = Some(finding.check.category);
            heading(&mut text, finding.check.category);
        }
        line(&mut text, finding, style);
    }
    if !style.quiet || status(findings) != Status::Well {
        let gap = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{gap}{}", summary(findings));
    }
    text
}

/// For programs.
pub(crate) fn json(findings: &[Finding]) -> String {
    let mut categories: Vec<(Category, Vec<Value>)> = Vec::new();
    for finding in findings {
        let category = finding.check.category;
        match categories.last_mut() {
            Some((last, checks)) if *last == category => checks.push(of(finding)),
            _ => categories.push((category, vec![of(finding)])),
        }
    }
    let categories: Vec<_> = categories
        .into_iter()
        .map(|(category, checks)| json!({"categoryName": category.name(), "checks": checks}))
        .collect();
    let document = json!({
        "version": VERSION,
        "success": status(findings) != Status::Failures,
        "categories": categories,
    });
    escaped_json(&without_tokens(&format!("{document:#}\n")))
}

fn matters(finding: &Finding) -> bool {
    matches!(finding.outcome, Outcome::Warned(_) | Outcome::Failed(_))
}

fn heading(text: &mut String, category: Category) {
    let gap = if text.is_empty() { "" } else { "\n" };
    let name = category.name();
    let _ = writeln!(text, "{gap}{name}\n{}", "-".repeat(name.len()));
}

fn line(text: &mut String, finding: &Finding, style: Style) {
    let (mark, colour) = mark(&finding.outcome);
    let mark = if style.colour { format!("\u{1b}[{colour}m{mark}\u{1b}[0m") } else { mark.to_owned() };
    let about = if finding.about.is_empty() { String::new() } else { format!("{}: ", finding.about) };
    let mut first = format!("{about}{}", finding.check.holds);
    if let Outcome::Passed(found) = &finding.outcome
        && !found.is_empty()
    {
        let _ = write!(first, ": {found}");
    }
    let _ = writeln!(text, "{mark} {}", shown(&without_tokens(&first)));
    for detail in details(finding) {
        let _ = writeln!(text, "    {}", shown(&without_tokens(&detail)));
    }
}

fn mark(outcome: &Outcome) -> (&'static str, u8) {
    match outcome {
        Outcome::Passed(_) => ("✓", 32),
        Outcome::Warned(_) => ("‼", 33),
        Outcome::Failed(_) => ("✗", 31),
        Outcome::NotRun { .. } => ("-", 2),
    }
}

fn details(finding: &Finding) -> Vec<String> {
    match &finding.outcome {
        Outcome::Passed(_) => Vec::new(),
        Outcome::NotRun { why, how } => vec![format!("not checked: {why}; {how}")],
        Outcome::Warned(diagnosis) | Outcome::Failed(diagnosis) => {
            let mut lines = vec![diagnosis.found.clone()];
            lines.extend(diagnosis.evidence.iter().cloned());
            lines.push(format!("fix: {}", fix(finding, diagnosis)));
            lines.push(format!("see: {}", link(finding.check)));
            lines
        }
    }
}

fn fix<'a>(finding: &Finding, diagnosis: &'a Diagnosis) -> &'a str {
    if diagnosis.fix.is_empty() { finding.check.fix } else { &diagnosis.fix }
}

fn summary(findings: &[Finding]) -> String {
    let count = |is: fn(&Outcome) -> bool| {
        findings
            .iter()
            .filter(|finding| is(&finding.outcome))
            .count()
    };
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    let warned = count(|outcome| matches!(outcome, Outcome::Warned(_)));
    let not_run = count(|outcome| matches!(outcome, Outcome::NotRun { .. }));
    let passed = findings.len() - failed - warned - not_run;
    format!("failed {failed}, warnings {warned}, passed {passed}, not checked {not_run}")
}

fn of(finding: &Finding) -> Value {
    let mut value = json!({
        "id": finding.check.id,
        "description": finding.check.holds,
        "hint": link(finding.check),
    });
    let mut add = |name: &str, content: Value| value[name] = content;
    if !finding.about.is_empty() {
        add("about", finding.about.clone().into());
    }
    match &finding.outcome {
        Outcome::Passed(found) => {
            add("result", "success".into());
            add("found", found.clone().into());
        }
        Outcome::NotRun { why, how } => {
            add("result", "skipped".into());
            add("found", why.clone().into());
            add("fix", how.clone().into());
        }
        Outcome::Warned(diagnosis) | Outcome::Failed(diagnosis) => {
            let result = if finding.is_failure() { "error" } else { "warning" };
            add("result", result.into());
            add("found", diagnosis.found.clone().into());
            add("evidence", diagnosis.evidence.clone().into());
            add("fix", fix(finding, diagnosis).into());
        }
    }
    value
}

#[cfg(test)]
mod tests;
