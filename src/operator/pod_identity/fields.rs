//! The fields of a `spec`.
//!
//! Go reads names of fields without regard to case, and before version 1.6.0 the project's own manifests wrote `ResourceID`,
//! `ClientID`, `AzureIdentity` and `Selector`. Such objects are still in clusters, charts and backups.

use serde_json::{Map, Value};

use crate::settings::suggest_word;

/// The longest text of a field that is read, in bytes. Azure's own ids are shorter.
const LONGEST: usize = 1024;
/// The most bytes of a text or a name that are repeated.
const LONGEST_SHOWN: usize = 80;
/// The most unknown fields that are named.
const MOST_UNKNOWN: usize = 4;

/// The `spec` of an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// That of `object`, or what is wrong with it.
    pub(super) fn of(object: &'a Value) -> Result<Self, String> {
        match object.get("spec") {
            Some(Value::Object(spec)) => Ok(Self(spec)),
            None | Some(Value::Null) => Err("it has no `spec`".to_owned()),
            Some(_) => Err("`spec` must be a mapping".to_owned()),
        }
    }

    /// The field `name`, in whatever capitals; none where it is absent or null. Spellings that contradict each other are an error.
    pub(super) fn get(self, name: &str) -> Result<Option<&'a Value>, String> {
        let mut found: Option<(&String, &Value)> = None;
        for (key, value) in self.0 {
            if !key.eq_ignore_ascii_case(name) || value.is_null() {
                continue;
            }
            match found {
                Some((earlier, other)) if other != value => {
                    return Err(format!("`{earlier}` and `{key}` are the same field and differ; keep one"));
                }
                _ => found = Some((key, value)),
            }
        }
        Ok(found.map(|(_, value)| value))
    }

    /// The text of the field `name` as it is; none where it is absent or empty.
    pub(super) fn exact(self, name: &str) -> Result<Option<&'a str>, String> {
        match self.get(name)? {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) if text.len() <= LONGEST => Ok(Some(text)),
            Some(Value::String(_)) => Err(format!("`{name}` has more than {LONGEST} bytes")),
            Some(_) => Err(format!("`{name}` must be text; put its value in quotes")),
        }
    }

    /// The text of the field `name` without blanks around it.
    pub(super) fn text(self, name: &str) -> Result<Option<&'a str>, String> {
        let text = self.exact(name)?.map(str::trim);
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// The fields that are none of `known`, in a sentence each. Their values may be secrets, and are not shown.
    pub(super) fn unknown(self, known: &[&str]) -> Vec<String> {
        let is_known = |key: &str| known.iter().any(|name| key.eq_ignore_ascii_case(name));
        let unknown = self.0.keys().filter(|key| !is_known(key));
        let text = |key: &String| match suggest_word(key, known) {
            Some(meant) => format!("nothing reads field `{}`; did you mean `{meant}`?", shown(key)),
            None => format!("nothing reads field `{}`", shown(key)),
        };
        unknown.take(MOST_UNKNOWN).map(text).collect()
    }
}

/// The value of the key `name` of `map`, in whatever capitals.
pub(crate) fn any_case<'a>(map: &'a Value, name: &str) -> Option<&'a Value> {
    let mut entries = map.as_object()?.iter();
    let (_, value) = entries.find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null())?;
    Some(value)
}

/// A text as it is repeated.
pub(super) fn shown(text: &str) -> String {
    let end = text.floor_char_boundary(LONGEST_SHOWN);
    let short = text.get(..end).unwrap_or_default().escape_debug();
    if end < text.len() { format!("{short}…") } else { short.to_string() }
}
