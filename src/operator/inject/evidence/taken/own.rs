//! What was said for wisp itself.

use crate::{
    operator::inject::{
        Beside,
        options::Options,
        settings::{Kind, Object},
    },
    settings::keys::{CONFIG, Key},
};

/// Whether a setting has a value of its own.
pub(super) enum OwnValue {
    /// It has.
    Set,
    /// It has none.
    Unset,
    /// This may have one, and nobody sees it here.
    Unseen(String),
}

/// Whether one of `keys` was said for wisp.
pub(super) fn own(keys: &[&Key], options: &Options, beside: Beside<'_>) -> OwnValue {
    let is_one = |name: &str| keys.iter().any(|key| key.env.contains(&name));
    if keys.iter().any(|key| options.settings.get(key).is_some()) {
        return OwnValue::Set;
    }
    let mut unseen = None;
    for object in options.sources() {
        match names(&object, beside) {
            Some(names) if names.iter().any(|name| is_one(name)) => return OwnValue::Set,
            Some(_) => {}
            None => unseen = unseen.or_else(|| Some(object.to_string())),
        }
    }
    let file = options
        .settings
        .get(&CONFIG)
        .map(|_| "the settings file".to_owned());
    unseen.or(file).map_or(OwnValue::Unset, OwnValue::Unseen)
}

/// The keys of an object that stands beside the pod.
fn names<'a>(object: &Object, beside: Beside<'a>) -> Option<Vec<&'a String>> {
    match object.kind {
        Kind::ConfigMap => {
            let found = beside.config_maps(&object.name);
            (!found.is_empty()).then(|| found.iter().flat_map(|map| map.is.data.keys()).collect())
        }
        Kind::Secret => {
            let found = beside.secrets(&object.name);
            (!found.is_empty()).then(|| found.iter().flat_map(|secret| &secret.is.keys).collect())
        }
    }
}
