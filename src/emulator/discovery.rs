//! The documents that SDKs read before they ask for a token.

use serde_json::{Value, json};

use super::{cloud::Cloud, directory, directory::Named, form::Form, reply::Reply, time_text::http_date};

/// The tenant of Microsoft accounts, which `consumers` stands for.
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// A document with Entra's `Date`, by which clients see its clock here too.
pub(super) fn dated(cloud: &Cloud, document: Reply) -> Reply {
    document.with("date", http_date(cloud.entra_now(cloud.faults.clock_offset())))
}

/// `/common/discovery/instance`: this host is an authority, and it has no aliases. The endpoint to go on with is that of the
/// authority which `authorization_endpoint` asks about; without one, of the tenant in the path.
pub(super) fn instance(cloud: &Cloud, tenant: &str, query: &Form) -> Reply {
    let host = cloud.origin.trim_start_matches("https://");
    let asked_about = query.get("authorization_endpoint").and_then(tenant_in);
    let tenant = asked_about.unwrap_or(tenant);
    Reply::json(
        200,
        &json!({
            "tenant_discovery_endpoint": format!("{}/{tenant}/v2.0/.well-known/openid-configuration", cloud.origin),
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }),
    )
}

/// The tenant in an authority's URL: the first part of its path.
fn tenant_in(url: &str) -> Option<&str> {
    let (_, rest) = url.strip_prefix("https://")?.split_once('/')?;
    rest.split('/').next().filter(|tenant| !tenant.is_empty())
}

/// `/{tenant}/v2.0/.well-known/openid-configuration`.
pub(super) fn tenant(cloud: &Cloud, name: &str) -> Reply {
    match directory::tenant(&cloud.tenants, name) {
        Named::Known(tenant) => configuration(cloud, &tenant.id, &tenant.id),
        Named::Nobody if name == "consumers" => configuration(cloud, name, CONSUMERS),
        // Which tenant it will be shows when someone signs in: Entra leaves the braces for the client to fill.
        Named::Nobody => configuration(cloud, name, "{tenantid}"),
        Named::Unknown | Named::Zero | Named::Malformed => {
            // MSAL looks at this body for a hint that the tenant is wrong.
            let body = json!({
                "error": "invalid_tenant",
                "error_description": format!("AADSTS90002: Tenant '{name}' not found."),
                "error_codes": [90002],
            });
            Reply::json(400, &body)
        }
    }
}

/// The metadata of the authority `name`, whose tokens are issued in `tenant`.
fn configuration(cloud: &Cloud, name: &str, tenant: &str) -> Reply {
    let origin = &cloud.origin;
    Reply::json(
        200,
        &json!({
            "issuer": format!("{origin}/{tenant}/v2.0"),
            "token_endpoint": format!("{origin}/{name}/oauth2/v2.0/token"),
            "authorization_endpoint": format!("{origin}/{name}/oauth2/v2.0/authorize"),
            "device_authorization_endpoint": format!("{origin}/{name}/oauth2/v2.0/devicecode"),
            "jwks_uri": format!("{origin}/{name}/discovery/v2.0/keys"),
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
