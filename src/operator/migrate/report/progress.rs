//! How far a workload is moved, as far as anybody knows.

use serde::{Serialize, Serializer};

use crate::operator::migrate::state::State;

/// How far a workload is moved.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Progress {
    /// So far.
    Known(State),
    /// It is not to be moved, or not as it is.
    NotMoved,
    /// What is recorded was not read.
    NotKnown,
}

impl Progress {
    /// All of them, in their order, by the words of JSON and of styles.
    pub(super) const ALL: [(&'static str, Self); 7] = {
        let [a, b, c, d, e] = State::ALL;
        [
            (a.0, Self::Known(a.1)),
            (b.0, Self::Known(b.1)),
            (c.0, Self::Known(c.1)),
            (d.0, Self::Known(d.1)),
            (e.0, Self::Known(e.1)),
            ("not-moved", Self::NotMoved),
            ("not-known", Self::NotKnown),
        ]
    };

    /// Its word.
    pub(super) fn word(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, known)| *known == self);
        found.map_or("", |(word, _)| word)
    }

    /// As a person reads it.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Known(state) => state.text(),
            Self::NotMoved => "not moved",
            Self::NotKnown => "not known",
        }
    }
}

impl Serialize for Progress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}
