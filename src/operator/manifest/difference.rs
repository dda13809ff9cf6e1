//! What differs between two values, for who takes some of them for the same.

use std::collections::BTreeSet;

use serde_json::Value;

/// What stands at a path in one of the two values.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    /// Nothing, where only the other one has something there.
    pub value: Option<&'a Value>,
    /// The mapping or list that it is in.
    pub parent: &'a Value,
}

/// Whether what stands at a path, written with points, is the same to who asks.
pub(crate) type IsSame<'a> = &'a dyn Fn(&str, Side<'_>, Side<'_>) -> bool;

/// The most places that are named.
const MOST: usize = 5;

/// The places that differ, in words; none when nothing does.
pub(crate) fn difference(before: &Value, after: &Value, is_same: IsSame<'_>) -> Option<String> {
    let mut paths = Vec::new();
    compare("", side(Some(before), &Value::Null), side(Some(after), &Value::Null), is_same, &mut paths);
    let more = paths.len().saturating_sub(MOST);
    paths.truncate(MOST);
    let named = paths.join(", ");
    match (paths.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(named),
        (false, more) => Some(format!("{named} and {more} more")),
    }
}

fn compare(path: &str, before: Side<'_>, after: Side<'_>, is_same: IsSame<'_>, paths: &mut Vec<String>) {
    if is_same(path, before, after) {
        return;
    }
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (before.value, after.value) {
        (Some(one @ Value::Object(old)), Some(two @ Value::Object(new))) => {
            let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
            for key in keys {
                compare(&below(key), side(old.get(key), one), side(new.get(key), two), is_same, paths);
            }
        }
        (Some(one @ Value::Array(old)), Some(two @ Value::Array(new))) => match (names(old), names(new)) {
            (Some(old_names), Some(new_names)) if in_order(&old_names, &new_names) => {
                let all: BTreeSet<_> = old_names.iter().chain(&new_names).collect();
                for name in all {
                    let item = |list: &[&str], items: &[Value]| {
                        let index = list.iter().position(|other| other == name)?;
                        items.get(index).cloned()
                    };
                    let (old, new) = (item(&old_names, old), item(&new_names, new));
                    let (old, new) = (side(old.as_ref(), one), side(new.as_ref(), two));
                    compare(&below(name), old, new, is_same, paths);
                }
            }
            _ if old.len() == new.len() && names(old).is_none() => {
                for (number, (old, new)) in old.iter().zip(new).enumerate() {
                    compare(
                        &format!("{path}[{number}]"),
                        side(Some(old), one),
                        side(Some(new), two),
                        is_same,
                        paths,
                    );
                }
            }
            _ => paths.push(path.to_owned()),
        },
        _ => paths.push(path.to_owned()),
    }
}

fn side<'a>(value: Option<&'a Value>, parent: &'a Value) -> Side<'a> {
    Side { value, parent }
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
