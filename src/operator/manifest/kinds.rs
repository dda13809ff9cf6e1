//! Which documents carry pods, and where.

use serde_json::Value;

use crate::operator::inject::edit::{Path, Step, below, get};

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
    path: Vec<String>,
}

impl Custom {
    /// Reads `KIND[.GROUP]=PATH`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = || {
            format!(
                "`{text}`: expected KIND=PATH or KIND.GROUP=PATH, such as Rollout.argoproj.io=spec.template"
            )
        };
        let (name, path) = text.split_once('=').ok_or_else(expected)?;
        let (kind, group) = match name.split_once('.') {
            Some((kind, group)) => (kind, Some(group.to_owned())),
            None => (name, None),
        };
        let path: Vec<_> = path
            .trim_start_matches('.')
            .split('.')
            .map(str::to_owned)
            .collect();
        if kind.is_empty() || path.iter().any(String::is_empty) {
            return Err(expected());
        }
        Ok(Self { kind: kind.to_owned(), group, path })
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

/// The pods of `document`.
pub fn places(document: &Value, custom: &[Custom]) -> Result<Vec<Place>, String> {
    let mut found = Vec::new();
    collect(document, Vec::new(), custom, &mut found, 0)?;
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
            || custom.iter().any(|custom| custom.kind == kind)
    };
    !kinds.is_empty() && !kinds.into_iter().any(may_have)
}

fn collect(
    document: &Value,
    at: Path,
    custom: &[Custom],
    found: &mut Vec<Place>,
    lists: usize,
) -> Result<(), String> {
    let Some(object) = get(document, &at) else { return Ok(()) };
    let kind = object
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let version = object
        .get("apiVersion")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let group = version.split_once('/').map_or("", |(group, _)| group);
    if kind.ends_with("List")
        && lists < MAX_LISTS
        && let Some(items) = object.get("items").and_then(Value::as_array)
    {
        let items_at = below(&at, "items");
        for index in 0..items.len() {
            collect(document, below(&items_at, index), custom, found, lists + 1)?;
        }
        return Ok(());
    }
    let own = custom
        .iter()
        .find(|custom| custom.kind == kind && custom.group.as_ref().is_none_or(|wanted| wanted == group));
    let known = || {
        let (.., path) = KINDS
            .iter()
            .find(|(known, groups, _)| *known == kind && groups.contains(&group))?;
        Some(path.iter().map(|key| Step::from(*key)).collect::<Path>())
    };
    let way: Option<Path> = own.map_or_else(known, |custom| {
        Some(
            custom
                .path
                .iter()
                .map(|key| Step::Key(key.clone()))
                .collect(),
        )
    });
    let Some(way) = way else { return Ok(()) };
    let name = named(object, kind);
    let path: Path = at.into_iter().chain(way).collect();
    let template = get(document, &path);
    if template
        .and_then(|template| template.get("spec"))
        .is_none_or(|spec| !spec.is_object())
    {
        let place = crate::operator::inject::edit::spelt(&path);
        return Err(match place.as_str() {
            "" => format!("{name}: there is no `spec` in it"),
            place => format!("{name}: `{place}` is no pod template, it has no `spec`"),
        });
    }
    found.push(Place { path, object: name });
    Ok(())
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

    use super::{Custom, places};
    use crate::operator::inject::edit::spelt;

    fn found(document: &Value, custom: &[&str]) -> String {
        let custom: Vec<_> = custom
            .iter()
            .map(|text| Custom::parse(text).unwrap())
            .collect();
        match places(document, &custom) {
            Ok(places) => {
                let shown: Vec<_> = places
                    .iter()
                    .map(|place| format!("{} @{}", place.object, spelt(&place.path)))
                    .collect();
                shown.join("; ")
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
        let job = json!({"apiVersion": "batch.volcano.sh/v1alpha1", "kind": "Job", "spec": {"tasks": []}});
        assert_eq!(found(&job, &[]), "");
        let rollout = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "r"},
            "spec": {"template": {"spec": {}}}});
        assert_eq!(found(&rollout, &[]), "");
        assert_eq!(found(&rollout, &["Rollout=spec.template"]), "Rollout r @spec.template");
        assert_eq!(found(&rollout, &["Rollout.argoproj.io=.spec.template"]), "Rollout r @spec.template");
        assert_eq!(found(&rollout, &["Rollout.example.com=spec.template"]), "");
        insta::assert_snapshot!(found(&rollout, &["Rollout=spec.pod"]), @"Rollout r: `spec.pod` is no pod template, it has no `spec`");
    }

    #[test]
    fn ways_are_checked() {
        insta::assert_snapshot!(Custom::parse("Rollout").unwrap_err(), @"`Rollout`: expected KIND=PATH or KIND.GROUP=PATH, such as Rollout.argoproj.io=spec.template");
        assert!(
            Custom::parse("=a").is_err() && Custom::parse("A=a..b").is_err() && Custom::parse("A=").is_err()
        );
    }
}
