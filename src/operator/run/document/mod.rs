//! One document: planned on its values, edited in its text, and read again.

mod hand_edits;
mod inject;
mod open;
mod pod;
mod uninject;

use self::{inject::inject_text, uninject::uninject_text};
use crate::operator::{
    inject::{Options, surroundings::Surroundings},
    manifest::LineDiagnostic,
    workload::{PodTemplate, Which},
};

/// What was done for a pod.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Action {
    /// wisp is in now.
    Injected,
    /// wisp was in and is in as asked for now.
    Updated,
    /// Nothing to do.
    Unchanged,
    /// Left alone, for the reason given.
    Skipped,
    /// wisp is out now.
    Removed,
}

/// What became of one pod.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Pod {
    /// The object it belongs to.
    pub object: String,
    /// The line of the document on which it starts.
    pub line: usize,
    /// What was done.
    pub action: Action,
    /// The mode, or why it was skipped.
    pub detail: String,
    /// What the user should know.
    pub warnings: Vec<LineDiagnostic>,
    /// What concerns the choices of the run. Many pods may have the same.
    pub notes: Vec<String>,
}

/// What stands around a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'a> {
    /// The objects of the run.
    pub surroundings: &'a Surroundings,
    /// The number of the document's file in the run.
    pub source: usize,
}

impl Default for Around<'_> {
    fn default() -> Self {
        Self { surroundings: Surroundings::nothing(), source: 0 }
    }
}

/// What became of a document.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Done {
    /// The new text; none when it stays as it is.
    pub text: Option<String>,
    /// Its pods.
    pub pods: Vec<Pod>,
    /// What the user should know of objects in which no pod was found.
    pub hints: Vec<LineDiagnostic>,
}

/// Puts wisp into the pods of a document, as `options` and their annotations say.
pub(crate) fn inject(
    text: &str,
    options: &Options,
    which: &Which,
    around: Around<'_>,
) -> Result<Done, Vec<LineDiagnostic>> {
    inject_each(text, &|_| Some(options), which, around)
}

/// Puts wisp into those pods of a document that `choose` has options for, as these and their annotations say.
pub(crate) fn inject_each<'a>(
    text: &str,
    choose: &dyn Fn(&PodTemplate) -> Option<&'a Options>,
    which: &Which,
    around: Around<'_>,
) -> Result<Done, Vec<LineDiagnostic>> {
    after_mark(text, |text| inject_text(text, choose, which, around))
}

/// Takes wisp out of the pods of a document.
///
/// What people changed in the injected parts is an error, unless `discard_edits`.
pub(crate) fn uninject(text: &str, discard_edits: bool, which: &Which) -> Result<Done, Vec<LineDiagnostic>> {
    after_mark(text, |text| uninject_text(text, discard_edits, which))
}

/// Edits what follows a byte order mark, which readers of YAML and of JSON take differently.
fn after_mark(
    text: &str,
    edit: impl Fn(&str) -> Result<Done, Vec<LineDiagnostic>>,
) -> Result<Done, Vec<LineDiagnostic>> {
    const MARK: char = '\u{feff}';
    let Some(rest) = text.strip_prefix(MARK) else { return edit(text) };
    let mut done = edit(rest)?;
    if let Some(text) = &mut done.text {
        text.insert(0, MARK);
    }
    Ok(done)
}

#[cfg(test)]
mod tests;
