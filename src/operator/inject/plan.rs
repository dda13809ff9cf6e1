//! The plan of an injection.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    Decision, Plan, Problem,
    checks::{self, Container},
    edit::{Edit, Path, Step, below, get, is_empty},
    options::{Mode, Options, PREFIX, Part, Sidecar, Token, annotation, wanted},
    pieces::{self, BYSTANDERS, INIT, NO_PROXY, SIDECAR},
    record::{AZWI_PROXY, INJECTED, REPLACED, Record},
};

/// The label by which the workload identity webhook finds pods.
pub(super) const USE_LABEL: &str = "azure.workload.identity/use";
/// The annotation with the containers that the webhook leaves alone.
pub(super) const SKIP_CONTAINERS: &str = "azure.workload.identity/skip-containers";
/// The annotation with the container that `kubectl logs` and `kubectl exec` take.
pub(super) const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

/// How an empty value is written after its colon; none when nobody knows.
pub(super) type Spelling<'a> = &'a dyn Fn(&[Step]) -> Option<String>;

/// Plans how wisp gets into the pod of `template`, in which it is not yet.
pub fn inject(template: &Value, options: &Options, spelling: Spelling<'_>) -> Result<Decision, Vec<Problem>> {
    let annotations = texts(template, "annotations")?;
    let labels = texts(template, "labels")?;
    if wanted(&annotations, &labels).map_err(|problem| vec![problem])? == Some(false) {
        return Ok(Decision::Skip("`wisp/inject` is `false`".to_owned()));
    }
    let options = options.with_annotations(&annotations)?;
    let containers = checks::containers(template)?;
    let mut problems = checks::problems(template, &containers, &options);
    let mut draft =
        Draft { template, spelling, edits: Vec::new(), record: Record::default(), problems: Vec::new() };
    options.mode.name().clone_into(&mut draft.record.mode);
    env!("CARGO_PKG_VERSION").clone_into(&mut draft.record.version);
    draft.variables(&containers, &options);
    draft.pod(&containers, &options, &annotations, &labels);
    problems.append(&mut draft.problems);
    if options.skip_unsupported
        && let Some(reason) = problems.iter().find(|problem| problem.unsupported)
    {
        return Ok(Decision::Skip(reason.text.clone()));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let warnings = checks::warnings(template, &containers, &options);
    Ok(Decision::Inject(Plan { edits: draft.edits, warnings, mode: options.mode }))
}

/// The annotations or labels of the pod.
fn texts(template: &Value, key: &str) -> Result<Map<String, Value>, Vec<Problem>> {
    let at = below(&below(&[], "metadata"), key);
    match (template.get("metadata"), get(template, &at)) {
        (Some(Value::Object(_) | Value::Null) | None, None | Some(Value::Null)) => Ok(Map::new()),
        (_, Some(Value::Object(map))) => Ok(map.clone()),
        _ => Err(vec![Problem::new(at, format!("`metadata.{key}` is no mapping"))]),
    }
}

struct Draft<'a> {
    template: &'a Value,
    spelling: Spelling<'a>,
    edits: Vec<Edit>,
    record: Record,
    problems: Vec<Problem>,
}

impl Draft<'_> {
    /// The variables of the application's containers.
    fn variables(&mut self, containers: &[Container<'_>], options: &Options) {
        if !matches!(options.mode, Mode::Env | Mode::HttpProxy) {
            return;
        }
        for container in containers {
            let chosen = if options.containers.is_empty() {
                // An ordinary sidecar is not there yet while init containers run.
                let in_time = options.sidecar == Sidecar::Native || !container.is_init;
                in_time && !BYSTANDERS.contains(&container.name)
            } else {
                options.containers.iter().any(|name| name == container.name)
            };
            if !chosen {
                continue;
            }
            let mut new = pieces::variables(options.mode);
            self.refuse_set(container, &new);
            if options.mode == Mode::HttpProxy {
                let direct = pieces::direct(options);
                for name in NO_PROXY {
                    self.direct(container, name, &direct, &mut new);
                }
                self.record.no_proxy = Some(direct);
            }
            self.items(&container.at, "env", new);
        }
    }

    /// A variable that is set already would hide ours, or be lost.
    fn refuse_set(&mut self, container: &Container<'_>, new: &[Value]) {
        for variable in new {
            let name = variable
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let spellings =
                [name.to_owned(), if name == "http_proxy" { "HTTP_PROXY" } else { name }.to_owned()];
            let Some((index, set)) = set_variables(container).find(|(_, set)| {
                set.get("name")
                    .and_then(Value::as_str)
                    .is_some_and(|set| spellings.iter().any(|s| s == set))
            }) else {
                continue;
            };
            let set = set.get("name").and_then(Value::as_str).unwrap_or_default();
            let text = format!(
                "container `{}` sets `{set}` itself, which wisp needs to set; remove it, leave the container out with \
                 `wisp/containers`, or use another mode",
                container.name
            );
            self.problems
                .push(Problem::new(below(&below(&container.at, "env"), index), text));
        }
    }

    /// Lets `direct` be reached without the proxy: by a variable of our own, or by more text in the one that is there.
    fn direct(&mut self, container: &Container<'_>, name: &str, direct: &str, new: &mut Vec<Value>) {
        let set = set_variables(container).find(|(_, set)| set.get("name") == Some(&name.into()));
        let Some((index, set)) = set else {
            new.push(json!({"name": name, "value": direct}));
            return;
        };
        let at = below(&below(&container.at, "env"), index);
        match set.get("value") {
            Some(Value::String(hosts)) if !hosts.split(',').any(covers_imds) => {
                let suffix = format!(",{direct}");
                self.edits
                    .push(Edit::Extend { at: below(&at, "value"), suffix });
            }
            Some(Value::String(_)) => {
                let text = format!(
                    "container `{}` lists 169.254.169.254 in `{name}`, so its requests would not come to wisp; remove it there, \
                     or use another mode",
                    container.name
                );
                self.problems.push(Problem::new(at, text));
            }
            _ => {
                let text = format!(
                    "container `{}` takes `{name}` from elsewhere, so nothing can be added to it; write it out, or use another \
                     mode",
                    container.name
                );
                self.problems.push(Problem::new(at, text));
            }
        }
    }

    /// Containers, volume, annotations and label.
    fn pod(
        &mut self,
        containers: &[Container<'_>],
        options: &Options,
        annotations: &Map<String, Value>,
        labels: &Map<String, Value>,
    ) {
        let labelled = labels.get(USE_LABEL) == Some(&"true".into());
        let own_token = match options.token {
            Token::Auto => !labelled,
            Token::Own => true,
            Token::Webhook => false,
        };
        if own_token && options.config_map.is_none() {
            self.refuse_unnamed_identity(options);
        }
        let spec = below(&[], "spec");
        let sidecar = pieces::sidecar(options, own_token, self.template.get("spec").unwrap_or(&Value::Null));
        let mut inits = Vec::new();
        if options.mode == Mode::Redirect {
            inits.push(pieces::init(options));
        }
        let mut mains = Vec::new();
        match options.sidecar {
            Sidecar::Native => inits.push(sidecar),
            Sidecar::Container => mains.push(sidecar),
        }
        self.items(&spec, "initContainers", inits);
        self.items(&spec, "containers", mains);
        if own_token {
            self.items(&spec, "volumes", vec![pieces::volume(options)]);
        }

        let mut new_annotations = BTreeMap::new();
        let mut new_labels = BTreeMap::new();
        if !own_token && !labelled {
            match labels.get(USE_LABEL) {
                None => {
                    new_labels.insert(USE_LABEL.to_owned(), json!("true"));
                    self.record.label = true;
                }
                Some(other) => {
                    let at = below(&below(&below(&[], "metadata"), "labels"), USE_LABEL);
                    let text = format!(
                        "label `{USE_LABEL}` is {other}, but the token is to come from the webhook, which needs \"true\""
                    );
                    self.problems.push(Problem::new(at, text));
                }
            }
        }
        if (labelled || !own_token) && !options.share_token {
            self.skip(containers, own_token, annotations, &mut new_annotations);
        }
        if options.sidecar == Sidecar::Container
            && !annotations.contains_key(DEFAULT_CONTAINER)
            && let Some(main) = containers.iter().find(|container| !container.is_init)
        {
            new_annotations.insert(DEFAULT_CONTAINER.to_owned(), json!(main.name));
            self.record.default_container = Some(main.name.to_owned());
        }
        if annotations.contains_key(AZWI_PROXY) {
            let at = below(&below(&[], "metadata"), "annotations");
            self.edits.push(Edit::Rename {
                at,
                from: AZWI_PROXY.to_owned(),
                to: format!("{PREFIX}{REPLACED}"),
            });
        }
        self.metadata(new_annotations, new_labels);
    }

    fn refuse_unnamed_identity(&mut self, options: &Options) {
        let missing = |part: &Part<'_>| part.required && part.value.is_none();
        for Part { what, choice, .. } in options.identity().into_iter().filter(missing) {
            let text = format!(
                "no {what}: give `--{choice}` or annotation `wisp/{choice}`, name a ConfigMap that has it by `--config-map` or \
                 `wisp/config-map`, or have the workload identity webhook say it by label `{USE_LABEL}: \"true\"`"
            );
            self.problems.push(Problem::new(below(&[], "spec"), text));
        }
    }

    /// Keeps the webhook from giving the token to containers that have wisp for it.
    fn skip(
        &mut self,
        containers: &[Container<'_>],
        own_token: bool,
        annotations: &Map<String, Value>,
        new: &mut BTreeMap<String, Value>,
    ) {
        let there = match annotations.get(SKIP_CONTAINERS) {
            None => None,
            Some(Value::String(text)) => Some(text.as_str()),
            Some(_) => {
                let text = format!("annotation `{SKIP_CONTAINERS}` is no text; put its value in quotes");
                self.problems
                    .push(Problem::new(annotation(SKIP_CONTAINERS), text));
                return;
            }
        };
        let listed: Vec<_> = there
            .unwrap_or_default()
            .split(';')
            .map(str::trim)
            .collect();
        if !own_token && listed.contains(&SIDECAR) {
            let text = format!("annotation `{SKIP_CONTAINERS}` names `{SIDECAR}`, which needs the token");
            self.problems
                .push(Problem::new(annotation(SKIP_CONTAINERS), text));
            return;
        }
        let ours = if own_token { [INIT, SIDECAR].as_slice() } else { [INIT].as_slice() };
        let names: Vec<_> = containers
            .iter()
            .map(|container| container.name)
            .chain(ours.iter().copied())
            .filter(|name| !listed.contains(name))
            .collect();
        if names.is_empty() {
            return;
        }
        let names = names.join(";");
        if there.is_some() {
            self.edits
                .push(Edit::Extend { at: annotation(SKIP_CONTAINERS), suffix: format!(";{names}") });
        } else {
            new.insert(SKIP_CONTAINERS.to_owned(), json!(names));
        }
        self.record.skip_containers = Some(names);
    }

    /// Annotations and labels. The record is one of the annotations, so what is empty here is noted before it is written.
    fn metadata(&mut self, annotations: BTreeMap<String, Value>, labels: BTreeMap<String, Value>) {
        let metadata = below(&[], "metadata");
        let used = [("annotations", true), ("labels", !labels.is_empty())];
        let bare = get(self.template, &metadata).is_none_or(is_empty);
        if bare {
            self.note_if_empty(&metadata);
        } else {
            for (key, _) in used.into_iter().filter(|(_, used)| *used) {
                self.note_if_empty(&below(&metadata, key));
            }
        }
        let mut all = annotations;
        all.insert(INJECTED.to_owned(), json!(self.record.text()));
        if bare {
            let mut parts = vec![("annotations".to_owned(), json!(all))];
            if !labels.is_empty() {
                parts.push(("labels".to_owned(), json!(labels)));
            }
            self.entries(&[], "metadata", parts);
            return;
        }
        self.entries(&metadata, "annotations", all.into_iter().collect());
        if !labels.is_empty() {
            self.entries(&metadata, "labels", labels.into_iter().collect());
        }
    }

    /// Adds `entries` to the mapping `key` of the mapping at `parent`.
    fn entries(&mut self, parent: &[Step], key: &str, entries: Vec<(String, Value)>) {
        let at = below(parent, key);
        match get(self.template, &at) {
            None => {
                let value = Value::Object(entries.into_iter().collect());
                self.edits
                    .push(Edit::Add { at: parent.to_vec(), key: key.to_owned(), value });
            }
            Some(value) if is_empty(value) => {
                self.note_if_empty(&at);
                self.edits
                    .push(Edit::Fill { at, value: Value::Object(entries.into_iter().collect()) });
            }
            Some(_) => self
                .edits
                .extend(
                    entries
                        .into_iter()
                        .map(|(key, value)| Edit::Add { at: at.clone(), key, value }),
                ),
        }
    }

    /// Puts `items` at the front of the list `key` of the mapping at `parent`.
    fn items(&mut self, parent: &[Step], key: &str, items: Vec<Value>) {
        if items.is_empty() {
            return;
        }
        let at = below(parent, key);
        match get(self.template, &at) {
            None => {
                let value = Value::Array(items);
                self.edits
                    .push(Edit::Add { at: parent.to_vec(), key: key.to_owned(), value });
            }
            Some(value) if is_empty(value) => {
                self.note_if_empty(&at);
                self.edits
                    .push(Edit::Fill { at, value: Value::Array(items) });
            }
            Some(Value::Array(_)) => self.edits.push(Edit::Prepend { at, items }),
            Some(_) => self
                .problems
                .push(Problem::new(at, format!("`{key}` is no list"))),
        }
    }

    fn note_if_empty(&mut self, at: &[Step]) {
        let Some(value) = get(self.template, at).filter(|value| is_empty(value)) else { return };
        let spelling = (self.spelling)(at).unwrap_or_else(|| format!(" {value}"));
        self.record.empty.insert(label(self.template, at), spelling);
    }
}

/// The variables that a container sets, with their places in its list.
fn set_variables<'a>(container: &Container<'a>) -> impl Iterator<Item = (usize, &'a Value)> {
    let list = container.value.get("env").and_then(Value::as_array);
    list.into_iter().flatten().enumerate()
}

fn covers_imds(host: &str) -> bool {
    let host = host.trim();
    host == "*" || host.starts_with("169.254.")
}

/// `path` with containers by their names, which stay when others come before them.
pub(super) fn label(template: &Value, path: &[Step]) -> String {
    let mut words = Vec::new();
    for (depth, step) in path.iter().enumerate() {
        words.push(match step {
            Step::Key(key) => key.clone(),
            Step::Index(index) => {
                let so_far: Path = path.get(..=depth).unwrap_or_default().to_vec();
                let name = get(template, &so_far).and_then(|item| item.get("name")?.as_str());
                name.map_or_else(|| index.to_string(), str::to_owned)
            }
        });
    }
    words.join("/")
}
