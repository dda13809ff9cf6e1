//! AKS identity bindings: a token of the sidecar's own goes to the cluster's token proxy, or to Entra, and each takes another audience.

use serde_json::{Map, Value};

use super::environment::Environment;
use crate::{
    operator::edit::join,
    operator::inject::{
        Diagnostic,
        options::{Audience, Options, annotation},
    },
    settings::keys::{CONFIG, TOKEN_PROXY},
};

/// The annotation by which the workload identity webhook of AKS sends a pod's requests to the token proxy.
const USE_BINDING: &str = "azure.workload.identity/use-identity-binding";

/// What keeps a token of the sidecar's own from being of use where it goes, and what its owner should know. `environment` is the
/// sidecar's.
pub(super) fn check(
    options: &Options,
    annotations: &Map<String, Value>,
    environment: &Environment,
) -> (Option<Diagnostic>, Option<Diagnostic>) {
    let audience = options.audience();
    let proxy = TOKEN_PROXY.variable();
    let is_set = environment
        .known
        .get(proxy)
        .is_some_and(|known| !known.value.is_empty());
    let is_bound = audience == Audience::Binding.name();
    if is_set {
        let text = format!(
            "the token proxy that {proxy} names takes tokens for the audience {} only, and the sidecar's is for {audience}; \
             give `audience` that value, or leave it out where `--set` names the proxy",
            Audience::Binding.name()
        );
        return ((!is_bound).then(|| Diagnostic::new(join(&[], "spec"), text)), None);
    }
    // What names the proxy may be where nobody looks.
    if environment.is_partial || options.settings.get(&CONFIG).is_some() {
        return (None, None);
    }
    let fix = format!(
        "take the token of the workload identity webhook, which knows the proxy (`--token webhook`), or name the proxy by \
         `--set {proxy}=URL`, with AZURE_KUBERNETES_SNI_NAME and AZURE_KUBERNETES_CA_FILE"
    );
    if is_bound {
        let text = format!(
            "tokens for the audience {audience} are for a token proxy of AKS, and Entra refuses them (AADSTS700212); {fix}"
        );
        return (Some(Diagnostic::new(join(&[], "spec"), text)), None);
    }
    let asks = annotations.get(USE_BINDING).and_then(Value::as_str);
    let warning = asks
        .filter(|value| value.eq_ignore_ascii_case("true"))
        .map(|_| {
            let text = format!(
                "annotation `{USE_BINDING}` asks for an identity binding, but the sidecar has a token of its own and no token \
                 proxy, so that it takes a federated credential; {fix}"
            );
            Diagnostic::new(annotation(USE_BINDING), text)
        });
    (None, warning)
}
