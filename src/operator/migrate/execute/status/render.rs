//! Tables for people, and JSON for programs.

use super::{Row, Status, display};
use crate::operator::migrate::{
    execute::State,
    tables::{Form, Report, Section, count, list, markdown, or_none, text},
};

const TITLE: &str = "State of the migration off pod-managed identity";

/// `status` in `form`, with a newline at the end.
pub(crate) fn render(status: &Status, form: Form) -> String {
    match form {
        Form::Text => text(&report(status)),
        Form::Markdown => markdown(&report(status)),
        Form::Json => format!("{}\n", serde_json::to_string_pretty(status).unwrap_or_default()),
    }
}

fn report(status: &Status) -> Report {
    let sections = [
        workloads(status),
        details("What stands in the way", status, |row| row.obstacles.clone()),
        drift(status),
        list("Not read", status.unread.clone()),
    ];
    let filled = sections
        .into_iter()
        .filter(|section| !section.rows.is_empty());
    Report { title: TITLE, summary: vec![summary(status)], sections: filled.collect() }
}

fn summary(status: &Status) -> String {
    let of = |state: State| {
        status
            .workloads
            .iter()
            .filter(|row| row.state == Some(state))
            .count()
    };
    let counts = State::ALL.map(|(_, state)| format!("{} {}", of(state), state.text()));
    let others = status
        .workloads
        .iter()
        .filter(|row| row.state.is_none())
        .count();
    format!("{}: {}, {others} not moved.", count(status.workloads.len(), "workload"), counts.join(", "))
}

fn workloads(status: &Status) -> Section {
    let row = |row: &Row| {
        vec![
            row.namespace.clone(),
            display(row),
            row.state.map_or("not moved", State::text).to_owned(),
            or_none(
                row.road
                    .map_or("", crate::operator::migrate::plan::Road::name),
            ),
            or_none(row.evidence.join("; ")),
            row.next.clone(),
        ]
    };
    Section {
        title: "Workloads",
        columns: &["NAMESPACE", "WORKLOAD", "STATE", "ROAD", "SEEN", "NEXT"],
        rows: status.workloads.iter().map(row).collect(),
    }
}

fn drift(status: &Status) -> Section {
    details("Changed by others", status, |row| row.drift.iter().cloned().collect())
}

fn details(title: &'static str, status: &Status, of: impl Fn(&Row) -> Vec<String>) -> Section {
    let lines = status.workloads.iter().flat_map(|row| {
        let about = format!("{} in {}", display(row), row.namespace);
        of(row)
            .into_iter()
            .map(move |text| format!("{about}: {text}"))
    });
    list(title, lines.collect())
}
