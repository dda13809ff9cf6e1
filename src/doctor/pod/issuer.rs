//! The cluster's issuer, as Entra reads it. This pod need not reach it, Entra must: what cannot be read from here is no failure.

use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::{
    Chain,
    inner::is_inner,
    settings::Configured,
    table::{ISSUER_DISCOVERY, ISSUER_KEY, ISSUER_KEYS, ISSUER_PUBLIC, TOKEN_FILE, TOKEN_KIND},
    token_file::Projected,
};
use crate::{
    doctor::{Check, Diagnosis, Finding},
    entra::{Look, LookError, Page, Step},
    names::Authority,
};

pub(super) const CHECKS: &[&Check] = &[&ISSUER_PUBLIC, &ISSUER_DISCOVERY, &ISSUER_KEYS, &ISSUER_KEY];

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// The longest time for one document. Many pods may not reach the issuer, and need not: a healthy one shall have its answer soon.
const PATIENCE: Duration = Duration::from_secs(2);

/// The most key ids that are shown.
const SHOWN_KEYS: usize = 5;

/// What the issuer publishes.
pub(super) struct Published {
    /// Where its document was looked for.
    pub(super) discovery_url: String,
    pub(super) discovery: Result<Page, LookError>,
    /// Where its keys were looked for, if the document says where.
    pub(super) keys: Option<(String, Result<Page, LookError>)>,
}

/// Fetches what `issuer` publishes. None where it is no https URL.
pub(super) async fn look(configured: &Configured, issuer: &str) -> Option<Published> {
    let discovery_url = format!("{}{DISCOVERY}", issuer.trim_end_matches('/'));
    let discovery = fetch(configured, &discovery_url).await?;
    let keys_url = discovery
        .as_ref()
        .ok()
        .and_then(|page| text(&json(page)?, "jwks_uri"));
    let keys = match keys_url {
        Some(url) => fetch(configured, &url).await.map(|page| (url, page)),
        None => None,
    };
    Some(Published { discovery_url, discovery, keys })
}

async fn fetch(configured: &Configured, url: &str) -> Option<Result<Page, LookError>> {
    let url = Url::parse(url).ok()?;
    let origin: Authority = url.origin().ascii_serialization().parse().ok()?;
    let mut config = configured.settings.entra.clone();
    config.connect_timeout = config.connect_timeout.min(PATIENCE * 3 / 4);
    config.attempt_timeout = config.attempt_timeout.min(PATIENCE);
    let look = Look::other(&config, &origin, "the issuer of the token").ok()?;
    let query = url
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    Some(look.get(&format!("{}{query}", url.path())).await)
}

fn json(page: &Page) -> Option<Value> {
    serde_json::from_slice(&page.body).ok()
}

fn text(document: &Value, name: &str) -> Option<String> {
    document.get(name)?.as_str().map(str::to_owned)
}

/// Judges what the issuer publishes.
pub(super) fn judge(
    chain: &mut Chain,
    configured: &Configured,
    token: Option<&Projected>,
    published: Option<&Published>,
) {
    let issuer = token
        .and_then(|token| token.claims.issuer.as_deref())
        .unwrap_or_default();
    let rules = &configured.settings.rules;
    // A token proxy is of the cluster, and takes the cluster's own tokens.
    let is_read_inside = rules.via_token_proxy || is_inner(rules.authority.as_str());
    chain.check(&ISSUER_PUBLIC, &[&TOKEN_FILE, &TOKEN_KIND], || public(issuer, is_read_inside));
    let unasked = |check: &'static Check| check.not_run("it was not asked", "run all checks");
    chain.check(&ISSUER_DISCOVERY, &[&ISSUER_PUBLIC], || {
        published.map_or_else(|| unasked(&ISSUER_DISCOVERY), |published| discovery(issuer, published))
    });
    let fetched = published.and_then(|published| published.keys.as_ref());
    chain.check(&ISSUER_KEYS, &[&ISSUER_PUBLIC, &ISSUER_DISCOVERY], || {
        fetched.map_or_else(|| unasked(&ISSUER_KEYS), |(url, page)| keys(issuer, url, page))
    });
    let ids = fetched
        .and_then(|(_, page)| key_ids(page.as_ref().ok()?))
        .unwrap_or_default();
    let signed_by = token.and_then(|token| token.key_id.as_deref());
    chain.check(&ISSUER_KEY, &[&ISSUER_PUBLIC, &ISSUER_DISCOVERY, &ISSUER_KEYS], || key(signed_by, &ids));
}

fn public(issuer: &str, is_read_inside: bool) -> Finding {
    if !issuer.starts_with("https://") {
        return ISSUER_PUBLIC.failed(Diagnosis::new(format!("`{issuer}` is no https URL")));
    }
    match (is_inner(issuer), is_read_inside) {
        (true, false) => ISSUER_PUBLIC
            .failed(Diagnosis::new(format!("{issuer} is inside the cluster, where Entra cannot read it"))),
        (true, true) => ISSUER_PUBLIC.passed(format!("{issuer}, inside as who reads it")),
        (false, _) => ISSUER_PUBLIC.passed(issuer),
    }
}

/// What stands in the place of an answer.
fn unread(check: &'static Check, url: &str, error: &LookError) -> Finding {
    let LookError { step, found, .. } = error;
    if *step == Step::Tls && !is_inner(url) {
        let diagnosis = Diagnosis::new(found.clone())
            .evidence(url)
            .fix("let a public authority issue the certificate of the issuer: Entra trusts no other.");
        return check.warned(diagnosis);
    }
    check.not_run(
        format!("{url} cannot be read from this pod: {found}"),
        format!(
            "it need not be, for Entra reads it; look from elsewhere: curl '{}'",
            url.replace('\'', "%27")
        ),
    )
}

/// Whether an API server wants to know who asks. Inside a cluster it may.
fn wants_login(url: &str, page: &Page) -> bool {
    matches!(page.status, 401 | 403) && is_inner(url)
}

/// What stands in the place of what only those see who log in.
fn unshown(check: &'static Check, url: &str, page: &Page) -> Finding {
    check.not_run(
        format!("{url} answers {} to this pod", page.status),
        format!("look by kubectl get --raw {DISCOVERY}, and see that the authority may read it"),
    )
}

fn discovery(issuer: &str, published: &Published) -> Finding {
    let url = &published.discovery_url;
    let page = match &published.discovery {
        Ok(page) => page,
        Err(error) => return unread(&ISSUER_DISCOVERY, url, error),
    };
    let wrong = |found: String| ISSUER_DISCOVERY.failed(Diagnosis::new(found).evidence(url.as_str()));
    if wants_login(url, page) {
        return unshown(&ISSUER_DISCOVERY, url, page);
    }
    if page.status != 200 {
        return wrong(answered(page));
    }
    let Some(document) = json(page) else { return wrong("what is published is not JSON".into()) };
    let named = text(&document, "issuer").unwrap_or_default();
    if named != issuer {
        let why = if named.trim_end_matches('/') == issuer.trim_end_matches('/') {
            "; they differ by the slash at the end"
        } else {
            ""
        };
        return wrong(format!("it names the issuer `{named}`, the token `{issuer}`{why}"));
    }
    match text(&document, "jwks_uri") {
        Some(keys) if keys.starts_with("https://") => ISSUER_DISCOVERY.passed(url.as_str()),
        Some(keys) => wrong(format!("its jwks_uri `{keys}` is no https URL")),
        None => wrong("it names no jwks_uri".into()),
    }
}

fn answered(page: &Page) -> String {
    match &page.location {
        Some(to) => format!("the answer is {}, a redirect to {to}", page.status),
        None => format!("the answer is {}", page.status),
    }
}

fn keys(issuer: &str, url: &str, page: &Result<Page, LookError>) -> Finding {
    let wrong = |found: String| ISSUER_KEYS.failed(Diagnosis::new(found).evidence(url));
    if is_inner(url) && !is_inner(issuer) {
        return wrong("its jwks_uri is inside the cluster, where Entra cannot read it".into());
    }
    let page = match page {
        Ok(page) => page,
        Err(error) => return unread(&ISSUER_KEYS, url, error),
    };
    if wants_login(url, page) {
        return unshown(&ISSUER_KEYS, url, page);
    }
    if page.status != 200 {
        return wrong(answered(page));
    }
    match key_ids(page) {
        None => wrong("what is published is not a key set".into()),
        Some(ids) if ids.is_empty() => wrong("the key set holds no key with a kid".into()),
        Some(ids) => ISSUER_KEYS.passed(format!("{} at {url}", ids.len())),
    }
}

/// The ids of the keys in a key set. None where it is none.
fn key_ids(page: &Page) -> Option<Vec<String>> {
    let document = json(page)?;
    let keys = document.get("keys")?.as_array()?;
    Some(keys.iter().filter_map(|key| text(key, "kid")).collect())
}

fn key(signed_by: Option<&str>, ids: &[String]) -> Finding {
    let Some(signed_by) = signed_by else {
        return ISSUER_KEY.failed(Diagnosis::new("the token does not say which key signed it"));
    };
    if ids.iter().any(|id| id == signed_by) {
        return ISSUER_KEY.passed(signed_by);
    }
    let shown: Vec<_> = ids.iter().take(SHOWN_KEYS).map(String::as_str).collect();
    ISSUER_KEY.failed(
        Diagnosis::new(format!("the token was signed by the key {signed_by}, which is not published"))
            .evidence(format!("published: {}", shown.join(", "))),
    )
}
