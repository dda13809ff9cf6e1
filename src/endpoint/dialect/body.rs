//! What the bodies of all dialects share.

use bytes::Bytes;
use serde::Serialize;

use super::Granted;

/// The longest body of a failure, in bytes: Hadoop's client reads no more.
const MAX_BODY: usize = 1024;

/// The body of a 200, the same in every dialect: what one of them must have harms in none, and mssql-jdbc looks for
/// `expires_in` in an answer of App Service too.
pub(super) fn success(granted: &Granted<'_>) -> Bytes {
    success_until(granted, &granted.expires_on.secs().to_string())
}

/// The same, where `expires_on` is written in another way.
pub(super) fn success_until(granted: &Granted<'_>, expires_on: &str) -> Bytes {
    json(&Success {
        access_token: granted.access_token.expose(),
        client_id: granted.client_id.as_str(),
        expires_in: &granted.expires_in.to_string(),
        expires_on,
        ext_expires_in: &granted.ext_expires_in.to_string(),
        not_before: &granted.not_before.secs().to_string(),
        resource: granted.resource.as_str(),
        token_type: "Bearer",
    })
}

/// All values are strings, in alphabetical order of keys, none empty: clients that look for `"expires_in":"` in the
/// text, or that take the last of two expiries, depend on it.
#[derive(Serialize)]
struct Success<'a> {
    access_token: &'a str,
    client_id: &'a str,
    expires_in: &'a str,
    expires_on: &'a str,
    ext_expires_in: &'a str,
    not_before: &'a str,
    resource: &'a str,
    token_type: &'a str,
}

/// Renders with as much of `description` as keeps the body within [`MAX_BODY`]: escaping may make it longer.
pub(super) fn bounded(description: &str, render: impl Fn(&str) -> Bytes) -> Bytes {
    let mut description = description;
    loop {
        let body = render(description);
        let excess = body.len().saturating_sub(MAX_BODY);
        if excess == 0 || description.is_empty() {
            return body;
        }
        let end = description.len().saturating_sub(excess);
        description = &description[..description.floor_char_boundary(end)];
    }
}

pub(super) fn json(value: &impl Serialize) -> Bytes {
    // Structures of texts always serialise; an empty body is what a client would get if one day they did not.
    serde_json::to_vec(value).unwrap_or_default().into()
}
