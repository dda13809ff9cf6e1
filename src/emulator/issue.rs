//! Access tokens, and the body that carries one.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    checks::Granted,
    cloud::Cloud,
    config::{IdentityConfig, Kind},
};
use crate::{clock::UnixTime, names::is_guid};

/// Entra dates tokens back, so that machines whose clocks are slow accept them.
const BACKDATED: Duration = Duration::from_secs(300);

/// Entra advises to refresh long-lived tokens only: those of two hours and more.
const LONG_LIVED: u64 = 7200;

/// The body of a successful answer. `string_numbers` writes the numbers as old endpoints do.
pub(super) fn body(cloud: &Cloud, granted: &Granted<'_>, now: UnixTime, string_numbers: bool) -> Value {
    let lifetime = granted.identity.lifetime();
    let number = |n: u64| if string_numbers { json!(n.to_string()) } else { json!(n) };
    let mut body = json!({
        "token_type": "Bearer",
        "expires_in": number(lifetime),
        "ext_expires_in": number(lifetime),
        "access_token": cloud.sts.sign(Some("JWT"), &claims(cloud, granted, now)),
    });
    if lifetime >= LONG_LIVED {
        body["refresh_in"] = number(lifetime / 2);
    }
    body
}

/// The claims of an access token. The resource decides between the two versions.
fn claims(cloud: &Cloud, granted: &Granted<'_>, now: UnixTime) -> Value {
    let Granted { tenant, identity, resource, asked } = granted;
    let issued = now.secs().saturating_sub(BACKDATED.as_secs());
    let mut unique = cloud.random.bits().to_be_bytes().to_vec();
    unique.extend(cloud.random.bits().to_be_bytes());
    let mut claims = json!({
        "iat": issued,
        "nbf": issued,
        "exp": now.secs() + identity.lifetime(),
        "idtyp": "app",
        "oid": identity.object_id,
        "sub": identity.object_id,
        "tid": tenant.id,
        "uti": URL_SAFE_NO_PAD.encode(unique),
    });
    if let Some(id) = &identity.resource_id {
        claims["xms_mirid"] = id.as_str().into();
    }
    let more = if resource.token_version == 2 {
        json!({
            "ver": "2.0",
            "iss": format!("{}/{}/v2.0", cloud.origin, tenant.id),
            "aud": resource.app_id,
            "azp": identity.client_id,
            "azpacr": "2",
        })
    } else {
        json!({
            "ver": "1.0",
            "iss": format!("https://sts.windows.net/{}/", tenant.id),
            // As asked, the trailing slash included; a GUID is normalised.
            "aud": if is_guid(asked) { &resource.app_id } else { asked },
            "appid": identity.client_id,
            "appidacr": "2",
            "idp": format!("https://sts.windows.net/{}/", tenant.id),
        })
    };
    if let (Some(claims), Value::Object(more)) = (claims.as_object_mut(), more) {
        claims.extend(more);
    }
    claims
}

impl IdentityConfig {
    /// The lifetime of its tokens in seconds.
    pub fn lifetime(&self) -> u64 {
        self.token_lifetime_seconds.unwrap_or(match self.kind {
            Kind::Uami => 86_399,
            Kind::App => 3599,
        })
    }
}
