//! The user's own files, edited in place: what is to be seen in them stays, comments included.
//!
//! - `targets`: what is edited in a document
//! - `document`: the edits of one
//! - `labels`: the label where it stands in values and in patches

mod document;
mod labels;
mod targets;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::BufReader,
    path::PathBuf,
};

use super::{Unwritten, accounts::Accounts, moved::Moved};
use crate::operator::{
    manifest::stream::Documents,
    migrate::inventory::{Inventory, KeptObject},
    run::{Source, surroundings},
    workload::Which,
};
use document::Edited;
pub(super) use document::SELECTED;
pub(super) use targets::is_complete;

/// What documents are edited with.
pub(super) struct Context<'a> {
    /// What there is.
    pub inventory: &'a Inventory,
    /// The workloads that are written.
    pub moved: &'a [Moved<'a>],
    /// The service accounts that they have afterwards.
    pub accounts: &'a Accounts,
    /// How pod templates are found.
    pub which: &'a Which,
    /// The namespace of what names none.
    pub namespace: &'a str,
}

/// A file that changes.
pub(super) struct EditedFile {
    /// Its name, as it was given.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its text with what runs in parallel.
    pub parallel: String,
    /// Its text without the label; none where it has none.
    pub cut_over: Option<String>,
}

/// What became of the user's files.
#[derive(Default)]
pub(super) struct Files {
    /// Those that change.
    pub edited: Vec<EditedFile>,
    /// The files that each workload is edited in, by its index.
    pub of_workloads: BTreeMap<usize, Vec<String>>,
    /// Workloads that cannot be edited where they are, by their indices.
    pub failed: BTreeSet<usize>,
    /// What cannot be written.
    pub unwritten: Vec<Unwritten>,
    /// The values of the label that are taken out of values and patches, with their files.
    pub labels: Vec<(String, String)>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Edits `sources`.
pub(super) fn edit(context: &Context<'_>, objects: &[KeptObject], sources: &[Source]) -> Files {
    let around = surroundings(sources);
    let mut files = Files::default();
    let mut seen = BTreeSet::new();
    for (number, source) in sources.iter().enumerate() {
        let own = |object: &&KeptObject| object.origin.source == source.name;
        let mut all = objects.iter().filter(own).peekable();
        // A dump is nobody's source, and may be large.
        if all.peek().is_some() && all.all(|object| object.is_live) {
            continue;
        }
        // One file by two names.
        let path = source
            .path
            .canonicalize()
            .unwrap_or_else(|_| source.path.clone());
        let Ok(file) = source.open() else { continue };
        if !seen.insert(path) {
            continue;
        }
        let has_values = context
            .inventory
            .dependents
            .iter()
            .any(|one| one.origin.source == source.name && labels::is_meant(one));
        let (mut parallel, mut cut_over) = (String::new(), String::new());
        let (mut is_changed, mut is_cut) = (false, false);
        let mut is_whole = true;
        let mut edited = BTreeSet::new();
        for read in Documents::new(BufReader::new(file)) {
            let Ok(read) = read else {
                // The inventory says why.
                is_whole = false;
                break;
            };
            let at = document::At { source: number, name: &source.name, line: read.line, has_values };
            let Edited { parallel: new, cut_over: cut, done, failed, labels, warnings } =
                document::edit(context, &read.text, &at, &around);
            let own = labels.into_iter().map(|value| (source.name.clone(), value));
            files.labels.extend(own);
            is_changed |= new.is_some();
            is_cut |= cut.is_some();
            let new = new.unwrap_or(read.text);
            cut_over.push_str(cut.as_ref().unwrap_or(&new));
            parallel.push_str(&new);
            edited.extend(done);
            for (index, about, reason) in failed {
                files.failed.extend(index);
                files.unwritten.push(Unwritten { about, reason });
            }
            files.warnings.extend(warnings);
        }
        for index in edited {
            if is_whole {
                files
                    .of_workloads
                    .entry(index)
                    .or_default()
                    .push(source.name.clone());
            } else {
                files.failed.insert(index);
                files
                    .unwritten
                    .extend(context.moved.get(index).map(|moved| Unwritten {
                        about: moved.planned.display(),
                        reason: format!("{}, which it is in, cannot be read to its end", source.name),
                    }));
            }
        }
        if is_whole && (is_changed || is_cut) {
            files.edited.push(EditedFile {
                name: source.name.clone(),
                path: source.path.clone(),
                parallel,
                cut_over: is_cut.then_some(cut_over),
            });
        }
    }
    let left = labels::unwritten(context, &files.labels);
    files.unwritten.extend(left);
    for names in files.of_workloads.values_mut() {
        names.dedup();
    }
    files
}
