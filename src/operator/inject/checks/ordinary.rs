//! What an ordinary container cannot do for its pod, and a native sidecar can.

use serde_json::Value;

use crate::operator::edit::{Path, join};
use crate::operator::inject::container::Container;
use crate::operator::inject::{Diagnostic, additions::grace_and_linger};

/// Grace periods shorter than this leave an application little time with tokens, in seconds.
const SHORT: u64 = 10;
/// Grace periods longer than this are meant for the rare application that needs them, in seconds.
const LONG: u64 = 60;

/// What the owner of the pod with this `spec` should know of an ordinary sidecar in it.
pub(super) fn warnings(spec: &Value, containers: &[Container<'_>]) -> Vec<Diagnostic> {
    let at = |key: &str| join(&join(&[], "spec"), key);
    let mut warnings = vec![Diagnostic::new(
        at("containers"),
        "an ordinary sidecar that does not start holds nothing back: the kubelet then starts the application, which gets no tokens \
         until wisp is there; `--sidecar native` holds it back",
    )];
    if let Some(first) = containers.iter().find(|container| container.is_init) {
        let text = "init containers run before an ordinary sidecar and get no tokens; `--sidecar native` starts before them";
        warnings.push(Diagnostic::new(first.at.clone(), text));
    }
    warnings.extend(of_the_end(spec, at("terminationGracePeriodSeconds")));
    warnings
}

/// An ordinary sidecar is told to end when the application is, or before.
fn of_the_end(spec: &Value, at: Path) -> Option<Diagnostic> {
    let (grace, linger) = grace_and_linger(spec);
    let text = if grace < SHORT {
        format!(
            "the pod has {grace} s to end, and an ordinary sidecar answers for {linger} s of them; give it a longer \
             terminationGracePeriodSeconds, or take `--sidecar native`, which ends after the application"
        )
    } else if grace > LONG {
        format!(
            "an ordinary sidecar cannot see that the application has ended, so each end of the pod takes {linger} s; \
             `--sidecar native` ends when the application has"
        )
    } else {
        return None;
    };
    Some(Diagnostic::new(at, text))
}
