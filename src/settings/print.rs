//! The effective values, each with where it came from.

use figment::value::Value;

use super::{
    Layers,
    error::public,
    keys::{KEYS, Key},
    value::text,
};
use crate::visible::without_tokens;

/// Every setting as one line `key = value  # source`, secrets hidden. The text is itself a valid settings file.
pub fn print(layers: &Layers) -> String {
    let line = |key: &&Key| match layers.get(key) {
        Some(found) => format!("{} = {}  # {}\n", key.name, shown(key, found.value), found.origin),
        None => format!("# {} is not set\n", key.name),
    };
    let mut lines: Vec<_> = KEYS
        .iter()
        .filter(|key| !key.is_table())
        .map(line)
        .collect();
    for key in KEYS.iter().filter(|key| key.is_table()) {
        let table = layers.get(key).and_then(|found| found.value.as_dict());
        for (name, entry) in table.into_iter().flatten() {
            lines.push(format!("\n[{}.{}]\n", key.name, bare(&without_tokens(name))));
            let fields = entry.as_dict().into_iter().flatten();
            lines.extend(fields.map(|(field, value)| {
                format!(
                    "{} = {}  # {}\n",
                    bare(&without_tokens(field)),
                    plain(value),
                    layers.found(value).origin
                )
            }));
        }
    }
    lines.concat()
}

fn shown(key: &Key, value: &Value) -> String {
    match value {
        Value::Array(_, items) => {
            let items: Vec<_> = items.iter().map(|item| shown(key, item)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(_, text) => quoted(&public(key, text)),
        value => plain(value),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(_, text) => quoted(&without_tokens(text)),
        value => text(value).unwrap_or_else(|| "{}".into()),
    }
}

/// A basic string of TOML, which has the escapes of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A key of TOML, quoted when it must be.
fn bare(key: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if !key.is_empty() && key.bytes().all(plain) { key.into() } else { quoted(key) }
}

#[cfg(test)]
mod tests {
    use super::print;
    use crate::settings::{
        keys::CLUSTER,
        testing::{ID_A, TENANT, sources},
    };

    #[test]
    fn what_is_printed_can_be_read_again() {
        let file = format!(
            "cache_tokens = 7\nhosts = ['a', 'b']\nready_after_prefetch = false\n\
             [identities.'x y']\nclient_id = '{ID_A}'\ntenant_id = '{TENANT}'"
        );
        let first = sources(&[("WISP_CLUSTER", "a\"b\\c")], &file, Vec::new());
        let printed = print(&first.layers().0);
        let second = sources(&[], &printed, Vec::new());
        let strip = |text: String| -> Vec<String> {
            text.lines()
                .map(|line| line.split("  # ").next().unwrap_or_default().to_owned())
                .collect()
        };
        assert_eq!(strip(print(&second.layers().0)), strip(printed));
        assert_eq!(format!("{:?}", second.load().unwrap()), format!("{:?}", first.load().unwrap()));
    }

    #[test]
    fn sources_are_named_and_secrets_hidden() {
        let env = [("HTTPS_PROXY", "http://user:hunter2@proxy:3128"), ("AZURE_CLIENT_ID", ID_A)];
        let printed = print(
            &sources(&env, "log = 'debug'", vec![(&CLUSTER, "c".into())])
                .layers()
                .0,
        );
        let line = |name: &str| {
            printed
                .lines()
                .find(|line| line.starts_with(name))
                .map(str::to_owned)
        };
        assert_eq!(
            line("https_proxy").unwrap(),
            "https_proxy = \"http://***@proxy:3128\"  # environment HTTPS_PROXY"
        );
        assert_eq!(line("log ").unwrap(), "log = \"debug\"  # file wisp.toml");
        assert_eq!(line("cluster").unwrap(), "cluster = \"c\"  # flag --cluster");
        assert_eq!(line("log_format").unwrap(), "log_format = \"auto\"  # default");
    }
}
