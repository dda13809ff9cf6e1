//! A document opened: its pods found, and wisp taken out of them.

use serde_json::Value;

use super::pod::located;
use crate::operator::{
    edit::get,
    inject,
    manifest::{
        LineDiagnostic,
        parsed::Parsed,
        templating,
        tree::{self, Node},
        values,
    },
    workload::{Hint, PodTemplate, Pods, Which, is_without_pods, pods},
};

/// A document with pods in it, or with objects that there is something to say of.
pub(super) struct Opened<'a> {
    /// The document.
    pub read: Parsed<'a>,
    /// Its pods.
    pub pod_templates: Vec<PodTemplate>,
    /// Pods of objects that are not selected.
    pub others: Vec<PodTemplate>,
    /// What there is to say of others.
    pub hints: Vec<Hint>,
}

/// What the parser says of a quoted text whose later lines stand no deeper than its key. YAML forbids that, but clusters take
/// it, and tools have written it into custom resource definitions for years.
const TAKEN_BY_CLUSTERS: &str = "invalid indentation in multiline quoted scalar";

/// Reads a document and finds its pods. None means that there is none in it, and nothing to say.
pub(super) fn open<'a>(text: &'a str, which: &Which) -> Result<Option<Opened<'a>>, Vec<LineDiagnostic>> {
    let (value, format) = match values::read(text) {
        Ok(read) => read,
        Err(diagnostic)
            if diagnostic.text.contains(TAKEN_BY_CLUSTERS) && is_without_pods(text, &which.custom) =>
        {
            return Ok(None);
        }
        Err(diagnostic) => return Err(vec![templating::in_text(text).unwrap_or(diagnostic)]),
    };
    let found = pods(&value, which).map_err(|text| vec![LineDiagnostic::general(text)])?;
    if found == Pods::default() {
        return Ok(None);
    }
    let Pods { selected: pod_templates, others, hints } = found;
    let read = Parsed::new(text, value, format).map_err(|diagnostic| vec![diagnostic])?;
    let Some(read) = read else { return Ok(None) };
    let diagnostics: Vec<_> = pod_templates
        .iter()
        .flat_map(|pod_template| anchored(&read.tree, pod_template))
        .collect();
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    Ok(Some(Opened { read, pod_templates, others, hints }))
}

/// Containers that share their text with something else, so that nobody can tell what a change of one means.
fn anchored(tree: &Node, pod_template: &PodTemplate) -> Vec<LineDiagnostic> {
    let mut diagnostics = Vec::new();
    for key in ["initContainers", "containers"] {
        let path = pod_template
            .path
            .iter()
            .cloned()
            .chain(["spec".into(), key.into()]);
        let Some(list) = path
            .into_iter()
            .try_fold(tree, |node, step| node.child(&step))
        else {
            continue;
        };
        let items = match &list.kind {
            tree::Kind::Seq { items, .. } => items.as_slice(),
            _ => &[],
        };
        let anchored = std::iter::once(list)
            .chain(items)
            .filter_map(|node| Some((node.line, node.property?)));
        diagnostics.extend(anchored.map(|(line, what)| {
            let object = &pod_template.object;
            LineDiagnostic::at(
                line,
                format!(
                    "{object}: {what} on `{key}` or a container in it is not supported; write it out without"
                ),
            )
        }));
    }
    diagnostics
}

/// The document without wisp, if it was in, and for each pod whether it was.
pub(super) fn take_out(
    original: &Parsed<'_>,
    pod_templates: &[PodTemplate],
) -> Result<(Option<Parsed<'static>>, Vec<bool>), Vec<LineDiagnostic>> {
    let mut edits = Vec::new();
    let mut was_in = Vec::new();
    let mut diagnostics = Vec::new();
    for pod_template in pod_templates {
        let template = get(&original.value, &pod_template.path).unwrap_or(&Value::Null);
        match inject::uninject(template) {
            Ok(plan) => {
                was_in.push(plan.is_some());
                edits.extend(
                    plan.into_iter()
                        .flatten()
                        .map(|edit| edit.under(&pod_template.path)),
                );
            }
            Err(diagnostic) => diagnostics.push(located(original, pod_template, &diagnostic)),
        }
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let base = original
        .edited(&edits)
        .map_err(|diagnostic| vec![diagnostic])?;
    Ok((base, was_in))
}
