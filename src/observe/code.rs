//! AADSTS numbers as labels.

use crate::failure::Failure;

/// An AADSTS number as a label. Entra has hundreds; a label set must be bounded.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Code {
    None,
    Number(u32),
    Other,
}

impl Code {
    /// The number of `failure`.
    pub(super) fn of(failure: &Failure) -> Self {
        failure.code.map_or(Self::None, Self::Number)
    }

    /// The label.
    pub(super) fn label(self) -> String {
        match self {
            Self::None => "none".into(),
            Self::Number(code) => code.to_string(),
            Self::Other => "other".into(),
        }
    }
}
