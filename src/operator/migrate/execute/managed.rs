//! Who writes an object anew, so that a change of it in the cluster gets lost.

use serde_json::Value;

/// A sign of a program that writes objects.
struct Sign {
    /// `labels` or `annotations`.
    map: &'static str,
    key: &'static str,
    /// The value, where it matters.
    value: Option<&'static str>,
    /// Who it is.
    program: &'static str,
    /// What to change instead.
    source: &'static str,
}

const fn sign(map: &'static str, key: &'static str, program: &'static str, source: &'static str) -> Sign {
    Sign { map, key, value: None, program, source }
}

const GIT: &str = "the manifest in its repository";
const CHART: &str = "the values of its chart";

/// All signs, the surest first.
const SIGNS: [Sign; 10] = [
    sign("labels", "helm.toolkit.fluxcd.io/name", "Flux", "the HelmRelease in its repository"),
    sign("labels", "kustomize.toolkit.fluxcd.io/name", "Flux", GIT),
    sign("annotations", "argocd.argoproj.io/tracking-id", "Argo CD", GIT),
    sign("labels", "argocd.argoproj.io/instance", "Argo CD", GIT),
    sign("annotations", "config.k8s.io/owning-inventory", "kpt or Config Sync", GIT),
    sign("annotations", "configmanagement.gke.io/managed", "Config Sync", GIT),
    sign("annotations", "objectset.rio.cattle.io/id", "Rancher Fleet", GIT),
    sign("labels", "kapp.k14s.io/app", "kapp", GIT),
    sign("annotations", "meta.helm.sh/release-name", "Helm", CHART),
    Sign { value: Some("Helm"), ..sign("labels", "app.kubernetes.io/managed-by", "Helm", CHART) },
];

/// Who writes `object` anew, and what to change instead of it; none where it is its own.
pub(super) fn manager(object: &Value) -> Option<String> {
    let metadata = object.get("metadata")?;
    let owners = metadata.get("ownerReferences").and_then(Value::as_array);
    let owner = owners
        .into_iter()
        .flatten()
        .find(|owner| owner.get("controller") == Some(&Value::Bool(true)));
    if let Some(owner) = owner {
        let text = |key: &str| owner.get(key).and_then(Value::as_str).unwrap_or_default();
        return Some(format!("{} {} owns it: change that", text("kind"), text("name")));
    }
    let found = SIGNS.iter().find_map(|sign| {
        let value = metadata.get(sign.map)?.get(sign.key)?.as_str()?;
        sign.value
            .is_none_or(|expected| expected == value)
            .then_some((sign, value))
    });
    found.map(|(sign, value)| {
        let of = if sign.value.is_some() { String::new() } else { format!(" ({value})") };
        format!("{} writes it{of}: change {}", sign.program, sign.source)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::manager;

    #[test]
    fn who_writes_it_is_seen() {
        let metadata = [
            json!({"labels": {"app.kubernetes.io/managed-by": "Helm"}, "annotations": {"meta.helm.sh/release-name": "shop"}}),
            json!({"labels": {"app.kubernetes.io/managed-by": "Helm"}}),
            json!({"labels": {"app.kubernetes.io/managed-by": "wispctl"}}),
            json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}),
            json!({"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/orders"}}),
            json!({"ownerReferences": [{"kind": "Website", "name": "shop", "controller": true}]}),
            json!({"ownerReferences": [{"kind": "Website", "name": "shop"}]}),
            json!({}),
        ];
        let lines = metadata.map(|metadata| format!("{:?}", manager(&json!({"metadata": metadata}))));
        insta::assert_snapshot!(lines.join("\n"), @r#"
        Some("Helm writes it (shop): change the values of its chart")
        Some("Helm writes it: change the values of its chart")
        None
        Some("Flux writes it (apps): change the manifest in its repository")
        Some("Argo CD writes it (shop:apps/Deployment:shop/orders): change the manifest in its repository")
        Some("Website shop owns it: change that")
        None
        None
        "#);
    }
}
