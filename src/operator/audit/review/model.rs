//! What a review says. Its JSON is described in `docs/identity-review.schema.json`, and a change of one is a change of the other.

use serde::Serialize;

/// The version of the JSON. It changes when programs that read it have to.
pub(crate) const SCHEMA: &str = "wisp.identity-review/v1";

/// All questions with their answers, in a fixed order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Review {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The cluster's issuer, where it is known.
    pub issuer: Option<String>,
    /// The questions.
    pub questions: Vec<Row>,
    /// What could not be read, with its place.
    pub not_read: Vec<String>,
}

/// A question with its answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// The checklist.
    pub list: &'static str,
    /// The question's id.
    pub id: &'static str,
    /// What is asked.
    #[serde(rename = "question")]
    pub text: &'static str,
    /// From what it is answered.
    pub method: &'static str,
    /// The answer.
    pub answer: Answer,
    /// Whether people answered it, and not what was read.
    pub is_given: bool,
    /// What was seen, or what is missing.
    pub evidence: Vec<String>,
    /// What to give so that it can be seen.
    pub needs: Option<&'static str>,
    /// What to do where the answer is no.
    pub fix: Option<&'static str>,
}

/// An answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    /// As it should be.
    Yes,
    /// Not as it should be.
    No,
    /// What was read does not show it.
    CannotSee,
}

impl Answer {
    /// As people read it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::CannotSee => "cannot see",
        }
    }
}

impl Review {
    /// How many questions have this answer.
    pub(crate) fn count(&self, answer: Answer) -> usize {
        self.questions
            .iter()
            .filter(|row| row.answer == answer)
            .count()
    }

    /// Whether every question is answered with yes, and all was read.
    pub(crate) fn is_passed(&self) -> bool {
        self.not_read.is_empty() && self.count(Answer::Yes) == self.questions.len()
    }
}
