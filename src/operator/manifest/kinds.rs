//! Which documents carry pods, and where.

use serde_json::{Map, Value};

use super::{
    known::{NOT_SERVED, SERVED},
    selector::Selector,
    shape::{Look, looks},
    ways::{Way, is_template},
};
use crate::operator::edit::{Path, Step, display, get, join};

/// The kinds that carry a pod, by API group, and the way to the pod's metadata and specification. The core group has no name.
pub const KINDS: &[(&str, &[&str], &[&str])] = &[
    ("Pod", &[""], &[]),
    ("ReplicationController", &[""], TEMPLATE),
    ("Deployment", &["apps", "extensions"], TEMPLATE),
    ("ReplicaSet", &["apps", "extensions"], TEMPLATE),
    ("DaemonSet", &["apps", "extensions"], TEMPLATE),
    ("StatefulSet", &["apps"], TEMPLATE),
    ("Job", &["batch"], TEMPLATE),
    ("CronJob", &["batch"], &["spec", "jobTemplate", "spec", "template"]),
];

const TEMPLATE: &[&str] = &["spec", "template"];

/// The deepest lists of lists looked into.
const MAX_LISTS: usize = 4;

/// A kind of the user's own and the way to its pod template, `KIND=PATH` or `KIND.GROUP=PATH`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Custom {
    kind: String,
    group: Option<String>,
    way: Way,
}

impl Custom {
    /// Reads `KIND[.GROUP]=PATH`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = || {
            format!(
                "`{text}`: expected KIND=PATH or KIND.GROUP=PATH, such as Rollout.argoproj.io=spec.template; in PATH, `key[*]` is \
                 each item of a list and `*` each key of a mapping"
            )
        };
        let (name, path) = text.split_once('=').ok_or_else(expected)?;
        let (kind, group) = match name.split_once('.') {
            Some((kind, group)) => (kind, Some(group.to_owned())),
            None => (name, None),
        };
        let way = Way::parse(path.trim_start_matches('.')).ok_or_else(expected)?;
        if kind.is_empty() {
            return Err(expected());
        }
        Ok(Self { kind: kind.to_owned(), group, way })
    }
}

/// Which objects are looked at, and where.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Kinds of the user's own. Those of one kind add up.
    pub custom: Vec<Custom>,
    /// What the labels of objects have to be.
    pub selector: Option<Selector>,
}

impl From<Vec<Custom>> for Which {
    fn from(custom: Vec<Custom>) -> Self {
        Self { custom, selector: None }
    }
}

/// A pod, or the template of pods, in a document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// The way to the mapping with the pod's `metadata` and `spec`.
    pub path: Path,
    /// The object it belongs to, as users name it: `Deployment shop/orders`.
    pub object: String,
}

/// What there is of pods in a document.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Places {
    /// The pods.
    pub pods: Vec<Place>,
    /// Those of objects that are not selected.
    pub others: Vec<Place>,
    /// Objects that seem to have pods where nobody looks for them, and what to do.
    pub hints: Vec<Hint>,
}

/// What the user should know of an object in which no pod was found, or not all.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hint {
    /// Where it is about.
    pub at: Path,
    /// What it is.
    pub text: String,
    /// The `--path` that would have the pod found.
    pub flag: Option<String>,
}

impl Hint {
    fn new(at: Path, text: impl Into<String>) -> Self {
        Self { at, text: text.into(), flag: None }
    }
}

/// The pods of `document`.
pub fn places(document: &Value, which: &Which) -> Result<Places, String> {
    let mut found = Places::default();
    collect(document, &[], which, &mut found, 0)?;
    Ok(found)
}

/// Whether a document that could not be read shows all the same that there are no pods in it: by its kind, at the margin.
pub fn is_without_pods(text: &str, custom: &[Custom]) -> bool {
    let kinds: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("kind:"))
        .map(|kind| kind.split(" #").next().unwrap_or_default())
        .map(|kind| kind.trim().trim_matches(['"', '\'']))
        .collect();
    let may_have = |kind: &str| {
        kind.ends_with("List")
            || KINDS.iter().any(|(known, ..)| *known == kind)
            || SERVED.iter().any(|known| known.name == kind)
            || custom.iter().any(|custom| custom.kind == kind)
    };
    !kinds.is_empty() && !kinds.into_iter().any(may_have)
}

fn collect(
    document: &Value,
    at: &[Step],
    which: &Which,
    found: &mut Places,
    lists: usize,
) -> Result<(), String> {
    let Some(value) = get(document, at) else { return Ok(()) };
    let object = Object::of(value);
    if object.kind.ends_with("List")
        && lists < MAX_LISTS
        && let Some(items) = value.get("items").and_then(Value::as_array)
    {
        let items_at = join(at, "items");
        for index in 0..items.len() {
            collect(document, &join(&items_at, index), which, found, lists + 1)?;
        }
        return Ok(());
    }
    let is_selected = which
        .selector
        .as_ref()
        .is_none_or(|selector| selector.fits(object.labels()));
    let Sought { paths, hints } = object.sought(&which.custom)?;
    let several = paths.len() > 1;
    let of_place = |path: Path| {
        let name = object.name();
        let name = if several { format!("{name} ({})", display(&path)) } else { name };
        Place { path: at.iter().cloned().chain(path).collect(), object: name }
    };
    let places = paths.into_iter().map(of_place);
    if is_selected {
        found.pods.extend(places);
        found.hints.extend(hints.into_iter().map(|hint| Hint {
            at: at.iter().cloned().chain(hint.at).collect(),
            text: format!("{}: {}", object.name(), hint.text),
            ..hint
        }));
    } else {
        found.others.extend(places);
    }
    Ok(())
}

/// An object of a document.
struct Object<'a> {
    value: &'a Value,
    kind: &'a str,
    group: &'a str,
}

/// Where the pods of an object are, below it, and what there is to say.
#[derive(Default)]
struct Sought {
    paths: Vec<Path>,
    hints: Vec<Hint>,
}

impl<'a> Object<'a> {
    fn of(value: &'a Value) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        let group = text("apiVersion")
            .split_once('/')
            .map_or("", |(group, _)| group);
        Self { value, kind: text("kind"), group }
    }

    fn labels(&self) -> Option<&'a Map<String, Value>> {
        self.value.pointer("/metadata/labels")?.as_object()
    }

    /// The object's pods, by what the user says of its kind, by what is known of it, or by what they look like.
    fn sought(&self, custom: &[Custom]) -> Result<Sought, String> {
        let own: Vec<_> = custom
            .iter()
            .filter(|custom| {
                custom.kind == self.kind
                    && custom
                        .group
                        .as_ref()
                        .is_none_or(|wanted| wanted == self.group)
            })
            .map(|custom| &custom.way)
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
            return Ok(self.by_table(known.ways));
        }
        let not_served = NOT_SERVED
            .iter()
            .find(|(group, kinds, _)| *group == self.group && kinds.contains(&self.kind));
        Ok(match not_served {
            Some((_, _, reason)) => Sought {
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
            "" => format!("{}: there is no `spec` in it", self.name()),
            place => self.no_template(place),
        })
    }

    /// What the user names has to be there. Of several ways an object may lack some, which is said.
    fn by_user(&self, ways: &[&Way]) -> Result<Sought, String> {
        let mut sought = Sought::default();
        let mut missing = Vec::new();
        for way in ways {
            let paths = way.templates(self.value);
            if paths.is_empty() {
                missing.push(way.to_string());
            }
            sought.paths.extend(paths);
        }
        if sought.paths.is_empty() {
            let places = missing.join("` or `");
            return Err(format!(
                "{}: there is no pod template, which has a `spec`, at `{places}`",
                self.name()
            ));
        }
        sought.paths = once(sought.paths);
        sought.hints = missing
            .into_iter()
            .map(|way| Hint::new(Path::new(), format!("there is no pod template at `{way}`")))
            .collect();
        Ok(sought)
    }

    fn by_table(&self, ways: &[&str]) -> Sought {
        let paths: Vec<_> = ways
            .iter()
            .filter_map(|way| Way::parse(way))
            .flat_map(|way| way.templates(self.value))
            .collect();
        if !paths.is_empty() {
            return Sought { paths, hints: Vec::new() };
        }
        let text = format!(
            "wisp is not in it: there is no pod template at `{}`, where objects of this kind have theirs",
            ways.join("` or `")
        );
        Sought { paths, hints: vec![Hint::new(Path::new(), text)] }
    }

    fn by_shape(&self) -> Sought {
        let group = if self.group.is_empty() { String::new() } else { format!(".{}", self.group) };
        let hint = |look| match look {
            Look::Template(at) => {
                let way = Way::along(&at);
                let flag = format!("{}{group}={way}", self.kind);
                let text = format!(
                    "wisp is not in the pod template at `{way}`, because this kind is not known; to have it there, give \
                     `--path '{flag}'`"
                );
                Hint { at, text, flag: Some(flag) }
            }
            Look::Containers(at) => {
                let text = format!(
                    "wisp is not beside the containers at `{}`, which are no pod template with `metadata` and `spec`",
                    Way::along(&at)
                );
                Hint::new(at, text)
            }
        };
        Sought { paths: Vec::new(), hints: looks(self.value).into_iter().map(hint).collect() }
    }

    fn no_template(&self, place: &str) -> String {
        format!("{}: `{place}` is no pod template, it has no `spec`", self.name())
    }

    fn name(&self) -> String {
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Custom, Places, SERVED, Selector, Way, Which, places};
    use crate::operator::edit::display;

    fn found(document: &Value, custom: &[&str]) -> String {
        let custom: Vec<_> = custom
            .iter()
            .map(|text| Custom::parse(text).unwrap())
            .collect();
        match places(document, &custom.into()) {
            Ok(Places { pods, hints, .. }) => {
                let pods = pods
                    .iter()
                    .map(|place| format!("{} @{}", place.object, display(&place.path)));
                pods.chain(hints.into_iter().map(|hint| hint.text))
                    .collect::<Vec<_>>()
                    .join("; ")
            }
            Err(error) => error,
        }
    }

    #[test]
    fn pods_are_found_where_their_kind_has_them() {
        let template = json!({"spec": {"containers": []}});
        let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "c", "namespace": "n"},
            "spec": {"jobTemplate": {"spec": {"template": template}}}});
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "p-"}, "spec": {}});
        assert_eq!(found(&cron, &[]), "CronJob n/c @spec.jobTemplate.spec.template");
        let list = json!({"apiVersion": "v1", "kind": "List", "items": [cron, {"kind": "Service"}, pod]});
        assert_eq!(
            found(&list, &[]),
            "CronJob n/c @items[0].spec.jobTemplate.spec.template; Pod p- @items[2]"
        );
    }

    #[test]
    fn kinds_of_other_groups_are_not_taken_for_ours() {
        let job = json!({"apiVersion": "batch.example.com/v1", "kind": "Job", "spec": {"tasks": []}});
        assert_eq!(found(&job, &[]), "");
        let rollout = json!({"apiVersion": "example.com/v1", "kind": "Rollout", "metadata": {"name": "r"},
            "spec": {"template": {"spec": {}}}});
        assert_eq!(found(&rollout, &[]), "");
        assert_eq!(found(&rollout, &["Rollout=spec.template"]), "Rollout r @spec.template");
        assert_eq!(found(&rollout, &["Rollout.example.com=.spec.template"]), "Rollout r @spec.template");
        assert_eq!(found(&rollout, &["Rollout.argoproj.io=spec.template"]), "");
        insta::assert_snapshot!(found(&rollout, &["Rollout=spec.pod"]), @"Rollout r: there is no pod template, which has a `spec`, at `spec.pod`");
        insta::assert_snapshot!(found(&rollout, &["Rollout=spec.pod", "Rollout=spec.pods[*]"]), @"Rollout r: there is no pod template, which has a `spec`, at `spec.pod` or `spec.pods[*]`");
    }

    #[test]
    fn every_way_of_a_kind_counts() {
        let pod = json!({"spec": {"containers": [{"name": "a"}]}});
        let spark = json!({"apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": "SparkApplication", "metadata": {"name": "s"},
            "spec": {"driver": {"template": pod}, "executor": {"template": pod}}});
        insta::assert_snapshot!(found(&spark, &[]), @"SparkApplication s (spec.driver.template) @spec.driver.template; SparkApplication s (spec.executor.template) @spec.executor.template");
        insta::assert_snapshot!(found(&spark, &["SparkApplication=spec.executor.template"]), @"SparkApplication s @spec.executor.template");
        let both = ["SparkApplication=spec.driver.template", "SparkApplication=spec.executor.template"];
        assert_eq!(found(&spark, &both), found(&spark, &[]));
        assert_eq!(found(&spark, &[both.as_slice(), &both].concat()), found(&spark, &[]), "twice is once");
        insta::assert_snapshot!(found(&spark, &[both[0], "SparkApplication=spec.monitor.template"]), @"SparkApplication s @spec.driver.template; SparkApplication s: there is no pod template at `spec.monitor.template`");
        let ray = json!({"apiVersion": "ray.io/v1", "kind": "RayCluster", "metadata": {"name": "r"},
            "spec": {"headGroupSpec": {"template": pod}, "workerGroupSpecs": [{"template": pod}, {"template": pod}]}});
        insta::assert_snapshot!(found(&ray, &[]), @"RayCluster r (spec.headGroupSpec.template) @spec.headGroupSpec.template; RayCluster r (spec.workerGroupSpecs[0].template) @spec.workerGroupSpecs[0].template; RayCluster r (spec.workerGroupSpecs[1].template) @spec.workerGroupSpecs[1].template");
        let torch = json!({"apiVersion": "kubeflow.org/v1", "kind": "PyTorchJob", "metadata": {"name": "t"},
            "spec": {"pytorchReplicaSpecs": {"Master": {"template": pod}, "Worker": {"template": pod}}}});
        insta::assert_snapshot!(found(&torch, &[]), @"PyTorchJob t (spec.pytorchReplicaSpecs.Master.template) @spec.pytorchReplicaSpecs.Master.template; PyTorchJob t (spec.pytorchReplicaSpecs.Worker.template) @spec.pytorchReplicaSpecs.Worker.template");
    }

    #[test]
    fn pods_of_unknown_kinds_are_pointed_at() {
        let pod = json!({"spec": {"containers": [{"name": "a"}]}});
        let widget = json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"},
            "spec": {"parts": [{"pod": pod}, {"pod": pod}], "predictor": {"containers": [{"name": "a", "image": "b"}]}}});
        let hints = found(&widget, &[]);
        insta::assert_snapshot!(hints, @"Widget w: wisp is not in the pod template at `spec.parts[*].pod`, because this kind is not known; to have it there, give `--path 'Widget.example.com=spec.parts[*].pod'`; Widget w: wisp is not beside the containers at `spec.predictor`, which are no pod template with `metadata` and `spec`");
        let way = hints
            .split_once("--path '")
            .unwrap()
            .1
            .split_once('\'')
            .unwrap()
            .0;
        assert_eq!(
            found(&widget, &[way]),
            "Widget w (spec.parts[0].pod) @spec.parts[0].pod; Widget w (spec.parts[1].pod) @spec.parts[1].pod"
        );
        let rollout = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "r"},
            "spec": {"workloadRef": {"name": "orders"}}});
        insta::assert_snapshot!(found(&rollout, &[]), @"Rollout r: wisp is not in it: there is no pod template at `spec.template`, where objects of this kind have theirs");
        let knative = json!({"apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": {"name": "k"},
            "spec": {"template": pod}});
        insta::assert_snapshot!(found(&knative, &[]), @"Service k: wisp is not in it: Knative allows neither lifecycle hooks nor native sidecars in what it makes pods from");
        for silent in [
            json!({"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"name": "a"}]}}),
            json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"spec": "containers: [{name: a}]"}}),
            json!({"apiVersion": "example.com/v1", "kind": "Scan", "status": {"template": pod}}),
            json!({"apiVersion": "example.com/v1", "kind": "Scan", "spec": {"containers": ["a", "b"]}}),
            json!({"template": pod}),
        ] {
            assert_eq!(found(&silent, &[]), "", "{silent}");
        }
    }

    #[test]
    fn the_table_of_kinds_is_sound() {
        for known in SERVED {
            assert!(known.ways.iter().all(|way| Way::parse(way).is_some()), "{}", known.name);
            let twins = SERVED
                .iter()
                .filter(|other| (other.name, other.group) == (known.name, known.group));
            assert_eq!(twins.count(), 1, "{}", known.name);
            let rows = include_str!("../../../docs/inject.md").lines();
            let row = rows
                .filter(|row| row.starts_with(&format!("| `{}` |", known.group)))
                .any(|row| row.split([' ', ',', ':']).any(|word| word == known.name));
            assert!(row || known.group.is_empty(), "{} is not in the page", known.name);
        }
    }

    #[test]
    fn objects_are_selected_by_their_own_labels() {
        let pod = |name: &str| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}}, "spec": {}});
        let list = json!({"apiVersion": "v1", "kind": "List", "items": [pod("a"), pod("b")]});
        let which = Which { custom: Vec::new(), selector: Selector::parse("app=b") };
        let Places { pods, others, .. } = places(&list, &which).unwrap();
        assert_eq!((pods.len(), pods[0].object.as_str()), (1, "Pod b"));
        assert_eq!((others.len(), others[0].object.as_str()), (1, "Pod a"));
    }

    #[test]
    fn ways_are_checked() {
        insta::assert_snapshot!(Custom::parse("Rollout").unwrap_err(), @"`Rollout`: expected KIND=PATH or KIND.GROUP=PATH, such as Rollout.argoproj.io=spec.template; in PATH, `key[*]` is each item of a list and `*` each key of a mapping");
        for wrong in ["=a", "A=a..b", "A=", "A=a[0]"] {
            assert!(Custom::parse(wrong).is_err(), "{wrong}");
        }
    }
}
