//! What the owner of a pod should know.

use serde_json::Value;

use super::ordinary;
use crate::operator::edit::join;
use crate::operator::inject::container::Container;
use crate::operator::inject::{
    Diagnostic,
    options::{Options, Sidecar, annotation},
    record::AZWI_PROXY,
};

/// What the owner should know of a pod that wisp gets into.
pub(in crate::operator::inject) fn warnings(
    template: &Value,
    containers: &[Container<'_>],
    options: &Options,
) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let spec = template.get("spec").unwrap_or(&Value::Null);
    let named = ["serviceAccountName", "serviceAccount"].iter().any(|key| {
        spec.get(key)
            .and_then(Value::as_str)
            .is_some_and(|name| !name.is_empty())
    });
    if !named {
        let text = "no serviceAccountName: the pod runs as service account `default`, and that has to be the subject of the \
                    federated credential";
        warnings.push(Diagnostic::new(join(&[], "spec"), text));
    }
    if spec.get("hostNetwork") == Some(&Value::Bool(true)) {
        let text = "the pod uses the node's network (hostNetwork): other processes of the node can ask wisp for tokens too";
        warnings.push(Diagnostic::new(join(&join(&[], "spec"), "hostNetwork"), text));
    }
    if options.sidecar == Sidecar::Container {
        warnings.extend(ordinary::warnings(spec, containers));
    }
    if let Some(annotations) = template.pointer("/metadata/annotations")
        && annotations.get(AZWI_PROXY).is_some()
    {
        let text = format!(
            "converted: wisp replaces the proxy that annotation `{AZWI_PROXY}` asks for; the annotation is kept \
             under another name, and uninject restores it"
        );
        warnings.push(Diagnostic::new(annotation(AZWI_PROXY), text));
    }
    warnings
}
