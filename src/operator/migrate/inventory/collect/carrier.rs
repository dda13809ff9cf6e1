//! Objects with pods, and who owns them.

use serde_json::Value;

use super::{
    Collector, ObjectId, Sort,
    dependents::find_partial,
    reference::group,
    team::team,
    template::{Template, template},
};
use crate::operator::{
    edit::{Path, Step, display, get},
    migrate::inventory::model::Origin,
    pod_identity::LABEL,
    workload::{Custom, Pods, Which, makes_pods, pods},
};

/// Pod templates with the paths to them, and how they are found where the kind is not known.
type Templates = (Vec<(Path, Template)>, Vec<Custom>);

/// Kinds that are no workload for wisp, and yet have a pod template with labels.
const OTHER_TEMPLATES: [&str; 2] =
    ["Configuration.serving.knative.dev=spec.template", "Service.serving.knative.dev=spec.template"];

/// Who made an object.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    /// The object.
    pub id: ObjectId,
}

/// An object with pods.
pub(crate) struct Carrier {
    /// Who made it.
    pub owner: Option<Owner>,
    /// When it was made, as it says.
    pub created: String,
    /// What it does at the moment.
    pub state: &'static str,
    /// Its templates. A pod is its own.
    pub templates: Vec<Template>,
    /// Where it was read.
    pub origin: Origin,
}

impl Collector {
    pub(super) fn add_carrier(&mut self, sort: &Sort<'_>, object: &Value, origin: &Origin) {
        let Some(id) = ObjectId::of(sort, object, &self.namespace) else {
            if makes_pods(sort.kind, sort.group) {
                let reason = format!("{} has no name in `metadata`, or one that is no text", sort.kind);
                self.fail(origin, reason);
            }
            return;
        };
        let owner = owner(object, &id);
        let found = match self.templates(object) {
            Ok(found) => found,
            Err(_) if find_partial(sort, object, origin, &mut self.all.dependents) => return,
            Err(_) if is_patch(object) => {
                let note =
                    format!("{id} at {origin} has no pod template, as a patch of other fields has none");
                self.all.notes.push(note);
                return;
            }
            Err(reason) => {
                self.fail(origin, reason);
                return;
            }
        };
        if let Some(team) = object.get("metadata").and_then(team) {
            self.all.teams.entry(id.clone()).or_insert(team);
        }
        if found.0.is_empty() {
            self.all.owners.insert(id, owner);
            return;
        }
        let (found, customs) = found;
        for value in found.iter().filter_map(|(path, _)| odd_label(object, path)) {
            let reason = format!(
                "{id} has {value} as label `{LABEL}`, which is no text, so clusters refuse it; put it in quotes"
            );
            self.fail(origin, reason);
        }
        // What others make is changed where they are.
        if owner.is_none() && self.all.kept.is_some() {
            let templates = found
                .iter()
                .map(|(path, template)| (template.path.clone(), path.clone()));
            self.keep(&id, object, templates.collect(), customs, origin);
        }
        if owner.is_none() {
            self.store_carrier(object);
        }
        let found: Vec<_> = found.into_iter().map(|(_, template)| template).collect();
        if let Some(known) = self.all.carriers.get_mut(&id) {
            // A patch beside what it is for, or the manifest of something in a dump: what both say counts.
            let (notes, both) = (&mut self.all.notes, format!("{} and {origin}", known.origin));
            for template in found {
                let same = known
                    .templates
                    .iter_mut()
                    .find(|other| other.path == template.path);
                let agrees = if let Some(same) = same {
                    same.merge(template)
                } else {
                    known.templates.push(template);
                    true
                };
                if !agrees {
                    notes.push(format!(
                        "{id} has not the same label `aadpodidbinding` at {both}; the first counts"
                    ));
                }
            }
            return;
        }
        let created = object
            .pointer("/metadata/creationTimestamp")
            .and_then(Value::as_str);
        let carrier = Carrier {
            owner,
            created: created.unwrap_or_default().to_owned(),
            state: state(sort.kind, object),
            templates: found,
            origin: origin.clone(),
        };
        self.all.carriers.insert(id, carrier);
    }

    /// The templates of `object` with the paths to them: by what is known of its kind, or else by what they look like. Then it is told
    /// how they are found, too.
    fn templates(&self, object: &Value) -> Result<Templates, String> {
        let Pods { selected, hints, .. } = pods(object, &self.which)?;
        let known: Vec<_> = selected.into_iter().map(|pod| pod.path).collect();
        let (paths, customs) = if known.is_empty() {
            let flags = hints.into_iter().filter_map(|hint| hint.flag);
            let customs = flags.chain(OTHER_TEMPLATES.map(str::to_owned));
            let custom: Vec<_> = customs
                .filter_map(|flag| Custom::parse(&flag).ok())
                .collect();
            // What is not there for these is no mistake of the object.
            let found = pods(object, &Which::from(custom.clone())).unwrap_or_default();
            let paths: Vec<_> = found.selected.into_iter().map(|pod| pod.path).collect();
            let customs = if paths.is_empty() { Vec::new() } else { custom };
            (paths, customs)
        } else {
            (known, Vec::new())
        };
        let several = paths.len() > 1;
        let at = |path: Path| {
            let name = if several { display(&path) } else { String::new() };
            let found = get(object, &path).map(|found| template(found, name))?;
            Some((path, found))
        };
        Ok((paths.into_iter().filter_map(at).collect(), customs))
    }
}

/// The label of the template at `path` that is a number or the like.
fn odd_label<'a>(object: &'a Value, path: &[Step]) -> Option<&'a Value> {
    let label = get(object, path)?
        .get("metadata")?
        .get("labels")?
        .get(LABEL)?;
    (!label.is_string() && !label.is_null()).then_some(label)
}

/// Whether `object`, which should have a pod template, only says something else of what has one.
fn is_patch(object: &Value) -> bool {
    let is_empty = object
        .get("spec")
        .is_none_or(|spec| spec.as_object().is_some_and(serde_json::Map::is_empty));
    let has_template = ["/spec/template", "/spec/jobTemplate"]
        .iter()
        .any(|at| object.pointer(at).is_some());
    let is_pod = object.get("kind").is_some_and(|kind| kind == "Pod");
    !is_pod && !is_empty && !has_template
}

/// The owner that controls `object`, else its first.
fn owner(object: &Value, id: &ObjectId) -> Option<Owner> {
    let all = object.pointer("/metadata/ownerReferences")?.as_array()?;
    let controls = |owner: &&Value| owner.get("controller").and_then(Value::as_bool) == Some(true);
    let found = all.iter().find(controls).or_else(|| all.first())?;
    let text = |key: &str| found.get(key)?.as_str();
    let id = ObjectId {
        namespace: id.namespace.clone(),
        kind: text("kind")?.to_owned(),
        name: text("name")?.to_owned(),
        group: group(text("apiVersion").unwrap_or_default()).to_owned(),
    };
    // The kubelet names the node as the owner of its own pods.
    (id.kind != "Node").then_some(Owner { id })
}

/// What an object of this kind does at the moment.
fn state(kind: &str, object: &Value) -> &'static str {
    let at = |path: &str| object.pointer(path);
    let is_true = |path: &str| at(path).and_then(Value::as_bool) == Some(true);
    let count = |path: &str| at(path).and_then(Value::as_u64);
    if is_true("/spec/suspend") || is_true("/spec/paused") && kind == "ScaledJob" {
        return "suspended";
    }
    match kind {
        "Job" if at("/status/completionTime").is_some() || count("/status/succeeded") > Some(0) => "finished",
        "Pod" => match at("/status/phase").and_then(Value::as_str) {
            Some("Succeeded" | "Failed") => "finished",
            _ => "runs",
        },
        "CronJob" => "scheduled",
        _ if count("/spec/replicas") == Some(0) => "scaled to zero",
        _ => "runs",
    }
}
