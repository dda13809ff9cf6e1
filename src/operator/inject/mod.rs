//! The injection model: what is added to a pod in each mode, and how it is taken out again.
//!
//! A pod template is an untyped tree, so that fields nobody here knows survive. [`inject`] plans [`Edit`]s of it and
//! [`uninject`] plans their inverse; both only plan. What cannot be told from the pod itself is kept in one annotation
//! ([`record`]). Writers of manifests, patches and policies all start from these plans.

pub(crate) mod additions;
mod checks;
mod container;
mod defaults;
mod evidence;
mod fit;
mod hand_edits;
pub(crate) mod options;
pub(crate) mod others;
pub(crate) mod placeholder;
mod plan;
mod quantity;
mod recipients;
pub(crate) mod record;
mod resources;
mod same;
pub(crate) mod settings;
mod standing;
pub(crate) mod surroundings;
mod taken;
mod undo;
pub(crate) mod webhook;

use super::edit::{Edit, Path};
pub(crate) use checks::account;
pub(crate) use evidence::account::prefer as prefer_account;
pub(crate) use evidence::{BUNDLES, leftovers};
pub(crate) use hand_edits::hand_edits;
pub(crate) use options::{Mode, Options};
pub(crate) use plan::inject;
pub(crate) use same::is_same;
pub(crate) use standing::{container, standing};
pub(crate) use surroundings::Beside;
pub(crate) use undo::uninject;

/// What is wrong with a pod, or what its owner should know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Diagnostic {
    /// Where in the pod template.
    pub at: Path,
    /// What it is and what to do.
    pub text: String,
    /// The pod is of a sort that wisp cannot serve in this mode, through no mistake in the manifest.
    pub unsupported: bool,
}

impl Diagnostic {
    /// A diagnostic at `at`.
    pub(crate) fn new(at: Path, text: impl Into<String>) -> Self {
        Self { at, text: shown(&text.into()), unsupported: false }
    }

    /// A pod that cannot be served.
    pub(crate) fn unsupported(at: Path, text: impl Into<String>) -> Self {
        Self { at, text: shown(&text.into()), unsupported: true }
    }
}

/// A text that has parts of a manifest in it, as terminals may have it: what would move the cursor, begin a line that looks like another
/// message, or turn the direction of what follows is a code.
fn shown(text: &str) -> String {
    let turns = |character| matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || turns(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// What is to be done with a pod.
#[derive(Debug)]
pub(crate) enum Decision {
    /// Make these edits.
    Inject(Plan),
    /// Nothing, for this reason.
    Skip(String),
}

/// How wisp gets into a pod.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The edits of the pod template.
    pub edits: Vec<Edit>,
    /// What the owner of the pod should know.
    pub warnings: Vec<Diagnostic>,
    /// What whoever chose for all pods should know. Many pods may have the same.
    pub notes: Vec<String>,
    /// The mode that the flags and annotations ask for.
    pub mode: Mode,
    /// The service account that named the identity, if one did.
    pub account: Option<String>,
}

#[cfg(test)]
mod tests;
