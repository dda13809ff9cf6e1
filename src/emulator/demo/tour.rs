//! What is asked, what happens, and the words for it.

use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{
    app::{Answer, PATH, Question},
    page::Page,
    stage::{OTHER_CLIENT_ID, OTHER_NAME, Stage},
};
use crate::{
    assertion::TokenFile,
    clock::{Clock as _, System, UnixTime},
    emulator::{CredentialConfig, Entry},
    jwt::Claims,
};

/// What the application wants a token for.
const RESOURCE: &str = "https://vault.azure.net";

/// How much of a token is shown: the beginning of its header, which is no secret.
const SHOWN: usize = 8;

/// Goes the whole way three times: the first token, the second, and one that is refused. The error says where something
/// did not happen as told.
pub async fn tour(stage: &Stage, page: &mut Page<'_>) -> anyhow::Result<()> {
    opening(stage, page)?;
    let first = first(stage, page)
        .await
        .context("step 1, the first token")?;
    second(stage, page, &first)
        .await
        .context("step 2, the second token")?;
    refused(stage, page)
        .await
        .context("step 3, the identity that is refused")
}

fn opening(stage: &Stage, page: &mut Page<'_>) -> anyhow::Result<()> {
    page.say(
        "An application that knows nothing but the managed-identity endpoint gets a token of Microsoft Entra. All of it \
         runs on this machine: Entra is an emulator, the token file is what a kubelet would project.",
    )?;
    page.blank()?;
    page.field("Entra", stage.emulator.authority())?;
    page.field("wisp", &format!("http://{}", stage.address()?))?;
    let path = stage
        .emulator
        .token_path()
        .context("no token is projected")?;
    page.field("token file", &path.display().to_string())?;
    Ok(())
}

async fn first(stage: &Stage, page: &mut Page<'_>) -> anyhow::Result<Answer> {
    page.step("1  The application asks for a token")?;
    let question = Question { to: stage.address()?, resource: RESOURCE, client_id: None };
    ask(page, &question)?;
    let answer = question.ask().await?;
    ensure!(answer.status.0 == 200, "wisp answered {} {}", answer.status.0, answer.body);
    let request = only(stage.token_requests())?;

    let claims = presented(stage)?;
    read(stage, page, &claims)?;
    post(stage, page, &request)?;
    ensure!(request.outcome == "issued", "Entra answered {}", request.outcome);
    ensure!(request.scope.as_deref() == Some("https://vault.azure.net/.default"), "the scope was another");
    page.hop("Entra checks, and answers 200 with a token")?;
    page.right("the tenant and the client id are known")?;
    page.right("a federated credential of the identity has this issuer, subject and audience")?;
    page.right("a key that the issuer publishes has signed the token, which is valid now")?;
    page.right("the resource is installed in the tenant")?;
    let credential = credential(stage, answer.text("client_id"))?;
    ensure!(fits(credential, &claims), "the token that was accepted fits no credential");

    reply(page, &answer)?;
    let token = answer.text("access_token");
    page.aside("What the access token says, signature left out:")?;
    page.field("header", &part(token, 0)?.to_string())?;
    let said = part(token, 1)?;
    for claim in ["iss", "aud", "appid", "oid", "tid"] {
        page.field(claim, said.get(claim).and_then(Value::as_str).unwrap_or("(none)"))?;
    }
    ensure!(said.get("aud").and_then(Value::as_str) == Some(RESOURCE), "the token is for another resource");
    ensure!(
        said.get("appid").and_then(Value::as_str) == Some(answer.text("client_id")),
        "the token is for another identity"
    );
    ensure!(answer.text("resource") == RESOURCE, "wisp answered for another resource");
    Ok(answer)
}

async fn second(stage: &Stage, page: &mut Page<'_>, first: &Answer) -> anyhow::Result<()> {
    page.step("2  It asks again")?;
    let question = Question { to: stage.address()?, resource: RESOURCE, client_id: None };
    let answer = question.ask().await?;
    ensure!(answer.status.0 == 200, "wisp answered {} {}", answer.status.0, answer.body);
    ensure!(answer.text("access_token") == first.text("access_token"), "it got another token");
    only(stage.token_requests()).context("the second request was to be answered from the cache")?;
    page.hop("wisp → app")?;
    page.detail("200 OK with the same token, from the cache. Entra has still been asked only once.")?;
    page.field(
        "took",
        &format!("{}; the first time {}", milliseconds(answer.took), milliseconds(first.took)),
    )?;
    page.aside(
        "wisp replaces the token long before it ends, in the background; no request waits for that, and an outage of Entra \
         takes no valid token away.",
    )?;
    Ok(())
}

async fn refused(stage: &Stage, page: &mut Page<'_>) -> anyhow::Result<()> {
    page.step("3  Something is set up wrongly")?;
    page.detail(&format!(
        "The application asks as another identity, {OTHER_NAME}. Its federated credential was made for another service \
         account, the mistake that is made most often."
    ))?;
    let question = Question { to: stage.address()?, resource: RESOURCE, client_id: Some(OTHER_CLIENT_ID) };
    ask(page, &question)?;
    let before = stage.token_requests().len();
    let answer = question.ask().await?;
    let request = only(stage.token_requests().split_off(before))?;
    let claims = presented(stage)?;
    post(stage, page, &request)?;
    ensure!(request.outcome == "AADSTS700213", "Entra answered {}", request.outcome);

    let credential = credential(stage, OTHER_CLIENT_ID)?;
    ensure!(!fits(credential, &claims), "the credential fits after all");
    page.hop(&format!("Entra checks, and answers {} with {}", request.status, request.outcome))?;
    page.right("the tenant and the client id are known")?;
    page.right("the federated credential has this issuer and this audience")?;
    page.wrong(&format!("but it has the subject {}", credential.subject))?;

    ensure!(answer.status.0 == 400, "wisp answered {} {}", answer.status.0, answer.body);
    ensure!(!answer.has("retry-after"), "the refusal asks to be retried");
    let text = answer.text("error_description");
    let fix = fix(text).with_context(|| format!("the answer names no fix: {text}"))?;
    ensure!(
        text.starts_with("AADSTS700213: ") && text.contains("Presented"),
        "the answer explains nothing: {text}"
    );
    reply(page, &answer)?;
    page.advice(fix)?;
    page.aside("Here, with the Azure CLI:")?;
    for line in repair(credential, &claims) {
        page.exactly(&line)?;
    }
    page.aside(
        "The status is 400 and there is no Retry-After: SDKs show the text at once instead of retrying for minutes. (A new \
         credential takes a while to spread, so wisp answers 503 in its first two minutes. Here this is switched off.)",
    )?;

    let again = question.ask().await?;
    ensure!(again.status.0 == 400, "the second time, wisp answered {} {}", again.status.0, again.body);
    ensure!(stage.token_requests().len() == before + 1, "Entra was asked again within a moment");
    page.hop("It asks again")?;
    page.detail("400 once more, from memory: a client that retries in a loop does not reach Entra.")?;
    page.field("took", &milliseconds(again.took))?;
    Ok(())
}

/// What the application sends, and how to send the same.
fn ask(page: &mut Page<'_>, question: &Question) -> anyhow::Result<()> {
    page.hop("app → wisp")?;
    page.exactly(&format!("GET {PATH}"))?;
    let query = question.query();
    for (index, pair) in query.split('&').enumerate() {
        let joint = if index == 0 { '?' } else { '&' };
        let end = if query.ends_with(pair) { " HTTP/1.1" } else { "" };
        page.exactly(&format!("    {joint}{pair}{end}"))?;
    }
    for (name, value) in question.headers() {
        page.exactly(&format!("{name}: {value}"))?;
    }
    page.aside("The same with curl:")?;
    for line in curl(question) {
        page.exactly(&line)?;
    }
    Ok(())
}

/// The command that asks `question`, on several lines.
pub(super) fn curl(question: &Question) -> Vec<String> {
    let mut lines = vec![format!("curl -sG -H 'Metadata: true' http://{}{PATH}", question.to)];
    lines.extend(
        question
            .query()
            .split('&')
            .map(|pair| format!("    -d {pair}")),
    );
    continued(lines)
}

/// `lines` of one command, as a shell takes them together.
pub(super) fn continued(mut lines: Vec<String>) -> Vec<String> {
    let last = lines.len().saturating_sub(1);
    for line in lines.iter_mut().take(last) {
        line.push_str(" \\");
    }
    lines
}

/// The claims of the token that wisp presents to Entra.
fn presented(stage: &Stage) -> anyhow::Result<Claims> {
    let path = stage
        .emulator
        .token_path()
        .context("no token is projected")?;
    let assertion = TokenFile::new(path)
        .read()
        .map_err(|unusable| anyhow!("{unusable}"))?;
    Ok(assertion.claims)
}

/// Where the token comes from and what it says.
fn read(stage: &Stage, page: &mut Page<'_>, claims: &Claims) -> anyhow::Result<()> {
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
fn post(stage: &Stage, page: &mut Page<'_>, request: &Entry) -> anyhow::Result<()> {
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

/// The command that lets `credential` trust the token.
fn repair(credential: &CredentialConfig, claims: &Claims) -> Vec<String> {
    let text = |claim: &Option<String>| claim.clone().unwrap_or_default();
    continued(vec![
        "az identity federated-credential update --resource-group RESOURCE_GROUP".into(),
        format!("    --identity-name {OTHER_NAME} --name {}", credential.name),
        format!("    --issuer {}", text(&claims.issuer)),
        format!("    --subject {}", text(&claims.subject)),
        format!("    --audiences {}", claims.audiences.join(" ")),
    ])
}

/// What the application gets.
fn reply(page: &mut Page<'_>, answer: &Answer) -> anyhow::Result<()> {
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

/// The request that Entra got, if it is only one.
fn only(mut requests: Vec<Entry>) -> anyhow::Result<Entry> {
    ensure!(requests.len() == 1, "Entra got {} requests instead of one", requests.len());
    requests.pop().context("Entra got no request")
}

fn credential<'a>(stage: &'a Stage, client_id: &str) -> anyhow::Result<&'a CredentialConfig> {
    stage
        .tenant()?
        .identity(client_id)
        .and_then(|identity| identity.federated_credentials.first())
        .context("the identity has no federated credential")
}

fn fits(credential: &CredentialConfig, claims: &Claims) -> bool {
    claims.issuer.as_deref() == Some(credential.issuer.as_str())
        && claims.subject.as_deref() == Some(credential.subject.as_str())
        && claims.audiences.contains(&credential.audience)
}

/// A part of a JWT: 0 is its header, 1 its claims.
fn part(token: &str, index: usize) -> anyhow::Result<Value> {
    let part = token
        .split('.')
        .nth(index)
        .context("the access token is no JWT")?;
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .context("the access token is no JWT")?;
    serde_json::from_slice(&bytes).context("the access token is no JWT")
}

/// The advice in a description, up to what follows it.
fn fix(description: &str) -> Option<&str> {
    let start = description.find("Fix: ")?;
    let rest = description.get(start..)?;
    let end = [" Presented ", " Trace ID: ", " Correlation ID: "];
    let end = end
        .into_iter()
        .filter_map(|label| rest.find(label))
        .min()
        .unwrap_or(rest.len());
    rest.get(..end)
}

fn milliseconds(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::{Page, Stage, fix, tour};
    use crate::{emulator::FaultKind, observe::log::Place};

    async fn tour_with(fault: Option<FaultKind>) -> (anyhow::Result<()>, String) {
        let stage = Stage::start(Place::default()).await.unwrap();
        if let Some(fault) = fault {
            stage.emulator.add_fault(fault).unwrap();
        }
        let mut out = Vec::new();
        let outcome = tour(&stage, &mut Page::new(&mut out, false)).await;
        (outcome, String::from_utf8(out).unwrap())
    }

    #[tokio::test]
    async fn a_tour_that_goes_well_shows_no_whole_token() {
        let (outcome, text) = tour_with(None).await;
        outcome.unwrap();
        assert!(text.contains("access_token eyJ"), "{text}");
        assert!(
            text.split_whitespace()
                .all(|word| !(word.starts_with("eyJ") && word.len() > 20)),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_hop_that_goes_otherwise_is_an_error() {
        let (outcome, text) = tour_with(Some(FaultKind::Aadsts(500011))).await;
        let error = format!("{:#}", outcome.unwrap_err());
        assert!(error.starts_with("step 1, the first token: wisp answered 400 {"), "{error}");
        assert!(!text.contains("2  It asks again"), "{text}");
    }

    #[test]
    fn a_fix_ends_where_the_claims_begin() {
        assert_eq!(fix("No. Fix: do it. Presented issuer 'i'."), Some("Fix: do it."));
        assert_eq!(fix("No. Fix: do it. Trace ID: 1"), Some("Fix: do it."));
        assert_eq!(fix("No. Fix: do it."), Some("Fix: do it."));
        assert_eq!(fix("No."), None);
    }
}
