//! Edits as changes of text: what is new goes in as whole lines, or inside brackets where brackets are; nothing else moves.

mod insert;
mod remove;

use std::ops::Range;

use serde_json::json;

use super::{
    LineDiagnostic,
    lines::line_start,
    render::Layout,
    tree::{Entry, Kind, Node, Style},
};
use crate::operator::edit::{Edit, Path, Step, display, emptiness};

/// The longest spelling of an empty value that is kept: a value of its own line, deeply indented.
const MAX_SPELLING: usize = 120;

/// Some text in the place of other text.
#[derive(Debug)]
struct Splice {
    range: Range<usize>,
    text: String,
    /// What ends a value comes before what is put in front of its neighbour.
    ends_value: bool,
}

impl Splice {
    fn new(range: Range<usize>, text: String) -> Self {
        Self { range, text, ends_value: false }
    }

    fn ending(at: usize, text: String) -> Self {
        Self { range: at..at, text, ends_value: true }
    }
}

/// `text` with `edits` made; `tree` says where everything is.
pub(crate) fn apply(text: &str, tree: &Node, edits: &[Edit]) -> Result<String, LineDiagnostic> {
    let removed = edits.iter().filter_map(|edit| match edit {
        Edit::Remove { at } => Some(at),
        _ => None,
    });
    let splicer = Splicer { text, tree, layout: layout(text, tree, edits), removed: removed.collect() };
    let mut splices = Vec::new();
    for edit in edits {
        splicer.splices(edit, &mut splices)?;
    }
    splices.sort_by_key(|splice| (splice.range.start, !splice.ends_value, splice.range.end));
    let mut result = String::with_capacity(text.len() + 4096);
    let mut at = 0;
    for splice in &splices {
        let Some(kept) = text.get(at..splice.range.start) else {
            return Err(LineDiagnostic::general(
                "two changes would overlap; the layout of this document is not supported",
            ));
        };
        result.push_str(kept);
        result.push_str(&splice.text);
        at = splice.range.end;
    }
    result.push_str(text.get(at..).unwrap_or_default());
    Ok(result)
}

/// The indentation of the document, as the nodes on the way to the edits show it.
fn layout(text: &str, tree: &Node, edits: &[Edit]) -> Layout {
    let column = |at: usize| at - line_start(text, at);
    let mut layout = Layout { step: 2, dash: 0 };
    let mut see = |entry: &Entry| match &entry.value.kind {
        Kind::Map { flow: false, entries } if !entries.is_empty() => {
            layout.step = column(entry.value.start)
                .saturating_sub(column(entry.start))
                .max(1);
        }
        Kind::Seq { flow: false, items } if !items.is_empty() => {
            layout.dash = column(entry.value.start).saturating_sub(column(entry.start));
        }
        _ => {}
    };
    for edit in edits {
        let mut node = tree;
        for step in path_of(edit) {
            if let Kind::Map { entries, .. } = &node.kind {
                entries.iter().for_each(&mut see);
            }
            let Some(child) = node.child(step) else { break };
            node = child;
        }
        if let Kind::Map { entries, .. } = &node.kind {
            entries.iter().for_each(&mut see);
        }
    }
    layout
}

fn path_of(edit: &Edit) -> &Path {
    match edit {
        Edit::Add { at, .. }
        | Edit::Prepend { at, .. }
        | Edit::Fill { at, .. }
        | Edit::Empty { at, .. }
        | Edit::Extend { at, .. }
        | Edit::Trim { at, .. }
        | Edit::Rename { at, .. }
        | Edit::Remove { at } => at,
    }
}

struct Splicer<'a> {
    text: &'a str,
    tree: &'a Node,
    layout: Layout,
    /// All that goes. Inside brackets, what goes with a member depends on whether its neighbours stay.
    removed: Vec<&'a Path>,
}

impl<'a> Splicer<'a> {
    fn splices(&self, edit: &Edit, out: &mut Vec<Splice>) -> Result<(), LineDiagnostic> {
        match edit {
            Edit::Add { at, key, value } => out.push(self.add(self.find(at)?, key, value)?),
            Edit::Prepend { at, items } => out.push(self.prepend(self.find(at)?, items)?),
            Edit::Fill { at, value } => self.fill(self.find_entry(at)?, value, out)?,
            Edit::Empty { at, spelling } => self.empty(self.find_entry(at)?, spelling, out)?,
            Edit::Extend { at, suffix } => {
                let node = self.find(at)?;
                let parent = self.find(at.split_last().map_or(&[], |(_, parent)| parent))?;
                if is_flow(parent) && suffix.contains(',') && is_plain(node) {
                    let text =
                        "what is added to this value needs quotes inside braces; put the value in quotes";
                    return Err(LineDiagnostic::at(node.line, text));
                }
                let end = self.end_of_content(node)?;
                out.push(Splice::new(end..end, suffix.clone()));
            }
            Edit::Trim { at, suffix } => {
                let node = self.find(at)?;
                let end = self.end_of_content(node)?;
                let start = end.saturating_sub(suffix.len());
                if self.text.get(start..end) != Some(suffix.as_str()) {
                    return Err(unsupported(node.line, "the value is not written as one piece"));
                }
                out.push(Splice::new(start..end, String::new()));
            }
            Edit::Rename { at, from, to } => {
                let mut path = at.clone();
                path.push(Step::Key(from.clone()));
                out.push(self.rename(self.find_entry(&path)?, from, to)?);
            }
            Edit::Remove { at } => out.extend(self.remove(at)?),
        }
        Ok(())
    }

    /// The node at `path`, on a way free of anchors, aliases and tags.
    fn find(&self, path: &[Step]) -> Result<&'a Node, LineDiagnostic> {
        let mut node = self.tree;
        for (depth, step) in path.iter().enumerate() {
            without_property(node, path.get(..depth).unwrap_or_default())?;
            node = node.child(step).ok_or_else(|| {
                let (line, shown) = (node.line, display(path.get(..=depth).unwrap_or_default()));
                LineDiagnostic::at(
                    line,
                    format!("`{shown}` is not written here but comes from a merge key (`<<`); write it out"),
                )
            })?;
        }
        without_property(node, path)?;
        Ok(node)
    }

    fn find_entry(&self, path: &[Step]) -> Result<(&'a Node, &'a Entry), LineDiagnostic> {
        let parent = path.split_last();
        if let Some((Step::Key(key), parent)) = parent {
            let node = self.find(parent)?;
            self.find(path)?;
            if let Some(entry) = node.entry(key) {
                return Ok((node, entry));
            }
        }
        Err(LineDiagnostic::general(format!("`{}` is not a key", display(path))))
    }

    fn rename(&self, (_, entry): (&Node, &Entry), from: &str, to: &str) -> Result<Splice, LineDiagnostic> {
        let written = self
            .text
            .get(entry.start..entry.key_end)
            .unwrap_or_default();
        let Some(inside) = written.find(from) else {
            return Err(unsupported(entry.line, "the key is written with escapes"));
        };
        let start = entry.start + inside;
        Ok(Splice::new(start..start + from.len(), to.to_owned()))
    }

    fn starts_line(&self, at: usize) -> bool {
        let line = self.text.get(line_start(self.text, at)..at);
        line.is_some_and(|blank| blank.bytes().all(|byte| byte == b' ' || byte == b'\t'))
    }

    /// Where the content of a scalar ends, before its closing quote.
    fn end_of_content(&self, node: &Node) -> Result<usize, LineDiagnostic> {
        let written = self.text.get(node.start..node.end).unwrap_or_default();
        match node.kind {
            Kind::Scalar { style: Style::Quoted, .. } if !written.contains('\n') => Ok(node.end - 1),
            Kind::Scalar { style: Style::Plain, .. } if !written.is_empty() && !written.contains('\n') => {
                Ok(node.end)
            }
            _ => Err(unsupported(node.line, "the value is not written on one line")),
        }
    }
}

fn without_property(node: &Node, path: &[Step]) -> Result<(), LineDiagnostic> {
    let Some(property) = node.property else { return Ok(()) };
    let what = if path.is_empty() { "the document".to_owned() } else { format!("`{}`", display(path)) };
    Err(LineDiagnostic::at(
        node.line,
        format!("{what} has {property}, so wispctl cannot edit it safely; write it out without"),
    ))
}

fn unsupported(line: usize, what: &str) -> LineDiagnostic {
    LineDiagnostic::at(line, format!("{what}; this layout is not supported"))
}

fn is_flow(node: &Node) -> bool {
    matches!(node.kind, Kind::Map { flow: true, .. } | Kind::Seq { flow: true, .. })
}

fn is_plain(node: &Node) -> bool {
    matches!(node.kind, Kind::Scalar { style: Style::Plain, .. })
}

/// How the empty value at `path` is written, after its colon.
pub(crate) fn spelling(text: &str, tree: &Node, path: &[Step]) -> Option<String> {
    let (Step::Key(key), parent) = path.split_last()? else { return None };
    let node = parent
        .iter()
        .try_fold(tree, |node, step| node.child(step))?;
    let entry = node.entry(key)?;
    let written = text.get(entry.colon_end?..entry.end())?;
    // What is longer, or has comments in it, is not kept.
    let blank = [json!(null), json!([]), json!({})].contains(&emptiness(written));
    (blank && written.len() <= MAX_SPELLING && !written.contains('#')).then(|| written.to_owned())
}
