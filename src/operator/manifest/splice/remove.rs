//! What goes from the text: whole lines, or members inside brackets.

use std::ops::Range;

use super::{Splice, Splicer, is_flow, unsupported};
use crate::operator::{
    edit::{Path, Step},
    manifest::{
        LineDiagnostic,
        lines::{line_end, line_start},
        tree::{Entry, Kind, Node},
    },
};

impl Splicer<'_> {
    pub(super) fn empty(
        &self,
        (map, entry): (&Node, &Entry),
        spelling: &str,
        out: &mut Vec<Splice>,
    ) -> Result<(), LineDiagnostic> {
        let Some(colon_end) = entry.colon_end else {
            return Err(unsupported(entry.line, "the key has no colon beside it"));
        };
        if is_flow(map) || is_flow(&entry.value) || matches!(entry.value.kind, Kind::Scalar { .. }) {
            out.push(Splice::new(colon_end..entry.end(), spelling.to_owned()));
            return Ok(());
        }
        out.push(Splice::new(colon_end..colon_end, spelling.to_owned()));
        out.push(self.without_lines(entry.value.start, entry.value.end)?);
        Ok(())
    }

    /// None when it goes with a member before it.
    pub(super) fn remove(&self, path: &Path) -> Result<Option<Splice>, LineDiagnostic> {
        let Some((last, parent_path)) = path.split_last() else {
            return Err(LineDiagnostic::general("the whole document cannot be removed"));
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
            let stays = |at: usize| !self.goes(parent, parent_path, at);
            return Ok(in_brackets(&spans, at, stays).map(|range| Splice::new(range, String::new())));
        }
        let start = match last {
            Step::Key(_) => span.start,
            Step::Index(_) => self.dash_of(parent, span.start)?,
        };
        match last {
            // The first key beside the dash of an item: what follows takes its place there.
            Step::Key(_) if !self.starts_line(start) && spans.len() > 1 => {
                Ok(Some(self.until_next(start, span.end)))
            }
            _ => self.without_lines(start, span.end).map(Some),
        }
    }

    /// Whether the member `at` of `parent` goes.
    fn goes(&self, parent: &Node, parent_path: &[Step], at: usize) -> bool {
        let step = match &parent.kind {
            Kind::Map { entries, .. } => entries.get(at).map(|entry| Step::Key(entry.key.clone())),
            _ => Some(Step::Index(at)),
        };
        self.removed.iter().any(|path| {
            path.split_last()
                .is_some_and(|(last, before)| before == parent_path && Some(last) == step.as_ref())
        })
    }

    /// Takes out what is between `start` and the first word after the line of `end`. A comment is one, and stays.
    fn until_next(&self, start: usize, end: usize) -> Splice {
        let line = line_end(self.text, end);
        let rest = self.text.get(line..).unwrap_or_default();
        let blank = rest.len() - rest.trim_start().len();
        Splice::new(start..line + blank, String::new())
    }

    /// The dash of the item that starts at `item`.
    fn dash_of(&self, list: &Node, item: usize) -> Result<usize, LineDiagnostic> {
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
    fn without_lines(&self, start: usize, end: usize) -> Result<Splice, LineDiagnostic> {
        if !self.starts_line(start) {
            let line = self
                .text
                .get(..start)
                .unwrap_or_default()
                .matches('\n')
                .count()
                + 1;
            return Err(unsupported(line, "what is removed shares a line with something that stays"));
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
}

/// What goes with the member `at` of those at `spans`: the comma after it where a later one stays. Of the last ones, the first
/// takes all of them and the comma before.
fn in_brackets(spans: &[Range<usize>], at: usize, stays: impl Fn(usize) -> bool) -> Option<Range<usize>> {
    let span = spans.get(at)?;
    if (at + 1..spans.len()).any(&stays) {
        return Some(span.start..spans.get(at + 1)?.start);
    }
    let end = spans.last()?.end;
    match at.checked_sub(1) {
        None => Some(span.start..end),
        Some(before) if stays(before) => Some(spans.get(before)?.end..end),
        Some(_) => None,
    }
}
