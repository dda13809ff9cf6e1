//! Patches for workloads whose source is not among the files: for Kustomize, and for what runs.

use serde_json::{Map, Value, json};

use super::{documents::is_complete, edits, merge::strategic, moved::Moved};
use crate::operator::{
    edit::{self, Edit, Path, Step, get, join},
    inject::{self, Beside, Decision},
    migrate::inventory::KeptObject,
    pod_identity::LABEL,
};

/// A pod template as it was read, and what becomes of it.
pub(super) struct Change<'a> {
    /// The object.
    pub object: &'a KeptObject,
    /// The path to the template.
    path: Path,
    /// The edits while both ways give tokens.
    edits: Vec<Edit>,
    /// The object without wisp and with all else: what is taken back is told from it.
    prepared: Value,
}

/// The objects that are `moved`, those with a whole pod template first.
pub(super) fn definitions<'a>(moved: &Moved<'_>, objects: &'a [KeptObject]) -> Vec<&'a KeptObject> {
    let mut all: Vec<_> = objects
        .iter()
        .filter(|object| moved.is_kept_as(object))
        .collect();
    let is_partial = |object: &&KeptObject| {
        let template = template_path(moved, object).and_then(|path| get(&object.value, &path));
        !template.is_some_and(is_complete)
    };
    all.sort_by_key(is_partial);
    all
}

fn template_path(moved: &Moved<'_>, object: &KeptObject) -> Option<Path> {
    let expected = moved.planned.template.as_deref().unwrap_or_default();
    let found = object.templates.iter().find(|(name, _)| name == expected)?;
    Some(found.1.clone())
}

/// What becomes of `object`. The error is why nothing does.
pub(super) fn change<'a>(moved: &Moved<'_>, object: &'a KeptObject) -> Result<Change<'a>, String> {
    let path = template_path(moved, object).ok_or("its pod template is not known")?;
    let template = get(&object.value, &path).ok_or("its pod template is not known")?;
    let under = |edits: Vec<Edit>| {
        edits
            .into_iter()
            .map(|edit| edit.under(&path))
            .collect::<Vec<_>>()
    };
    let mut all = Vec::new();
    let mut value = object.value.clone();
    if moved.options.is_some() {
        let out = inject::uninject(template).map_err(|error| error.text)?;
        all.extend(make(&mut value, under(out.unwrap_or_default()))?);
    }
    let template = get(&value, &path).unwrap_or(&Value::Null);
    let own = under(edits::prepared(template, moved));
    all.extend(make(&mut value, own)?);
    let prepared = value.clone();
    if let Some(options) = &moved.options {
        let template = get(&value, &path).unwrap_or(&Value::Null);
        let decision = inject::inject(template, options, Beside::default(), &|_| None);
        let plan = match decision {
            Ok(Decision::Inject(plan)) => plan,
            Ok(Decision::Skip(reason)) => return Err(reason),
            Err(errors) => {
                let texts: Vec<_> = errors.into_iter().map(|error| error.text).collect();
                return Err(texts.join("; "));
            }
        };
        let own = under(plan.edits);
        all.extend(make(&mut value, own)?);
    }
    Ok(Change { object, path, edits: all, prepared })
}

/// `edits`, once they are made to `value`.
fn make(value: &mut Value, edits: Vec<Edit>) -> Result<Vec<Edit>, String> {
    edit::apply(value, &edits).ok_or("the edits do not fit it; please report this")?;
    Ok(edits)
}

impl Change<'_> {
    /// Whether Kubernetes knows the lists of its kind.
    pub(super) fn is_of_kubernetes(&self) -> bool {
        !self.object.kind.contains('.')
    }

    /// The strategic merge by which both ways give tokens; none where nothing changes.
    pub(super) fn parallel(&self) -> Option<Value> {
        let mut after = self.object.value.clone();
        edit::apply(&mut after, &self.edits)?;
        strategic(&self.object.value, &after).map(|patch| self.named(patch))
    }

    /// The same as a JSON Patch, which tests first that it meets what was read.
    pub(super) fn parallel_json(&self) -> Option<Value> {
        if self.edits.is_empty() {
            return None;
        }
        let mut all = self.tests();
        let operations = edit::patch(&self.object.value, &self.edits)?;
        all.extend(operations.as_array().cloned().unwrap_or_default());
        Some(all.into())
    }

    /// The merge that takes the label off; none where it has none.
    pub(super) fn cut_over(&self) -> Option<Value> {
        let at: Path = self
            .path
            .iter()
            .cloned()
            .chain(["metadata", "labels", LABEL].map(Step::from))
            .collect();
        get(&self.object.value, &at)?;
        nested(&at, Value::Null).map(|patch| self.named(patch))
    }

    /// The merge that gives back label, account and what else is changed beside wisp. None where a merge cannot say it.
    pub(super) fn back(&self) -> Option<Value> {
        let mut cut = self.prepared.clone();
        let template = get(&cut, &self.path)?;
        let off: Vec<_> = edits::without_label(template)
            .into_iter()
            .map(|edit| edit.under(&self.path))
            .collect();
        edit::apply(&mut cut, &off)?;
        if self.path.iter().any(|step| matches!(step, Step::Index(_))) {
            return None;
        }
        strategic(&cut, &self.object.value).map(|patch| self.named(patch))
    }

    /// Whether its selector has the label, so that this cannot go.
    pub(super) fn is_selected_by_label(&self) -> bool {
        let at = ["spec", "selector", "matchLabels", LABEL].map(Step::from);
        get(&self.object.value, &at).is_some()
    }

    /// That the template has the containers that were read, in their order.
    fn tests(&self) -> Vec<Value> {
        let at: Path = self
            .path
            .iter()
            .cloned()
            .chain(["spec", "containers"].map(Step::from))
            .collect();
        let containers = get(&self.object.value, &at).and_then(Value::as_array);
        let names = containers.into_iter().flatten().enumerate();
        names
            .filter_map(|(index, container)| {
                let name = container.get("name")?;
                let path = join(&join(&at, index), "name");
                Some(json!({"op": "test", "path": edit::pointer(&path), "value": name}))
            })
            .collect()
    }

    /// `patch` with what names its object.
    fn named(&self, patch: Value) -> Value {
        let mut map = match patch {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        for key in ["apiVersion", "kind"] {
            let value = self.object.value.get(key).cloned().unwrap_or_default();
            map.insert(key.to_owned(), value);
        }
        let metadata = map.entry("metadata").or_insert_with(|| json!({}));
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert("name".to_owned(), self.object.name.clone().into());
            metadata.insert("namespace".to_owned(), self.object.namespace.clone().into());
        }
        map.into()
    }
}

/// Mappings along `path` to `value`; none where it leads through a list.
fn nested(path: &[Step], value: Value) -> Option<Value> {
    path.iter().rev().try_fold(value, |inner, step| match step {
        Step::Key(key) => Some(json!({ key.as_str(): inner })),
        Step::Index(_) => None,
    })
}
