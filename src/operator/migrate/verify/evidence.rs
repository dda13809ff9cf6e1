//! Tokens of a service account, and what Entra gave for them.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    account::TIMEOUT,
    asked::{Asked, AskedToken, PresentedToken},
    patience::Patience,
    world::{Outside, Request, Time, World},
};
use crate::{
    assertion::Assertion,
    clock::UnixTime,
    exchange::Key,
    failure::{Category, Class, Failure},
    jwt,
    names::{ClientId, TenantId},
    operator::cluster::{Api, ApiError, Call, Object, Verb},
    token::Secret,
};

/// How long a token of a service account lives, in seconds: the least that Kubernetes gives.
pub(super) const LIFETIME: u64 = 600;

/// Who is asked for: a service account, and the identities that it may be.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Asker {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub account: String,
    /// For whom its token is.
    pub audience: &'static str,
    /// The identities, each with its tenant.
    pub identities: Vec<(ClientId, TenantId)>,
}

/// What was found out.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    /// What was asked, and what came of it.
    pub asked: Asked,
    /// The API server's time.
    pub server: Option<UnixTime>,
    /// Our time.
    pub ours: UnixTime,
}

/// Asks by TokenRequest, and exchanges each token here.
pub(super) async fn by_request<A: Api, O: Outside, T: Time>(
    world: World<'_, A, O, T>,
    asker: &Asker,
    request: &Request,
    patience: &mut Patience,
) -> Result<Evidence, ApiError> {
    let (token, server) = token(world.api, asker).await?;
    let ours = world.time.wall();
    // What is no JWT has no claims, and each check of them says so.
    let presented = PresentedToken::of(&token).unwrap_or_default();
    let mut tokens = Vec::new();
    for (client_id, tenant) in &asker.identities {
        let key = Key {
            authority: request.authority.clone(),
            via_token_proxy: false,
            tenant: tenant.clone(),
            client_id: client_id.clone(),
            resource: request.resource.clone(),
        };
        // The first token serves once; after a pause it might be too old.
        let mut first = Some(token.clone());
        let (answer, waited) = patience
            .until(world.time, async || {
                let token = match first.take() {
                    Some(token) => token,
                    None => {
                        self::token(world.api, asker)
                            .await
                            .map_err(|error| no_token(&error))?
                            .0
                    }
                };
                world.outside.exchange(&key, &assertion(token)).await
            })
            .await;
        let answer = answer.as_ref().map(|token| &token.secret);
        tokens.push(AskedToken::new(client_id.as_str(), answer, waited));
    }
    let asked = Asked { presented: Some(presented), at: ours.secs(), tokens };
    Ok(Evidence { asked, server, ours })
}

/// A token of the account, and the API server's time.
async fn token<A: Api>(api: &A, asker: &Asker) -> Result<(Secret, Option<UnixTime>), ApiError> {
    let object = Object::token(&asker.namespace, &asker.account);
    let body = json!({
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"audiences": [asker.audience], "expirationSeconds": LIFETIME},
    });
    let call = Call { verb: Verb::Create, object: &object, body: Some(&body), timeout: TIMEOUT };
    let mut answer = api.call(call).await?;
    let token = answer.object.pointer_mut("/status/token").map(Value::take);
    let token = match token {
        Some(Value::String(text)) => Secret::new(text),
        _ => Secret::new(String::new()),
    };
    Ok((token, answer.date))
}

/// `token`, ready to be sent.
fn assertion(token: Secret) -> Assertion {
    let claims = jwt::peek(token.expose()).unwrap_or_default();
    Assertion { secret: token, claims }
}

/// The API server was asked again, and gave no token.
fn no_token(error: &ApiError) -> Failure {
    Failure::new(Class::Permanent, Category::Assertion, "invalid_request", error.to_string())
}

/// Entra's own time, where it can be asked.
pub(super) async fn time_of_entra(
    outside: &impl Outside,
    request: &Request,
    tenant: &str,
) -> Option<UnixTime> {
    let url = format!("{}/{tenant}/v2.0/.well-known/openid-configuration", request.authority);
    outside.fetch(&url).await.ok()?.date
}

/// How `one` differs from `other`, where that is easily overlooked.
pub(super) fn difference(one: &str, other: &str) -> &'static str {
    let (short, long) = (one.trim_end_matches('/'), other.trim_end_matches('/'));
    if short == long {
        " (a slash at the end)"
    } else if short.eq_ignore_ascii_case(long) {
        " (capital letters)"
    } else {
        ""
    }
}

/// How far two times are apart.
pub(super) fn apart(one: UnixTime, other: UnixTime) -> Duration {
    one.saturating_since(other).max(other.saturating_since(one))
}
