//! Takes typed values out of the layers into the settings, and collects what is wrong.

use figment::value::{Dict, Value};

use super::{
    Layers, Settings,
    error::{SettingError, SettingErrors, public, shown},
    key::{Key, Secrecy},
    value::{items, placeholder, text},
};
use crate::visible::{TOKEN, holds_token};

/// What a parser says of a text: its value, or what is wrong with it.
pub(super) type Parsed<T> = Result<T, String>;

/// Layers, the settings read from them so far, and what is wrong with them.
pub(super) struct Loader<'a> {
    /// Where a value is invalid an error is known, and what stands here instead is never seen.
    pub(super) settings: Settings,
    layers: &'a Layers,
    errors: Vec<SettingError>,
    extent: Extent,
}

/// Whether the layers are all that there is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Extent {
    /// They are: what is not in them has its default.
    Whole,
    /// There is more that is not known here, so rules between settings cannot be checked.
    Partial,
}

impl<'a> Loader<'a> {
    pub(super) fn new(layers: &'a Layers, errors: Vec<SettingError>) -> Self {
        Self { settings: Settings::unset(), layers, errors, extent: Extent::Whole }
    }

    /// The same, where the layers may not be all that there is.
    pub(super) fn with_extent(self, extent: Extent) -> Self {
        Self { extent, ..self }
    }

    /// Whether rules between settings can be checked.
    pub(super) fn is_whole(&self) -> bool {
        self.extent == Extent::Whole
    }

    /// What was found.
    pub(super) fn into_errors(self) -> Vec<SettingError> {
        self.errors
    }

    /// The settings and what is wrong with them.
    pub(super) fn into_parts(self) -> (Settings, Vec<SettingError>) {
        (self.settings, self.errors)
    }

    /// The layers, for as long as they live.
    pub(super) fn layers(&self) -> &'a Layers {
        self.layers
    }

    /// The value of a setting; `None` when it is not set or not usable. Optional settings are not set when empty.
    pub(super) fn one<T>(&mut self, key: &Key, parse: impl FnOnce(&str) -> Parsed<T>) -> Option<T> {
        let found = self.layers.get(key)?;
        let Some(value) = text(found.value) else {
            self.invalid(key, placeholder(found.value), found.origin, format!("{}, as text", key.expected()));
            return None;
        };
        if value.is_empty() && key.default.is_none() {
            return None;
        }
        match no_token(key, &value).and_then(|()| parse(&value)) {
            Ok(parsed) => Some(parsed),
            Err(reason) => {
                self.invalid(key, &value, found.origin, reason);
                None
            }
        }
    }

    /// Makes warnings of the errors of a setting that nothing uses, for the reason `why`.
    pub(super) fn excuse(&mut self, key: &Key, why: &str) {
        let (excused, errors) = std::mem::take(&mut self.errors)
            .into_iter()
            .partition(|error| error.affects(key.name));
        self.errors = errors;
        for error in excused {
            let warning = format!("{error}; that does no harm, for it is not used: {why}");
            self.settings.warnings.push(warning);
        }
    }

    /// Whether a value is given that is not empty.
    pub(super) fn has(&self, key: &Key) -> bool {
        self.given(key).is_some()
    }

    /// The text that is given for a setting, unless it is empty.
    pub(super) fn given(&self, key: &Key) -> Option<String> {
        text(self.layers.get(key)?.value).filter(|text| !text.is_empty())
    }

    /// Notes that a value is usable and probably not what was meant.
    pub(super) fn warn(&mut self, key: &Key, value: &str, what: &str) {
        let origin = self.layers.get(key).map_or("default", |found| found.origin);
        self.settings.warnings.push(format!(
            "`{}` in `{}` (from {origin}) {what}",
            shown(&public(key, value)),
            key.name
        ));
    }

    /// The items of a list: an array of texts or one text with commas. Items that are not usable are left out. A list
    /// that has items by default needs one.
    pub(super) fn list<T>(&mut self, key: &Key, mut parse: impl FnMut(&str) -> Parsed<T>) -> Vec<T> {
        let Some(found) = self.layers.get(key) else {
            return Vec::new();
        };
        let Some(items) = items(found.value) else {
            let reason = format!("{}, or an array of texts", key.expected());
            self.invalid(key, placeholder(found.value), found.origin, reason);
            return Vec::new();
        };
        if items.is_empty() && key.default.is_some_and(|default| !default.is_empty()) {
            self.invalid(key, "", found.origin, key.expected());
        }
        let mut list = Vec::new();
        for item in items {
            match no_token(key, &item).and_then(|()| parse(&item)) {
                Ok(parsed) => list.push(parsed),
                Err(reason) => self.invalid(key, &item, found.origin, reason),
            }
        }
        list
    }

    /// A field of a table.
    pub(super) fn field<T>(
        &mut self,
        (key, table): (&Key, &str),
        fields: &Dict,
        field: &str,
        parse: impl FnOnce(&Key, &str) -> Parsed<T>,
    ) -> Option<T> {
        let value = fields
            .get(field)
            .filter(|value| !matches!(value, Value::Empty(..)))?;
        let origin = self.layers.found(value).origin;
        let text = text(value);
        if text.as_deref().is_some_and(holds_token) {
            self.invalid_at(&format!("{table}.{field}"), TOKEN, origin, "it holds a token");
            return None;
        }
        let shown = text.clone().unwrap_or_else(|| placeholder(value).into());
        let parsed = text.ok_or_else(|| "expected text".to_owned());
        match parsed.and_then(|value| parse(key, &value)) {
            Ok(parsed) => Some(parsed),
            Err(reason) => {
                self.invalid_at(&format!("{table}.{field}"), &shown, origin, &reason);
                None
            }
        }
    }

    /// Records that the value of a setting is not usable, whatever layer it came from.
    pub(super) fn refuse(&mut self, key: &Key, value: &str, reason: impl Into<String>) {
        let origin = self.layers.get(key).map_or("default", |found| found.origin);
        self.invalid(key, value, origin, reason.into());
    }

    /// Records a value that is not usable, as it may be shown.
    pub(super) fn invalid_at(&mut self, setting: &str, value: &str, origin: &str, reason: &str) {
        self.push(SettingError::Invalid {
            setting: setting.into(),
            value: value.into(),
            origin: origin.into(),
            reason: reason.into(),
        });
    }

    /// Records that the value at `path` below a setting is not usable.
    pub(super) fn invalid_element(&mut self, key: &Key, path: &[&str], value: &str, reason: &str) {
        let mut found = self.layers.get(key);
        for step in path {
            let element = found.and_then(|found| found.value.as_dict()?.get(*step));
            found = element.map(|element| self.layers.found(element)).or(found);
        }
        let origin = found.map_or("default", |found| found.origin);
        self.invalid_at(&format!("{}.{}", key.name, path.join(".")), value, origin, reason);
    }

    /// Records a setting that is needed and not there. A file that could not be read may have it, so then nothing is
    /// said.
    pub(super) fn missing(&mut self, setting: &str, reason: &str) {
        if self
            .errors
            .iter()
            .any(|error| matches!(error, SettingError::Unreadable { .. }))
        {
            return;
        }
        self.push(SettingError::Missing { setting: setting.into(), reason: reason.into() });
    }

    /// Records a error.
    pub(super) fn push(&mut self, error: SettingError) {
        self.errors.push(error);
    }

    /// Whether nothing wrong was found in `setting` or in a part of it. Cross checks ask, so that one fault is
    /// reported once.
    pub(super) fn is_valid(&self, setting: &str) -> bool {
        !self.errors.iter().any(|error| error.affects(setting))
    }

    /// The settings, if nothing is wrong with them.
    pub(super) fn finish(self) -> Result<Settings, SettingErrors> {
        if self.errors.is_empty() { Ok(self.settings) } else { Err(SettingErrors(self.errors)) }
    }

    fn invalid(&mut self, key: &Key, value: &str, origin: &str, reason: String) {
        self.push(SettingError::Invalid {
            setting: key.name.into(),
            value: public(key, value),
            origin: origin.into(),
            reason,
        });
    }
}

/// Whether the value is none of a file whose path was meant: a token that is taken for a path would be shown wherever paths are.
fn no_token(key: &Key, value: &str) -> Parsed<()> {
    if key.secret != Secrecy::Whole && holds_token(value) {
        return Err(format!("it holds a token; {}", key.expected()));
    }
    Ok(())
}
