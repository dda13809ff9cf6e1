//! Edits as changes of text: what is new goes in as whole lines, or inside brackets where brackets are; nothing else moves.

use std::ops::Range;

use serde_json::{Value, json};

use super::{
    Trouble,
    lines::{above_comments, eol_at, line_end, line_start},
    render::{self, Layout},
    tree::{Entry, Kind, Node, Style},
};
use crate::operator::inject::edit::{Edit, Path, Step, emptiness, spelt};

/// Before which of its neighbours a new key goes, the first that is there. Elsewhere it follows the first key that stands at
/// the start of a line.
const NEIGHBOURS: &[(&str, &[&str])] = &[
    ("initContainers", &["containers"]),
    ("volumes", &["containers"]),
    ("metadata", &["spec"]),
    ("annotations", &["labels"]),
    ("labels", &["name"]),
    (
        "env",
        &[
            "ports",
            "resources",
            "livenessProbe",
            "readinessProbe",
            "startupProbe",
            "volumeMounts",
            "securityContext",
        ],
    ),
];

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
pub fn apply(text: &str, tree: &Node, edits: &[Edit]) -> Result<String, Trouble> {
    let splicer = Splicer { text, tree, layout: layout(text, tree, edits) };
    let mut splices = Vec::new();
    for edit in edits {
        splicer.splices(edit, &mut splices)?;
    }
    splices.sort_by_key(|splice| (splice.range.start, !splice.ends_value, splice.range.end));
    let mut result = String::with_capacity(text.len() + 4096);
    let mut at = 0;
    for splice in &splices {
        let Some(kept) = text.get(at..splice.range.start) else {
            return Err(Trouble::general(
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
}

impl<'a> Splicer<'a> {
    fn splices(&self, edit: &Edit, out: &mut Vec<Splice>) -> Result<(), Trouble> {
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
                        "more is added to this value, which takes quotes inside braces; put it in quotes";
                    return Err(Trouble::at(node.line, text));
                }
                let end = self.end_of_words(node)?;
                out.push(Splice::new(end..end, suffix.clone()));
            }
            Edit::Trim { at, suffix } => {
                let node = self.find(at)?;
                let end = self.end_of_words(node)?;
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
            Edit::Remove { at } => out.push(self.remove(at)?),
        }
        Ok(())
    }

    /// The node at `path`, on a way free of anchors, aliases and tags.
    fn find(&self, path: &[Step]) -> Result<&'a Node, Trouble> {
        let mut node = self.tree;
        for (depth, step) in path.iter().enumerate() {
            untangled(node, path.get(..depth).unwrap_or_default())?;
            node = node.child(step).ok_or_else(|| {
                let (line, place) = (node.line, spelt(path.get(..=depth).unwrap_or_default()));
                Trouble::at(
                    line,
                    format!("`{place}` is not written here but comes from a merge key (`<<`); write it out"),
                )
            })?;
        }
        untangled(node, path)?;
        Ok(node)
    }

    fn find_entry(&self, path: &[Step]) -> Result<(&'a Node, &'a Entry), Trouble> {
        let parent = path.split_last();
        if let Some((Step::Key(key), parent)) = parent {
            let node = self.find(parent)?;
            self.find(path)?;
            if let Some(entry) = node.entry(key) {
                return Ok((node, entry));
            }
        }
        Err(Trouble::general(format!("`{}` is no key", spelt(path))))
    }

    fn add(&self, map: &Node, key: &str, value: &Value) -> Result<Splice, Trouble> {
        let Kind::Map { flow, entries } = &map.kind else {
            return Err(unsupported(map.line, "a mapping is expected"));
        };
        let Some(first) = entries.first() else {
            return Err(unsupported(map.line, "an empty mapping"));
        };
        if let Some(merge) = entries.iter().find(|entry| entry.key == "<<") {
            return Err(Trouble::at(
                merge.line,
                format!("`{key}` is added beside a merge key (`<<`), which may have one too; write it out"),
            ));
        }
        if *flow {
            let member = |value: &str| format!("{}: {value}", render::quoted(key));
            return Ok(self.in_front(first.start, map.start, value, member));
        }
        let column = first.start - line_start(self.text, first.start);
        let own_line = |entry: &&Entry| self.starts_line(entry.start);
        let wanted = NEIGHBOURS.iter().find(|(name, _)| *name == key);
        let neighbour = wanted
            .into_iter()
            .flat_map(|(_, names)| *names)
            .find_map(|name| entries.iter().find(|entry| entry.key == **name))
            .filter(own_line)
            .or_else(|| entries.iter().find(own_line));
        let eol = eol_at(self.text, first.start);
        let lines = render::entry(key, value, column, self.layout, eol);
        Ok(match neighbour {
            Some(entry) => {
                let at = above_comments(self.text, line_start(self.text, entry.start), column);
                Splice::new(at..at, lines)
            }
            None => self.after(map.end, lines),
        })
    }

    fn prepend(&self, list: &Node, new: &[Value]) -> Result<Splice, Trouble> {
        let Kind::Seq { flow, items } = &list.kind else {
            return Err(unsupported(list.line, "a list is expected"));
        };
        let Some(first) = items.first() else {
            return Err(unsupported(list.line, "an empty list"));
        };
        if *flow {
            let mut text = String::new();
            for item in new {
                text.push_str(
                    &self
                        .in_front(first.start, list.start, item, str::to_owned)
                        .text,
                );
            }
            return Ok(Splice::new(first.start..first.start, text));
        }
        let at = line_start(self.text, list.start);
        let column = list.start - at;
        if !self.starts_line(list.start) {
            return Err(unsupported(list.line, "the list does not start on a line of its own"));
        }
        let text = render::items(new, column, self.layout, eol_at(self.text, at));
        let at = above_comments(self.text, at, column);
        Ok(Splice::new(at..at, text))
    }

    /// A member in front of the one at `first`, inside brackets that open at `open`.
    fn in_front(&self, first: usize, open: usize, value: &Value, member: impl Fn(&str) -> String) -> Splice {
        let before = self.text.get(open..first).unwrap_or_default();
        let text = if before.contains('\n') && self.starts_line(first) {
            let at = line_start(self.text, first);
            let indent = self.text.get(at..first).unwrap_or_default();
            let outer = self
                .text
                .get(line_start(self.text, open)..)
                .unwrap_or_default();
            let outer_indent = outer.len() - outer.trim_start_matches([' ', '\t']).len();
            let unit = indent
                .get(outer_indent..)
                .filter(|unit| !unit.is_empty())
                .unwrap_or("  ");
            let eol = eol_at(self.text, at);
            format!("{},{eol}{indent}", member(&render::pretty_json(value, indent, unit, eol)))
        } else {
            format!("{}, ", member(&render::json(value)))
        };
        Splice::new(first..first, text)
    }

    fn fill(
        &self,
        (map, entry): (&Node, &Entry),
        value: &Value,
        out: &mut Vec<Splice>,
    ) -> Result<(), Trouble> {
        let Some(colon_end) = entry.colon_end else {
            return Err(unsupported(entry.line, "the key has no colon beside it"));
        };
        if is_flow(map) {
            out.push(Splice::new(colon_end..entry.end(), format!(" {}", render::json(value))));
            return Ok(());
        }
        out.push(Splice::new(colon_end..entry.end(), String::new()));
        let column = entry.start - line_start(self.text, entry.start);
        let lines = render::block(value, column, self.layout, eol_at(self.text, entry.start));
        out.push(self.after(entry.end(), lines));
        Ok(())
    }

    fn empty(
        &self,
        (map, entry): (&Node, &Entry),
        spelling: &str,
        out: &mut Vec<Splice>,
    ) -> Result<(), Trouble> {
        let Some(colon_end) = entry.colon_end else {
            return Err(unsupported(entry.line, "the key has no colon beside it"));
        };
        if is_flow(map) || is_flow(&entry.value) {
            out.push(Splice::new(colon_end..entry.end(), spelling.to_owned()));
            return Ok(());
        }
        out.push(Splice::new(colon_end..colon_end, spelling.to_owned()));
        out.push(self.without_lines(entry.value.start, entry.value.end)?);
        Ok(())
    }

    fn rename(&self, (_, entry): (&Node, &Entry), from: &str, to: &str) -> Result<Splice, Trouble> {
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

    fn remove(&self, path: &Path) -> Result<Splice, Trouble> {
        let Some((last, parent_path)) = path.split_last() else {
            return Err(Trouble::general("the whole document cannot go"));
        };
        let parent = self.find(parent_path)?;
        let node = self.find(path)?;
        let (spans, at): (Vec<_>, usize) = match (&parent.kind, last) {
            (Kind::Map { entries, .. }, Step::Key(key)) => (
                entries
                    .iter()
                    .map(|entry| entry.start..entry.end())
                    .collect(),
                entries
                    .iter()
                    .position(|entry| entry.key == *key)
                    .unwrap_or_default(),
            ),
            (Kind::Seq { items, .. }, Step::Index(index)) => {
                (items.iter().map(|item| item.start..item.end).collect(), *index)
            }
            _ => return Err(unsupported(parent.line, "a key or an item is expected")),
        };
        let span = spans.get(at).cloned().unwrap_or(node.start..node.end);
        if is_flow(parent) {
            let previous = at.checked_sub(1).and_then(|at| spans.get(at));
            let range = match (spans.get(at + 1), previous) {
                (Some(next), _) => span.start..next.start,
                (None, Some(previous)) => previous.end..span.end,
                (None, None) => span,
            };
            return Ok(Splice::new(range, String::new()));
        }
        let start = match last {
            Step::Key(_) => span.start,
            Step::Index(_) => self.dash_of(parent, span.start)?,
        };
        self.without_lines(start, span.end)
    }

    /// The dash of the item that starts at `item`.
    fn dash_of(&self, list: &Node, item: usize) -> Result<usize, Trouble> {
        let column = list.start - line_start(self.text, list.start);
        let mut at = line_start(self.text, item);
        loop {
            let dash = at + column;
            let indent = self.text.get(at..dash).unwrap_or("x");
            if indent.bytes().all(|byte| byte == b' ') && self.text.as_bytes().get(dash) == Some(&b'-') {
                return Ok(dash);
            }
            if at <= list.start {
                return Err(unsupported(list.line, "a list item has no dash at the start of its line"));
            }
            at = line_start(self.text, at - 1);
        }
    }

    /// Takes out the lines from that of `start` to that of `end`.
    fn without_lines(&self, start: usize, end: usize) -> Result<Splice, Trouble> {
        if !self.starts_line(start) {
            let line = self
                .text
                .get(..start)
                .unwrap_or_default()
                .matches('\n')
                .count()
                + 1;
            return Err(unsupported(line, "what is to go shares a line with something that stays"));
        }
        let mut from = line_start(self.text, start);
        let to = line_end(self.text, end);
        if !self.text.get(..to).unwrap_or_default().ends_with('\n') {
            // The last line of a text that does not end in a line break: the one before takes its place.
            let head = self.text.get(..from).unwrap_or_default();
            let head = head.strip_suffix('\n').unwrap_or(head);
            from = head.strip_suffix('\r').unwrap_or(head).len();
        }
        Ok(Splice::new(from..to, String::new()))
    }

    /// `lines` after the line of `end`.
    fn after(&self, end: usize, lines: String) -> Splice {
        let at = line_end(self.text, end);
        if at == 0 || self.text.get(..at).unwrap_or_default().ends_with('\n') {
            return Splice::ending(at, lines);
        }
        let eol = eol_at(self.text, line_start(self.text, end));
        let lines = lines.strip_suffix(eol).unwrap_or(&lines);
        Splice::ending(at, format!("{eol}{lines}"))
    }

    fn starts_line(&self, at: usize) -> bool {
        let line = self.text.get(line_start(self.text, at)..at);
        line.is_some_and(|blank| blank.bytes().all(|byte| byte == b' ' || byte == b'\t'))
    }

    /// The place where the words of a scalar end, before its closing quote.
    fn end_of_words(&self, node: &Node) -> Result<usize, Trouble> {
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

fn untangled(node: &Node, path: &[Step]) -> Result<(), Trouble> {
    let Some(what) = node.entangled else { return Ok(()) };
    let place = if path.is_empty() { "the document".to_owned() } else { format!("`{}`", spelt(path)) };
    Err(Trouble::at(
        node.line,
        format!("{place} has {what}, so a change here would reach further; write it out without"),
    ))
}

fn unsupported(line: usize, what: &str) -> Trouble {
    Trouble::at(line, format!("{what}; this layout is not supported"))
}

fn is_flow(node: &Node) -> bool {
    matches!(node.kind, Kind::Map { flow: true, .. } | Kind::Seq { flow: true, .. })
}

fn is_plain(node: &Node) -> bool {
    matches!(node.kind, Kind::Scalar { style: Style::Plain, .. })
}

/// How the empty value at `path` is written, after its colon.
pub fn spelling(text: &str, tree: &Node, path: &[Step]) -> Option<String> {
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
