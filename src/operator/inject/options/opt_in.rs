//! Whether a pod wants wisp at all.

use serde_json::{Map, Value};

use super::{INJECT, NOT_TEXT, annotation, parse::strict_bool};
use crate::operator::edit::{Path, join};
use crate::operator::inject::Diagnostic;

/// Whether the annotation and the label [`INJECT`] want wisp in the pod; none when neither is there.
pub(crate) fn opt_in(
    annotations: &Map<String, Value>,
    labels: &Map<String, Value>,
) -> Result<Option<bool>, Diagnostic> {
    let read = |map: &Map<String, Value>, what: &str, at: Path| match map.get(INJECT) {
        None => Ok(None),
        Some(Value::String(text)) => strict_bool(text).map(Some).ok_or_else(|| {
            let text = format!("{what} `{INJECT}` cannot be `{text}`: expected `true` or `false`");
            Diagnostic::new(at, text)
        }),
        Some(_) => Err(Diagnostic::new(at, format!("{what} `{INJECT}` {NOT_TEXT}"))),
    };
    let label_at = join(&join(&join(&[], "metadata"), "labels"), INJECT);
    let by_annotation = read(annotations, "annotation", annotation(INJECT))?;
    let by_label = read(labels, "label", label_at)?;
    match (by_annotation, by_label) {
        (Some(a), Some(b)) if a != b => Err(Diagnostic::new(
            annotation(INJECT),
            format!("annotation `{INJECT}` says `{a}` and the label of the same name `{b}`; keep one"),
        )),
        (a, b) => Ok(a.or(b)),
    }
}
