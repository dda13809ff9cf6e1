//! What Azure says of a cluster beside its `podIdentityProfile`: who signs its tokens, and whose it is.

use serde_json::Value;

use super::profile::{DEEPEST, get, is, text};
use crate::{
    names::TenantId,
    operator::{
        identity::check_issuer,
        migrate::inventory::model::{Cluster, Origin},
    },
};

/// The clusters in `value`, which was read at `origin`, each with what is wrong with it and left out.
pub(super) fn clusters(value: &Value, origin: &Origin) -> Vec<(Cluster, Vec<String>)> {
    let mut found = Vec::new();
    search(value, None, 0, &mut |name, issuer, tenant| {
        let mut wrong = Vec::new();
        let cluster =
            name.map_or_else(|| "a cluster".to_owned(), |name| format!("cluster `{}`", name.escape_debug()));
        let issuer = issuer.filter(|issuer| {
            let checked = check_issuer(issuer);
            wrong.extend(
                checked
                    .as_ref()
                    .err()
                    .map(|what| format!("the issuer of {cluster} {what}")),
            );
            checked.is_ok()
        });
        let tenant = tenant.filter(|tenant| {
            let checked = tenant.parse::<TenantId>();
            let what = checked.as_ref().err();
            wrong.extend(what.map(|what| {
                format!("the tenant of {cluster} cannot be `{}`: {what}", tenant.escape_debug())
            }));
            checked.is_ok()
        });
        let cluster = Cluster {
            name: name.map(str::to_owned),
            issuer: issuer.map(str::to_owned),
            tenant_id: tenant.map(str::to_owned),
            origin: origin.clone(),
        };
        found.push((cluster, wrong));
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
            let (one, wrong) = found.first().unwrap();
            assert!(wrong.is_empty(), "{wrong:?}");
            [&one.name, &one.issuer, &one.tenant_id].map(|text| text.clone().unwrap_or_default())
        };
        let azure = json!({"name": "aks", "identity": {"tenantId": "t.example"}, "oidcIssuerProfile": {"enabled": true, "issuerUrl": "https://i/"}});
        let terraform = json!({"values": [{"name": "aks", "identity": [{"tenant_id": "t.example"}], "oidc_issuer_url": "https://i/"}]});
        for value in [azure, terraform] {
            assert_eq!(found(value), ["aks", "https://i/", "t.example"]);
        }
        let off = json!({"name": "aks", "oidcIssuerProfile": {"enabled": false}});
        assert_eq!(found(off), ["aks", "", ""]);
        assert!(clusters(&json!({"issuerUrl": "https://i/"}), &origin).is_empty());
    }

    #[test]
    fn what_no_credential_can_have_is_left_out() {
        let origin = Origin { source: "aks.json".to_owned(), line: None };
        let value = json!({"name": "aks", "identity": {"tenantId": "$(id)"},
            "oidcIssuerProfile": {"issuerUrl": "https://westeurope.oic.prod-aks.azure.com/x"}});
        let found = clusters(&value, &origin);
        let (cluster, wrong) = found.first().unwrap();
        assert_eq!((&cluster.issuer, &cluster.tenant_id), (&None, &None));
        insta::assert_snapshot!(wrong.join("\n"), @"
        the issuer of cluster `aks` has to end with a slash: issuers of AKS do, and Entra compares each letter (AADSTS700211); write https://westeurope.oic.prod-aks.azure.com/x/
        the tenant of cluster `aks` cannot be `$(id)`: expected a tenant's GUID or its domain name
        ");
    }
}
