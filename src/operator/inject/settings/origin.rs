//! Who said a setting that `wisp serve` would refuse: a flag, an annotation, a choice, or an object beside the pod.

use std::{io, path::Path};

use super::{Object, SetBy, additions::path, environment::Environment, file::SettingsFile, managed};
use crate::operator::edit::{Path as TreePath, join};
use crate::{
    operator::inject::{
        Diagnostic,
        options::{IdentityField, Options, annotation},
    },
    settings::{
        self, Env, Extent, Sources,
        keys::{self, CONFIG, KEYS, Key, OWN_PREFIX},
    },
};

/// Who may have said what.
pub(super) struct Origins<'a> {
    pub(super) options: &'a Options,
    pub(super) environment: &'a Environment,
    pub(super) file: Option<&'a SettingsFile<'a>>,
}

impl Origins<'_> {
    /// Settings that injection has to say, because others have to know them too.
    pub(super) fn managed(&self, sources: &Sources) -> Vec<Diagnostic> {
        let is_managed = |key: &&Key| {
            managed::is_shared(key) || (key.name == keys::PASSTHROUGH.name && self.options.mode.redirects())
        };
        let diagnostic = |key: &Key| {
            let secret = self.environment.secret.iter();
            let from = secret
                .filter(|(name, _)| key.env.contains(&name.as_str()))
                .map(|(name, object)| format!("`{name}` of {object}"))
                .next()
                .or_else(|| {
                    let origin = sources.origin(key)?;
                    let outside = self.outside(&origin)?;
                    let in_file = !origin.starts_with("environment ");
                    Some(if in_file { format!("`{}` in {outside}", key.name) } else { outside })
                })?;
            let instead = managed::instead(key).unwrap_or(
                "the redirect has to know it; set it by `--set WISP_PASSTHROUGH=VALUE` or annotation `wisp/set.WISP_PASSTHROUGH`",
            );
            Some(Diagnostic::new(join(&[], "spec"), format!("{from} cannot be set there: {instead}")))
        };
        KEYS.iter()
            .copied()
            .filter(is_managed)
            .filter_map(diagnostic)
            .collect()
    }

    /// Names in Secrets that would be refused, whatever their values are.
    pub(super) fn unknown_secrets(&self) -> Vec<Diagnostic> {
        let is_known = |name: &str| KEYS.iter().any(|key| key.env.contains(&name));
        let suspects = self.environment.secret.iter();
        let suspects = suspects.filter(|(name, _)| name.starts_with(OWN_PREFIX) && !is_known(name));
        let errors = suspects.flat_map(|(name, object)| {
            let env = Env::from_iter([(name.as_str(), "")]);
            let nothing = |_: &Path| io::Result::Ok(String::new());
            let found = Sources::new(Vec::new(), env, Box::new(nothing)).errors(Extent::Partial);
            found.into_iter().map(move |error| match error {
                settings::SettingError::Unknown { name, meant, .. } => {
                    let what = format!("key of {object}");
                    settings::SettingError::Unknown { what, name, meant }
                }
                other => other,
            })
        });
        errors
            .map(|error| Diagnostic::new(join(&[], "spec"), error.to_string()))
            .collect()
    }

    /// An error of `wisp serve`, with who said it.
    pub(super) fn located(&self, error: settings::SettingError) -> Diagnostic {
        let at = join(&[], "spec");
        let text = |error: settings::SettingError| error.to_string();
        match error {
            settings::SettingError::Invalid { setting, value, origin, reason } => {
                let (at, origin) = match self.outside(&origin) {
                    Some(outside) => (at, outside),
                    None => self.inside(origin),
                };
                Diagnostic::new(at, text(settings::SettingError::Invalid { setting, value, origin, reason }))
            }
            settings::SettingError::Unknown { what, name, meant } => {
                let from = self
                    .environment
                    .known
                    .get(&name)
                    .and_then(|known| known.from.as_ref());
                let what = from.map_or_else(|| self.renamed(what), |object| format!("key of {object}"));
                Diagnostic::new(at, text(settings::SettingError::Unknown { what, name, meant }))
            }
            settings::SettingError::Unreadable { what, reason } => {
                let what = self.renamed(what);
                Diagnostic::new(at, text(settings::SettingError::Unreadable { what, reason }))
            }
            missing @ settings::SettingError::Missing { .. } => Diagnostic::new(at, text(missing)),
        }
    }

    /// The object that `origin` is, unless it is in the pod.
    fn outside(&self, origin: &str) -> Option<String> {
        if let Some(name) = origin.strip_prefix("environment ") {
            let object: &Object = self.environment.known.get(name)?.from.as_ref()?;
            return Some(format!("`{name}` of {object}"));
        }
        let is_file = origin.contains(&path(CONFIG.variable()));
        is_file.then(|| self.renamed(origin.to_owned()))
    }

    /// `text` with the object in the place of the settings file that is made of it.
    fn renamed(&self, text: String) -> String {
        let Some(file) = self.file else { return text };
        let path = path(CONFIG.variable());
        let name = format!("`{}` of {}", file.key.key, file.key.object);
        text.replace(&format!("settings file {path} (from environment {})", CONFIG.variable()), &name)
            .replace(&format!("file {path}"), &name)
    }

    /// Who said it in the pod or on the command line.
    fn inside(&self, origin: String) -> (TreePath, String) {
        let at = join(&[], "spec");
        let variable = origin.strip_prefix("environment ").unwrap_or_default();
        let is_chosen = |field: &IdentityField<'_>| field.variable == variable && field.value.is_some();
        let chosen = self.options.identity().into_iter().find(is_chosen);
        let chosen_by = self
            .options
            .settings
            .iter()
            .find(|(name, ..)| *name == variable);
        match (chosen_by.map(|(_, _, by)| by), chosen) {
            (Some(SetBy::Annotation(key)), _) => (annotation(key), format!("annotation {key}")),
            (Some(by @ (SetBy::Flag(..) | SetBy::Label(_))), _) => (at, by.to_string().replace('`', "")),
            (None, None) if variable == keys::IDENTITY_LISTEN.variable() => {
                (at, "choice container-identities".to_owned())
            }
            (None, Some(IdentityField { choice, .. })) => (at, format!("choice {choice}")),
            (None, None) => (at, origin),
        }
    }
}
