//! Claims with the files that they came from.

use crate::operator::identity::claim::Claim;

/// A claim and the file that it came from.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    /// The name of the file, for messages.
    pub file: String,
    /// The claim. Its lines are those of the file.
    pub claim: Claim,
}

impl Placed {
    /// `claim` of `file`, where its document begins on the line `first`.
    pub(crate) fn new(file: &str, first: usize, mut claim: Claim) -> Self {
        let shift = first.saturating_sub(1);
        claim.line += shift;
        claim
            .warnings
            .iter_mut()
            .for_each(|(line, _)| *line += shift);
        Self { file: file.to_owned(), claim }
    }

    /// Its place, for messages.
    pub(super) fn position(&self) -> String {
        format!("{}:{}", self.file, self.claim.line)
    }
}
