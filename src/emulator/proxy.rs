//! A cluster's token proxy (AKS identity bindings) in front of the token endpoint.
//!
//! The real one takes a token of the audience `api://AKSIdentityBinding`, asks the cluster whether the service account may
//! use the identity, and exchanges under an issuer of its own, so that the identity's federated credentials never see the
//! cluster's. Its errors are not documented; these stand for "not your token" and "not your identity".

use serde_json::json;

use super::{checks::GrantRequest, config::ProxyConfig, reply::Reply};
use crate::jwt;

/// The audience of tokens for the proxy.
const AUDIENCE: &str = "api://AKSIdentityBinding";

/// What the proxy has against a request, if anything. Signature and times are checked behind it.
pub(super) fn objection(proxy: &ProxyConfig, request: GrantRequest<'_>) -> Option<Reply> {
    let claims = jwt::peek(request.form.get("client_assertion").unwrap_or_default()).unwrap_or_default();
    if !claims.audiences.iter().any(|audience| audience == AUDIENCE) {
        return Some(refuse(401, &format!("the token is not for {AUDIENCE}")));
    }
    let client = request.form.get("client_id").unwrap_or_default();
    let may_use = proxy.bindings.iter().any(|binding| {
        claims.subject.as_deref() == Some(&binding.subject) && binding.client_id.eq_ignore_ascii_case(client)
    });
    (!may_use).then(|| refuse(403, "the service account is not bound to the identity"))
}

fn refuse(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({ "error": "access_denied", "error_description": message }))
}
