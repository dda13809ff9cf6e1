//! The documents that SDKs read before they ask for a token.

use serde_json::{Value, json};

use super::{cloud::Cloud, directory, directory::Named, reply::Reply};

/// `/common/discovery/instance`: this host is an authority, and it has no aliases.
pub(super) fn instance(cloud: &Cloud, tenant: &str) -> Reply {
    let host = cloud.origin.trim_start_matches("https://");
    Reply::json(
        200,
        &json!({
            "tenant_discovery_endpoint": format!("{}/{tenant}/v2.0/.well-known/openid-configuration", cloud.origin),
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }),
    )
}

/// `/{tenant}/v2.0/.well-known/openid-configuration`.
pub(super) fn tenant(cloud: &Cloud, name: &str) -> Reply {
    let Named::Known(tenant) = directory::tenant(&cloud.tenants, name) else {
        // MSAL looks at this body for a hint that the tenant is wrong.
        let body = json!({
            "error": "invalid_tenant",
            "error_description": format!("AADSTS90002: Tenant '{name}' not found."),
            "error_codes": [90002],
        });
        return Reply::json(400, &body);
    };
    let (origin, id) = (&cloud.origin, &tenant.id);
    Reply::json(
        200,
        &json!({
            "issuer": format!("{origin}/{id}/v2.0"),
            "token_endpoint": format!("{origin}/{id}/oauth2/v2.0/token"),
            "authorization_endpoint": format!("{origin}/{id}/oauth2/v2.0/authorize"),
            "device_authorization_endpoint": format!("{origin}/{id}/oauth2/v2.0/devicecode"),
            "jwks_uri": format!("{origin}/{id}/discovery/v2.0/keys"),
            "response_types_supported": ["code", "id_token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        }),
    )
}

/// `/{tenant}/discovery/v2.0/keys`: the key that signs access tokens.
pub(super) fn keys(cloud: &Cloud) -> Reply {
    Reply::json(200, &json!({ "keys": [cloud.sts.jwk()] }))
}

/// The discovery document and the key set of an issuer.
pub(super) fn issuer(cloud: &Cloud, name: &str, document: &str) -> Reply {
    let Some(issuer) = cloud
        .issuers
        .iter()
        .find(|issuer| issuer.name() == name && issuer.is_own())
    else {
        return Reply::empty(404);
    };
    let body: Value = match document {
        ".well-known/openid-configuration" => issuer.discovery(),
        "openid/v1/jwks" => issuer
            .jwks(cloud.now())
            .ok()
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default(),
        _ => return Reply::empty(404),
    };
    Reply::json(200, &body)
}
