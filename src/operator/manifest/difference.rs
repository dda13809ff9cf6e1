//! What differs between two values, for who takes some of them for the same.

use std::collections::BTreeSet;

use serde_json::Value;

/// Whether two values at a place, written with points, are the same to who asks.
pub(crate) type IsSame<'a> = &'a dyn Fn(&str, Option<&Value>, Option<&Value>) -> bool;

/// The most places that are named.
const MOST: usize = 5;

/// The places that differ, in words; none when nothing does.
pub(crate) fn difference(before: &Value, after: &Value, is_same: IsSame<'_>) -> Option<String> {
    let mut paths = Vec::new();
    compare("", Some(before), Some(after), is_same, &mut paths);
    let more = paths.len().saturating_sub(MOST);
    paths.truncate(MOST);
    let named = paths.join(", ");
    match (paths.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(named),
        (false, more) => Some(format!("{named} and {more} more")),
    }
}

fn compare(
    path: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    is_same: IsSame<'_>,
    paths: &mut Vec<String>,
) {
    if is_same(path, before, after) {
        return;
    }
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (before, after) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
            for key in keys {
                compare(&below(key), old.get(key), new.get(key), is_same, paths);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => match (names(old), names(new)) {
            (Some(old_names), Some(new_names)) if in_order(&old_names, &new_names) => {
                let all: BTreeSet<_> = old_names.iter().chain(&new_names).collect();
                for name in all {
                    let item = |list: &[&str], items: &[Value]| {
                        let index = list.iter().position(|other| other == name)?;
                        items.get(index).cloned()
                    };
                    let (one, two) = (item(&old_names, old), item(&new_names, new));
                    compare(&below(name), one.as_ref(), two.as_ref(), is_same, paths);
                }
            }
            _ if old.len() == new.len() && names(old).is_none() => {
                for (number, (one, two)) in old.iter().zip(new).enumerate() {
                    compare(&format!("{path}[{number}]"), Some(one), Some(two), is_same, paths);
                }
            }
            _ => paths.push(path.to_owned()),
        },
        _ => paths.push(path.to_owned()),
    }
}

/// The names of the items, if all have one and no two the same.
fn names(list: &[Value]) -> Option<Vec<&str>> {
    let names: Vec<_> = list
        .iter()
        .map(|item| item.get("name")?.as_str())
        .collect::<Option<_>>()?;
    let distinct: BTreeSet<_> = names.iter().collect();
    (distinct.len() == names.len()).then_some(names)
}

/// Whether what both lists have stands in the same order in both.
fn in_order(one: &[&str], two: &[&str]) -> bool {
    let common = |list: &[&str], other: &[&str]| {
        list.iter()
            .filter(|name| other.contains(name))
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    common(one, two) == common(two, one)
}
