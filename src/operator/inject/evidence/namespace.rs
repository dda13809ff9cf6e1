//! What the pod's namespace forbids by the labels of Pod Security.

use super::{Findings, Pod};
use crate::operator::edit::join;
use crate::operator::inject::Diagnostic;

/// What a label does with a pod that is above the level, and what is to be said of it.
const ACTIONS: [(&str, &str); 3] = [
    ("enforce", "so no pod would start; choose mode `env` or `http-proxy`, which need no right"),
    ("warn", "so whoever applies this is warned; mode `env` and `http-proxy` need no right"),
    ("audit", "so the cluster's audit log records it; mode `env` and `http-proxy` need no right"),
];

/// The levels that refuse NET_ADMIN.
const STRICT: [&str; 2] = ["baseline", "restricted"];

/// Looks at the labels of the pod's namespace, as far as the strictest action.
pub(super) fn look(pod: &Pod<'_>, findings: &mut Findings) {
    if !pod.options.mode.redirects() {
        return;
    }
    for namespace in pod.beside.namespaces() {
        let strict = ACTIONS.iter().find_map(|(action, then)| {
            let label = format!("pod-security.kubernetes.io/{action}");
            let level = namespace
                .is
                .get(&label)
                .filter(|level| STRICT.contains(&level.as_str()))?;
            Some((label, level, then))
        });
        if let Some((label, level, then)) = strict {
            let text = format!(
                "Namespace `{}` has label `{label}: {level}`, and that level refuses NET_ADMIN, which the init container of mode `redirect` \
                 has, {then}",
                namespace.name
            );
            findings
                .warnings
                .push(Diagnostic::new(join(&[], "spec"), text));
        }
    }
}
