//! wisp into the pods of a document.

use serde_json::Value;

use super::{
    Action, Around, Done, Pod,
    hand_edits::keep_edits,
    open::{Opened, open, take_out},
    pod::{located, not_selected, pod},
};
use crate::operator::{
    edit::{Step, get},
    inject::{self, Decision, Options, Plan},
    manifest::{LineDiagnostic, difference::difference},
    workload::{PodTemplate, Which},
};

/// Puts wisp into the pods of a document that has no byte order mark.
pub(super) fn inject_text<'a>(
    text: &str,
    choose: &dyn Fn(&PodTemplate) -> Option<&'a Options>,
    which: &Which,
    around: Around<'_>,
) -> Result<Done, Vec<LineDiagnostic>> {
    let Some(Opened { read: original, pod_templates, others, hints }) = open(text, which)? else {
        return Ok(Done::default());
    };
    let chosen: Vec<_> = pod_templates
        .into_iter()
        .filter_map(|pod_template| Some((choose(&pod_template)?, pod_template)))
        .collect();
    let (options, pod_templates): (Vec<_>, Vec<_>) = chosen.into_iter().unzip();
    let (base, was_in) = take_out(&original, &pod_templates)?;
    let base = base.as_ref().unwrap_or(&original);
    let mut edits = Vec::new();
    let mut pods = Vec::new();
    let mut diagnostics = Vec::new();
    for ((pod_template, was_in), options) in pod_templates.iter().zip(&was_in).zip(&options) {
        let template = get(&base.value, &pod_template.path).unwrap_or(&Value::Null);
        let spelling = |path: &[Step]| {
            let path: Vec<_> = pod_template.path.iter().chain(path).cloned().collect();
            base.spelling(&path)
        };
        let beside = around
            .surroundings
            .beside(around.source, namespace(&original.value, &pod_template.path));
        let mut notes = Vec::new();
        let (action, detail, warnings) = match inject::inject(template, options, beside, &spelling) {
            Ok(Decision::Inject(Plan { edits: own, warnings, notes: planned, mode, account })) => {
                notes = planned;
                edits.extend(own.into_iter().map(|edit| edit.under(&pod_template.path)));
                let action = if *was_in { Action::Updated } else { Action::Injected };
                let from =
                    account.map_or_else(String::new, |name| format!(", identity of ServiceAccount {name}"));
                (action, format!("mode {}{from}", mode.name()), warnings)
            }
            Ok(Decision::Skip(reason)) => {
                (if *was_in { Action::Removed } else { Action::Skipped }, reason, Vec::new())
            }
            Err(of_pod) => {
                diagnostics.extend(
                    of_pod
                        .into_iter()
                        .map(|diagnostic| located(&original, pod_template, &diagnostic)),
                );
                continue;
            }
        };
        let warnings = warnings
            .into_iter()
            .map(|diagnostic| located(&original, pod_template, &diagnostic))
            .collect();
        pods.push(Pod { notes, ..pod(&original, pod_template, action, detail, warnings) });
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let result = base.edited(&edits).map_err(|diagnostic| vec![diagnostic])?;
    let result = result.as_ref().unwrap_or(base);
    for (pod, pod_template) in pods.iter_mut().zip(&pod_templates) {
        if pod.action != Action::Updated {
            continue;
        }
        let before = get(&original.value, &pod_template.path).unwrap_or(&Value::Null);
        let after = get(&result.value, &pod_template.path).unwrap_or(&Value::Null);
        match difference(before, after, &inject::is_same) {
            Some(pod_templates) => pod.detail = format!("{}; changed: {pod_templates}", pod.detail),
            None => pod.action = Action::Unchanged,
        }
    }
    let discard_edits = options.iter().all(|options| options.discard_edits);
    keep_edits(&original, result, &pod_templates, &mut pods, discard_edits)?;
    let nothing = pods
        .iter()
        .all(|pod| matches!(pod.action, Action::Unchanged | Action::Skipped));
    pods.extend(
        others
            .iter()
            .map(|pod_template| not_selected(&original, pod_template)),
    );
    // What an API server would not see is not rewritten either.
    let changed = !nothing && result.value != original.value;
    let hints = hints
        .into_iter()
        .map(|hint| LineDiagnostic::at(original.line_of(&hint.at), hint.text));
    Ok(Done { text: changed.then(|| result.text.clone().into_owned()), pods, hints: hints.collect() })
}

/// The namespace of the object that has a pod at `path`: of the innermost one that is an object of its own, as in a list.
fn namespace<'a>(document: &'a Value, path: &[Step]) -> Option<&'a str> {
    let owners = (0..=path.len())
        .rev()
        .filter_map(|end| get(document, path.get(..end)?));
    let mut owners =
        owners.filter(|object| object.get("apiVersion").is_some() && object.get("kind").is_some());
    owners.next()?.pointer("/metadata/namespace")?.as_str()
}
