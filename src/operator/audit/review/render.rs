//! A review as people and programs read it.

use super::model::{Answer, Review, Row};
use crate::operator::migrate::tables::{Form, Report, Section, count, list, markdown, or_none, text};

/// `review` in `form`.
pub(crate) fn render(review: &Review, form: Form) -> String {
    match form {
        Form::Text => text(&report(review)),
        Form::Markdown => markdown(&report(review)),
        // It has neither keys that are no text nor numbers that JSON lacks.
        Form::Json => serde_json::to_string_pretty(review).unwrap_or_default() + "\n",
    }
}

fn report(review: &Review) -> Report {
    let questions = Section {
        title: "Questions",
        columns: &["CHECKLIST", "ID", "ANSWER", "QUESTION", "ANSWERED FROM"],
        rows: review.questions.iter().map(summarized).collect(),
    };
    let all = [
        of(review, Answer::No, "Answered with no", &["ID", "EVIDENCE", "WHAT TO DO"], |row| row.fix),
        of(review, Answer::CannotSee, "Cannot be seen", &["ID", "WHY", "WHAT TO GIVE"], |row| row.needs),
        questions,
        of(review, Answer::Yes, "Answered with yes", &["ID", "EVIDENCE", "BY"], |row| {
            Some(if row.is_given { "people" } else { "what was read" })
        }),
        list("Not read", review.not_read.clone()),
    ];
    let sections = all
        .into_iter()
        .filter(|section| !section.rows.is_empty())
        .collect();
    let issuer = review
        .issuer
        .as_deref()
        .unwrap_or("not known; give `--issuer`");
    let summary = vec![
        format!(
            "{}: {} yes, {} no, {} cannot be seen; {} not read.",
            count(review.questions.len(), "question"),
            review.count(Answer::Yes),
            review.count(Answer::No),
            review.count(Answer::CannotSee),
            review.not_read.len()
        ),
        format!("Issuer of the cluster: {issuer}."),
    ];
    Report { title: "Review of identities", summary, sections }
}

fn summarized(row: &Row) -> Vec<String> {
    vec![
        row.list.to_owned(),
        row.id.to_owned(),
        row.answer.name().to_owned(),
        row.text.to_owned(),
        row.method.to_owned(),
    ]
}

/// The questions with this `answer`: a line for each piece of evidence.
fn of(
    review: &Review,
    answer: Answer,
    title: &'static str,
    columns: &'static [&'static str],
    last: impl Fn(&Row) -> Option<&'static str>,
) -> Section {
    let rows = review
        .questions
        .iter()
        .filter(|row| row.answer == answer)
        .flat_map(|row| lines(row, last(row).unwrap_or_default()))
        .collect();
    Section { title, columns, rows }
}

fn lines(row: &Row, last: &str) -> Vec<Vec<String>> {
    let none = [String::new()];
    let evidence: &[String] = if row.evidence.is_empty() { &none } else { &row.evidence };
    evidence
        .iter()
        .map(|text| vec![row.id.to_owned(), or_none(text), or_none(last)])
        .collect()
}
