//! Whether Entra itself answers, and not a portal, a proxy or another server under its name.

use serde_json::Value;
use url::Url;

use crate::{
    entra::{Page, authority::cloud},
    names::Authority,
};

/// Whether Entra gave this answer: one with a token endpoint at the authority itself or in a known cloud, where tenants of other clouds
/// are sent, or one with a number of its own.
pub(super) fn is_entras(page: &Page, authority: &Authority) -> bool {
    let document: Value = serde_json::from_slice(&page.body).unwrap_or_default();
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let own = host(authority.as_str());
    let is_endpoint = text("token_endpoint").is_some_and(|endpoint| {
        let named = host(endpoint);
        let is_known = |host: &String| {
            let origin: Option<Authority> = format!("https://{host}").parse().ok();
            origin.as_ref().and_then(cloud).is_some()
        };
        endpoint.starts_with("https://") && (named == own || named.as_ref().is_some_and(is_known))
    });
    let has_number = document
        .get("error_codes")
        .and_then(|codes| codes.get(0)?.as_u64())
        .is_some();
    is_endpoint || (has_number && text("error_description").is_some_and(|text| text.contains("AADSTS")))
}

/// The host of a URL, and nothing else of it.
pub(super) fn host(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.host_str()?.to_owned())
}
