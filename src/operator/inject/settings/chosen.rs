//! The settings that flags and annotations choose.

use std::{collections::BTreeMap, fmt};

use super::{
    managed::{instead, is_file},
    reference::KeyOf,
};
use crate::settings::{
    self,
    keys::{CONFIG, IDENTITIES, KEYS, Key, Secrecy},
    suggest,
};

/// The two flags that choose a setting.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SettingFlag {
    /// By its value.
    Set,
    /// By the key of a ConfigMap or Secret that is to be the file.
    File,
}

impl SettingFlag {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Set, Self::File];

    /// The flag without its dashes, and what an annotation starts with.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::File => "file",
        }
    }
}

/// What a setting is to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Text {
    /// This value.
    Value(String),
    /// The path of a file with this content.
    File(KeyOf),
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(text) => f.write_str(text),
            Self::File(key) => key.fmt(f),
        }
    }
}

/// What chose a setting.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum SetBy {
    /// A flag with this name of the setting.
    Flag(SettingFlag, String),
    /// The annotation with this key.
    Annotation(String),
    /// What the label with this key asks for.
    Label(&'static str),
}

impl fmt::Display for SetBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag, name) => write!(f, "`--{} {name}`", flag.name()),
            Self::Annotation(key) => write!(f, "annotation `{key}`"),
            Self::Label(key) => write!(f, "label `{key}`"),
        }
    }
}

/// The settings that are chosen, by their variables.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct ChosenSettings(BTreeMap<&'static str, (Text, SetBy)>);

impl ChosenSettings {
    /// Notes that the setting called `name` is to be `value`. An annotation takes the place of a flag, and so does a label.
    pub(crate) fn set(
        &mut self,
        flag: SettingFlag,
        name: &str,
        value: &str,
        by: SetBy,
    ) -> Result<(), String> {
        let (variable, text) = checked(flag, name, value).map_err(|error| format!("{by} {error}"))?;
        if let Some((before, earlier)) = self.0.get(variable)
            && *before != text
            && matches!(
                (earlier, &by),
                (SetBy::Flag(..), SetBy::Flag(..)) | (SetBy::Annotation(_), SetBy::Annotation(_))
            )
        {
            return Err(format!(
                "{by} sets `{variable}` a second time, to another value than {earlier}; keep one"
            ));
        }
        self.0.insert(variable, (text, by));
        Ok(())
    }

    /// What each variable is to be, and what chose it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &Text, &SetBy)> {
        self.0
            .iter()
            .map(|(variable, (text, by))| (*variable, text, by))
    }

    /// What `key` is to be, and what chose it.
    pub(crate) fn get(&self, key: &Key) -> Option<(&Text, &SetBy)> {
        self.0.get(key.variable()).map(|(text, by)| (text, by))
    }

    /// Whether identities may come from them, besides the one that is chosen.
    pub(crate) fn lists_identities(&self) -> bool {
        self.get(&IDENTITIES).is_some() || self.get(&CONFIG).is_some()
    }

    /// The files among them.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&'static str, &KeyOf)> {
        self.iter().filter_map(|(variable, text, _)| match text {
            Text::File(key) => Some((variable, key)),
            Text::Value(_) => None,
        })
    }
}

/// The setting called `name`, by any name that `wisp serve` knows.
fn setting(name: &str) -> Option<&'static Key> {
    let is_called = |key: &&Key| key.name == name || key.flag == name || key.env.contains(&name);
    KEYS.iter().copied().chain([&CONFIG]).find(is_called)
}

/// The variable and what it is to be, or what is wrong with that.
fn checked(flag: SettingFlag, name: &str, value: &str) -> Result<(&'static str, Text), String> {
    let Some(key) = setting(name) else {
        let hint = suggest(name).map_or_else(
            || "`wisp serve --help` lists them".to_owned(),
            |key| format!("did you mean `{}`?", key.variable()),
        );
        return Err(format!("names no setting of wisp; {hint}"));
    };
    if let Some(instead) = instead(key) {
        return Err(format!("cannot be set: {instead}"));
    }
    let text = match (flag, is_file(key)) {
        (SettingFlag::File, true) => Text::File(
            KeyOf::parse(value).ok_or_else(|| format!("cannot be `{value}`: expected {}", KeyOf::ACCEPTS))?,
        ),
        (SettingFlag::Set, false) => {
            settings::check(key, value).map_err(|reason| refused(key, value, &reason))?;
            Text::Value(value.to_owned())
        }
        (SettingFlag::Set, true) => {
            return Err(format!(
                "names a file, which has to be in wisp's container: `--file {}=configmap/NAME/KEY` (or secret/NAME/KEY, or \
                 annotation `wisp/file.{0}`) puts it there",
                key.variable()
            ));
        }
        (SettingFlag::File, false) => {
            return Err(format!("does not name a file; set its value by `--set {}=VALUE`", key.variable()));
        }
    };
    Ok((key.variable(), text))
}

/// A value that is not accepted, unless it may hold a password.
fn refused(key: &Key, value: &str, reason: &str) -> String {
    match key.secret {
        Secrecy::Open => format!("cannot be `{}`: {reason}", value.escape_debug()),
        Secrecy::UserInfo | Secrecy::Whole => format!("cannot have this value: {reason}"),
    }
}
