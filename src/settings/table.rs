//! The table of settings for the documentation.

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

fn row(key: &Key, name: &str) -> String {
    let variables: Vec<_> = key.env.iter().map(|name| format!("`{name}`")).collect();
    let default = match key.default {
        None => "not set".into(),
        Some("") => "empty".into(),
        Some(default) => format!("`{default}`"),
    };
    format!(
        "| {name} | {} | `--{}` | {default} | {}. Accepts {}. |\n",
        variables.join(", "),
        key.flag,
        cell(key.help),
        cell(&key.accepts.to_string())
    )
}

/// Text that does not end a cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::markdown_table;

    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
    const BEGIN: &str = "<!-- settings -->\n";
    const END: &str = "<!-- /settings -->";

    #[test]
    fn documentation_has_this_table() {
        let page = std::fs::read_to_string(PAGE).unwrap();
        let (before, rest) = page.split_once(BEGIN).unwrap();
        let (table, after) = rest.split_once(END).unwrap();
        #[expect(clippy::disallowed_methods, reason = "a switch of this test")]
        let update = std::env::var_os("WISP_UPDATE_DOCS").is_some();
        if update {
            std::fs::write(PAGE, format!("{before}{BEGIN}{}\n{END}{after}", markdown_table())).unwrap();
            return;
        }
        assert!(table.trim() == markdown_table().trim(), "run the tests once with WISP_UPDATE_DOCS=1");
    }
}
