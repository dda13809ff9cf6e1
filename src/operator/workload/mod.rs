//! Workloads: which objects carry pods, and where.
//!
//! An object's pods are found ([`pods`]) by what the user says of its kind ([`Custom`]), by what is known of it (`known`), or by
//! what they look like (`looks`).

mod custom;
mod find;
mod known;
mod looks;
mod object;
mod selector;
mod template_path;

use crate::operator::edit::Path;

pub(crate) use custom::Custom;
pub(crate) use find::{is_without_pods, makes_pods, pods};
pub(crate) use known::KINDS;
pub(crate) use known::not_served;
pub(crate) use selector::Selector;

/// Which objects are looked at, and where.
#[derive(Clone, Debug, Default)]
pub(crate) struct Which {
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
pub(crate) struct PodTemplate {
    /// The way to the mapping with the pod's `metadata` and `spec`.
    pub path: Path,
    /// The object it belongs to, as users name it: `Deployment shop/orders`.
    pub object: String,
}

/// What there is of pods in a document.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Pods {
    /// Those that are meant.
    pub selected: Vec<PodTemplate>,
    /// Those of objects that are not selected.
    pub others: Vec<PodTemplate>,
    /// Objects that seem to have pods where nobody looks for them, and what to do.
    pub hints: Vec<Hint>,
}

/// What the user should know of an object in which no pod was found, or not all.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Hint {
    /// Where it is about.
    pub at: Path,
    /// What it is.
    pub text: String,
    /// The `--path` that would have the pod found.
    pub flag: Option<String>,
}

impl Hint {
    pub(super) fn new(at: Path, text: impl Into<String>) -> Self {
        Self { at, text: text.into(), flag: None }
    }
}

#[cfg(test)]
mod tests;
