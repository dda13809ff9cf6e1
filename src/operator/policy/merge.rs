//! Several values as one expression: what they have in common once, and choices where they differ.

use serde_json::{Map, Value};

use super::cel::{Cel, Substitution};

/// How values are merged. Of n conditions there are 2ⁿ values; the place of each is the sum of the bits of the conditions that hold
/// for it.
pub(super) struct Merge<'a> {
    pub conditions: Vec<&'static str>,
    pub substitutions: &'a [Substitution],
}

/// A list item by its name, in each of the values that have it.
type Found<'a> = (String, Vec<Option<&'a Value>>);

impl Merge<'_> {
    /// The expression for `values`.
    pub(super) fn merge(&self, values: &[&Value]) -> Cel {
        let Some((first, others)) = values.split_first() else { return Cel::Other("null".to_owned()) };
        if others.iter().all(|other| other == first) {
            return Cel::literal(first, self.substitutions);
        }
        self.maps(values)
            .or_else(|| self.lists(values))
            .unwrap_or_else(|| self.either(values))
    }

    /// The condition that holds where these are true; none where they always are.
    pub(super) fn when(&self, values: impl Iterator<Item = bool>) -> Option<String> {
        let values: Vec<_> = values.map(Value::from).collect();
        match condition(&self.merge(&values.iter().collect::<Vec<_>>())).as_str() {
            "true" => None,
            code => Some(code.to_owned()),
        }
    }

    /// Maps with the same keys. A list that is not everywhere is empty elsewhere, which is the same to an API server.
    fn maps(&self, values: &[&Value]) -> Option<Cel> {
        let maps: Vec<&Map<_, _>> = values
            .iter()
            .map(|value| value.as_object())
            .collect::<Option<_>>()?;
        let mut keys: Vec<_> = maps.iter().flat_map(|map| map.keys()).collect();
        keys.sort();
        keys.dedup();
        let none = Value::Array(Vec::new());
        let entry = |key: &String| {
            let found = maps.iter().map(|map| map.get(key));
            let is_list = found.clone().flatten().all(Value::is_array);
            let values: Option<Vec<_>> = found
                .map(|value| value.or_else(|| is_list.then_some(&none)))
                .collect();
            Some((key.clone(), self.merge(&values?)))
        };
        Some(Cel::Map(keys.into_iter().map(entry).collect::<Option<_>>()?))
    }

    /// Lists whose items have names.
    fn lists(&self, values: &[&Value]) -> Option<Cel> {
        let lists: Vec<_> = values
            .iter()
            .map(|value| value.as_array())
            .collect::<Option<_>>()?;
        let mut joined: Vec<(Option<String>, Vec<Cel>)> = Vec::new();
        for (_, items) in union(&lists)? {
            let when = self.when(items.iter().map(Option::is_some));
            let item = self.merge(&filled(&items));
            match joined.last_mut() {
                Some((last, list)) if *last == when => list.push(item),
                _ => joined.push((when, vec![item])),
            }
        }
        Some(match joined.as_slice() {
            [(None, list)] => Cel::List(list.clone()),
            _ => Cel::Join(
                joined
                    .into_iter()
                    .map(|(when, list)| (when, Cel::List(list)))
                    .collect(),
            ),
        })
    }

    /// A choice by the first condition that makes a difference.
    fn either(&self, values: &[&Value]) -> Cel {
        let differs = |bit: usize| (0..values.len()).any(|at| values.get(at) != values.get(at ^ bit));
        let mut bits = self
            .conditions
            .iter()
            .enumerate()
            .map(|(index, condition)| (1 << index, condition));
        let Some((bit, condition)) = bits.find(|(bit, _)| differs(*bit)) else {
            return Cel::Other("null".to_owned());
        };
        let side = |is_set: bool| {
            let at = |at: usize| if is_set { at | bit } else { at & !bit };
            let values: Vec<_> = (0..values.len())
                .filter_map(|index| values.get(at(index)).copied())
                .collect();
            Box::new(self.merge(&values))
        };
        Cel::Either((*condition).to_owned(), side(true), side(false))
    }
}

/// The items of several lists, in an order that all have; none where there is no such order or items have no names.
pub(super) fn union<'b>(lists: &[&'b Vec<Value>]) -> Option<Vec<Found<'b>>> {
    let longest = lists.iter().max_by_key(|list| list.len())?;
    let order: Vec<_> = longest.iter().map(name).collect::<Option<_>>()?;
    for list in lists {
        let names: Vec<_> = list.iter().map(name).collect::<Option<_>>()?;
        let kept: Vec<_> = order.iter().filter(|name| names.contains(name)).collect();
        if !kept.into_iter().eq(&names) {
            return None;
        }
    }
    let find = |named: &str| -> Vec<_> {
        let one = |list: &&'b Vec<Value>| list.iter().find(|item| name(item) == Some(named));
        lists.iter().map(one).collect()
    };
    Some(
        order
            .iter()
            .map(|name| ((*name).to_owned(), find(name)))
            .collect(),
    )
}

/// The name of a list's item, which may be a text itself.
fn name(item: &Value) -> Option<&str> {
    item.as_str().or_else(|| item.get("name")?.as_str())
}

/// Values where some are missing: nobody asks for those, so they are as the most similar one, by which conditions hold.
pub(super) fn filled<'a>(found: &[Option<&'a Value>]) -> Vec<&'a Value> {
    let nearest = |at: usize| {
        let there = found
            .iter()
            .enumerate()
            .filter_map(|(index, value)| Some((index, (*value)?)));
        there
            .min_by_key(|(index, _)| (index ^ at).count_ones())
            .map(|(_, value)| value)
    };
    (0..found.len()).filter_map(nearest).collect()
}

/// A condition without needless words.
fn condition(cel: &Cel) -> String {
    match cel {
        Cel::Either(test, yes, no) => match (condition(yes).as_str(), condition(no).as_str()) {
            ("true", "false") => test.clone(),
            ("false", "true") => format!("!{test}"),
            ("true", no) => format!("({test} || {no})"),
            ("false", no) => format!("(!{test} && {no})"),
            (yes, "false") => format!("({test} && {yes})"),
            (yes, "true") => format!("(!{test} || {yes})"),
            (yes, no) => format!("({test} ? {yes} : {no})"),
        },
        other => other.code(0),
    }
}
