//! What Azure says of a cluster beside its `podIdentityProfile`: who signs its tokens, and whose it is.

use serde_json::Value;

use super::profile::{DEEPEST, get, is, text};
use crate::operator::migrate::inventory::model::{Cluster, Origin};

/// The clusters in `value`, which was read at `origin`.
pub(super) fn clusters(value: &Value, origin: &Origin) -> Vec<Cluster> {
    let mut found = Vec::new();
    search(value, None, 0, &mut |name, issuer, tenant| {
        found.push(Cluster {
            name: name.map(str::to_owned),
            issuer: issuer.map(str::to_owned),
            tenant_id: tenant.map(str::to_owned),
            origin: origin.clone(),
        });
    });
    found
}

type Found<'a> = dyn FnMut(Option<&str>, Option<&str>, Option<&str>) + 'a;

fn search(value: &Value, name: Option<&str>, depth: usize, found: &mut Found<'_>) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::Array(items) => {
            for item in items {
                search(item, name, depth + 1, found);
            }
        }
        Value::Object(map) => {
            let name = text(value, "name").or(name);
            let issuer = get(value, "oidcissuerprofile")
                .and_then(|profile| text(profile, "issuerurl"))
                .or_else(|| text(value, "oidcissuerurl"));
            let is_cluster = map
                .keys()
                .any(|key| is(key, "oidcissuerprofile") || is(key, "oidcissuerurl"));
            if is_cluster {
                // Blocks of Terraform are lists of one.
                let identity = get(value, "identity").and_then(|identity| {
                    identity
                        .as_array()
                        .map_or(Some(identity), |list| list.first())
                });
                let tenant = identity.and_then(|identity| text(identity, "tenantid"));
                found(name, issuer, tenant);
                return;
            }
            for inner in map.values() {
                search(inner, name, depth + 1, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::clusters;
    use crate::operator::migrate::inventory::model::Origin;

    #[test]
    fn azure_and_terraform_say_who_signs() {
        let origin = Origin { source: "aks.json".to_owned(), line: None };
        let found = |value| {
            let found = clusters(&value, &origin);
            let one = found.first().unwrap();
            [&one.name, &one.issuer, &one.tenant_id].map(|text| text.clone().unwrap_or_default())
        };
        let azure = json!({"name": "aks", "identity": {"tenantId": "t"}, "oidcIssuerProfile": {"enabled": true, "issuerUrl": "https://i/"}});
        let terraform = json!({"values": [{"name": "aks", "identity": [{"tenant_id": "t"}], "oidc_issuer_url": "https://i/"}]});
        for value in [azure, terraform] {
            assert_eq!(found(value), ["aks", "https://i/", "t"]);
        }
        let off = json!({"name": "aks", "oidcIssuerProfile": {"enabled": false}});
        assert_eq!(found(off), ["aks", "", ""]);
        assert!(clusters(&json!({"issuerUrl": "https://i/"}), &origin).is_empty());
    }
}
