//! The settings file that is made of a key of an object.

use super::{
    Kind, Text,
    additions::path,
    environment::{CHECKED_LATER, Unseen, config_map},
    reference::KeyOf,
};
use crate::operator::edit::join;
use crate::{
    operator::inject::{Beside, Diagnostic, options::Options},
    settings::keys::CONFIG,
};

/// A settings file.
pub(super) struct SettingsFile<'a> {
    /// What it is made of.
    pub(super) key: &'a KeyOf,
    /// Its text, if that is known.
    pub(super) content: Result<String, Unseen>,
}

impl<'a> SettingsFile<'a> {
    /// The one that was chosen, if any.
    pub(super) fn of(options: &'a Options, beside: Beside<'_>) -> Option<Self> {
        let Some((Text::File(key), _)) = options.settings.get(&CONFIG) else { return None };
        let content = match key.object.kind {
            Kind::Secret => Err(Unseen::Secret),
            Kind::ConfigMap => config_map(&key.object.name, beside)
                .map(|map| map.data.get(&key.key).cloned().unwrap_or_default()),
        };
        Some(Self { key, content })
    }

    /// That it is not checked, and why.
    pub(super) fn unseen(&self) -> Option<Diagnostic> {
        let why = self.content.as_ref().err()?;
        let text = format!(
            "the settings file {} ({}) is not checked here, {why}; {CHECKED_LATER}",
            path(CONFIG.variable()),
            self.key
        );
        Some(Diagnostic::new(join(&[], "spec"), text))
    }
}
