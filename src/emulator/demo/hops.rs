//! How each hop is told: who sent what to whom.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{
    app::{Answer, AppRequest, PATH},
    commands::curl,
    page::Page,
    stage::Stage,
};
use crate::{
    clock::{Clock as _, System, UnixTime},
    emulator::Entry,
    jwt::Claims,
};

/// How much of a token is shown: the beginning of its header, which is no secret.
const SHOWN: usize = 8;

/// What the application sends, and how to send the same.
pub(super) fn ask(page: &mut Page<'_>, request: &AppRequest) -> anyhow::Result<()> {
    page.hop("app → wisp")?;
    page.exactly(&format!("GET {PATH}"))?;
    let query = request.query();
    for (index, pair) in query.split('&').enumerate() {
        let joint = if index == 0 { '?' } else { '&' };
        let end = if query.ends_with(pair) { " HTTP/1.1" } else { "" };
        page.exactly(&format!("    {joint}{pair}{end}"))?;
    }
    for (name, value) in request.headers() {
        page.exactly(&format!("{name}: {value}"))?;
    }
    page.aside("The same with curl:")?;
    for line in curl(request) {
        page.exactly(&line)?;
    }
    Ok(())
}

/// Where the token comes from and what it says.
pub(super) fn read(stage: &Stage, page: &mut Page<'_>, claims: &Claims) -> anyhow::Result<()> {
    let path = stage
        .emulator
        .token_path()
        .context("no token is projected")?;
    page.hop("wisp reads the projected service-account token")?;
    page.field("file", &path.display().to_string())?;
    page.field("issuer", claims.issuer.as_deref().unwrap_or("(none)"))?;
    page.field("subject", claims.subject.as_deref().unwrap_or("(none)"))?;
    page.field("audience", &claims.audiences.join(", "))?;
    let left = UnixTime::from_secs(claims.expires.unwrap_or_default()).saturating_since(System.wall());
    ensure!(!left.is_zero(), "the projected token has ended");
    page.field("ends in", &format!("{} min; the kubelet replaces the file in time", left.as_secs() / 60))?;
    Ok(())
}

/// The request that Entra got.
pub(super) fn post(stage: &Stage, page: &mut Page<'_>, request: &Entry) -> anyhow::Result<()> {
    let tenant = stage.tenant()?;
    ensure!(request.method == "POST", "Entra got a {}", request.method);
    ensure!(request.tenant.as_deref() == Some(tenant.id.as_str()), "Entra was asked for another tenant");
    page.hop("wisp → Entra")?;
    page.exactly(&format!("POST {}", stage.emulator.authority()))?;
    page.exactly(&format!("    {}", request.path))?;
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "(none)".into());
    page.field("client_id", &or_none(&request.client_id))?;
    page.field("scope", &or_none(&request.scope))?;
    page.field("assertion", "the token from the file, in place of a secret")?;
    Ok(())
}

/// What the application gets.
pub(super) fn reply(page: &mut Page<'_>, answer: &Answer) -> anyhow::Result<()> {
    let (code, phrase) = &answer.status;
    page.hop(&format!("wisp → app, after {}", milliseconds(answer.took)))?;
    page.exactly(&format!("HTTP/1.1 {code} {phrase}"))?;
    let body = answer
        .body
        .as_object()
        .context("the body is not an object")?;
    for (name, value) in body {
        let value = value
            .as_str()
            .with_context(|| format!("`{name}` is no string"))?;
        ensure!(!value.is_empty(), "`{name}` is empty");
        if name == "access_token" {
            let start = value.get(..SHOWN).unwrap_or_default();
            page.field(name, &format!("{start}… ({} characters)", value.len()))?;
        } else {
            page.field(name, value)?;
        }
    }
    Ok(())
}

/// A part of a JWT: 0 is its header, 1 its claims.
pub(super) fn jwt_part(token: &str, index: usize) -> anyhow::Result<Value> {
    let segment = token
        .split('.')
        .nth(index)
        .context("the access token is no JWT")?;
    let bytes = URL_SAFE_NO_PAD
        .decode(segment)
        .context("the access token is no JWT")?;
    serde_json::from_slice(&bytes).context("the access token is no JWT")
}

/// A time as it is shown.
pub(super) fn milliseconds(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1e3)
}
