//! One document: planned on its values, edited in its text, and read again.

use serde_json::Value;

use super::{
    Trouble,
    difference::difference,
    json,
    kinds::{Hint, Place, Places, Which, is_without_pods, places},
    splice, templating,
    tree::{self, Node},
    values::{self, Format},
};
use crate::operator::edit::{self, Edit, get};
use crate::operator::inject::{
    self, Decision, Options, Plan, Problem, record::INJECTED, surroundings::Surroundings,
};

/// What was done for a pod.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// wisp is in now.
    Injected,
    /// wisp was in and is in as asked for now.
    Updated,
    /// Nothing to do.
    Unchanged,
    /// Left alone, for the reason given.
    Skipped,
    /// wisp is out now.
    Removed,
}

/// What became of one pod.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pod {
    /// The object it belongs to.
    pub object: String,
    /// The line of the document on which it starts.
    pub line: usize,
    /// What was done.
    pub action: Action,
    /// The mode, or why it was skipped.
    pub detail: String,
    /// What the user should know.
    pub warnings: Vec<Trouble>,
    /// What concerns the choices of the run. Many pods may have the same.
    pub notes: Vec<String>,
}

/// What stands around a document.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The objects of the run.
    pub surroundings: &'a Surroundings,
    /// The number of the document's file in the run.
    pub source: usize,
}

impl Default for Around<'_> {
    fn default() -> Self {
        Self { surroundings: Surroundings::nothing(), source: 0 }
    }
}

/// What became of a document.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Done {
    /// The new text; none when it stays as it is.
    pub text: Option<String>,
    /// Its pods.
    pub pods: Vec<Pod>,
    /// What the user should know of objects in which no pod was found.
    pub hints: Vec<Trouble>,
}

/// A document with pods in it, or with objects that there is something to say of.
struct Opened<'a> {
    read: Read<'a>,
    places: Vec<Place>,
    /// Pods of objects that are not selected.
    others: Vec<Place>,
    hints: Vec<Hint>,
}

/// A document that was read.
struct Read<'a> {
    text: std::borrow::Cow<'a, str>,
    format: Format,
    value: Value,
    tree: Node,
}

/// Puts wisp into the pods of a document, as `options` and their annotations say.
pub fn inject(
    text: &str,
    options: &Options,
    which: &Which,
    around: Around<'_>,
) -> Result<Done, Vec<Trouble>> {
    after_mark(text, |text| inject_text(text, options, which, around))
}

/// Takes wisp out of the pods of a document.
///
/// What people changed in the injected parts is an error, unless `discard_edits`.
pub fn uninject(text: &str, discard_edits: bool, which: &Which) -> Result<Done, Vec<Trouble>> {
    after_mark(text, |text| uninject_text(text, discard_edits, which))
}

/// Edits what follows a byte order mark, which readers of YAML and of JSON take differently.
fn after_mark(text: &str, edit: impl Fn(&str) -> Result<Done, Vec<Trouble>>) -> Result<Done, Vec<Trouble>> {
    const MARK: char = '\u{feff}';
    let Some(rest) = text.strip_prefix(MARK) else { return edit(text) };
    let mut done = edit(rest)?;
    if let Some(text) = &mut done.text {
        text.insert(0, MARK);
    }
    Ok(done)
}

fn inject_text(
    text: &str,
    options: &Options,
    which: &Which,
    around: Around<'_>,
) -> Result<Done, Vec<Trouble>> {
    let Some(Opened { read: original, places, others, hints }) = open(text, which)? else {
        return Ok(Done::default());
    };
    let (base, was_in) = take_out(&original, &places)?;
    let base = base.as_ref().unwrap_or(&original);
    let mut edits = Vec::new();
    let mut pods = Vec::new();
    let mut troubles = Vec::new();
    for (place, was_in) in places.iter().zip(&was_in) {
        let template = get(&base.value, &place.path).unwrap_or(&Value::Null);
        let spelling = |path: &[edit::Step]| {
            let path: Vec<_> = place.path.iter().chain(path).cloned().collect();
            splice::spelling(&base.text, &base.tree, &path)
        };
        let beside = around
            .surroundings
            .beside(around.source, namespace(&original.value, &place.path));
        let mut notes = Vec::new();
        let (action, detail, warnings) = match inject::inject(template, options, beside, &spelling) {
            Ok(Decision::Inject(Plan { edits: own, warnings, notes: told, mode, account })) => {
                notes = told;
                edits.extend(own.into_iter().map(|edit| edit.under(&place.path)));
                let action = if *was_in { Action::Updated } else { Action::Injected };
                let from =
                    account.map_or_else(String::new, |name| format!(", identity of ServiceAccount {name}"));
                (action, format!("mode {}{from}", mode.name()), warnings)
            }
            Ok(Decision::Skip(reason)) => {
                (if *was_in { Action::Removed } else { Action::Skipped }, reason, Vec::new())
            }
            Err(problems) => {
                troubles.extend(
                    problems
                        .into_iter()
                        .map(|problem| located(&original, place, &problem)),
                );
                continue;
            }
        };
        let warnings = warnings
            .into_iter()
            .map(|problem| located(&original, place, &problem))
            .collect();
        pods.push(Pod { notes, ..pod(&original, place, action, detail, warnings) });
    }
    if !troubles.is_empty() {
        return Err(troubles);
    }
    let result = change(base, &edits)?;
    let result = result.as_ref().unwrap_or(base);
    for (pod, place) in pods.iter_mut().zip(&places) {
        if pod.action != Action::Updated {
            continue;
        }
        let before = get(&original.value, &place.path).unwrap_or(&Value::Null);
        let after = get(&result.value, &place.path).unwrap_or(&Value::Null);
        match difference(before, after) {
            Some(places) => pod.detail = format!("{}; changed: {places}", pod.detail),
            None => pod.action = Action::Unchanged,
        }
    }
    keep_edits(&original, result, &places, &mut pods, options.discard_edits)?;
    let nothing = pods
        .iter()
        .all(|pod| matches!(pod.action, Action::Unchanged | Action::Skipped));
    pods.extend(others.iter().map(|place| not_selected(&original, place)));
    // What an API server would not see is not rewritten either.
    let changed = !nothing && result.value != original.value;
    let hints = hints
        .into_iter()
        .map(|hint| Trouble::at(original.tree.line_of(&hint.at), hint.text));
    Ok(Done { text: changed.then(|| result.text.clone().into_owned()), pods, hints: hints.collect() })
}

/// The namespace of the object that has a pod at `path`: of the innermost one that is an object of its own, as in a list.
fn namespace<'a>(document: &'a Value, path: &[edit::Step]) -> Option<&'a str> {
    let owners = (0..=path.len())
        .rev()
        .filter_map(|end| get(document, path.get(..end)?));
    let mut owners =
        owners.filter(|object| object.get("apiVersion").is_some() && object.get("kind").is_some());
    owners.next()?.pointer("/metadata/namespace")?.as_str()
}

fn uninject_text(text: &str, discard_edits: bool, which: &Which) -> Result<Done, Vec<Trouble>> {
    let Some(Opened { read: original, places, others, hints }) = open(text, which)? else {
        return Ok(Done::default());
    };
    let (base, was_in) = take_out(&original, &places)?;
    let pods = places.iter().zip(&was_in).map(|(place, was_in)| {
        let (action, detail) =
            if *was_in { (Action::Removed, "") } else { (Action::Unchanged, "not injected") };
        pod(&original, place, action, detail.to_owned(), Vec::new())
    });
    let mut pods: Vec<_> = pods.collect();
    keep_edits(&original, base.as_ref().unwrap_or(&original), &places, &mut pods, discard_edits)?;
    pods.extend(others.iter().map(|place| not_selected(&original, place)));
    let hints = hints
        .into_iter()
        .filter_map(|hint| left_in(&original, &hint));
    let hints = hints.collect();
    Ok(Done { text: base.map(|base| base.text.into_owned()), pods, hints })
}

/// What to say of a pod that wisp is in and that was not looked for.
fn left_in(document: &Read<'_>, Hint { at, flag, .. }: &Hint) -> Option<Trouble> {
    let template = get(&document.value, at)?;
    template
        .get("metadata")?
        .get("annotations")?
        .get(INJECTED)?;
    let text = format!(
        "wisp is in this pod template and stays there, because its kind is not known; to take it out, give `--path '{}'`",
        flag.as_deref()?
    );
    Some(Trouble::at(document.tree.line_of(at), text))
}

fn not_selected(document: &Read<'_>, place: &Place) -> Pod {
    pod(document, place, Action::Skipped, "`--selector` does not select it".to_owned(), Vec::new())
}

/// Refuses what would drop something that a person wrote, or warns of it if that is what is wanted.
fn keep_edits(
    original: &Read<'_>,
    result: &Read<'_>,
    places: &[Place],
    pods: &mut [Pod],
    discard_edits: bool,
) -> Result<(), Vec<Trouble>> {
    let mut troubles = Vec::new();
    for (pod, place) in pods.iter_mut().zip(places) {
        let template = |document: &Read<'_>| {
            get(&document.value, &place.path)
                .cloned()
                .unwrap_or_default()
        };
        let (before, after) = (template(original), template(result));
        if before == after || pod.action == Action::Unchanged {
            continue;
        }
        for edit in inject::hand_edits(&before, &after) {
            if discard_edits || !edit.is_lost {
                pod.warnings.push(located(original, place, &edit.problem));
            } else {
                let problem = Problem { text: format!("{}; {WAYS_OUT}", edit.problem.text), ..edit.problem };
                troubles.push(located(original, place, &problem));
            }
        }
    }
    if troubles.is_empty() { Ok(()) } else { Err(troubles) }
}

/// What to do about an edit that would be lost.
const WAYS_OUT: &str = "say it by a choice, undo it, or let it go by `--discard-edits`";

/// What the parser says of a quoted text whose later lines stand no deeper than its key. YAML forbids that, but clusters take
/// it, and tools have written it into custom resource definitions for years.
const TAKEN_BY_CLUSTERS: &str = "invalid indentation in multiline quoted scalar";

/// Reads a document and finds its pods. None means that there is none in it, and nothing to say.
fn open<'a>(text: &'a str, which: &Which) -> Result<Option<Opened<'a>>, Vec<Trouble>> {
    let (value, format) = match values::read(text) {
        Ok(read) => read,
        Err(trouble) if trouble.text.contains(TAKEN_BY_CLUSTERS) && is_without_pods(text, &which.custom) => {
            return Ok(None);
        }
        Err(trouble) => return Err(vec![templating::in_text(text).unwrap_or(trouble)]),
    };
    let found = places(&value, which).map_err(|text| vec![Trouble::general(text)])?;
    if found == Places::default() {
        return Ok(None);
    }
    let Places { pods: places, others, hints } = found;
    let Some(tree) = positions(text, format).map_err(|trouble| vec![trouble])? else { return Ok(None) };
    if let Some(trouble) = templating::in_tree(&tree) {
        return Err(vec![trouble]);
    }
    let troubles: Vec<_> = places
        .iter()
        .flat_map(|place| tangles(&tree, place))
        .collect();
    if !troubles.is_empty() {
        return Err(troubles);
    }
    Ok(Some(Opened { read: Read { text: text.into(), format, value, tree }, places, others, hints }))
}

/// Containers that share their text with something else, so that nobody can tell what a change of one means.
fn tangles(tree: &Node, place: &Place) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    for key in ["initContainers", "containers"] {
        let way = place
            .path
            .iter()
            .cloned()
            .chain(["spec".into(), key.into()]);
        let Some(list) = way
            .into_iter()
            .try_fold(tree, |node, step| node.child(&step))
        else {
            continue;
        };
        let items = match &list.kind {
            tree::Kind::Seq { items, .. } => items.as_slice(),
            _ => &[],
        };
        let tangled = std::iter::once(list)
            .chain(items)
            .filter_map(|node| Some((node.line, node.entangled?)));
        troubles.extend(tangled.map(|(line, what)| {
            let object = &place.object;
            Trouble::at(
                line,
                format!(
                    "{object}: {what} on `{key}` or a container in it is not supported; write it out without"
                ),
            )
        }));
    }
    troubles
}

fn positions(text: &str, format: Format) -> Result<Option<Node>, Trouble> {
    match format {
        Format::Yaml => tree::read(text),
        Format::Json => json::read(text).map(Some),
    }
}

/// The document without wisp, if it was in, and for each pod whether it was.
fn take_out<'a>(
    original: &Read<'_>,
    places: &[Place],
) -> Result<(Option<Read<'a>>, Vec<bool>), Vec<Trouble>> {
    let mut edits = Vec::new();
    let mut was_in = Vec::new();
    let mut troubles = Vec::new();
    for place in places {
        let template = get(&original.value, &place.path).unwrap_or(&Value::Null);
        match inject::uninject(template) {
            Ok(plan) => {
                was_in.push(plan.is_some());
                edits.extend(
                    plan.into_iter()
                        .flatten()
                        .map(|edit| edit.under(&place.path)),
                );
            }
            Err(problem) => troubles.push(located(original, place, &problem)),
        }
    }
    if !troubles.is_empty() {
        return Err(troubles);
    }
    Ok((change(original, &edits)?, was_in))
}

/// Makes `edits` to text and values, and makes sure that both say the same afterwards. None when there are no edits.
fn change<'a>(document: &Read<'_>, edits: &[Edit]) -> Result<Option<Read<'a>>, Vec<Trouble>> {
    if edits.is_empty() {
        return Ok(None);
    }
    let make = || {
        let mut value = document.value.clone();
        edit::apply(&mut value, edits)
            .ok_or_else(|| Trouble::general("the edits do not fit the document; please report this"))?;
        let text = splice::apply(&document.text, &document.tree, edits)?;
        let (written, format) = values::read(&text)?;
        if written != value {
            return Err(Trouble::general(
                "cannot be edited in place without a change of its meaning; rewrite it in plain block style",
            ));
        }
        let tree = positions(&text, format)?
            .ok_or_else(|| Trouble::general("nothing would be left of the document; please report this"))?;
        Ok(Read { text: text.into(), format: document.format, value, tree })
    };
    make().map(Some).map_err(|trouble| vec![trouble])
}

fn located(document: &Read<'_>, place: &Place, problem: &Problem) -> Trouble {
    let path: Vec<_> = place.path.iter().chain(&problem.at).cloned().collect();
    Trouble::at(document.tree.line_of(&path), format!("{}: {}", place.object, problem.text))
}

fn pod(document: &Read<'_>, place: &Place, action: Action, detail: String, warnings: Vec<Trouble>) -> Pod {
    let object = place
        .path
        .iter()
        .position(|step| *step == edit::Step::from("spec"));
    let at = object.map_or(place.path.as_slice(), |end| place.path.get(..end).unwrap_or_default());
    Pod {
        object: place.object.clone(),
        line: document.tree.line_of(at),
        action,
        detail,
        warnings,
        notes: Vec::new(),
    }
}
