//! What is new in the text: whole lines, or members inside brackets.

use serde_json::Value;

use super::{Splice, Splicer, is_flow, unsupported};
use crate::operator::manifest::{
    LineDiagnostic,
    lines::{above_comments, eol_at, line_end, line_start},
    render,
    tree::{Entry, Kind, Node},
};

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

impl Splicer<'_> {
    pub(super) fn add(&self, map: &Node, key: &str, value: &Value) -> Result<Splice, LineDiagnostic> {
        let Kind::Map { flow, entries } = &map.kind else {
            return Err(unsupported(map.line, "a mapping is expected"));
        };
        let Some(first) = entries.first() else {
            return Err(unsupported(map.line, "an empty mapping"));
        };
        if let Some(merge) = entries.iter().find(|entry| entry.key == "<<") {
            return Err(LineDiagnostic::at(
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
        let rule = NEIGHBOURS.iter().find(|(name, _)| *name == key);
        let neighbour = rule
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

    pub(super) fn prepend(&self, list: &Node, new: &[Value]) -> Result<Splice, LineDiagnostic> {
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

    pub(super) fn fill(
        &self,
        (map, entry): (&Node, &Entry),
        value: &Value,
        out: &mut Vec<Splice>,
    ) -> Result<(), LineDiagnostic> {
        let Some(colon_end) = entry.colon_end else {
            return Err(unsupported(entry.line, "the key has no colon beside it"));
        };
        let is_scalar = !matches!(value, Value::Array(_) | Value::Object(_));
        if is_flow(map) || is_scalar {
            let text = if is_flow(map) { render::json(value) } else { render::inline(value) };
            out.push(Splice::new(colon_end..entry.end(), format!(" {text}")));
            return Ok(());
        }
        out.push(Splice::new(colon_end..entry.end(), String::new()));
        let column = entry.start - line_start(self.text, entry.start);
        let lines = render::block(value, column, self.layout, eol_at(self.text, entry.start));
        out.push(self.after(entry.end(), lines));
        Ok(())
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
}
