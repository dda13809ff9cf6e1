//! The tables of settings for the documentation: all there is to say, and the short form.

use super::keys::{CONFIG, Group, KEYS, Key};

/// The columns.
const HEAD: &str = "| File key | Variable | Flag | Default | Meaning |\n|---|---|---|---|---|\n";

/// Every setting as Markdown, one table for each group.
pub fn markdown_table() -> String {
    let section = |group: Group| {
        let config = if group == CONFIG.group { row(&CONFIG, "(none)") } else { String::new() };
        let rows = KEYS
            .iter()
            .filter(|key| key.group == group)
            .map(|key| row(key, &format!("`{}`", key.name)));
        format!("\n### {}\n\n{HEAD}{config}{}", group.title(), rows.collect::<Vec<_>>().concat())
    };
    Group::ALL.map(section).concat()
}

/// Every setting as one short Markdown table.
pub fn markdown_summary() -> String {
    let row = |key: &Key| format!("| {} | {} | {} |\n", variables(key), default(key), cell(key.help));
    let rows = std::iter::once(&CONFIG)
        .chain(KEYS.iter().copied())
        .map(row);
    format!("| Variable | Default | Meaning |\n|---|---|---|\n{}", rows.collect::<Vec<_>>().concat())
}

fn row(key: &Key, name: &str) -> String {
    format!(
        "| {name} | {} | `--{}` | {} | {}. Accepts {}. |\n",
        variables(key),
        key.flag,
        default(key),
        cell(key.help),
        cell(&key.accepts.to_string())
    )
}

fn variables(key: &Key) -> String {
    key.env
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn default(key: &Key) -> String {
    match key.default {
        None => "not set".into(),
        Some("") => "empty".into(),
        Some(default) => format!("`{default}`"),
    }
}

/// Text that does not end a cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::{markdown_summary, markdown_table};
    use crate::observe::page::page_has;

    #[test]
    fn documentation_has_these_tables() {
        page_has("docs/configuration.md", "settings", &markdown_table());
        page_has("README.md", "settings", &markdown_summary());
    }
}
