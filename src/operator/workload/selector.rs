//! Label selectors, as `kubectl --selector` takes them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// What the labels of an object have to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Selector(Vec<Requirement>);

#[derive(Clone, Debug, Eq, PartialEq)]
struct Requirement {
    key: String,
    asks: Asks,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Asks {
    /// `key`
    There,
    /// `!key`
    NotThere,
    /// `key=value`, `key==value`, `key in (value,…)`
    In(BTreeSet<String>),
    /// `key!=value`, `key notin (value,…)`; an object without the key fits.
    NotIn(BTreeSet<String>),
}

/// The longest value, and the longest name of a key, in bytes.
const LONGEST: usize = 63;
/// The longest prefix of a key, in bytes.
const LONGEST_PREFIX: usize = 253;

impl Selector {
    /// Reads requirements with commas between them; none at all select everything.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.trim().is_empty() {
            return Some(Self(Vec::new()));
        }
        split(text)
            .into_iter()
            .map(|text| requirement(text.trim()))
            .collect::<Option<_>>()
            .map(Self)
    }

    /// The requirements as the `matchExpressions` of a Kubernetes object.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = Value> {
        self.0.iter().map(|Requirement { key, asks }| match asks {
            Asks::There => json!({"key": key, "operator": "Exists"}),
            Asks::NotThere => json!({"key": key, "operator": "DoesNotExist"}),
            Asks::In(values) => json!({"key": key, "operator": "In", "values": values}),
            Asks::NotIn(values) => json!({"key": key, "operator": "NotIn", "values": values}),
        })
    }

    /// Whether an object with these labels is selected.
    pub(crate) fn fits(&self, labels: Option<&Map<String, Value>>) -> bool {
        self.0.iter().all(|Requirement { key, asks }| {
            let value = labels
                .and_then(|labels| labels.get(key))
                .and_then(Value::as_str);
            match asks {
                Asks::There => value.is_some(),
                Asks::NotThere => value.is_none(),
                Asks::In(values) => value.is_some_and(|value| values.contains(value)),
                Asks::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
            }
        })
    }
}

/// The requirements: what is between commas that are in no parentheses.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    text.split(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .collect()
}

fn requirement(text: &str) -> Option<Requirement> {
    let set = text.strip_suffix(')').and_then(|text| text.split_once('('));
    let (key, asks) = if let Some((head, values)) = set {
        let values: Option<BTreeSet<_>> = values.split(',').map(|text| value(text.trim())).collect();
        let mut words = head.split_whitespace();
        let (key, operator) = (words.next()?, words.next()?);
        let asks = match (operator, words.next()) {
            ("in", None) => Asks::In(values?),
            ("notin", None) => Asks::NotIn(values?),
            _ => return None,
        };
        (key, asks)
    } else if let Some(key) = text.strip_prefix('!') {
        (key.trim(), Asks::NotThere)
    } else if let Some((key, text)) = text.split_once("!=") {
        (key.trim(), Asks::NotIn([value(text.trim())?].into()))
    } else if let Some((key, text)) = text.split_once('=') {
        let text = text.strip_prefix('=').unwrap_or(text);
        (key.trim(), Asks::In([value(text.trim())?].into()))
    } else {
        (text, Asks::There)
    };
    is_key(key).then(|| Requirement { key: key.to_owned(), asks })
}

/// A value of a label; it may be empty.
fn value(text: &str) -> Option<String> {
    (text.is_empty() || is_name(text)).then(|| text.to_owned())
}

fn is_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => {
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
            !prefix.is_empty() && prefix.len() <= LONGEST_PREFIX && prefix.chars().all(fits) && is_name(name)
        }
        None => is_name(text),
    }
}

fn is_name(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    text.len() <= LONGEST
        && text.starts_with(ends)
        && text.ends_with(ends)
        && text.chars().all(|c| ends(c) || "-_.".contains(c))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Selector;

    #[test]
    fn selectors_select_as_those_of_kubectl() {
        let labels = json!({"app": "orders", "tier": "back", "example.com/team": "a", "empty": ""});
        for (text, fits) in [
            ("", true),
            (" ", true),
            ("app", true),
            ("other", false),
            ("!other", true),
            ("! app", false),
            ("app=orders", true),
            ("app = orders", true),
            ("app==orders", true),
            ("app=bills", false),
            ("app!=bills", true),
            ("app!=orders", false),
            ("other!=x", true),
            ("empty=", true),
            ("app=", false),
            ("app in (orders,bills)", true),
            ("app in ( bills , orders ),tier=back", true),
            ("app in (bills)", false),
            ("app notin (bills)", true),
            ("other notin (x)", true),
            ("app notin (orders, bills)", false),
            ("app=orders,tier=front", false),
            ("example.com/team=a", true),
        ] {
            assert_eq!(Selector::parse(text).unwrap().fits(labels.as_object()), fits, "{text}");
        }
        assert!(!Selector::parse("app").unwrap().fits(None));
    }

    #[test]
    fn selectors_are_written_as_expressions() {
        let selector = Selector::parse("a=1,b notin (y,x),c,!d").unwrap();
        let expressions: serde_json::Value = selector.expressions().collect();
        insta::assert_snapshot!(expressions, @r#"[{"key":"a","operator":"In","values":["1"]},{"key":"b","operator":"NotIn","values":["x","y"]},{"key":"c","operator":"Exists"},{"key":"d","operator":"DoesNotExist"}]"#);
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        for text in [
            ",",
            "a,",
            "a b",
            "=a",
            "a=b=c",
            "a in",
            "a in b",
            "a in (b",
            "a in b)",
            "a within (b)",
            "a not in (b)",
            "-a",
            "a=-b",
            "/a",
            "a/",
            "a/b/c",
            "A/b c",
            "a=\"b\"",
            "a>1",
            "in (a)",
            "()",
        ] {
            assert_eq!(Selector::parse(text), None, "{text}");
        }
    }
}
