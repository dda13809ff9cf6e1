//! Whether `wisp serve` would start with what was written.

use std::{io, path::Path};

use serde_json::Value;

use super::{
    By,
    pieces::{meant, path},
};
use crate::{
    operator::inject::{
        Problem,
        edit::below,
        options::{Options, Part, annotation},
    },
    settings::{
        self, Env, Extent, Sources,
        keys::{self, CONFIG},
    },
};

/// What stands for values that only the cluster knows. No identity has it.
const UNKNOWN: &str = "5d0c8f1e-7a64-4b39-9d2b-c0ffee000000";

/// The variables whose values are known to be sound wherever they come from: the webhook's, and the pod's UID.
const SOUND: [&keys::Key; 3] = [&keys::CLIENT_ID, &keys::TENANT_ID, &keys::IDENTITY_HEADER];

/// What `wisp serve` would say to the variables of `sidecar`, and what of them cannot be checked.
pub(in crate::operator::inject) fn check(
    sidecar: &Value,
    options: &Options,
    from_webhook: bool,
) -> (Vec<Problem>, Vec<Problem>) {
    let mut known = Vec::new();
    let mut extent = Extent::Whole;
    for variable in list(sidecar, "env") {
        let text = |key: &str| variable.get(key).and_then(Value::as_str);
        let Some(name) = text("name") else { continue };
        match text("value") {
            Some(value) => known.push((name, meant(value))),
            None if SOUND.iter().any(|key| key.variable() == name) => known.push((name, UNKNOWN.to_owned())),
            None => extent = Extent::Part,
        }
    }
    if from_webhook {
        for key in [&keys::CLIENT_ID, &keys::TENANT_ID] {
            if known.iter().all(|(name, _)| *name != key.variable()) {
                known.push((key.variable(), UNKNOWN.to_owned()));
            }
        }
    }
    let warnings = unread(options);
    if !warnings.is_empty() {
        extent = Extent::Part;
    }
    // What a file says that nobody can read here is not known, and that was said.
    let nothing = |_: &Path| io::Result::Ok(String::new());
    let sources = Sources::new(Vec::new(), Env::from_iter(known), Box::new(nothing));
    let problems = sources
        .problems(extent)
        .into_iter()
        .map(|problem| located(problem, options));
    (problems.collect(), warnings)
}

/// What says settings and cannot be read here.
fn unread(options: &Options) -> Vec<Problem> {
    let objects = options
        .sources()
        .into_iter()
        .map(|object| format!("what {object} says is not checked here"));
    let file = options.settings.get(&CONFIG).map(|(text, _)| {
        format!("the settings file {} ({text}) is not checked here", path(CONFIG.variable()))
    });
    let tell = |what: String| {
        let text = format!(
            "{what}; wisp checks it when it starts, and ends with exit code 64 and the reason when it cannot be used"
        );
        Problem::new(below(&[], "spec"), text)
    };
    objects.chain(file).map(tell).collect()
}

/// A problem of `wisp serve`, with who said it.
fn located(problem: settings::Problem, options: &Options) -> Problem {
    let settings::Problem::Invalid { setting, value, origin, reason } = problem else {
        return Problem::new(below(&[], "spec"), problem.to_string());
    };
    let variable = origin
        .strip_prefix("environment ")
        .unwrap_or_default()
        .to_owned();
    let chosen = options
        .identity()
        .into_iter()
        .find(|part| part.variable == variable && part.value.is_some());
    let said = options
        .settings
        .iter()
        .find(|(name, ..)| *name == variable)
        .map(|(_, _, by)| by);
    let (at, origin) = match (said, chosen) {
        (Some(By::Annotation(key)), _) => (annotation(key), format!("annotation {key}")),
        (Some(by @ By::Flag(..)), _) => (below(&[], "spec"), by.to_string().replace('`', "")),
        (None, None) if variable == keys::IDENTITY_LISTEN.variable() => {
            (below(&[], "spec"), "choice container-identities".to_owned())
        }
        (None, Some(Part { choice, .. })) => (below(&[], "spec"), format!("choice {choice}")),
        (None, None) => (below(&[], "spec"), origin),
    };
    let problem = settings::Problem::Invalid { setting, value, origin, reason };
    Problem::new(at, problem.to_string())
}

fn list<'a>(container: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    container
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}
