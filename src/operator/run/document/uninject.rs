//! wisp out of the pods of a document.

use super::{
    Action, Done,
    hand_edits::keep_edits,
    open::{Opened, open, take_out},
    pod::{not_selected, pod},
};
use crate::operator::{
    edit::get,
    inject::record::INJECTED,
    manifest::{LineDiagnostic, parsed::Parsed},
    workload::{Hint, Which},
};

/// Takes wisp out of the pods of a document that has no byte order mark.
pub(super) fn uninject_text(
    text: &str,
    discard_edits: bool,
    which: &Which,
) -> Result<Done, Vec<LineDiagnostic>> {
    let Some(Opened { read: original, pod_templates, others, hints }) = open(text, which)? else {
        return Ok(Done::default());
    };
    let (base, was_in) = take_out(&original, &pod_templates)?;
    let pods = pod_templates
        .iter()
        .zip(&was_in)
        .map(|(pod_template, was_in)| {
            let (action, detail) =
                if *was_in { (Action::Removed, "") } else { (Action::Unchanged, "not injected") };
            pod(&original, pod_template, action, detail.to_owned(), Vec::new())
        });
    let mut pods: Vec<_> = pods.collect();
    keep_edits(&original, base.as_ref().unwrap_or(&original), &pod_templates, &mut pods, discard_edits)?;
    pods.extend(
        others
            .iter()
            .map(|pod_template| not_selected(&original, pod_template)),
    );
    let hints = hints
        .into_iter()
        .filter_map(|hint| left_in(&original, &hint));
    let hints = hints.collect();
    Ok(Done { text: base.map(|base| base.text.into_owned()), pods, hints })
}

/// What to say of a pod that wisp is in and that was not looked for.
fn left_in(document: &Parsed<'_>, Hint { at, flag, .. }: &Hint) -> Option<LineDiagnostic> {
    let template = get(&document.value, at)?;
    template
        .get("metadata")?
        .get("annotations")?
        .get(INJECTED)?;
    let text = format!(
        "wisp is in this pod template and stays there, because its kind is not known; to take it out, give `--path '{}'`",
        flag.as_deref()?
    );
    Some(LineDiagnostic::at(document.line_of(at), text))
}
