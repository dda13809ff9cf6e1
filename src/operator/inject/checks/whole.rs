//! What a pod as a whole asks for, where it says so: its containers must not ask for more, wisp's among them.

use serde_json::Value;

use crate::operator::edit::join;
use crate::operator::inject::{
    Diagnostic,
    options::{Options, Sidecar},
    quantity::Quantity,
    resources::{amount, resources},
};

/// How an amount is written.
type Spelling = fn(Quantity) -> String;

/// How an amount of each resource is written.
const RESOURCES: [(&str, Spelling); 2] = [("cpu", Quantity::in_thousandths), ("memory", Quantity::in_bytes)];

/// Resources of the pod with this `spec` that are too little for its containers once wisp is in.
pub(super) fn diagnostics(spec: &Value, options: &Options) -> Vec<Diagnostic> {
    let Some(whole) = spec.get("resources").filter(|whole| whole.is_object()) else { return Vec::new() };
    let ours = resources(options, spec);
    let mut diagnostics = Vec::new();
    for (name, display) in RESOURCES {
        for (amounts, needed) in [
            ("requests", requested(spec, options, &ours, name)),
            // Of limits only the largest counts.
            ("limits", amount(&ours, "limits", name).unwrap_or(Quantity::ZERO)),
        ] {
            let Some(there) = amount(whole, amounts, name).filter(|there| *there < needed) else { continue };
            let at = ["spec", "resources", amounts, name]
                .iter()
                .fold(Vec::new(), |at, key| join(&at, *key));
            let text = format!(
                "the pod's own `resources.{amounts}` allow {} of {name}, and its containers need {} with wisp; raise its requests and limits by {} or more, or give wisp less with `{name}`",
                display(there),
                display(needed),
                display(needed.less(there)),
            );
            diagnostics.push(Diagnostic::new(at, text));
        }
    }
    diagnostics
}

/// What the containers request of `name`, as Kubernetes adds it up: those that run side by side, or an init container and the
/// sidecars before it, if that is more.
fn requested(spec: &Value, options: &Options, ours: &Value, name: &str) -> Quantity {
    let list = |key: &str| {
        spec.get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let wisp = of(ours, name);
    // wisp's own init container runs alone, and asks for as much.
    let mut peak = wisp;
    let mut beside = if options.sidecar == Sidecar::Native { wisp } else { Quantity::ZERO };
    let mut steady = wisp;
    for container in list("initContainers") {
        let asked = of(container.get("resources").unwrap_or(&Value::Null), name);
        if container.get("restartPolicy") == Some(&"Always".into()) {
            beside = beside + asked;
            steady = steady + asked;
        } else {
            peak = peak.max(beside + asked);
        }
    }
    for container in list("containers") {
        steady = steady + of(container.get("resources").unwrap_or(&Value::Null), name);
    }
    peak.max(steady)
}

/// What is requested, which is the limit where nobody says otherwise.
fn of(resources: &Value, name: &str) -> Quantity {
    amount(resources, "requests", name)
        .or_else(|| amount(resources, "limits", name))
        .unwrap_or(Quantity::ZERO)
}
