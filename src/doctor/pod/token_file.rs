//! The projected token, by its claims. The token itself is let go as soon as they are read.

use std::time::Duration;

use super::{
    Chain,
    settings::{Configured, ELSEWHERE},
    table::{SETTINGS, TOKEN_AUDIENCE, TOKEN_FILE, TOKEN_FRESH, TOKEN_KIND, TOKEN_LIFETIME},
};
use crate::{
    assertion::{
        TokenFile, TokenFileError, TokenFileErrorKind, TokenUse, human, odd_audience, too_long, wrong_issuer,
    },
    clock::UnixTime,
    doctor::{Diagnosis, Finding},
    entra::authority::cloud,
    jwt::{self, Claims},
};

/// What the issuer of a Secret's token is called.
const SECRETS_ISSUER: &str = "kubernetes/serviceaccount";

/// The shortest life that Kubernetes gives a projected token.
const SHORTEST: Duration = Duration::from_secs(10 * 60);

/// Entra tolerates this much difference between clocks.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// What is looked at of the token.
#[derive(Clone, Debug, Default)]
pub(super) struct Projected {
    pub(super) claims: Claims,
    /// The key that signed it.
    pub(super) key_id: Option<String>,
}

/// Reads the token file.
pub(super) fn read(configured: &Configured) -> Result<Projected, TokenFileError> {
    let assertion = TokenFile::new(configured.settings.entra.token_file.clone()).read()?;
    let key_id = jwt::key_id(assertion.secret.expose());
    Ok(Projected { claims: assertion.claims, key_id })
}

/// Judges it as of Entra's time where that is known, for Entra is who takes it.
pub(super) fn judge(
    chain: &mut Chain,
    configured: &Configured,
    token: &Result<Projected, TokenFileError>,
    ours: UnixTime,
    entra: Option<UnixTime>,
) {
    chain.check(&TOKEN_FILE, &[&SETTINGS], || readable(configured, token.as_ref().err()));
    let none = Claims::default();
    let claims = token.as_ref().map_or(&none, |token| &token.claims);
    chain.check(&TOKEN_KIND, &[&TOKEN_FILE], || kind(claims));
    let needs = &[&TOKEN_FILE, &TOKEN_KIND];
    chain.check(&TOKEN_FRESH, needs, || fresh(claims, entra.unwrap_or(ours), entra.is_some()));
    chain.check(&TOKEN_AUDIENCE, needs, || audience(claims, configured));
    chain.check(&TOKEN_LIFETIME, needs, || lifetime(claims));
}

fn readable(configured: &Configured, error: Option<&TokenFileError>) -> Finding {
    let path = configured.settings.entra.token_file.display();
    let Some(TokenFileError { kind, .. }) = error else { return TOKEN_FILE.passed(path.to_string()) };
    if *kind == TokenFileErrorKind::Missing && configured.is_elsewhere() {
        return TOKEN_FILE.not_run(format!("{path} is not in this container"), ELSEWHERE);
    }
    TOKEN_FILE.failed(Diagnosis::new(format!("{path} {kind}")).fix(kind.fix()))
}

fn kind(claims: &Claims) -> Finding {
    let (issuer, subject) =
        (claims.issuer.as_deref().unwrap_or_default(), claims.subject.as_deref().unwrap_or_default());
    let wrong = |found: String| {
        TOKEN_KIND.failed(Diagnosis::new(found).evidence(format!(
            "issuer {}, subject {}",
            or_none(issuer),
            or_none(subject)
        )))
    };
    if let Some(sentence) = wrong_issuer(claims) {
        return wrong(sentence.trim_end_matches('.').to_owned());
    }
    if issuer == SECRETS_ISSUER {
        return wrong("it is the token of a Secret, which never ends and which Entra does not take".into());
    }
    let account = subject
        .strip_prefix("system:serviceaccount:")
        .and_then(|rest| rest.split_once(':'));
    match account {
        Some((namespace, account)) => {
            TOKEN_KIND.passed(format!("namespace {namespace}, service account {account}"))
        }
        None => wrong("it is not the token of a service account".into()),
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "(none)" } else { text }
}

fn fresh(claims: &Claims, now: UnixTime, by_entra: bool) -> Finding {
    let clock = if by_entra { "Entra's clock" } else { "this node's clock" };
    let Some(ends) = claims.expires.map(UnixTime::from_secs) else {
        return TOKEN_FRESH.failed(Diagnosis::new("it does not say when it ends"));
    };
    let begins = claims.not_before.or(claims.issued).map(UnixTime::from_secs);
    if ends <= now {
        let mut diagnosis = Diagnosis::new(format!("it ended {} ago", human(now.saturating_since(ends))))
            .evidence(format!("by {clock}"));
        if let Some(begins) = begins {
            diagnosis = diagnosis.evidence(format!("issued {} ago", human(now.saturating_since(begins))));
        }
        return TOKEN_FRESH.failed(diagnosis);
    }
    if let Some(begins) = begins.filter(|begins| *begins > now + SKEW) {
        let ahead = human(begins.saturating_since(now));
        return TOKEN_FRESH.failed(
            Diagnosis::new(format!("it becomes valid only in {ahead}"))
                .evidence(format!("by {clock}"))
                .fix("set the clock of the API server, which wrote it."),
        );
    }
    let left = ends.saturating_since(now);
    let life = ends.saturating_since(begins.unwrap_or(now));
    // The kubelet replaces a token when a fifth of its life is left, and looks once a minute.
    if left < life / 10 {
        let left = human(left);
        let diagnosis =
            Diagnosis::new(format!("it ends in {left}, and the kubelet should have replaced it before"))
                .evidence(format!("it lives {}", human(life)));
        return TOKEN_FRESH.warned(diagnosis);
    }
    TOKEN_FRESH.passed(format!("it ends in {}", human(left)))
}

fn audience(claims: &Claims, configured: &Configured) -> Finding {
    let rules = &configured.settings.rules;
    let used = TokenUse {
        expected_audience: cloud(&rules.authority).map(|cloud| cloud.audience),
        via_token_proxy: rules.via_token_proxy,
    };
    match odd_audience(claims, used) {
        None => TOKEN_AUDIENCE.passed(claims.audiences.join(", ")),
        Some(sentence) => TOKEN_AUDIENCE.failed(Diagnosis::new(sentence.trim_end_matches('.')).evidence(
            format!("audience {}; authority {}", or_none(&claims.audiences.join(", ")), rules.authority),
        )),
    }
}

fn lifetime(claims: &Claims) -> Finding {
    let (Some(ends), Some(issued)) = (claims.expires, claims.issued) else {
        return TOKEN_LIFETIME.failed(Diagnosis::new("it does not say how long it lives"));
    };
    let life = Duration::from_secs(ends.saturating_sub(issued));
    if let Some(sentence) = too_long(claims) {
        return TOKEN_LIFETIME.failed(Diagnosis::new(sentence.trim_end_matches('.')));
    }
    if life < SHORTEST {
        return TOKEN_LIFETIME.warned(Diagnosis::new(format!("it lives only {}", human(life))));
    }
    TOKEN_LIFETIME.passed(human(life))
}
