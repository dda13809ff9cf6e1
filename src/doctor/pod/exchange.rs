//! The exchange itself: each identity, each resource, by the very code of `wisp serve`.

use std::sync::Arc;

use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, timeout_at},
};

use super::{
    Chain, Context,
    settings::Configured,
    table::{
        AUTHORITY, AUTHORITY_CONNECT, AUTHORITY_NAME, AUTHORITY_PROXY, AUTHORITY_TLS, EXCHANGE,
        EXCHANGED_IDENTITY, IDENTITIES, SETTINGS, TENANT, TOKEN_AUDIENCE, TOKEN_FILE, TOKEN_FRESH,
        TOKEN_KIND, TOKEN_LIFETIME,
    },
};
use crate::{
    assertion::human,
    clock::{Clock, Random},
    doctor::{Check, Diagnosis, Finding, resource::service},
    entra::{Entra, parts},
    exchange::{Exchange as _, Key},
    failure::{Category, Failure},
    identity::Entry,
    jwt::{self, Claims},
    names::{Resource, is_guid},
    token::Token,
};

pub(super) const CHECKS: &[&Check] = &[&EXCHANGE, &EXCHANGED_IDENTITY];

/// What has to hold before an exchange can succeed. Issuer and clock are not among it: what Entra has seen of them counts.
pub(super) const NEEDS: &[&Check] = &[
    &SETTINGS,
    &IDENTITIES,
    &TOKEN_FILE,
    &TOKEN_KIND,
    &TOKEN_FRESH,
    &TOKEN_AUDIENCE,
    &TOKEN_LIFETIME,
    &AUTHORITY_NAME,
    &AUTHORITY_CONNECT,
    &AUTHORITY_PROXY,
    &AUTHORITY_TLS,
    &AUTHORITY,
    &TENANT,
];

/// Exchanges at once.
const AT_ONCE: usize = 4;

/// One exchange, and how it went.
pub(super) struct Exchanged {
    /// The identity as it was configured.
    pub(super) identity: Entry,
    pub(super) key: Key,
    /// None where no time was left for it.
    pub(super) result: Option<Result<Token, Failure>>,
}

impl Exchanged {
    fn about(&self) -> String {
        format!("{} for {}", self.identity.name, self.key.resource)
    }
}

/// Exchanges the projected token for each identity and resource, a few at a time; in the order of the settings.
pub(super) async fn exchange<C: Clock + Clone, R: Random + Clone>(
    configured: &Configured,
    context: &Context<C, R>,
) -> Vec<Exchanged> {
    let config = configured.settings.entra.clone();
    // What keeps it from starting was found before.
    let Ok(entra) = Entra::new(config, context.clock.clone(), context.random.clone()) else {
        return Vec::new();
    };
    let (entra, turns) = (Arc::new(entra), Arc::new(Semaphore::new(AT_ONCE)));
    let mut exchanges = JoinSet::new();
    let mut all = Vec::new();
    for (identity, key) in keys(configured) {
        let (entra, turns, at) = (Arc::clone(&entra), Arc::clone(&turns), all.len());
        let asked = key.clone();
        all.push(Exchanged { identity, key, result: None });
        exchanges.spawn(async move {
            // Never closed, so this does not fail.
            let _turn = turns.acquire().await;
            (at, entra.exchange(&asked).await)
        });
    }
    // Each has a limit of its own; all of them together must not add up.
    let limits = &configured.settings.entra;
    let deadline = Instant::now() + limits.attempt_timeout + limits.connect_timeout;
    while let Ok(Some(Ok((at, result)))) = timeout_at(deadline, exchanges.join_next()).await {
        if let Some(exchanged) = all.get_mut(at) {
            exchanged.result = Some(result);
        }
    }
    all
}

fn keys(configured: &Configured) -> Vec<(Entry, Key)> {
    let rules = &configured.settings.rules;
    let key = |entry: &Entry, resource: &Resource| Key {
        authority: rules.authority.clone(),
        via_token_proxy: rules.via_token_proxy,
        tenant: entry.tenant.clone(),
        client_id: entry.client_id.clone(),
        resource: resource.clone(),
    };
    let each = configured.identities.iter().flat_map(|entry| {
        configured
            .resources
            .iter()
            .map(move |resource| (entry.clone(), key(entry, resource)))
    });
    each.collect()
}

/// The first that was successful.
pub(super) fn first_success(exchanged: &[Exchanged]) -> Option<&Key> {
    exchanged
        .iter()
        .find(|exchanged| matches!(exchanged.result, Some(Ok(_))))
        .map(|exchanged| &exchanged.key)
}

/// Judges the exchanges, and whose tokens came.
pub(super) fn judge(chain: &mut Chain, configured: &Configured, exchanged: &[Exchanged]) {
    if let Some(in_the_way) = chain.before(NEEDS) {
        chain.note(EXCHANGE.not_run(&in_the_way.why, &in_the_way.how));
        chain.note(EXCHANGED_IDENTITY.not_run("exchange was not checked", in_the_way.how));
        return;
    }
    if exchanged.is_empty() {
        // Whoever hears nothing would take it that tokens come.
        let how = if configured.resources.is_empty() {
            let how = "name a resource with --resource, such as https://vault.azure.net.";
            chain.note(
                EXCHANGE.warned(Diagnosis::new("no token was asked for: no resource is listed").fix(how)),
            );
            how
        } else {
            chain.note(EXCHANGE.not_run("it was not asked", "run all checks"));
            "run all checks"
        };
        chain.note(EXCHANGED_IDENTITY.not_run("exchange was not checked", how));
        return;
    }
    for exchanged in exchanged {
        chain.note(issued(exchanged).about(exchanged.about()));
        let finding = match &exchanged.result {
            Some(Ok(token)) => whose(exchanged, token),
            Some(Err(_)) => EXCHANGED_IDENTITY.not_run("exchange failed", "mend that first"),
            None => EXCHANGED_IDENTITY.not_run("exchange was not checked", "do what is said there"),
        };
        chain.note(finding.about(exchanged.about()));
    }
}

fn issued(exchanged: &Exchanged) -> Finding {
    match &exchanged.result {
        None => EXCHANGE.not_run(
            "no time was left for it",
            "ask for less with --identity and --resource, or set --timeout",
        ),
        Some(Ok(token)) => EXCHANGE.passed(format!("it lives {}", human(token.lifetime()))),
        Some(Err(failure)) => {
            let (found, fix) = parts(&failure.description);
            let (fix, details) = detached(&fix);
            let diagnosis = Diagnosis { found, evidence: details, fix };
            let diagnosis = diagnosis.evidence(format!(
                "client id {}, tenant {}, authority {}",
                exchanged.key.client_id, exchanged.key.tenant, exchanged.key.authority
            ));
            let resource = exchanged.key.resource.as_str();
            let mistaken = service::mistaken(resource).filter(|_| failure.category == Category::Resource);
            EXCHANGE.failed(match mistaken {
                Some(known) => diagnosis.fix(format!(
                    "ask for {}: {resource} is an address of {}, and not what its tokens are for.",
                    known.audience(),
                    known.service.name
                )),
                None => diagnosis,
            })
        }
    }
}

/// The fix, and the details that follow it in a description, each on its own.
fn detached(text: &str) -> (String, Vec<String>) {
    const DETAILS: [&str; 4] = ["Presented issuer ", "The token's ", "Trace ID: ", "Correlation ID: "];
    let mut starts: Vec<_> = DETAILS
        .iter()
        .filter_map(|detail| text.find(&format!(" {detail}")))
        .collect();
    starts.sort_unstable();
    let end = starts.first().copied().unwrap_or(text.len());
    let ends = starts.iter().copied().skip(1).chain([text.len()]);
    let details = starts.iter().zip(ends).filter_map(|(start, end)| {
        Some(
            text.get(*start..end)?
                .trim()
                .trim_end_matches('.')
                .to_owned(),
        )
    });
    (text.get(..end).unwrap_or_default().to_owned(), details.collect())
}

/// Whether the token is what was asked for. What is encrypted for its resource cannot be looked into.
fn whose(exchanged: &Exchanged, token: &Token) -> Finding {
    let Ok(claims) = jwt::peek(token.secret.expose()) else {
        return EXCHANGED_IDENTITY.passed("only the resource can read it");
    };
    let shown = shown(&claims);
    let wrong = |found: String| {
        let diagnosis = shown
            .iter()
            .fold(Diagnosis::new(found), |diagnosis, claim| diagnosis.evidence(claim.as_str()));
        EXCHANGED_IDENTITY.failed(diagnosis)
    };
    let client_id = exchanged.key.client_id.as_str();
    if let Some(app_id) = claims
        .app_id
        .as_deref()
        .filter(|id| !id.eq_ignore_ascii_case(client_id))
    {
        return wrong(format!("it was issued to the client id {app_id}, not to {client_id}"));
    }
    let configured = exchanged.identity.object_id.as_deref();
    if let (Some(object_id), Some(configured)) = (claims.object_id.as_deref(), configured)
        && !object_id.eq_ignore_ascii_case(configured)
    {
        return wrong(format!("its object id is {object_id}, configured is {configured}"));
    }
    let resource = exchanged.key.resource.as_str();
    let is_asked =
        |audience: &String| is_guid(audience) || bare(audience).eq_ignore_ascii_case(bare(resource));
    if !claims.audiences.is_empty() && !claims.audiences.iter().any(is_asked) {
        return wrong(format!("it is for {}, not for {resource}", claims.audiences.join(", ")));
    }
    EXCHANGED_IDENTITY.passed(shown.join(", "))
}

/// A resource or an audience as it is compared: clients write it with a slash, without, or as a scope.
fn bare(text: &str) -> &str {
    let text = text.strip_suffix("/.default").unwrap_or(text);
    text.trim_end_matches('/')
}

/// What a token says of itself, without the token.
fn shown(claims: &Claims) -> Vec<String> {
    let audience = claims.audiences.join(", ");
    let claim = |name: &str, value: Option<&str>| value.map(|value| format!("{name} {value}"));
    [
        claim("oid", claims.object_id.as_deref()),
        claim("appid", claims.app_id.as_deref()),
        claim("aud", Some(audience.as_str()).filter(|audience| !audience.is_empty())),
        claim("xms_mirid", claims.mi_resource_id.as_deref()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
