//! What is asked, and whether all went as told.

use anyhow::{Context as _, anyhow, ensure};
use serde_json::Value;

use super::{
    app::{Answer, AppRequest},
    commands::repair,
    hops::{ask, jwt_part, milliseconds, post, read, reply},
    page::Page,
    stage::{OTHER_CLIENT_ID, OTHER_NAME, Stage},
};
use crate::{
    assertion::TokenFile,
    emulator::{CredentialConfig, Entry},
    jwt::Claims,
};

/// What the application wants a token for.
const RESOURCE: &str = "https://vault.azure.net";

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
    let app_request = AppRequest { to: stage.address()?, resource: RESOURCE, client_id: None };
    ask(page, &app_request)?;
    let answer = app_request.ask().await?;
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
    page.field("header", &jwt_part(token, 0)?.to_string())?;
    let claims = jwt_part(token, 1)?;
    for claim in ["iss", "aud", "appid", "oid", "tid"] {
        page.field(
            claim,
            claims
                .get(claim)
                .and_then(Value::as_str)
                .unwrap_or("(none)"),
        )?;
    }
    ensure!(claims.get("aud").and_then(Value::as_str) == Some(RESOURCE), "the token is for another resource");
    ensure!(
        claims.get("appid").and_then(Value::as_str) == Some(answer.text("client_id")),
        "the token is for another identity"
    );
    ensure!(answer.text("resource") == RESOURCE, "wisp answered for another resource");
    Ok(answer)
}

async fn second(stage: &Stage, page: &mut Page<'_>, first: &Answer) -> anyhow::Result<()> {
    page.step("2  It asks again")?;
    let app_request = AppRequest { to: stage.address()?, resource: RESOURCE, client_id: None };
    let answer = app_request.ask().await?;
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
    let app_request =
        AppRequest { to: stage.address()?, resource: RESOURCE, client_id: Some(OTHER_CLIENT_ID) };
    ask(page, &app_request)?;
    let before = stage.token_requests().len();
    let answer = app_request.ask().await?;
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

    let again = app_request.ask().await?;
    ensure!(again.status.0 == 400, "the second time, wisp answered {} {}", again.status.0, again.body);
    ensure!(stage.token_requests().len() == before + 1, "Entra was asked again within a moment");
    page.hop("It asks again")?;
    page.detail("400 once more, from memory: a client that retries in a loop does not reach Entra.")?;
    page.field("took", &milliseconds(again.took))?;
    Ok(())
}

/// The claims of the token that wisp presents to Entra.
fn presented(stage: &Stage) -> anyhow::Result<Claims> {
    let path = stage
        .emulator
        .token_path()
        .context("no token is projected")?;
    let assertion = TokenFile::new(path)
        .read()
        .map_err(|error| anyhow!("{error}"))?;
    Ok(assertion.claims)
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

#[cfg(test)]
mod tests {
    use super::{Page, Stage, fix, tour};
    use crate::{emulator::FaultKind, observe::log::LogContext};

    async fn tour_with(fault: Option<FaultKind>) -> (anyhow::Result<()>, String) {
        let stage = Stage::start(LogContext::default()).await.unwrap();
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
        assert!(text.contains("access_token       eyJ"), "{text}");
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
