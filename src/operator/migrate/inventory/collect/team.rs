//! Who looks after an object, as its labels and annotations say.

use serde_json::{Map, Value};

/// The names that say it, behind whatever prefix, the better first.
const NAMES: [&str; 2] = ["team", "owner"];
/// The most letters of it that are kept: an annotation may have any length.
const MAX_LETTERS: usize = 100;

/// What the labels, else the annotations, of an object with `metadata` say.
pub(super) fn team(metadata: &Value) -> Option<String> {
    NAMES.iter().find_map(|name| {
        let of = |key: &str| named(metadata.get(key)?.as_object()?, name);
        of("labels").or_else(|| of("annotations"))
    })
}

/// The value of `name` in `all`: without a prefix, else with the first.
pub(crate) fn named(all: &Map<String, Value>, name: &str) -> Option<String> {
    let value = |value: &Value| {
        let text = value.as_str()?.trim();
        (!text.is_empty()).then(|| text.chars().take(MAX_LETTERS).collect())
    };
    let is_meant = |key: &str| {
        key.rsplit('/')
            .next()
            .is_some_and(|last| last.eq_ignore_ascii_case(name))
    };
    let mut meant: Vec<_> = all.iter().filter(|(key, _)| is_meant(key)).collect();
    meant.sort_by_key(|(key, _)| (key.contains('/'), key.as_str()));
    meant.into_iter().find_map(|(_, found)| value(found))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::team;

    #[test]
    fn labels_count_before_annotations_and_teams_before_owners() {
        let labels = json!({"b.example/team": "b", "a.example/Team": "a", "owner": "o"});
        let all = json!({"labels": labels, "annotations": {"team": "other"}});
        assert_eq!(team(&all).unwrap(), "a");
        let all = json!({"labels": {"owner": "o"}, "annotations": {"example/team": " payments "}});
        assert_eq!(team(&all).unwrap(), "payments");
        assert_eq!(team(&json!({"annotations": {"a8r.io/owner": "o"}})).unwrap(), "o");
        assert_eq!(team(&json!({"labels": {"team": "", "teams": "x", "owner": 1}})), None);
    }

    #[test]
    fn a_long_annotation_is_cut() {
        let all = json!({"annotations": {"owner": "ä".repeat(1000)}});
        assert_eq!(team(&all).unwrap(), "ä".repeat(100));
    }
}
