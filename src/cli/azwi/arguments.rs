//! The arguments of azwi's proxy (`cmd/proxy/main.go`), in the grammar of Go's package `flag`: one hyphen or two, a value behind `=`
//! or as the next word. Go refuses what it does not know; here a later azwi may say more.

/// What a port has to be.
pub(super) const PORT: &str = "expected a port from 1 to 65535";

/// Where azwi's proxy listens unless somebody says otherwise.
const DEFAULT_PORT: u16 = 8000;

/// The levels of azwi, the fewest lines first, and those of wisp. An empty one is nobody's choice.
const LEVELS: [(&str, Option<&str>); 5] = [
    ("", None),
    ("info", Some("info")),
    ("debug", Some("debug")),
    ("trace", Some("trace")),
    ("all", Some("trace")),
];

/// The arguments of azwi's proxy.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Proxy {
    /// `--proxy-port`
    pub(super) port: u16,
    /// `--probe`
    pub(super) is_probe: bool,
    /// `--version`
    pub(super) is_version: bool,
    /// `--log-level`, as wisp calls it; none means wisp's own.
    pub(super) log: Option<&'static str>,
    /// Flags that mean nothing to wisp, and what stands behind the flags. Without their values, which may be anything.
    pub(super) ignored: Vec<String>,
}

/// A flag.
struct Row {
    name: &'static str,
    read: Read,
}

/// What is behind a flag, and what it is for.
enum Read {
    Switch(fn(&mut Proxy, bool)),
    Value(fn(&mut Proxy, &str) -> Result<(), String>),
}

const ROWS: [Row; 4] = [
    Row {
        name: "proxy-port",
        read: Read::Value(|proxy, text| {
            proxy.port = port(text).ok_or(PORT)?;
            Ok(())
        }),
    },
    Row {
        name: "log-level",
        read: Read::Value(|proxy, text| {
            let level = LEVELS.iter().find(|(name, _)| *name == text);
            proxy.log = level
                .ok_or("expected `info`, `debug`, `trace`, `all`, or nothing")?
                .1;
            Ok(())
        }),
    },
    Row { name: "probe", read: Read::Switch(|proxy, on| proxy.is_probe = on) },
    Row { name: "version", read: Read::Switch(|proxy, on| proxy.is_version = on) },
];

/// Whether a word is a flag that only azwi's proxy has: wisp's own `--version` is not asked for by azwi's webhook.
pub(super) fn is_known(word: &str) -> bool {
    flag(word).is_some_and(|(name, _)| name != "version" && row(name).is_some())
}

/// A port to listen on.
pub(super) fn port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port > 0)
}

impl Proxy {
    /// Reads the words behind the program's name.
    pub(super) fn parse(words: &[String]) -> Result<Self, String> {
        let mut proxy =
            Self { port: DEFAULT_PORT, is_probe: false, is_version: false, log: None, ignored: Vec::new() };
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            let Some((name, value)) = flag(word) else {
                proxy.ignored.push(word.escape_default().to_string());
                continue;
            };
            match row(name).map(|row| &row.read) {
                None => proxy.ignored.push(format!("--{}", name.escape_default())),
                Some(Read::Switch(set)) => {
                    let on = value.unwrap_or("true").parse();
                    set(&mut proxy, on.map_err(|_| wrong(name, value, "expected `true` or `false`"))?);
                }
                Some(Read::Value(set)) => {
                    let value = value.or_else(|| words.next());
                    let text = value.ok_or_else(|| format!("`--{name}` has no value"))?;
                    set(&mut proxy, text).map_err(|expected| wrong(name, value, &expected))?;
                }
            }
        }
        Ok(proxy)
    }
}

/// Name and value of a flag.
fn flag(word: &str) -> Option<(&str, Option<&str>)> {
    let text = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
    let (name, value) = text
        .split_once('=')
        .map_or((text, None), |(name, value)| (name, Some(value)));
    (!name.is_empty() && !name.starts_with('-')).then_some((name, value))
}

fn row(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}

fn wrong(name: &str, value: Option<&str>, expected: &str) -> String {
    let value = value.unwrap_or_default().escape_default();
    format!("`--{name}` cannot be `{value}` (an argument as of azwi's proxy): {expected}")
}

#[cfg(test)]
mod tests {
    use super::Proxy;

    fn parsed(text: &str) -> String {
        let words: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
        let text = text.escape_default();
        match Proxy::parse(&words) {
            Ok(Proxy { port, is_probe, is_version, log, ignored }) => {
                format!(
                    "{text}: port {port} probe {is_probe} version {is_version} log {log:?} ignored {ignored:?}\n"
                )
            }
            Err(error) => format!("{text}: {error}\n"),
        }
    }

    #[test]
    fn every_spelling_is_read_as_go_reads_it() {
        let lines = [
            "--proxy-port=8000 --log-level=",
            "--proxy-port=9000 --log-level=info",
            "--proxy-port=9000 --probe --log-level=all",
            "-proxy-port 9000 -probe=false -log-level debug",
            "",
            "--version",
        ];
        insta::assert_snapshot!(lines.map(parsed).concat(), @r#"
        --proxy-port=8000 --log-level=: port 8000 probe false version false log None ignored []
        --proxy-port=9000 --log-level=info: port 9000 probe false version false log Some("info") ignored []
        --proxy-port=9000 --probe --log-level=all: port 9000 probe true version false log Some("trace") ignored []
        -proxy-port 9000 -probe=false -log-level debug: port 9000 probe false version false log Some("debug") ignored []
        : port 8000 probe false version false log None ignored []
        --version: port 8000 probe false version true log None ignored []
        "#);
    }

    #[test]
    fn what_is_wrong_is_refused_and_what_is_unknown_is_named_without_its_value() {
        let lines = [
            "--proxy-port=0",
            "--proxy-port=70000",
            "--proxy-port=x\u{1b}[1m",
            "--proxy-port",
            "--log-level=loud",
            "--probe=maybe",
            "--metrics-addr=hunter2 --new value -- --probe",
        ];
        insta::assert_snapshot!(lines.map(parsed).concat(), @r#"
        --proxy-port=0: `--proxy-port` cannot be `0` (an argument as of azwi's proxy): expected a port from 1 to 65535
        --proxy-port=70000: `--proxy-port` cannot be `70000` (an argument as of azwi's proxy): expected a port from 1 to 65535
        --proxy-port=x\u{1b}[1m: `--proxy-port` cannot be `x\u{1b}[1m` (an argument as of azwi's proxy): expected a port from 1 to 65535
        --proxy-port: `--proxy-port` has no value
        --log-level=loud: `--log-level` cannot be `loud` (an argument as of azwi's proxy): expected `info`, `debug`, `trace`, `all`, or nothing
        --probe=maybe: `--probe` cannot be `maybe` (an argument as of azwi's proxy): expected `true` or `false`
        --metrics-addr=hunter2 --new value -- --probe: port 8000 probe true version false log None ignored ["--metrics-addr", "--new", "value", "--"]
        "#);
    }
}
