//! Expressions of CEL, the language of admission policies, as text.
//!
//! A map or a list of Kubernetes' CEL has values of one type. What is to become JSON has others beside each other, so all but text
//! is wrapped in `dyn`.

use serde_json::Value;

/// The widest line of an expression that can be broken.
const WIDTH: usize = 110;

/// An expression whose value becomes JSON.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Cel {
    /// Code whose value is text.
    Text(String),
    /// Code whose value is something else.
    Other(String),
    /// A map literal.
    Map(Vec<(String, Self)>),
    /// A list literal.
    List(Vec<Self>),
    /// List literals one after the other, some of them by a condition only.
    Join(Vec<(Option<String>, Self)>),
    /// One of two, by a condition.
    Either(String, Box<Self>, Box<Self>),
}

/// Code that stands in the place of a text or a number of the model.
#[derive(Clone, Debug)]
pub(super) struct Substitution {
    /// What is replaced: text, which may stand within a longer one, or a number.
    pub value: Value,
    /// What has the value.
    pub code: String,
}

impl Cel {
    /// `value`, with substitutions made.
    pub(super) fn literal(value: &Value, substitutions: &[Substitution]) -> Self {
        match value {
            Value::String(text) => Self::Text(text_code(text, substitutions)),
            Value::Array(list) => Self::List(
                list.iter()
                    .map(|item| Self::literal(item, substitutions))
                    .collect(),
            ),
            Value::Object(map) => Self::Map(
                map.iter()
                    .map(|(key, value)| (key.clone(), Self::literal(value, substitutions)))
                    .collect(),
            ),
            other => {
                let substitution = substitutions
                    .iter()
                    .find(|substitution| substitution.value == *other);
                Self::Other(
                    substitution.map_or_else(|| other.to_string(), |substitution| substitution.code.clone()),
                )
            }
        }
    }

    /// The code, whose first line starts at `column`, as the others do.
    pub(super) fn code(&self, column: usize) -> String {
        let line = self.line();
        if column + line.len() <= WIDTH {
            return line;
        }
        let inner = column + 2;
        let (open, items, close) = match self {
            Self::Map(entries) => {
                let is_text = entries.iter().all(|(_, value)| value.is_text());
                let entry = |(key, value): &(String, Self)| {
                    format!("{}: {}", quoted(key), value.member(is_text, inner))
                };
                ("{", entries.iter().map(entry).collect::<Vec<_>>(), "}")
            }
            Self::List(items) => {
                let is_text = items.iter().all(Self::is_text);
                (
                    "[",
                    items
                        .iter()
                        .map(|item| item.member(is_text, inner))
                        .collect(),
                    "]",
                )
            }
            Self::Join(lists) => {
                let one = |(when, list): &(Option<String>, Self)| match when {
                    None => list.code(inner),
                    Some(when) => format!("({when} ? {} : [])", list.code(inner)),
                };
                let lists: Vec<_> = lists.iter().map(one).collect();
                return lists.join(&format!("\n{}+ ", " ".repeat(inner)));
            }
            Self::Either(condition, yes, no) => {
                let is_text = self.is_text();
                let margin = " ".repeat(inner);
                return format!(
                    "{condition}\n{margin}? {}\n{margin}: {}",
                    yes.member(is_text, inner + 2),
                    no.member(is_text, inner + 2)
                );
            }
            Self::Text(_) | Self::Other(_) => return line,
        };
        let margin = " ".repeat(inner);
        let items: Vec<_> = items
            .into_iter()
            .map(|item| format!("{margin}{item}"))
            .collect();
        format!("{open}\n{}\n{}{close}", items.join(",\n"), " ".repeat(column))
    }

    /// The code in one line.
    fn line(&self) -> String {
        match self {
            Self::Text(code) | Self::Other(code) => code.clone(),
            Self::Map(entries) => {
                let is_text = entries.iter().all(|(_, value)| value.is_text());
                let entries: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| format!("{}: {}", quoted(key), value.line_member(is_text)))
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
            Self::List(items) => {
                let is_text = items.iter().all(Self::is_text);
                let items: Vec<_> = items.iter().map(|item| item.line_member(is_text)).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Join(lists) => {
                let one = |(when, list): &(Option<String>, Self)| match when {
                    None => list.line(),
                    Some(when) => format!("({when} ? {} : [])", list.line()),
                };
                lists.iter().map(one).collect::<Vec<_>>().join(" + ")
            }
            Self::Either(condition, yes, no) => {
                let is_text = self.is_text();
                format!("({condition} ? {} : {})", yes.line_member(is_text), no.line_member(is_text))
            }
        }
    }

    /// The code among others, all of which are text or none has to be.
    fn member(&self, is_text: bool, column: usize) -> String {
        if is_text { self.code(column) } else { format!("dyn({})", self.code(column)) }
    }

    fn line_member(&self, is_text: bool) -> String {
        if is_text { self.line() } else { format!("dyn({})", self.line()) }
    }

    fn is_text(&self) -> bool {
        match self {
            Self::Text(_) => true,
            Self::Either(_, yes, no) => yes.is_text() && no.is_text(),
            Self::Other(_) | Self::Map(_) | Self::List(_) | Self::Join(_) => false,
        }
    }
}

/// `text` as a literal.
pub(super) fn quoted(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('\'', "\\'")
        .replace('\n', "\\n")
        .replace('\r', "\\r");
    format!("'{escaped}'")
}

/// `texts` as a list of literals.
pub(super) fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let texts: Vec<_> = texts.into_iter().map(quoted).collect();
    format!("[{}]", texts.join(", "))
}

/// A text of the model, in which substitutions are joined to what stands around them.
fn text_code(text: &str, substitutions: &[Substitution]) -> String {
    let found = substitutions.iter().find_map(|substitution| {
        let (before, after) = text.split_once(substitution.value.as_str()?)?;
        Some((before, substitution, after))
    });
    let Some((before, substitution, after)) = found else { return quoted(text) };
    let mut codes = Vec::new();
    if !before.is_empty() {
        codes.push(text_code(before, substitutions));
    }
    codes.push(substitution.code.clone());
    if !after.is_empty() {
        codes.push(text_code(after, substitutions));
    }
    codes.join(" + ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Cel, Substitution, quoted};

    #[test]
    fn values_of_several_types_are_wrapped() {
        let value = json!({"a": "x", "b": {"c": "it's", "d": "\\"}, "e": [1, "y", true], "f": ["p", "q"]});
        insta::assert_snapshot!(Cel::literal(&value, &[]).code(0), @r"
        {
          'a': dyn('x'),
          'b': dyn({'c': 'it\'s', 'd': '\\'}),
          'e': dyn([dyn(1), dyn('y'), dyn(true)]),
          'f': dyn(['p', 'q'])
        }
        ");
    }

    #[test]
    fn what_is_long_is_broken() {
        let value =
            json!({"name": "x".repeat(60), "env": [{"name": "A", "value": "b"}], "t": "y".repeat(60)});
        insta::assert_snapshot!(Cel::literal(&value, &[]).code(2), @"
        {
            'env': dyn([dyn({'name': 'A', 'value': 'b'})]),
            'name': dyn('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'),
            't': dyn('yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy')
          }
        ");
    }

    #[test]
    fn code_stands_in_for_values() {
        let substitutions = [
            Substitution { value: json!("ID"), code: "variables.id".to_owned() },
            Substitution { value: json!(77), code: "variables.seconds".to_owned() },
        ];
        let value = json!({"a": "ID", "b": "x ID y", "c": 77, "d": 78});
        insta::assert_snapshot!(Cel::literal(&value, &substitutions).code(0), @"{'a': dyn(variables.id), 'b': dyn('x ' + variables.id + ' y'), 'c': dyn(variables.seconds), 'd': dyn(78)}");
        assert_eq!(quoted("a\nb"), r"'a\nb'");
    }
}
