//! Paths to pod templates, through lists and mappings of any length.

use serde_json::Value;

use crate::operator::edit::{Path, Step, get, join};

/// A path from an object to its pod templates: `spec.workerGroupSpecs[*].template`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct TemplatePath(Vec<Segment>);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Segment {
    /// The value of a key.
    Key(String),
    /// Each item of a list: `[*]`.
    Items,
    /// The value of each key of a mapping: `*`.
    Values,
}

/// What stands for each item of a list, and for each key of a mapping.
const ITEMS: &str = "[*]";
const VALUES: &str = "*";

impl TemplatePath {
    /// Reads keys with points between them, where `key[*]` means each item of a list and `*` each key of a mapping.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut segments = Vec::new();
        for word in text.split('.') {
            let (key, is_list) = match word.strip_suffix(ITEMS) {
                Some(key) => (key, true),
                None => (word, false),
            };
            if key.is_empty() || key.contains(['[', ']']) || (key.contains(VALUES) && key != VALUES) {
                return None;
            }
            segments.push(if key == VALUES { Segment::Values } else { Segment::Key(key.to_owned()) });
            segments.extend(is_list.then_some(Segment::Items));
        }
        Some(Self(segments))
    }

    /// The path that generalizes `path`, with each list as a whole.
    pub(super) fn along(path: &[Step]) -> Self {
        let segment = |step: &Step| match step {
            Step::Key(key) => Segment::Key(key.clone()),
            Step::Index(_) => Segment::Items,
        };
        Self(path.iter().map(segment).collect())
    }

    /// The pod templates in `object` that this path leads to.
    pub(super) fn templates(&self, object: &Value) -> Vec<Path> {
        let mut paths = vec![Path::new()];
        for segment in &self.0 {
            paths = paths
                .into_iter()
                .flat_map(|path| followed(object, &path, segment))
                .collect();
        }
        paths.retain(|path| get(object, path).is_some_and(is_template));
        paths
    }
}

impl std::fmt::Display for TemplatePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, segment) in self.0.iter().enumerate() {
            let point = if number == 0 { "" } else { "." };
            match segment {
                Segment::Key(key) => write!(f, "{point}{key}")?,
                Segment::Items => f.write_str(ITEMS)?,
                Segment::Values => write!(f, "{point}{VALUES}")?,
            }
        }
        Ok(())
    }
}

/// Whether `value` has a pod's specification.
pub(super) fn is_template(value: &Value) -> bool {
    value.get("spec").is_some_and(Value::is_object)
}

fn followed(object: &Value, path: &[Step], segment: &Segment) -> Vec<Path> {
    match (segment, get(object, path)) {
        (Segment::Key(key), Some(Value::Object(map))) if map.contains_key(key) => {
            vec![join(path, key.as_str())]
        }
        (Segment::Items, Some(Value::Array(list))) => {
            (0..list.len()).map(|index| join(path, index)).collect()
        }
        (Segment::Values, Some(Value::Object(map))) => {
            map.keys().map(|key| join(path, key.as_str())).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::TemplatePath;
    use crate::operator::edit::display;

    #[test]
    fn paths_lead_through_lists_and_mappings() {
        let pod = json!({"spec": {}});
        let object = json!({"spec": {
            "head": {"template": pod}, "groups": [{"template": pod}, {}, {"template": pod}],
            "roles": {"Master": {"template": pod}, "Worker": {"template": pod}, "None": {"template": {}}},
        }});
        let found = |text: &str| {
            let template_path = TemplatePath::parse(text).unwrap();
            assert_eq!(template_path.to_string(), text);
            template_path
                .templates(&object)
                .iter()
                .map(|found| display(found))
                .collect::<Vec<_>>()
        };
        assert_eq!(found("spec.head.template"), ["spec.head.template"]);
        assert_eq!(found("spec.groups[*].template"), ["spec.groups[0].template", "spec.groups[2].template"]);
        assert_eq!(
            found("spec.roles.*.template"),
            ["spec.roles.Master.template", "spec.roles.Worker.template"]
        );
        assert_eq!(found("spec.head[*].template"), [""; 0]);
        assert_eq!(found("spec.groups.*.template"), [""; 0]);
    }

    #[test]
    fn malformed_paths_are_refused() {
        for text in ["", ".", "a..b", "a.", "a[0]", "a[*", "[*]", "a[*][*]", "a*", "a[*]b"] {
            assert_eq!(TemplatePath::parse(text), None, "{text}");
        }
    }
}
