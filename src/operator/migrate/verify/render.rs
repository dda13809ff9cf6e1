//! A verification as people and programs read it.

use super::{
    check::{Check, Outcome},
    model::{Verification, Verified},
};
use crate::operator::migrate::tables::{Form, Report, Section, count, list, markdown, or_none, text};

/// `verification` in `form`. Terminals get what is open and whose tokens were given; all of it is in JSON, and in Markdown for people.
pub(crate) fn render(verification: &Verification, form: Form) -> String {
    match form {
        Form::Text => text(&report(verification, false)),
        Form::Markdown => markdown(&report(verification, true)),
        // It has neither keys that are no text nor numbers that JSON lacks.
        Form::Json => serde_json::to_string_pretty(verification).unwrap_or_default() + "\n",
    }
}

impl Verification {
    /// Why somebody has to look at it, a sentence each: what failed, what nobody could look at, what was left out or is left.
    pub(crate) fn open_ends(&self) -> Vec<String> {
        let ends = [
            (self.count(Outcome::Failed), "check", "failed: see `Not proven`"),
            (self.count(Outcome::Unchecked), "check", "could not be made: see `Not proven`"),
            (
                self.undecided().count(),
                "workload",
                "left out, for the plan does not move it yet: see `Left out`",
            ),
            (self.unread.len(), "part", "of the cluster not read: see `Not read`"),
            (self.leftovers.len(), "object", "not removed: see `Not removed`"),
        ];
        let ends = ends.into_iter().filter(|(number, ..)| *number > 0);
        let mut ends: Vec<_> = ends
            .map(|(number, name, what)| format!("{} {what}", count(number, name)))
            .collect();
        if self.workloads.is_empty() && self.cluster.is_empty() {
            ends.push("nothing was verified: the plan has no workload to be moved".to_owned());
        }
        ends
    }
}

const TITLE: &str = "Verification of the way off pod-managed identity";

fn report(verification: &Verification, is_full: bool) -> Report {
    let proven = verification
        .workloads
        .iter()
        .filter(|workload| workload.is_proven())
        .count();
    let stage = verification.stage.name();
    let checks = [Outcome::Proven, Outcome::Failed, Outcome::Unchecked, Outcome::Skipped]
        .map(|outcome| format!("{} {}", verification.count(outcome), outcome.name()));
    let mut summary = vec![
        format!(
            "Stage `{stage}`: {}, {proven} of them proven.",
            count(verification.workloads.len(), "workload")
        ),
        format!("Checks: {}.", checks.join(", ")),
    ];
    if !is_full {
        summary.push("Every check: `--output markdown`; all of it: `--output json`.".to_owned());
    }
    let left_out = verification.left_out.iter();
    let unread = verification.unread.iter();
    let mut sections = vec![
        open(verification),
        tokens(verification),
        list(
            "Left out",
            left_out
                .map(|one| format!("{}: {}: {}", one.workload, one.state.text(), one.reason))
                .collect(),
        ),
        list(
            "Not read",
            unread
                .map(|one| format!("{}: {}", one.origin, one.reason))
                .collect(),
        ),
        list("Not removed", verification.leftovers.clone()),
    ];
    if is_full {
        sections.insert(1, checks_of(verification));
    }
    sections.retain(|section| !section.rows.is_empty());
    Report { title: TITLE, summary, sections }
}

/// What somebody has to look at, and what to do.
fn open(verification: &Verification) -> Section {
    let open = verification
        .checks()
        .filter(|(_, check)| check.outcome.is_open());
    let line = |(workload, check): (Option<&Verified>, &Check)| {
        let fix = check
            .fix
            .as_ref()
            .map_or_else(String::new, |fix| format!("; {fix}"));
        format!(
            "{}: {} {}: {}{fix}",
            about(workload, check),
            check.id.name(),
            check.outcome.name(),
            check.found
        )
    };
    list("Not proven", open.map(line).collect())
}

fn about(workload: Option<&Verified>, check: &Check) -> String {
    let name = workload.map_or_else(|| "the cluster".to_owned(), Verified::title);
    check
        .client_id
        .as_ref()
        .map_or_else(|| name.clone(), |id| format!("{name}, identity {id}"))
}

fn checks_of(verification: &Verification) -> Section {
    let row = |(workload, check): (Option<&Verified>, &Check)| {
        vec![
            workload.map_or_else(|| or_none(""), Verified::title),
            check.id.name().to_owned(),
            check.outcome.name().to_owned(),
            or_none(check.client_id.as_deref().unwrap_or_default()),
            check.found.clone(),
        ]
    };
    let rows = verification.checks().map(row).collect();
    Section { title: "Checks", columns: &["WORKLOAD", "CHECK", "RESULT", "CLIENT ID", "FOUND"], rows }
}

/// Whose tokens were given.
fn tokens(verification: &Verification) -> Section {
    let mut rows = Vec::new();
    for workload in &verification.workloads {
        for token in &workload.tokens {
            let claim = |claim: &Option<String>| or_none(claim.as_deref().unwrap_or_default());
            rows.push(vec![
                workload.title(),
                or_none(workload.service_account.as_deref().unwrap_or_default()),
                token.by.to_owned(),
                claim(&token.claims.application_id),
                claim(&token.claims.object_id),
                claim(&token.claims.tenant_id),
                claim(&token.claims.audience),
            ]);
        }
    }
    let columns = &["WORKLOAD", "ACCOUNT", "BY", "APPID", "OID", "TID", "AUD"];
    Section { title: "Tokens", columns, rows }
}
