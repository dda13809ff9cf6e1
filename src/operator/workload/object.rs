//! One object, and the pods of its kind.

use serde_json::{Map, Value};

use super::{
    Hint,
    custom::Custom,
    known::{KINDS, SERVED, not_served},
    looks::{Look, looks},
    template_path::{TemplatePath, is_template},
};
use crate::operator::edit::{Path, Step, display, get};

/// An object of a document.
pub(super) struct Object<'a> {
    value: &'a Value,
    pub kind: &'a str,
    group: &'a str,
}

/// Where the pods of an object are, below it, and what there is to say.
#[derive(Default)]
pub(super) struct Sought {
    pub paths: Vec<Path>,
    pub hints: Vec<Hint>,
}

impl<'a> Object<'a> {
    /// What `value` says of itself.
    pub(super) fn of(value: &'a Value) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        let group = text("apiVersion")
            .split_once('/')
            .map_or("", |(group, _)| group);
        Self { value, kind: text("kind"), group }
    }

    /// Its labels.
    pub(super) fn labels(&self) -> Option<&'a Map<String, Value>> {
        self.value.pointer("/metadata/labels")?.as_object()
    }

    /// The object's pods, by what the user says of its kind, by what is known of it, or by what they look like.
    pub(super) fn sought(&self, custom: &[Custom]) -> Result<Sought, String> {
        let own: Vec<_> = custom
            .iter()
            .filter(|custom| {
                custom.kind == self.kind
                    && custom
                        .group
                        .as_ref()
                        .is_none_or(|expected| expected == self.group)
            })
            .map(|custom| &custom.template_path)
            .collect();
        if !own.is_empty() {
            return self.by_user(&own);
        }
        if let Some((.., path)) = KINDS
            .iter()
            .find(|(known, groups, _)| *known == self.kind && groups.contains(&self.group))
        {
            return self.by_kubernetes(path);
        }
        if let Some(known) = SERVED
            .iter()
            .find(|known| known.name == self.kind && known.group == self.group)
        {
            return Ok(self.by_table(known.template_paths));
        }
        let not_served = not_served(self.kind, self.group);
        Ok(match not_served {
            Some(reason) => Sought {
                hints: vec![Hint::new(Path::new(), format!("wisp is not in it: {reason}"))],
                ..Sought::default()
            },
            None if self.kind.is_empty() => Sought::default(),
            None => self.by_shape(),
        })
    }

    /// Kinds that always have their pod, so that one without is a mistake.
    fn by_kubernetes(&self, path: &[&str]) -> Result<Sought, String> {
        let path: Path = path.iter().map(|key| Step::from(*key)).collect();
        if get(self.value, &path).is_some_and(is_template) {
            return Ok(Sought { paths: vec![path], hints: Vec::new() });
        }
        Err(match display(&path).as_str() {
            "" => format!("{}: it has no `spec`", self.name()),
            path => self.no_template(path),
        })
    }

    /// What the user names has to be there. An object may lack some of several paths; a hint names those.
    fn by_user(&self, template_paths: &[&TemplatePath]) -> Result<Sought, String> {
        let mut sought = Sought::default();
        let mut missing = Vec::new();
        for template_path in template_paths {
            let paths = template_path.templates(self.value);
            if paths.is_empty() {
                missing.push(template_path.to_string());
            }
            sought.paths.extend(paths);
        }
        if sought.paths.is_empty() {
            let paths = missing.join("` or `");
            return Err(format!("{}: there is no pod template with a `spec` at `{paths}`", self.name()));
        }
        sought.paths = once(sought.paths);
        sought.hints = missing
            .into_iter()
            .map(|template_path| {
                Hint::new(Path::new(), format!("there is no pod template at `{template_path}`"))
            })
            .collect();
        Ok(sought)
    }

    fn by_table(&self, template_paths: &[&str]) -> Sought {
        let paths: Vec<_> = template_paths
            .iter()
            .filter_map(|template_path| TemplatePath::parse(template_path))
            .flat_map(|template_path| template_path.templates(self.value))
            .collect();
        if !paths.is_empty() {
            return Sought { paths, hints: Vec::new() };
        }
        let text = format!(
            "wisp is not in it: there is no pod template at `{}`, where objects of this kind have theirs",
            template_paths.join("` or `")
        );
        Sought { paths, hints: vec![Hint::new(Path::new(), text)] }
    }

    fn by_shape(&self) -> Sought {
        let group = if self.group.is_empty() { String::new() } else { format!(".{}", self.group) };
        let hint = |look| match look {
            Look::Template(at) => {
                let template_path = TemplatePath::along(&at);
                let flag = format!("{}{group}={template_path}", self.kind);
                let text = format!(
                    "wisp is not in the pod template at `{template_path}`, because this kind is not known; to have it there, give \
                     `--path '{flag}'`"
                );
                Hint { at, text, flag: Some(flag) }
            }
            Look::Containers(at) => {
                let text = format!(
                    "wisp is not beside the containers at `{}`, which are not a pod template with `metadata` and `spec`",
                    TemplatePath::along(&at)
                );
                Hint::new(at, text)
            }
        };
        Sought { paths: Vec::new(), hints: looks(self.value).into_iter().map(hint).collect() }
    }

    fn no_template(&self, path: &str) -> String {
        format!("{}: `{path}` must be a pod template with a `spec`", self.name())
    }

    /// Its name, as users tell it.
    pub(super) fn name(&self) -> String {
        named(self.value, self.kind)
    }
}

/// `paths` without those that are there twice.
fn once(paths: Vec<Path>) -> Vec<Path> {
    let mut seen: Vec<Path> = Vec::new();
    for path in paths {
        if !seen.contains(&path) {
            seen.push(path);
        }
    }
    seen
}

/// `Kind namespace/name`, with what there is of it.
fn named(object: &Value, kind: &str) -> String {
    let metadata = |key: &str| object.get("metadata")?.get(key)?.as_str();
    let name = metadata("name")
        .or_else(|| metadata("generateName"))
        .unwrap_or("(no name)");
    match metadata("namespace") {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    }
}
