//! One document of the user's, edited twice: for the time in parallel, and for the time after it.

use serde_json::Value;

use super::{
    Context, labels,
    targets::{Target, objects, targets},
};
use crate::operator::{
    edit::{Edit, Path, Step, get},
    inject::surroundings::Surroundings,
    manifest::{LineDiagnostic, parsed::Parsed, values},
    migrate::{
        inventory::{identify, is_live},
        write::{
            accounts::annotations,
            edits::{merged, prepared, set, without_label},
        },
    },
    pod_identity::LABEL,
    run::document::{Around, Done, inject_each},
    workload::{PodTemplate, pods},
};

/// Where a document is.
pub(super) struct At<'a> {
    /// The number of its file.
    pub source: usize,
    /// The name of its file.
    pub name: &'a str,
    /// The line of the file on which it begins.
    pub line: usize,
    /// Whether the label stands in values or patches in the file.
    pub has_values: bool,
}

/// What became of a document.
#[derive(Default)]
pub(super) struct Edited {
    /// Its text in parallel; none where it stays as it is.
    pub parallel: Option<String>,
    /// Its text without the label; none where it has none.
    pub cut_over: Option<String>,
    /// The workloads that are written in it, by their indices.
    pub done: Vec<usize>,
    /// What cannot be written: the workload if it is one, what it is, and why.
    pub failed: Vec<(Option<usize>, String, String)>,
    /// The values of the label that are taken out of values and patches.
    pub labels: Vec<String>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// What `helm template` writes above what it renders.
const RENDERED: &str = "# Source: ";
const MARK: char = '\u{feff}';

/// Edits the document of `text`.
pub(super) fn edit(context: &Context<'_>, text: &str, at: &At<'_>, around: &Surroundings) -> Edited {
    let mut edited = Edited::default();
    // What a chart renders is lost with its next release.
    if text.lines().any(|line| line.starts_with(RENDERED)) {
        return edited;
    }
    let (mark, body) = match text.strip_prefix(MARK) {
        Some(body) => (MARK.to_string(), body),
        None => (String::new(), text),
    };
    let Ok((value, format)) = values::read(body) else { return edited };
    let Ok(Some(original)) = Parsed::new(body, value, format) else { return edited };
    let run = Run { context, at, around };
    let more = run.others(&original.value);
    let mut good = targets(context, &original.value);
    let Some(parallel) = run.as_far_as_possible(&original, &mut good, &more, &mut edited) else {
        return edited;
    };
    edited.warnings = parallel.warnings;
    edited.done = good
        .iter()
        .filter(|target| target.is_complete)
        .map(|target| target.index)
        .collect();
    let after = parallel.text.as_deref().unwrap_or(body);
    match run.cut_over(after, &good, &mut edited) {
        Ok(cut_over) => edited.cut_over = cut_over.map(|text| format!("{mark}{text}")),
        Err(diagnostic) => {
            let reason = format!("the label stays in it: {}", run.reason(&[diagnostic]));
            edited.failed.push((None, at.name.to_owned(), reason));
        }
    }
    edited.parallel = parallel.text.map(|text| format!("{mark}{text}"));
    edited
}

struct Parallel {
    text: Option<String>,
    warnings: Vec<String>,
}

struct Run<'a> {
    context: &'a Context<'a>,
    at: &'a At<'a>,
    around: &'a Surroundings,
}

impl Run<'_> {
    /// The edits of what is no workload: service accounts, and values.
    fn others(&self, document: &Value) -> Vec<Edit> {
        let mut edits = Vec::new();
        for root in objects(document) {
            let object = get(document, &root).unwrap_or(&Value::Null);
            let is_account = object
                .get("kind")
                .is_some_and(|kind| kind == "ServiceAccount");
            if !is_account || is_live(object) {
                continue;
            }
            let Some((namespace, _, name)) = identify(object, self.context.namespace) else { continue };
            if let Some(account) = self.context.accounts.get(&(namespace, name)) {
                edits.extend(merged(document, &root, "metadata", &annotations(account)));
            }
        }
        if self.at.has_values {
            edits.extend(labels::parallel(self.context, document, &self.skipped(document)));
        }
        edits
    }

    /// The pod templates of a document, which the plan decides about.
    fn skipped(&self, document: &Value) -> Vec<Path> {
        let found = pods(document, self.context.which).unwrap_or_default();
        found.selected.into_iter().map(|pod| pod.path).collect()
    }

    /// The document with those of `targets` that can be edited, which alone are left in it. Why others cannot be is noted in `edited`.
    fn as_far_as_possible(
        &self,
        original: &Parsed<'_>,
        targets: &mut Vec<Target>,
        more: &[Edit],
        edited: &mut Edited,
    ) -> Option<Parallel> {
        if let Ok(parallel) = self.parallel(original, targets, more) {
            return Some(parallel);
        }
        targets.retain(|target| {
            let alone = self.parallel(original, std::slice::from_ref(target), &[]);
            let Err(diagnostics) = alone else { return true };
            let moved = self.context.moved.get(target.index);
            let about = moved.map(|moved| moved.planned.display());
            let reason = self.reason(&diagnostics);
            edited
                .failed
                .push((Some(target.index), about.unwrap_or_default(), reason));
            false
        });
        match self.parallel(original, targets, more) {
            Ok(parallel) => Some(parallel),
            Err(diagnostics) => {
                let reason = self.reason(&diagnostics);
                edited.failed.push((None, self.at.name.to_owned(), reason));
                None
            }
        }
    }

    /// The document while both ways give tokens.
    fn parallel(
        &self,
        original: &Parsed<'_>,
        targets: &[Target],
        more: &[Edit],
    ) -> Result<Parallel, Vec<LineDiagnostic>> {
        let mut edits = more.to_vec();
        for target in targets {
            let template = get(&original.value, &target.path).unwrap_or(&Value::Null);
            let Some(moved) = self.context.moved.get(target.index) else { continue };
            let own = if target.is_complete {
                prepared(template, moved)
            } else if moved.account.is_new && template.pointer("/spec/serviceAccountName").is_some() {
                set(template, &[Step::from("spec")], "serviceAccountName", moved.account.name.clone().into())
            } else {
                Vec::new()
            };
            edits.extend(own.into_iter().map(|edit| edit.under(&target.path)));
        }
        let prepared = original.edited(&edits).map_err(|error| vec![error])?;
        let text = prepared
            .as_ref()
            .map_or_else(|| original.text.as_ref(), |prepared| prepared.text.as_ref());
        let choose = |pod: &PodTemplate| {
            let target = targets
                .iter()
                .find(|target| target.path == pod.path && target.is_complete)?;
            self.context.moved.get(target.index)?.options.as_ref()
        };
        // Whoever injects nothing has nothing against a patch that is no whole object.
        let has_options = |target: &&Target| {
            let moved = self.context.moved.get(target.index);
            target.is_complete && moved.is_some_and(|moved| moved.options.is_some())
        };
        let done = if targets.iter().any(|target| has_options(&target)) {
            let around = Around { surroundings: self.around, source: self.at.source };
            inject_each(text, &choose, self.context.which, around)?
        } else {
            Done::default()
        };
        let warnings = done.pods.iter().flat_map(|pod| {
            let texts = pod
                .warnings
                .iter()
                .map(|warning| warning.text.clone())
                .chain(pod.notes.iter().cloned());
            texts.collect::<Vec<_>>()
        });
        let warnings = warnings.collect();
        let text = done
            .text
            .or_else(|| prepared.map(|prepared| prepared.text.into_owned()));
        Ok(Parallel { text, warnings })
    }

    /// The document without the label; none where it has none.
    fn cut_over(
        &self,
        text: &str,
        targets: &[Target],
        edited: &mut Edited,
    ) -> Result<Option<String>, LineDiagnostic> {
        let (value, format) = values::read(text)?;
        let Some(parallel) = Parsed::new(text, value, format)? else { return Ok(None) };
        let mut edits = Vec::new();
        for target in targets {
            let Some(moved) = self
                .context
                .moved
                .get(target.index)
                .filter(|moved| moved.loses_label())
            else {
                continue;
            };
            let selector = ["spec", "selector", "matchLabels", LABEL].map(Step::from);
            let selector: Path = target.root.iter().cloned().chain(selector).collect();
            if get(&parallel.value, &selector).is_some() {
                edited
                    .failed
                    .push((None, moved.planned.display(), SELECTED.to_owned()));
                continue;
            }
            let template = get(&parallel.value, &target.path).unwrap_or(&Value::Null);
            let own = without_label(template).into_iter();
            edits.extend(own.map(|edit| edit.under(&target.path)));
        }
        if self.at.has_values {
            let skipped = self.skipped(&parallel.value);
            let (own, values) = labels::cut_over(self.context, &parallel.value, &skipped);
            edits.extend(own);
            edited.labels = values;
        }
        let cut = parallel.edited(&edits)?;
        Ok(cut.map(|cut| cut.text.into_owned()))
    }

    /// What `diagnostics` say, with their lines in the file.
    fn reason(&self, diagnostics: &[LineDiagnostic]) -> String {
        let texts: Vec<_> = diagnostics
            .iter()
            .map(|diagnostic| {
                let line = self.at.line + diagnostic.line.unwrap_or(1).saturating_sub(1);
                format!("{}:{line}: {}", self.at.name, diagnostic.text)
            })
            .collect();
        texts.join("; ")
    }
}

/// Why the label stays in a workload.
pub(crate) const SELECTED: &str = "its selector has the label `aadpodidbinding`, and selectors cannot be \
     changed: make it anew under another selector to take the label off";
