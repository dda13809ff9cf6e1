//! The end of a namespace: what nobody needs any more.

use std::fmt::Write as _;

use super::{Guide, code, commands, word};
use crate::operator::migrate::plan::{Removal, Stage};

/// The step, where there is anything to remove.
pub(super) fn cleanup(guide: &Guide<'_>, stage: &Stage) -> String {
    let all = &guide.input.plan.cleanup.removals;
    let own: Vec<_> = all
        .iter()
        .filter(|removal| removal.stage == stage.number)
        .collect();
    if own.is_empty() {
        return String::new();
    }
    let mut text = String::from("\n**Clean up.** ");
    let sources = sources(guide, &own);
    if !sources.is_empty() {
        let sources = sources.join(", ");
        let _ = write!(
            text,
            "First take out of your own files what is to go, for whatever applies these would bring it back: {sources}.\n\n"
        );
    }
    text.push_str("Nothing asks for these any more; what somebody still asks for stays, and is named:\n\n");
    text.push_str(&commands(&[
        format!("bash cleanup.sh --dry-run {}", word(&stage.namespace)),
        format!("bash cleanup.sh {}", word(&stage.namespace)),
    ]));
    text
}

/// Where the user's own files have the objects of `removals`: dumps are nobody's source, and neither is standard input.
fn sources(guide: &Guide<'_>, removals: &[&Removal]) -> Vec<String> {
    let is_removed = |namespace: &str, kind: &str, name: &str| {
        removals.iter().any(|removal| {
            let is_kind = kind.split('.').next() == Some(removal.kind);
            is_kind && removal.namespace == namespace && removal.name == name
        })
    };
    let is_file = |name: &str| guide.input.sources.iter().any(|source| source.name == name);
    let own = guide.input.objects.iter().filter(|object| {
        !object.is_live
            && is_file(&object.origin.source)
            && is_removed(&object.namespace, &object.kind, &object.name)
    });
    let mut sources: Vec<_> = own
        .map(|object| (&object.origin.source, object.origin.line))
        .collect();
    sources.sort();
    sources.dedup();
    sources
        .into_iter()
        .map(|(source, line)| code(&line.map_or_else(|| source.clone(), |line| format!("{source}:{line}"))))
        .collect()
}
