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

    const BEGIN: &str = "<!-- settings -->\n";
    const END: &str = "<!-- /settings -->";

    /// Compares the part of `page` between the markers with `table`, or replaces it when asked to.
    fn page_has(page: &str, table: &str) {
        let path = format!("{}/{page}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap();
        let (before, rest) = text.split_once(BEGIN).unwrap();
        let (written, after) = rest.split_once(END).unwrap();
        #[expect(clippy::disallowed_methods, reason = "a switch of this test")]
        let update = std::env::var_os("WISP_UPDATE_DOCS").is_some();
        if update {
            std::fs::write(path, format!("{before}{BEGIN}{table}\n{END}{after}")).unwrap();
            return;
        }
        assert!(written.trim() == table.trim(), "{page} differs: run the tests once with WISP_UPDATE_DOCS=1");
    }

    #[test]
    fn documentation_has_these_tables() {
        page_has("docs/configuration.md", &markdown_table());
        page_has("README.md", &markdown_summary());
    }
}
