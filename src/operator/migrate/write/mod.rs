//! The files of a migration: `wispctl migrate write`.
//!
//! A plan says what becomes of each workload; here it becomes files: what Azure has to have (`identities`), the service accounts
//! (`accounts`), the user's own manifests and values edited in place (`documents`), patches for workloads whose source was not given
//! (`patches`, `namespaces`), scripts for the end and for the way back (`cleanup`, `rollback`), and a page that leads through them
//! (`readme`). The same input gives the same files, to the byte. What cannot be written is told by name. `folder` writes them.

mod accounts;
mod cleanup;
mod documents;
mod edits;
mod folder;
mod identities;
mod merge;
mod moved;
mod namespaces;
mod patches;
mod paths;
mod readme;
mod rollback;
mod scripts;

use std::{collections::BTreeMap, path::PathBuf};

pub(crate) use folder::Folder;

use super::{
    inventory::{Inventory, KeptObject},
    plan::Plan,
};
use crate::operator::{
    identity::write::Azurerm,
    inject::Options,
    run::Source,
    workload::{Custom, Which},
};
use documents::{Context, EditedFile, Files};
use identities::ForAzure;
use moved::Moved;
use namespaces::{CUT_OVER, Namespaces, PARALLEL};
use patches::{change, definitions};
use paths::relative;

/// A language for Azure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    /// A script for the Azure CLI.
    Az,
    /// Bicep.
    Bicep,
    /// Terraform.
    Terraform,
}

impl Format {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Az, Self::Bicep, Self::Terraform];

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Az => "az",
            Self::Bicep => "bicep",
            Self::Terraform => "terraform",
        }
    }
}

/// What the user chooses.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The languages for Azure.
    pub formats: Vec<Format>,
    /// The version of Terraform's provider.
    pub azurerm: Azurerm,
    /// What is injected on the road that injects, before the plan says the rest.
    pub options: Options,
    /// Kinds of the user's own.
    pub which: Which,
    /// The namespace of what names none.
    pub namespace: Option<String>,
    /// Edited files take the place of their sources.
    pub is_in_place: bool,
    /// The file of decisions that the plan was made with.
    pub decisions: Option<String>,
}

/// What files are made of.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    /// What there is.
    pub inventory: &'a Inventory,
    /// What becomes of it.
    pub plan: &'a Plan,
    /// Workloads and objects of pod-managed identity as they were read.
    pub objects: &'a [KeptObject],
    /// The files that they were read from.
    pub sources: &'a [Source],
}

/// The file with what the user has decided, for the commands on the live cluster.
const DECISIONS: &str = "decisions.yaml";

/// A file below the folder.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct File {
    /// Its path below the folder, with `/` between names.
    pub path: String,
    /// What is in it.
    pub text: String,
    /// Whether it can be run.
    pub is_script: bool,
}

impl File {
    fn new(path: String, text: String) -> Self {
        Self { path, text, is_script: false }
    }

    fn script(path: String, text: String) -> Self {
        Self { path, text, is_script: true }
    }
}

/// Something that cannot be written.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Unwritten {
    /// What it is about.
    pub about: String,
    /// Why.
    pub reason: String,
}

/// What is to be written.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Files below the folder, in the order of their paths.
    pub files: Vec<File>,
    /// Sources that are replaced, with their new text.
    pub replaced: Vec<(PathBuf, String)>,
    /// What cannot be written.
    pub unwritten: Vec<Unwritten>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// The files for `input`.
pub(crate) fn write(input: Input<'_>, settings: &Settings) -> Written {
    let Input { inventory, plan, objects, sources } = input;
    let ForAzure { mut files, plans, deployments, mut unwritten } =
        identities::identities(plan, &settings.formats, settings.azurerm);
    let (mut moved, more) = moved::moved(inventory, plan, &settings.options);
    unwritten.extend(more);
    moved.retain(|one| match one.without_identity(&plans) {
        None => true,
        Some(id) => {
            let reason = format!("its identity {id} cannot be written");
            unwritten.push(Unwritten { about: one.planned.display(), reason });
            false
        }
    });
    let accounts = accounts::accounts(&moved, &plans);
    files.extend(accounts::files(&accounts, &mut unwritten));
    let which = which(settings, objects);
    let context = Context {
        inventory,
        moved: &moved,
        accounts: &accounts,
        which: &which,
        namespace: settings.namespace.as_deref().unwrap_or_default(),
    };
    let Files { edited, of_workloads, failed, unwritten: more, labels, warnings } =
        documents::edit(&context, objects, sources);
    unwritten.extend(more);
    let mut namespaces = Namespaces::default();
    let mut backs = BTreeMap::new();
    let mut patched = Vec::new();
    for (index, one) in moved.iter().enumerate() {
        let found = definitions(one, objects).into_iter().next();
        let changed = found
            .ok_or_else(|| no_definition(one))
            .and_then(|object| change(one, object));
        let is_edited = of_workloads.contains_key(&index);
        match changed {
            Ok(change) => {
                if change.is_selected_by_label() && one.loses_label() && !is_edited {
                    let reason = documents::SELECTED.to_owned();
                    unwritten.push(Unwritten { about: one.planned.display(), reason });
                }
                if !is_edited && !failed.contains(&index) {
                    namespaces.add(one, &change);
                    patched.push(index);
                }
                backs.extend(change.back().map(|back| (index, back)));
            }
            Err(reason) if !is_edited && !failed.contains(&index) => {
                unwritten.push(Unwritten { about: one.planned.display(), reason });
            }
            Err(_) => {}
        }
    }
    files.extend(namespaces.finish());
    let mut replaced = Vec::new();
    for file in &edited {
        files.extend(edited_files(file, settings.is_in_place));
        if settings.is_in_place {
            replaced.push((file.path.clone(), file.parallel.clone()));
        }
    }
    files.extend(cleanup::files(plan, inventory));
    files.extend(rollback::files(&moved, &backs, objects, (plan, inventory), &which));
    let decisions = settings.decisions.clone();
    files.extend(decisions.map(|text| File::new(DECISIONS.to_owned(), text)));
    let mut warnings = warnings;
    warnings.sort();
    warnings.dedup();
    unwritten.extend(rollback::left_out(objects));
    unwritten.extend(twice(&files));
    unwritten.sort();
    unwritten.dedup();
    let guide = readme::Guide {
        input,
        settings,
        moved: &moved,
        plans: &plans,
        deployments: &deployments,
        labels: &labels,
        of_workloads: &of_workloads,
        patched: &patched,
        unwritten: &unwritten,
        warnings: &warnings,
        files: &files,
    };
    let page = readme::page(&guide);
    files.push(File::new("README.md".to_owned(), page));
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files.dedup_by(|one, other| one.path == other.path);
    Written { files, replaced, unwritten, warnings }
}

/// How pod templates are found: by what the user says, and by what the inventory found out.
fn which(settings: &Settings, objects: &[KeptObject]) -> Which {
    let mut customs: Vec<Custom> = settings.which.custom.clone();
    for custom in objects.iter().flat_map(|object| &object.customs) {
        if !customs.contains(custom) {
            customs.push(custom.clone());
        }
    }
    Which::from(customs)
}

fn no_definition(moved: &Moved<'_>) -> String {
    match &moved.workload.shown_by {
        Some(shown) => format!(
            "its pod template is not known, for only {shown} shows its pods; name the template by `--path`, or label the whole namespace"
        ),
        None => "its manifest is not among what was read".to_owned(),
    }
}

/// The files that an edited source becomes.
fn edited_files(file: &EditedFile, is_in_place: bool) -> Vec<File> {
    let name = relative(&file.name);
    let mut files = Vec::new();
    if !is_in_place {
        files.push(File::new(format!("{PARALLEL}/files/{name}"), file.parallel.clone()));
    }
    let cut_over = file.cut_over.clone();
    files.extend(cut_over.map(|text| File::new(format!("{CUT_OVER}/files/{name}"), text)));
    files
}

/// What would be two files of one path.
fn twice(files: &[File]) -> Vec<Unwritten> {
    let mut seen = std::collections::BTreeSet::new();
    let again = files.iter().filter(|file| !seen.insert(file.path.as_str()));
    again
        .map(|file| Unwritten {
            about: file.path.clone(),
            reason: "two sources would have this path; give them in one run from a folder that holds both"
                .to_owned(),
        })
        .collect()
}
