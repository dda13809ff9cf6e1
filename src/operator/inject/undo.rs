//! The plan of taking wisp out of a pod again: the exact inverse of the injection that its record tells of.

use serde_json::{Map, Value};

use super::{
    Diagnostic,
    additions::{self, CONTAINERS, NO_PROXY, VOLUMES},
    defaults::is_default,
    options::REPLACED,
    options::{PREFIX, TOKEN_PORT},
    plan::{DEFAULT_CONTAINER, label},
    record::{AZWI_PROXY, INJECTED, Record},
    webhook::{SKIP_CONTAINERS, USE_LABEL},
};
use crate::operator::edit::{Edit, Path, Step, get, join};

/// Plans how wisp gets out of the pod of `template`. None means that it is not in.
pub(crate) fn uninject(template: &Value) -> Result<Option<Vec<Edit>>, Diagnostic> {
    let none = Map::new();
    let annotations = template
        .pointer("/metadata/annotations")
        .and_then(Value::as_object)
        .unwrap_or(&none);
    let Some(record) = Record::read(annotations)? else { return Ok(None) };
    let mut undo = Undo { template, record, edits: Vec::new() };
    let spec = join(&[], "spec");
    for key in ["initContainers", "containers"] {
        undo.variables(&join(&spec, key));
    }
    for key in ["initContainers", "containers"] {
        undo.named(&join(&spec, key), &CONTAINERS);
    }
    undo.named(&join(&spec, "volumes"), &VOLUMES);
    undo.sysctl(&join(&spec, "securityContext"));
    undo.metadata(annotations);
    Ok(Some(undo.edits))
}

/// The variable without what an API server fills in.
fn as_written(variable: &Value) -> Value {
    let mut written = variable.clone();
    if let Some(Value::Object(field)) = written.pointer_mut("/valueFrom/fieldRef")
        && let Some(Value::String(version)) = field.get("apiVersion")
        && is_default(".fieldRef.apiVersion", version, &Value::Null)
    {
        field.remove("apiVersion");
    }
    written
}

struct Undo<'a> {
    template: &'a Value,
    record: Record,
    edits: Vec<Edit>,
}

impl Undo<'_> {
    fn list(&self, at: &[Step]) -> &[Value] {
        get(self.template, at)
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Takes our variables out of the containers of the list at `at`.
    fn variables(&mut self, at: &[Step]) {
        let port = self.record.token_port.unwrap_or(TOKEN_PORT);
        let ports = self.record.identity_ports.iter().copied().chain([port]);
        let endpoint_variables = self.record.variables();
        let mode = self.record.mode();
        let ours: Vec<_> = ports
            .flat_map(|port| {
                mode.map_or_else(Vec::new, |mode| additions::variables(mode, port, &endpoint_variables))
            })
            .collect();
        for index in 0..self.list(at).len() {
            let container = join(at, index);
            let name = get(self.template, &container).and_then(|container| container.get("name")?.as_str());
            if name.is_some_and(|name| CONTAINERS.contains(&name)) {
                continue;
            }
            let env = join(&container, "env");
            let mut gone = Vec::new();
            let mut trims = Vec::new();
            for (index, variable) in self.list(&env).iter().enumerate() {
                let name = variable
                    .get("name")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let value = variable.get("value").and_then(Value::as_str);
                let direct = NO_PROXY
                    .contains(&name)
                    .then_some(self.record.no_proxy.as_deref())
                    .flatten();
                match (direct, value) {
                    (Some(direct), Some(value)) if value == direct => gone.push(index),
                    (Some(direct), Some(value))
                        if value.strip_prefix(',') == Some(direct)
                            && self.had_no_value(&join(&env, index)) =>
                    {
                        trims.push(self.vanish(&join(&join(&env, index), "value")));
                    }
                    (Some(direct), Some(value)) if value.ends_with(&format!(",{direct}")) => {
                        let at = join(&join(&env, index), "value");
                        trims.push(Edit::Trim { at, suffix: format!(",{direct}") });
                    }
                    _ if ours.contains(&as_written(variable)) => gone.push(index),
                    _ => {}
                }
            }
            self.edits.extend(trims);
            self.without_items(&env, &gone);
        }
    }

    /// Whether the variable at `at` was there without a value, or with one that says nothing.
    fn had_no_value(&self, at: &[Step]) -> bool {
        let value = label(self.template, &join(at, "value"));
        self.record.unset.contains(&value) || self.record.empty.contains_key(&value)
    }

    /// Takes the items with these names out of the list at `at`.
    fn named(&mut self, at: &[Step], names: &[&str]) {
        let is_ours = |item: &Value| {
            let name = item.get("name").and_then(Value::as_str);
            name.is_some_and(|name| names.contains(&name))
        };
        let gone: Vec<_> = self
            .list(at)
            .iter()
            .enumerate()
            .filter(|(_, item)| is_ours(item))
            .map(|(index, _)| index)
            .collect();
        self.without_items(at, &gone);
    }

    /// Takes the sysctl for port 80 out of the security context at `context`, and that too if it was made for it.
    fn sysctl(&mut self, context: &Path) {
        if !self.record.sysctl {
            return;
        }
        let at = join(context, "sysctls");
        let ours = additions::sysctl();
        let Some(index) = self.list(&at).iter().position(|item| *item == ours) else { return };
        let alone = self.list(&at).len() == 1
            && get(self.template, context)
                .and_then(Value::as_object)
                .is_some_and(|map| map.len() == 1)
            && !self.record.empty.contains_key(&label(self.template, &at));
        if alone {
            let edit = self.vanish(context);
            self.edits.push(edit);
        } else {
            self.without_items(&at, &[index]);
        }
    }

    fn without_items(&mut self, at: &[Step], gone: &[usize]) {
        if gone.is_empty() {
            return;
        }
        if gone.len() == self.list(at).len() {
            let edit = self.vanish(at);
            self.edits.push(edit);
            return;
        }
        // From the end, so that the others stay where they are.
        self.edits.extend(
            gone.iter()
                .rev()
                .map(|index| Edit::Remove { at: join(at, *index) }),
        );
    }

    /// What is left where nothing is left: nothing, or what was empty before.
    fn vanish(&self, at: &[Step]) -> Edit {
        match self.record.empty.get(&label(self.template, at)) {
            Some(spelling) => Edit::Empty { at: at.to_vec(), spelling: spelling.clone() },
            None => Edit::Remove { at: at.to_vec() },
        }
    }

    fn metadata(&mut self, annotations: &Map<String, Value>) {
        let metadata = join(&[], "metadata");
        let mut gone = vec![INJECTED];
        let mut edits = Vec::new();
        let at = join(&metadata, "annotations");
        let skipped = annotations.get(SKIP_CONTAINERS).and_then(Value::as_str);
        match (skipped, &self.record.skip_containers) {
            (Some(value), Some(ours)) if value == ours => gone.push(SKIP_CONTAINERS),
            (Some(value), Some(ours)) if value.ends_with(&format!(";{ours}")) => {
                edits.push(Edit::Trim { at: join(&at, SKIP_CONTAINERS), suffix: format!(";{ours}") });
            }
            _ => {}
        }
        let default = annotations.get(DEFAULT_CONTAINER).and_then(Value::as_str);
        if default.is_some() && default == self.record.default_container.as_deref() {
            gone.push(DEFAULT_CONTAINER);
        }
        let replaced = format!("{PREFIX}{REPLACED}");
        if annotations.contains_key(&replaced) {
            edits.push(Edit::Rename { at: at.clone(), from: replaced, to: AZWI_PROXY.to_owned() });
        }
        let labels = if self.record.label { [USE_LABEL].as_slice() } else { &[] };
        let removals = [self.without_keys(&at, &gone), self.without_keys(&join(&metadata, "labels"), labels)];
        let left = get(self.template, &metadata)
            .and_then(Value::as_object)
            .map_or(0, Map::len);
        let whole = removals
            .iter()
            .flatten()
            .filter(|edit| matches!(edit, Edit::Remove { at } if at.len() == metadata.len() + 1))
            .count();
        if whole == left {
            edits = vec![self.vanish(&metadata)];
        } else {
            edits.extend(removals.into_iter().flatten());
        }
        self.edits.append(&mut edits);
    }

    /// Takes `keys`, those of them that are there, out of the mapping at `at`.
    fn without_keys(&self, at: &Path, keys: &[&str]) -> Vec<Edit> {
        let Some(map) = get(self.template, at).and_then(Value::as_object) else { return Vec::new() };
        let gone: Vec<_> = keys.iter().filter(|key| map.contains_key(**key)).collect();
        if !gone.is_empty() && gone.len() == map.len() {
            return vec![self.vanish(at)];
        }
        gone.into_iter()
            .map(|key| Edit::Remove { at: join(at, *key) })
            .collect()
    }
}
