//! A cluster's token proxy (AKS identity bindings) in front of the token endpoint.
//!
//! The real one takes a token of the audience `api://AKSIdentityBinding`, looks whether the identity is bound to the cluster and
//! whether the service account may use it, and exchanges under an issuer of its own, so that the identity's federated credentials
//! never see the cluster's. Its errors are not documented; these stand for "not your token" and "not your identity", and say why.

use serde_json::json;

use super::{
    access_reviews::{self, AccessReview, GROUP, VERB},
    checks::GrantRequest,
    config::ProxyConfig,
    reply::Reply,
};
use crate::jwt;

/// The audience of tokens for the proxy.
const AUDIENCE: &str = "api://AKSIdentityBinding";

/// What the proxy has against a request, if anything. Signature and times are checked behind it.
pub(super) async fn objection(proxy: &ProxyConfig, request: GrantRequest<'_>) -> Option<Reply> {
    let claims = jwt::peek(request.form.get("client_assertion").unwrap_or_default()).unwrap_or_default();
    if !claims.audiences.iter().any(|audience| audience == AUDIENCE) {
        return Some(refuse(401, &format!("the token is not for {AUDIENCE}")));
    }
    let client = request.form.get("client_id").unwrap_or_default();
    let subject = claims.subject.unwrap_or_default();
    let subjects = |binding: &super::ProxyBinding| {
        binding
            .client_id
            .eq_ignore_ascii_case(client)
            .then(|| binding.subject.clone())
    };
    let bound: Vec<_> = proxy.bindings.iter().filter_map(subjects).collect();
    if bound.is_empty() {
        return Some(refuse(
            403,
            &format!("no identity binding of this cluster is for the client id {client}"),
        ));
    }
    let named: Vec<_> = bound.into_iter().flatten().collect();
    if !named.is_empty() {
        let message = || format!("the allowedSubjects of the identity binding leave out {subject}");
        return (!named.contains(&subject)).then(|| refuse(403, &message()));
    }
    let Some(reviews) = &proxy.access_reviews else {
        return Some(refuse(403, "nobody may use the identity: there is no API server to ask"));
    };
    match access_reviews::review(reviews, &subject, client).await {
        Ok(AccessReview { allowed: true, .. }) => None,
        Ok(AccessReview { reason, .. }) => {
            let message = format!("{subject} may not {VERB} {client} in the API group {GROUP}: {reason}");
            Some(refuse(403, message.trim_end_matches([':', ' '])))
        }
        Err(error) => Some(refuse(503, &format!("the API server cannot be asked: {error}"))),
    }
}

fn refuse(status: u16, message: &str) -> Reply {
    let error = if status < 500 { "access_denied" } else { "temporarily_unavailable" };
    Reply::json(status, &json!({ "error": error, "error_description": message }))
}
