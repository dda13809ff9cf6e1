//! What a setting is called, and what there is to say of it.

use std::{fmt, time::Duration};

use super::units;

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// Its name in the file and in messages, in snake case.
    pub name: &'static str,
    /// Its flag, without the dashes in front.
    pub flag: &'static str,
    /// Its environment variables; the first one that is set counts.
    pub env: &'static [&'static str],
    /// Its value when nobody gives one, as text.
    pub default: Option<&'static str>,
    /// What stands for a value in help texts.
    pub placeholder: &'static str,
    /// What its value may be.
    pub accepts: Accepts,
    /// The heading it is documented under.
    pub group: Group,
    /// What must not be shown of its value.
    pub secret: Secrecy,
    /// What it does, in one line.
    pub help: &'static str,
}

/// What a value may be. Lower and upper bounds are both allowed values.
#[derive(Clone, Copy, Debug)]
pub enum Accepts {
    /// `true` or `false`.
    Bool,
    /// A whole number within bounds.
    Count(u64, u64),
    /// A duration within bounds.
    Duration(Duration, Duration),
    /// A comma-separated list (in the file also an array) of what the words say.
    List(&'static str),
    /// One of a few words.
    OneOf(&'static [&'static str]),
    /// A number of bytes within bounds.
    Size(u64, u64),
    /// Named entries with fields, as the words say.
    Table(&'static str),
    /// What the words say.
    Text(&'static str),
}

/// The headings of help and documentation, in their order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Group {
    /// Who asks for tokens, and for what.
    Identity,
    /// The way to Entra.
    Upstream,
    /// The way from the application.
    Listeners,
    /// How much and how long.
    Limits,
    /// What is written down.
    Logs,
}

/// What must not be shown of a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Secrecy {
    /// Nothing is secret.
    Open,
    /// The user information of a URL is secret.
    UserInfo,
    /// All of it is secret.
    Whole,
}

impl Key {
    /// A row of the table with what most have: the own variable, no default, nothing secret.
    pub(super) const fn new(
        name: &'static str,
        flag: &'static str,
        env: &'static [&'static str],
        accepts: Accepts,
        group: Group,
        help: &'static str,
    ) -> Self {
        let placeholder = match accepts {
            Accepts::Bool => "BOOL",
            Accepts::Count(..) => "COUNT",
            Accepts::Duration(..) => "DURATION",
            Accepts::List(_) => "LIST",
            Accepts::Size(..) => "SIZE",
            Accepts::Table(_) => "TABLE",
            Accepts::OneOf(_) | Accepts::Text(_) => "TEXT",
        };
        Self { name, flag, env, default: None, placeholder, accepts, group, secret: Secrecy::Open, help }
    }

    /// The variable to name in messages.
    pub fn variable(&self) -> &'static str {
        self.env.first().copied().unwrap_or_default()
    }

    /// What it accepts, for messages.
    pub(super) fn expected(&self) -> String {
        format!("expected {}", self.accepts)
    }

    /// Whether the value is a list.
    pub fn is_list(&self) -> bool {
        matches!(self.accepts, Accepts::List(_))
    }

    /// Whether the value is a table of named entries.
    pub fn is_table(&self) -> bool {
        matches!(self.accepts, Accepts::Table(_))
    }

    /// Whether an empty variable counts as not set: so for the standard names, which tools and manifests blank out, but
    /// not for wisp's own, where an empty value is a statement.
    pub fn empty_is_unset(&self) -> bool {
        !self.variable().starts_with(OWN_PREFIX)
    }
}

/// The alternate form (`{:#}`) does without examples.
impl fmt::Display for Accepts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Bool => f.write_str("`true` or `false`"),
            Self::Count(low, high) => write!(f, "a whole number from {low} to {high}"),
            Self::Duration(low, high) => {
                let (low, high) = (units::show_duration(low), units::show_duration(high));
                write!(f, "a duration from {low} to {high}")?;
                write_examples(f, ", such as `500ms`, `8s`, `2m` or `1h30m`")
            }
            Self::List(of) => write!(f, "a comma-separated list of {of}"),
            Self::OneOf(values) => {
                for (i, word) in values.iter().enumerate() {
                    let separator = match i {
                        0 => "",
                        i if i + 1 == values.len() => " or ",
                        _ => ", ",
                    };
                    write!(f, "{separator}`{word}`")?;
                }
                Ok(())
            }
            Self::Size(low, high) => {
                write!(f, "a size from {} to {}", units::show_size(low), units::show_size(high))?;
                write_examples(f, ", such as `65536`, `64KiB` or `2MiB`")
            }
            Self::Table(text) | Self::Text(text) => f.write_str(text),
        }
    }
}

/// Adds examples, but not to the alternate form.
fn write_examples(f: &mut fmt::Formatter<'_>, examples: &str) -> fmt::Result {
    if f.alternate() { Ok(()) } else { f.write_str(examples) }
}

impl Group {
    /// Every group, in the order of the documentation.
    pub const ALL: [Self; 5] = [Self::Identity, Self::Upstream, Self::Listeners, Self::Limits, Self::Logs];

    /// The heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Identity => "Identities and resources",
            Self::Upstream => "Microsoft Entra",
            Self::Listeners => "Listeners",
            Self::Limits => "Limits and times",
            Self::Logs => "Logs",
        }
    }
}

/// What the names of wisp's own variables start with.
pub const OWN_PREFIX: &str = "WISP_";

/// Where the file of settings is. Not a setting of its own, because the file cannot name itself.
pub static CONFIG: Key = Key {
    name: "config",
    flag: "config",
    env: &["WISP_CONFIG"],
    default: None,
    placeholder: "FILE",
    accepts: Accepts::Text("the path of a TOML file"),
    group: Group::Identity,
    secret: Secrecy::Open,
    help: "Read settings from this TOML file; environment and flags override it",
};
