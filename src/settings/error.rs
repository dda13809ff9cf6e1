//! What is wrong with the configuration, said so that it can be put right.

use super::key::{Key, Secrecy};
use crate::visible::{TOKEN, holds_token, without_tokens};

/// One thing that is wrong.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SettingError {
    /// A file or a text could not be read as a whole.
    #[error("cannot read {}: {}", without_tokens(what), without_tokens(reason))]
    Unreadable {
        /// What it is, with its source.
        what: String,
        /// Why not.
        reason: String,
    },
    /// A name that no setting has.
    #[error("unknown {}: `{}`; {}", without_tokens(what), shown(name), hint(meant.as_deref()))]
    Unknown {
        /// What kind of name: `variable`, `key in file …`, `flag`.
        what: String,
        /// The name.
        name: String,
        /// The name that was probably meant.
        meant: Option<String>,
    },
    /// A value that its setting cannot have, alone or together with others.
    #[error(
        "`{}` cannot be `{}` (from {}): {}",
        without_tokens(setting),
        shown(value),
        without_tokens(origin),
        without_tokens(reason)
    )]
    Invalid {
        /// The setting, for example `client_id` or `identities.app.client_id`.
        setting: String,
        /// The value as it may be shown.
        value: String,
        /// Where it came from.
        origin: String,
        /// What is wrong or what would be accepted.
        reason: String,
    },
    /// A setting that is needed and not there.
    #[error("`{}` is not set: {}", without_tokens(setting), without_tokens(reason))]
    Missing {
        /// The setting.
        setting: String,
        /// What needs it, and how to set it.
        reason: String,
    },
}

/// Everything that is wrong, in the order in which it was found. Never empty.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}", self.joined("\n"))]
pub struct SettingErrors(pub Vec<SettingError>);

/// The longest value repeated in a message, in characters.
const MAX_SHOWN: usize = 120;

impl SettingError {
    /// Whether the value of `setting`, or of one of its parts, is invalid.
    pub(super) fn affects(&self, setting: &str) -> bool {
        let (Self::Invalid { setting: name, .. } | Self::Missing { setting: name, .. }) = self else {
            return false;
        };
        is_element_of(name, setting)
    }
}

/// Whether `name` is `setting` or a part of it.
pub(super) fn is_element_of(name: &str, setting: &str) -> bool {
    name.strip_prefix(setting)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl SettingErrors {
    /// All of them, with `separator` between each two.
    pub fn joined(&self, separator: &str) -> String {
        let errors: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        errors.join(separator)
    }
}

/// What to do about a name that no setting has.
fn hint(meant: Option<&str>) -> String {
    meant.map_or_else(
        || "`wisp serve --help` lists the settings".to_owned(),
        |meant| format!("did you mean `{meant}`?"),
    )
}

/// `value` of `key` for messages: on one line, not too long, and without what is secret in it.
pub fn presentable(key: &Key, value: &str) -> String {
    shown(&public(key, value))
}

/// `value` without what is secret in a value of `key`.
pub(super) fn public(key: &Key, value: &str) -> String {
    match key.secret {
        Secrecy::Open | Secrecy::UserInfo if holds_token(value) => TOKEN.into(),
        Secrecy::Open => value.into(),
        Secrecy::UserInfo => hide_user_info(value),
        Secrecy::Whole => "***".into(),
    }
}

/// Replaces everything between the scheme and the last `@`: what is malformed may hold a password too.
fn hide_user_info(url: &str) -> String {
    let Some((user_info, rest)) = url.rsplit_once('@') else {
        return url.into();
    };
    let scheme = ["http://", "https://"]
        .into_iter()
        .find(|s| user_info.starts_with(s))
        .unwrap_or_default();
    format!("{scheme}***@{rest}")
}

/// `value` on one line, not too long, and without tokens.
pub(super) fn shown(value: &str) -> String {
    let value = without_tokens(value);
    let mut text: String = value.chars().take(MAX_SHOWN).flat_map(escaped).collect();
    if value.chars().nth(MAX_SHOWN).is_some() {
        text.push('…');
    }
    text
}

fn escaped(c: char) -> impl Iterator<Item = char> {
    let (plain, escape) = if c.is_control() { (None, Some(c.escape_default())) } else { (Some(c), None) };
    plain.into_iter().chain(escape.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::{hide_user_info, shown};

    #[test]
    fn passwords_are_hidden_however_odd_the_url() {
        assert_eq!(hide_user_info("http://u:p@proxy:1"), "http://***@proxy:1");
        assert_eq!(hide_user_info("u:p/@x@proxy"), "***@proxy");
        assert_eq!(hide_user_info("https://proxy:1"), "https://proxy:1");
    }

    #[test]
    fn values_are_shown_on_one_short_line() {
        assert_eq!(shown("a\nb\u{1b}"), "a\\nb\\u{1b}");
        assert_eq!(shown(&"é".repeat(500)).chars().count(), 121);
    }
}
