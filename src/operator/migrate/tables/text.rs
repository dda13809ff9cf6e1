//! For terminals.

use std::fmt::Write as _;

use super::{Report, Section};
use crate::visible::shown;

/// The blanks between two columns.
const GAP: &str = "  ";

/// `report` in lines.
pub(crate) fn text(report: &Report) -> String {
    let mut text = String::new();
    for line in &report.summary {
        text.push_str(&shown(line));
        text.push('\n');
    }
    for section in &report.sections {
        text.push('\n');
        text.push_str(section.title);
        text.push('\n');
        if section.columns.is_empty() {
            for row in &section.rows {
                let _ = writeln!(text, "- {}", shown(&row.concat()));
            }
        } else {
            table(section, &mut text);
        }
    }
    text
}

fn table(section: &Section, text: &mut String) {
    let head = section
        .columns
        .iter()
        .map(|column| (*column).to_owned())
        .collect();
    let mut rows: Vec<Vec<String>> = vec![head];
    let cells = |row: &Vec<String>| row.iter().map(|cell| shown(cell)).collect();
    rows.extend(section.rows.iter().map(cells));
    let width = |index: usize| {
        rows.iter()
            .filter_map(|row| row.get(index))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<_> = (0..section.columns.len()).map(width).collect();
    for row in &rows {
        let cells: Vec<_> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        text.push_str(cells.join(GAP).trim_end());
        text.push('\n');
    }
}
