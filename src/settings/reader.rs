//! Takes typed values out of the layers and collects what is wrong.

use figment::value::{Dict, Value};

use super::{
    Errors, Layers,
    keys::Key,
    layers::{Found, text},
    parse,
    problem::{Problem, public, shown},
};

/// What a parser says of a text: its value, or what is wrong with it.
pub(super) type Parsed<T> = Result<T, String>;

/// Layers and the problems found in them so far.
pub(super) struct Reader<'a> {
    layers: &'a Layers,
    problems: Vec<Problem>,
    warnings: Vec<String>,
    extent: Extent,
}

/// Whether the layers are all that there is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Extent {
    /// They are: what is not in them has its default.
    Whole,
    /// There is more that is not known here, so rules between settings cannot be checked.
    Part,
}

impl<'a> Reader<'a> {
    pub(super) fn new(layers: &'a Layers, problems: Vec<Problem>) -> Self {
        Self { layers, problems, warnings: Vec::new(), extent: Extent::Whole }
    }

    /// The same, where the layers may not be all that there is.
    pub(super) fn over(self, extent: Extent) -> Self {
        Self { extent, ..self }
    }

    /// Whether rules between settings can be checked.
    pub(super) fn is_whole(&self) -> bool {
        self.extent == Extent::Whole
    }

    /// What was found.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// The layers, for as long as they live.
    pub(super) fn layers(&self) -> &'a Layers {
        self.layers
    }

    /// The value of a setting; `None` when it is not set or not usable. Optional settings are not set when empty.
    pub(super) fn one<T>(&mut self, key: &Key, parse: impl FnOnce(&str) -> Parsed<T>) -> Option<T> {
        let found = self.layers.get(key)?;
        let Some(value) = text(found.value) else {
            self.wrong(key, sketch(found.value), found.origin, format!("{}, as text", parse::expected(key)));
            return None;
        };
        if value.is_empty() && key.default.is_none() {
            return None;
        }
        match parse(&value) {
            Ok(parsed) => Some(parsed),
            Err(reason) => {
                self.wrong(key, &value, found.origin, reason);
                None
            }
        }
    }

    /// As [`Reader::one`], for a setting that nothing would use, for the reason `why`: a value that is not usable is worth a
    /// warning only.
    pub(super) fn one_unused<T>(
        &mut self,
        key: &Key,
        parse: impl FnOnce(&str) -> Parsed<T>,
        why: &str,
    ) -> Option<T> {
        let sound = self.problems.len();
        let value = self.one(key, parse);
        for problem in self.problems.split_off(sound) {
            self.warnings
                .push(format!("{problem}; that does no harm, for it is not used: {why}"));
        }
        value
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
        self.warnings.push(format!(
            "`{}` in `{}` (from {origin}) {what}",
            shown(&public(key, value)),
            key.name
        ));
    }

    /// The warnings so far, for the settings to keep.
    pub(super) fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// The items of a list: an array of texts or one text with commas. Items that are not usable are left out. A list
    /// that has items by default needs one.
    pub(super) fn list<T>(&mut self, key: &Key, mut parse: impl FnMut(&str) -> Parsed<T>) -> Vec<T> {
        let Some(found) = self.layers.get(key) else {
            return Vec::new();
        };
        let Some(items) = items(found) else {
            let reason = format!("{}, or an array of texts", parse::expected(key));
            self.wrong(key, sketch(found.value), found.origin, reason);
            return Vec::new();
        };
        if items.is_empty() && key.default.is_some_and(|default| !default.is_empty()) {
            self.wrong(key, "", found.origin, parse::expected(key));
        }
        let mut list = Vec::new();
        for item in items {
            match parse(&item) {
                Ok(parsed) => list.push(parsed),
                Err(reason) => self.wrong(key, &item, found.origin, reason),
            }
        }
        list
    }

    /// A field of a table.
    pub(super) fn field<T>(
        &mut self,
        table: &str,
        fields: &Dict,
        field: &str,
        parse: impl FnOnce(&str) -> Parsed<T>,
    ) -> Option<T> {
        let value = fields
            .get(field)
            .filter(|value| !matches!(value, Value::Empty(..)))?;
        let origin = self.layers.found(value).origin;
        let parsed = text(value).ok_or_else(|| "expected text".to_owned());
        let shown = text(value).unwrap_or_else(|| sketch(value).into());
        match parsed.and_then(|value| parse(&value)) {
            Ok(parsed) => Some(parsed),
            Err(reason) => {
                self.invalid(&format!("{table}.{field}"), &shown, origin, &reason);
                None
            }
        }
    }

    /// Records that the value of a setting is not usable, whatever layer it came from.
    pub(super) fn refuse(&mut self, key: &Key, value: &str, reason: impl Into<String>) {
        let origin = self.layers.get(key).map_or("default", |found| found.origin);
        self.wrong(key, value, origin, reason.into());
    }

    /// Records a value that is not usable, as it may be shown.
    pub(super) fn invalid(&mut self, setting: &str, value: &str, origin: &str, reason: &str) {
        self.push(Problem::Invalid {
            setting: setting.into(),
            value: value.into(),
            origin: origin.into(),
            reason: reason.into(),
        });
    }

    /// Records that the value at `path` below a setting is not usable.
    pub(super) fn refuse_part(&mut self, key: &Key, path: &[&str], value: &str, reason: &str) {
        let mut found = self.layers.get(key);
        for step in path {
            let part = found.and_then(|found| found.value.as_dict()?.get(*step));
            found = part.map(|part| self.layers.found(part)).or(found);
        }
        let origin = found.map_or("default", |found| found.origin);
        self.invalid(&format!("{}.{}", key.name, path.join(".")), value, origin, reason);
    }

    /// Records a setting that is needed and not there. A file that could not be read may have it, so then nothing is
    /// said.
    pub(super) fn missing(&mut self, setting: &str, reason: &str) {
        if self
            .problems
            .iter()
            .any(|problem| matches!(problem, Problem::Unreadable { .. }))
        {
            return;
        }
        self.push(Problem::Missing { setting: setting.into(), reason: reason.into() });
    }

    /// Records a problem.
    pub(super) fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Whether nothing wrong was found in `setting` or in a part of it. Cross checks ask, so that one fault is
    /// reported once.
    pub(super) fn is_sound(&self, setting: &str) -> bool {
        !self
            .problems
            .iter()
            .any(|problem| problem.concerns(setting))
    }

    /// `value`, if it is there and nothing wrong was found.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Errors> {
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(Errors(self.problems)),
        }
    }

    fn wrong(&mut self, key: &Key, value: &str, origin: &str, reason: String) {
        self.push(Problem::Invalid {
            setting: key.name.into(),
            value: public(key, value),
            origin: origin.into(),
            reason,
        });
    }
}

/// What stands in a message for a value that is no text.
pub(super) fn sketch(value: &Value) -> &'static str {
    match value {
        Value::Array(..) => "[…]",
        Value::Dict(..) => "{…}",
        _ => "",
    }
}

fn items(found: Found<'_>) -> Option<Vec<String>> {
    let texts = match found.value {
        Value::Array(_, values) => values.iter().map(text).collect::<Option<Vec<_>>>()?,
        value => text(value)?.split(',').map(str::to_owned).collect(),
    };
    let trimmed = texts
        .iter()
        .map(|item| item.trim())
        .filter(|item| !item.is_empty());
    Some(trimmed.map(str::to_owned).collect())
}
