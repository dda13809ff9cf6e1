//! The layers: defaults, file, environment, flags; each value remembers where it came from.

use std::{io, path::Path};

use figment::{
    Figment, Metadata, Profile, Provider,
    providers::{Format, Toml},
    value::{Dict, Map, Value},
};

use super::{
    Env, identities,
    keys::{CONFIG, IDENTITIES, KEYS, Key, OWN_PREFIX},
    nearest::nearest,
    problem::Problem,
    service_links,
};
use crate::failure::one_line;

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
    /// Reads all layers. Names that no setting has and texts that cannot be read are problems; the rest is still there.
    pub(super) fn read(
        flags: &[(&'static Key, String)],
        env: &Env,
        read_file: &ReadFile,
    ) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut figment = Figment::from(defaults());
        if let Some((path, origin)) = config_path(flags, env)
            && let Some(layer) = file(path, &origin, read_file, &mut problems)
        {
            figment = figment.merge(layer);
        }
        for (key, name, value) in variables(env) {
            figment = merge_text(figment, key, value, format!("environment {name}"), &mut problems);
        }
        for (key, value) in flags.iter().filter(|(key, _)| key.name != CONFIG.name) {
            figment = merge_text(figment, key, value, format!("flag --{}", key.flag), &mut problems);
        }
        problems.extend(unknown_variables(env));
        let values = figment
            .data()
            .unwrap_or_default()
            .remove(&Profile::Default)
            .unwrap_or_default();
        (Self { figment, values }, problems)
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
            .map_or("default", |m| m.name.as_ref());
        Found { value, origin }
    }
}

/// The text of a value that has one.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Char(_, c) => Some(c.to_string()),
        Value::Bool(_, b) => Some(b.to_string()),
        Value::Num(_, n) => n
            .to_i128()
            .map(|n| n.to_string())
            .or_else(|| n.to_u128().map(|n| n.to_string()))
            .or_else(|| n.to_f64().map(|n| n.to_string())),
        Value::Array(..) | Value::Dict(..) | Value::Empty(..) => None,
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

fn defaults() -> Layer {
    let values = KEYS
        .iter()
        .filter_map(|key| Some((key.name.into(), key.default?.into())));
    Layer { origin: "default".into(), values: values.collect() }
}

fn config_path<'a>(flags: &'a [(&'static Key, String)], env: &'a Env) -> Option<(&'a str, String)> {
    if let Some((_, path)) = flags.iter().find(|(key, _)| key.name == CONFIG.name) {
        return Some((path, format!("flag --{}", CONFIG.flag)));
    }
    let path = env.get(CONFIG.variable()).filter(|path| !path.is_empty())?;
    Some((path, format!("environment {}", CONFIG.variable())))
}

fn file(path: &str, path_origin: &str, read_file: &ReadFile, problems: &mut Vec<Problem>) -> Option<Layer> {
    let what = || format!("settings file {path} (from {path_origin})");
    let text = match read_file(Path::new(path)) {
        Ok(text) => text,
        Err(error) => {
            problems.push(Problem::Unreadable { what: what(), reason: error.to_string() });
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
            problems.push(Problem::Unreadable { what: what(), reason });
            return None;
        }
    };
    let origin = format!("file {path}");
    values.retain(|name, _| {
        let known = KEYS.iter().any(|key| key.name == name);
        if !known {
            problems.push(Problem::Unknown {
                what: format!("key in {origin}"),
                name: name.clone(),
                meant: nearest(name)
                    .filter(|key| key.name != CONFIG.name)
                    .map(|key| key.name.into()),
            });
        }
        known
    });
    if let Some(value) = values.remove(IDENTITIES.name) {
        match identities::by_name(value) {
            Ok(entries) => {
                values.insert(IDENTITIES.name.into(), entries.into());
            }
            Err(reason) => {
                problems.push(Problem::Unreadable { what: format!("`identities` in {origin}"), reason });
            }
        }
    }
    Some(Layer { origin, values })
}

/// The variables that are settings, as (setting, name used, value).
fn variables(env: &Env) -> impl Iterator<Item = (&'static Key, &'static str, &str)> {
    KEYS.iter().filter_map(|key| {
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
    problems: &mut Vec<Problem>,
) -> Figment {
    let value = if key.name == IDENTITIES.name {
        match identities::from_text(text) {
            Ok(entries) => entries.into(),
            Err(reason) => {
                let (setting, value) = (key.name.into(), text.into());
                problems.push(Problem::Invalid { setting, value, origin, reason });
                return figment;
            }
        }
    } else {
        Value::from(text)
    };
    figment.merge(Layer { origin, values: Dict::from([(key.name.into(), value)]) })
}

fn unknown_variables(env: &Env) -> impl Iterator<Item = Problem> {
    let known = |name: &str| {
        KEYS.iter()
            .copied()
            .chain([&CONFIG])
            .any(|key| key.env.contains(&name))
    };
    env.iter()
        .filter(move |(name, value)| {
            name.starts_with(OWN_PREFIX) && !known(name) && !service_links::is_one(name, value)
        })
        .map(|(name, _)| Problem::Unknown {
            what: "environment variable".into(),
            name: name.into(),
            meant: nearest(name).map(|key| key.variable().into()),
        })
}
