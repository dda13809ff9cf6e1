//! The layers: defaults, file, environment, flags; each value remembers where it came from.

use std::{io, path::Path};

use figment::{
    Figment, Metadata, Profile, Provider,
    providers::{Format, Toml},
    value::{Dict, Map, Value},
};

use super::{
    Env,
    error::SettingError,
    key::{CONFIG, Key, OWN_PREFIX},
    named, service_links,
    suggest::suggest_key,
};
use crate::{
    failure::one_line,
    visible::{TOKEN, holds_token},
};

/// Where a value comes from that nobody gave.
pub(super) const DEFAULT: &str = "default";

/// The flags that were given, each with its value as text.
pub type Flags = Vec<(&'static Key, String)>;

/// Reads a whole text file.
pub type ReadFile = dyn Fn(&Path) -> io::Result<String> + Send + Sync;

/// Every setting's value of the highest layer that gives one, untyped. No `Debug`: some values hold secrets.
pub struct Layers {
    figment: Figment,
    values: Dict,
}

/// A value and where it came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'a> {
    pub(super) value: &'a Value,
    pub(super) origin: &'a str,
}

impl Layers {
    /// Reads all layers with values of `keys`. Names that none of them has and texts that cannot be read are errors; the rest
    /// is still there.
    pub(super) fn read(
        keys: &'static [&'static Key],
        flags: &[(&'static Key, String)],
        env: &Env,
        read_file: &ReadFile,
    ) -> (Self, Vec<SettingError>) {
        let mut errors = Vec::new();
        let mut figment = Figment::from(defaults(keys));
        if let Some((path, origin)) = config_path(flags, env)
            && let Some(layer) = file(keys, path, &origin, read_file, &mut errors)
        {
            figment = figment.merge(layer);
        }
        for (key, name, value) in variables(keys, env) {
            figment = merge_text(figment, key, value, format!("environment {name}"), &mut errors);
        }
        for (key, value) in flags.iter().filter(|(key, _)| key.name != CONFIG.name) {
            figment = merge_text(figment, key, value, format!("flag --{}", key.flag), &mut errors);
        }
        errors.extend(unknown_variables(keys, env));
        let values = figment
            .data()
            .unwrap_or_default()
            .remove(&Profile::Default)
            .unwrap_or_default();
        (Self { figment, values }, errors)
    }

    /// The value of `key`, if any layer gives one.
    pub(super) fn get(&self, key: &Key) -> Option<Found<'_>> {
        self.values.get(key.name).map(|value| self.found(value))
    }

    /// `value`, a part of these layers, with where it came from.
    pub(super) fn found<'a>(&'a self, value: &'a Value) -> Found<'a> {
        let origin = self
            .figment
            .get_metadata(value.tag())
            .map_or(DEFAULT, |m| m.name.as_ref());
        Found { value, origin }
    }
}

/// One layer: some values, all from `origin`.
struct Layer {
    origin: String,
    values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}

fn defaults(keys: &[&Key]) -> Layer {
    let values = keys
        .iter()
        .filter_map(|key| Some((key.name.into(), key.default?.into())));
    Layer { origin: DEFAULT.into(), values: values.collect() }
}

fn config_path<'a>(flags: &'a [(&'static Key, String)], env: &'a Env) -> Option<(&'a str, String)> {
    if let Some((_, path)) = flags.iter().find(|(key, _)| key.name == CONFIG.name) {
        return Some((path, format!("flag --{}", CONFIG.flag)));
    }
    let path = env.get(CONFIG.variable()).filter(|path| !path.is_empty())?;
    Some((path, format!("environment {}", CONFIG.variable())))
}

fn file(
    keys: &[&'static Key],
    path: &str,
    path_origin: &str,
    read_file: &ReadFile,
    errors: &mut Vec<SettingError>,
) -> Option<Layer> {
    let what = || format!("settings file {path} (from {path_origin})");
    if holds_token(path) {
        let reason = format!("it holds a token; expected {}", CONFIG.accepts);
        let what = format!("settings file {TOKEN} (from {path_origin})");
        errors.push(SettingError::Unreadable { what, reason });
        return None;
    }
    let text = match read_file(Path::new(path)) {
        Ok(text) => text,
        Err(error) => {
            errors.push(SettingError::Unreadable { what: what(), reason: error.to_string() });
            return None;
        }
    };
    let mut values: Dict = match Toml::from_str(&text) {
        Ok(values) => values,
        Err(error) => {
            let line = error.span().map(|span| {
                1 + text
                    .bytes()
                    .take(span.start)
                    .filter(|b| *b == b'\n')
                    .count()
            });
            let message = match one_line(&error.message().replace('\n', ", ")) {
                empty if empty.is_empty() => "this is not TOML".into(),
                message => message,
            };
            let reason = line
                .map(|line| format!("line {line}: "))
                .unwrap_or_default()
                + &message;
            errors.push(SettingError::Unreadable { what: what(), reason });
            return None;
        }
    };
    let origin = format!("file {path}");
    values.retain(|name, _| {
        let known = keys.iter().any(|key| key.name == name);
        if !known {
            errors.push(SettingError::Unknown {
                what: format!("key in {origin}"),
                name: name.clone(),
                meant: suggest_key(keys, name)
                    .filter(|key| key.name != CONFIG.name)
                    .map(|key| key.name.into()),
            });
        }
        known
    });
    for key in keys.iter().filter(|key| key.is_table()) {
        let Some(value) = values.remove(key.name) else { continue };
        match named::by_name(key, value) {
            Ok(entries) => {
                values.insert(key.name.into(), entries.into());
            }
            Err(reason) => {
                let what = format!("`{}` in {origin}", key.name);
                errors.push(SettingError::Unreadable { what, reason });
            }
        }
    }
    Some(Layer { origin, values })
}

/// The variables that are settings, as (setting, name used, value).
fn variables<'a>(
    keys: &'a [&'static Key],
    env: &'a Env,
) -> impl Iterator<Item = (&'static Key, &'static str, &'a str)> {
    keys.iter().filter_map(|key| {
        let mut given = key
            .env
            .iter()
            .filter_map(|name| Some((*name, env.get(name)?)));
        let (name, value) = given.find(|(_, value)| !(key.empty_is_unset() && value.is_empty()))?;
        Some((*key, name, value))
    })
}

fn merge_text(
    figment: Figment,
    key: &'static Key,
    text: &str,
    origin: String,
    errors: &mut Vec<SettingError>,
) -> Figment {
    let value = if key.is_table() {
        match named::from_text(key, text) {
            Ok(entries) => entries.into(),
            Err(reason) => {
                let (setting, value) = (key.name.into(), text.into());
                errors.push(SettingError::Invalid { setting, value, origin, reason });
                return figment;
            }
        }
    } else {
        Value::from(text)
    };
    figment.merge(Layer { origin, values: Dict::from([(key.name.into(), value)]) })
}

fn unknown_variables<'a>(keys: &'a [&'static Key], env: &'a Env) -> impl Iterator<Item = SettingError> + 'a {
    let known = |name: &str| {
        keys.iter()
            .copied()
            .chain([&CONFIG])
            .any(|key| key.env.contains(&name))
    };
    env.iter()
        .filter(move |(name, value)| {
            name.starts_with(OWN_PREFIX) && !known(name) && !service_links::is_one(name, value)
        })
        .map(|(name, _)| SettingError::Unknown {
            what: "environment variable".into(),
            name: name.into(),
            meant: suggest_key(keys, name).map(|key| key.variable().into()),
        })
}
