//! What to know before a step: one table, each risk with an id that stays.

use std::cmp::Reverse;

use serde::Serialize;

use super::model::Risk;

mod table;

pub(crate) use table::RiskId;

/// How grave a risk is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Severity {
    /// Worth knowing.
    Note,
    /// Something is lost or refused where it is not looked after.
    Warning,
    /// Somebody has to decide.
    Decision,
    /// It cannot be moved as it is.
    Blocker,
}

impl Severity {
    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Decision => "decision",
            Self::Blocker => "blocker",
        }
    }
}

impl Risk {
    /// `id` about `about`, with what was `found`.
    pub(super) fn new(id: RiskId, about: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            id,
            meaning: id.meaning(),
            severity: id.severity().name(),
            about: about.into(),
            found: found.into(),
            advice: id.advice(),
        }
    }
}

/// Puts the gravest first, then by id and by what it is about.
pub(super) fn sort(risks: &mut Vec<Risk>) {
    risks.sort_by(|one, other| {
        let key = |risk: &Risk| (Reverse(risk.id.severity()), risk.id.name());
        key(one)
            .cmp(&key(other))
            .then_with(|| (&one.about, &one.found).cmp(&(&other.about, &other.found)))
    });
    risks.dedup_by(|one, other| (one.id, &one.about, &one.found) == (other.id, &other.about, &other.found));
}

impl Serialize for RiskId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests;
