//! The environment that the sidecar will have, as the kubelet makes it of `env` and `envFrom`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Kind, Object, additions::meant};
use crate::operator::edit::join;
use crate::{
    operator::inject::{
        Beside, Diagnostic,
        options::Options,
        surroundings::{ConfigMap, Found},
    },
    settings::keys::{self, KEYS},
};

/// What stands for values that only the cluster knows. No identity has it.
pub(super) const UNKNOWN: &str = "5d0c8f1e-7a64-4b39-9d2b-c0ffee000000";

/// The variables whose values are known to be sound wherever they come from: the webhook's, and the pod's UID.
const VALID_ANYWHERE: [&keys::Key; 3] = [&keys::CLIENT_ID, &keys::TENANT_ID, &keys::IDENTITY_HEADER];

/// What is known of it.
#[derive(Debug, Default)]
pub(super) struct Environment {
    /// The variables whose values are known, or stood for by [`UNKNOWN`].
    pub(super) known: BTreeMap<String, Known>,
    /// The names, with their Secrets, of the variables whose values nobody here reads.
    pub(super) secret: Vec<(String, Object)>,
    /// Whether there may be more, or other values, than is known.
    pub(super) is_partial: bool,
    /// What a pod could not start with.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// What was not seen, and what has no effect.
    pub(super) warnings: Vec<Diagnostic>,
}

/// A variable.
#[derive(Debug)]
pub(super) struct Known {
    /// Its value.
    pub(super) value: String,
    /// The ConfigMap that says so; none for `env` of the sidecar itself.
    pub(super) from: Option<Object>,
}

impl Environment {
    /// That of `sidecar`. The webhook adds to it where it comes `from_webhook`.
    pub(super) fn of(sidecar: &Value, options: &Options, from_webhook: bool, beside: Beside<'_>) -> Self {
        let mut environment = Self::default();
        for object in options.sources() {
            match object.kind {
                Kind::ConfigMap => environment.take_config_map(&object, beside),
                Kind::Secret => environment.take_secret(&object, beside),
            }
        }
        for variable in list(sidecar, "env") {
            environment.take(variable, beside);
        }
        if from_webhook {
            for key in [&keys::CLIENT_ID, &keys::TENANT_ID] {
                let known = || Known { value: UNKNOWN.to_owned(), from: None };
                environment
                    .known
                    .entry(key.variable().to_owned())
                    .or_insert_with(known);
            }
        }
        environment
    }

    /// All keys of a ConfigMap are variables, and those of later ones win.
    fn take_config_map(&mut self, object: &Object, beside: Beside<'_>) {
        match config_map(&object.name, beside) {
            Ok(map) => {
                for (name, value) in &map.data {
                    let known = Known { value: value.clone(), from: Some(object.clone()) };
                    self.known.insert(name.clone(), known);
                }
            }
            Err(unseen) => self.unseen(object, &unseen),
        }
    }

    fn take_secret(&mut self, object: &Object, beside: Beside<'_>) {
        for secret in beside.secrets(&object.name) {
            for name in &secret.is.keys {
                self.known.remove(name);
                self.secret.push((name.clone(), object.clone()));
            }
        }
        self.unseen(object, &Unseen::Secret);
    }

    /// A variable of `env`, which wins over those that come in whole.
    fn take(&mut self, variable: &Value, beside: Beside<'_>) {
        let text = |at: &str| variable.pointer(at).and_then(Value::as_str);
        let Some(name) = text("/name") else { return };
        if let (Some(map), Some(key)) =
            (text("/valueFrom/configMapKeyRef/name"), text("/valueFrom/configMapKeyRef/key"))
        {
            let is_optional = variable.pointer("/valueFrom/configMapKeyRef/optional") == Some(&true.into());
            return self.take_key(name, map, key, is_optional, beside);
        }
        let value = match text("/value") {
            Some(value) => meant(value),
            None if VALID_ANYWHERE.iter().any(|key| key.variable() == name) => UNKNOWN.to_owned(),
            None => {
                self.is_partial = true;
                return;
            }
        };
        self.warn_without_effect(name, &value);
        self.secret.retain(|(known, _)| known != name);
        self.known
            .insert(name.to_owned(), Known { value, from: None });
    }

    /// The variable `name` by a key of a ConfigMap.
    fn take_key(&mut self, name: &str, map: &str, key: &str, is_optional: bool, beside: Beside<'_>) {
        let object = Object { kind: Kind::ConfigMap, name: map.to_owned() };
        match config_map(map, beside).map(|map| map.data.get(key)) {
            Ok(Some(value)) => {
                let known = Known { value: value.clone(), from: Some(object) };
                self.known.insert(name.to_owned(), known);
            }
            Ok(None) if is_optional => {}
            Ok(None) => {
                let text = format!(
                    "{object} has no key `{key}`, and the pod would not start without it; add it there"
                );
                self.diagnostics
                    .push(Diagnostic::new(join(&[], "spec"), text));
                self.is_partial = true;
            }
            Err(_) if VALID_ANYWHERE.iter().any(|valid| valid.variable() == name) => {
                let known = Known { value: UNKNOWN.to_owned(), from: None };
                self.known.insert(name.to_owned(), known);
            }
            Err(_) => self.is_partial = true,
        }
    }

    fn unseen(&mut self, object: &Object, why: &Unseen) {
        self.is_partial = true;
        let text = format!("{object} is not checked here, {why}; {CHECKED_LATER}");
        self.warnings.push(Diagnostic::new(join(&[], "spec"), text));
    }

    /// Tells of a setting that is said from outside the pod and comes to nothing.
    fn warn_without_effect(&mut self, name: &str, value: &str) {
        let is_setting = KEYS.iter().any(|key| key.env.contains(&name));
        let hidden = self
            .known
            .get(name)
            .filter(|known| is_setting && known.value != value);
        if let Some(object) = hidden.and_then(|known| known.from.as_ref()) {
            let text = format!("`{name}` of {object} has no effect: injection sets it");
            self.warnings.push(Diagnostic::new(join(&[], "spec"), text));
        }
    }
}

/// When what is not seen here is checked.
pub(super) const CHECKED_LATER: &str =
    "wisp checks it when it starts, and exits with code 64 and the reason if it is invalid";

/// Why the content of an object is not known.
#[derive(Debug)]
pub(super) enum Unseen {
    /// It does not stand beside the pod.
    Absent(String),
    /// So many do, and they differ.
    Several(usize),
    /// It is a Secret.
    Secret,
}

impl std::fmt::Display for Unseen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Absent(name) => write!(
                f,
                "because it is not among the files (`kubectl get configmap {name} -o yaml` writes one that can be)"
            ),
            Self::Several(count) => write!(f, "because {count} of that name are among the files and differ"),
            Self::Secret => f.write_str("because wispctl does not read values of Secrets"),
        }
    }
}

/// The ConfigMap called `name`, if it stands beside the pod.
pub(super) fn config_map<'a>(name: &str, beside: Beside<'a>) -> Result<&'a ConfigMap, Unseen> {
    match beside.config_maps(name).as_slice() {
        [] => Err(Unseen::Absent(name.to_owned())),
        [Found { is, .. }, others @ ..] if others.iter().all(|other| other.is == *is) => Ok(is),
        several => Err(Unseen::Several(several.len())),
    }
}

fn list<'a>(container: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    container
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}
