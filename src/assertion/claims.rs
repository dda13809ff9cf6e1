//! What the claims of a projected token tell about an exchange that failed.

use std::{fmt, time::Duration};

use crate::{clock::UnixTime, jwt::Claims};

/// The longest lifetime of an external token that Entra accepts (AADSTS70023).
const MAX_LIFETIME: Duration = Duration::from_secs(25 * 3600);

/// Entra tolerates this much difference between clocks.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// The audience of tokens for AKS identity bindings, which only the cluster's token proxy accepts.
const IDENTITY_BINDING_AUDIENCE: &str = "api://AKSIdentityBinding";

/// What the audiences for token exchange begin with, in every cloud.
const EXCHANGE_AUDIENCE: &str = "api://AzureADTokenExchange";

/// Hosts that stand in the issuer of tokens that Entra itself issues.
const ENTRA_ISSUERS: [&str; 5] = [
    "https://sts.windows.net/",
    "https://login.microsoftonline.com/",
    "https://login.microsoftonline.us/",
    "https://login.partner.microsoftonline.cn/",
    "https://sts.chinacloudapi.cn/",
];

/// The longest issuer, subject and audience repeated in a description, in bytes. A usual AKS issuer has 112.
const MAX_CLAIM: usize = 140;

/// What the token was presented to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TokenUse<'a> {
    /// The audience that this cloud's federated credentials usually carry, where it is known.
    pub expected_audience: Option<&'a str>,
    /// Whether it went to the cluster's token proxy.
    pub via_token_proxy: bool,
}

/// What is odd about a token: one sentence each, the most telling first. Nothing of this stops an exchange, because the
/// node's clock may be wrong and audiences are configurable.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Findings(Vec<String>);

impl Findings {
    /// Looks at `claims` as of `now`.
    pub(crate) fn of(claims: &Claims, now: UnixTime, used: TokenUse<'_>) -> Self {
        Self(
            [
                wrong_issuer(claims),
                expired(claims, now),
                not_yet_valid(claims, now),
                too_long(claims),
                odd_audience(claims, used),
            ]
            .into_iter()
            .flatten()
            .collect(),
        )
    }

    /// The sentences.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Issuer, subject and audience in one sentence, to be held against the federated identity credential.
pub(crate) struct Presented<'a>(
    /// The claims.
    pub &'a Claims,
);

impl fmt::Display for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Claims { issuer, subject, audiences, .. } = self.0;
        let or_none = |text: &Option<String>| short(text.as_deref().unwrap_or("(none)")).into_owned();
        write!(f, "Presented issuer '{}', subject '{}', audience '", or_none(issuer), or_none(subject))?;
        write!(f, "{}'.", short(&if audiences.is_empty() { "(none)".into() } else { audiences.join("', '") }))
    }
}

fn short(text: &str) -> std::borrow::Cow<'_, str> {
    if text.len() <= MAX_CLAIM {
        return text.into();
    }
    let kept = (0..=MAX_CLAIM).rev().find_map(|end| text.get(..end));
    format!("{}…", kept.unwrap_or_default()).into()
}

/// Whether Entra issued it, in a sentence.
pub(crate) fn wrong_issuer(claims: &Claims) -> Option<String> {
    let issuer = claims.issuer.as_deref()?;
    ENTRA_ISSUERS
        .iter()
        .any(|entra| issuer.starts_with(entra))
        .then(|| {
            "The token file holds a token issued by Entra, not a projected service-account token.".to_owned()
        })
}

fn expired(claims: &Claims, now: UnixTime) -> Option<String> {
    let expires = UnixTime::from_secs(claims.expires?);
    (expires <= now).then(|| {
        let ago = human(now.saturating_since(expires));
        format!("By this node's clock the token expired {ago} ago: the file is stale, or the clock is wrong.")
    })
}

fn not_yet_valid(claims: &Claims, now: UnixTime) -> Option<String> {
    let begins = UnixTime::from_secs(claims.not_before.or(claims.issued)?);
    (begins > now + SKEW).then(|| {
        let ahead = human(begins.saturating_since(now));
        format!("By this node's clock the token becomes valid only in {ahead}: the clock is wrong.")
    })
}

/// Whether it lives longer than Entra takes, in a sentence.
pub(crate) fn too_long(claims: &Claims) -> Option<String> {
    let lifetime = UnixTime::from_secs(claims.expires?).saturating_since(UnixTime::from_secs(claims.issued?));
    (lifetime > MAX_LIFETIME)
        .then(|| format!("The token lives {}; Entra accepts at most 25 hours.", human(lifetime)))
}

/// Whether its audience is none that is taken there, in a sentence.
pub(crate) fn odd_audience(claims: &Claims, used: TokenUse<'_>) -> Option<String> {
    let has = |audience: &str| claims.audiences.iter().any(|a| a == audience);
    let first = short(claims.audiences.first().map_or("(none)", String::as_str));
    if used.via_token_proxy {
        return (!has(IDENTITY_BINDING_AUDIENCE)).then(|| {
            format!(
                "The token proxy expects the audience {IDENTITY_BINDING_AUDIENCE}, the token has '{first}'."
            )
        });
    }
    if has(IDENTITY_BINDING_AUDIENCE) {
        return Some(format!(
            "The audience {IDENTITY_BINDING_AUDIENCE} is for identity bindings, but AZURE_KUBERNETES_TOKEN_PROXY is not \
             set."
        ));
    }
    // The plain audience is in use outside the public cloud too, so it is never odd.
    if has(EXCHANGE_AUDIENCE) || used.expected_audience.is_some_and(has) {
        return None;
    }
    if used.expected_audience.is_none()
        && claims
            .audiences
            .iter()
            .any(|a| a.starts_with(EXCHANGE_AUDIENCE))
    {
        return None;
    }
    let expected = used.expected_audience.unwrap_or(EXCHANGE_AUDIENCE);
    Some(format!("The token's audience '{first}' is not the usual {expected}."))
}

/// A duration as a person says it, rounded down to its largest unit or two.
pub(crate) fn human(duration: Duration) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    match duration.as_secs() {
        s if s < MINUTE => format!("{s} s"),
        s if s < HOUR => format!("{} min", s / MINUTE),
        s if s < 2 * DAY => format!("{} h {} min", s / HOUR, s % HOUR / MINUTE),
        s => format!("{} days", s / DAY),
    }
}

#[cfg(test)]
mod tests {
    use super::{Findings, IDENTITY_BINDING_AUDIENCE, Presented, TokenUse};
    use crate::{clock::UnixTime, jwt::Claims};

    const NOW: u64 = 1_700_000_000;
    const ENTRA: TokenUse<'_> =
        TokenUse { expected_audience: Some("api://AzureADTokenExchange"), via_token_proxy: false };

    fn good() -> Claims {
        Claims {
            issuer: Some("https://eastus.oic.prod-aks.azure.com/t/c/".into()),
            subject: Some("system:serviceaccount:shop:cart".into()),
            audiences: vec!["api://AzureADTokenExchange".into()],
            expires: Some(NOW + 3000),
            issued: Some(NOW - 600),
            not_before: Some(NOW - 600),
            ..Claims::default()
        }
    }

    fn found(claims: &Claims, used: TokenUse<'_>) -> String {
        Findings::of(claims, UnixTime::from_secs(NOW), used)
            .iter()
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn a_proper_token_has_nothing_odd() {
        assert_eq!(found(&good(), ENTRA), "");
        let china = TokenUse { expected_audience: Some("api://AzureADTokenExchangeChina"), ..ENTRA };
        assert_eq!(found(&good(), china), "");
        let own = Claims { audiences: vec!["api://AzureADTokenExchangeUSNat".into()], ..good() };
        assert_eq!(found(&own, TokenUse { expected_audience: None, via_token_proxy: false }), "");
        let bound = Claims { audiences: vec![IDENTITY_BINDING_AUDIENCE.into()], ..good() };
        assert_eq!(found(&bound, TokenUse { via_token_proxy: true, ..ENTRA }), "");
        assert_eq!(found(&Claims { issued: None, not_before: None, expires: None, ..good() }, ENTRA), "");
    }

    #[test]
    fn times_are_measured_by_our_clock() {
        insta::assert_snapshot!(found(&Claims { expires: Some(NOW - 5400), issued: Some(NOW - 9000), not_before: None, ..good() }, ENTRA), @"By this node's clock the token expired 1 h 30 min ago: the file is stale, or the clock is wrong.");
        insta::assert_snapshot!(found(&Claims { not_before: Some(NOW + 420), ..good() }, ENTRA), @"By this node's clock the token becomes valid only in 7 min: the clock is wrong.");
        insta::assert_snapshot!(found(&Claims { expires: Some(NOW + 365 * 86_400), ..good() }, ENTRA), @"The token lives 365 days; Entra accepts at most 25 hours.");
    }

    #[test]
    fn limits_are_exact() {
        let quarter_past = |lifetime| Claims { issued: Some(NOW), expires: Some(NOW + lifetime), ..good() };
        assert_eq!(found(&quarter_past(25 * 3600), ENTRA), "");
        assert_ne!(found(&quarter_past(25 * 3600 + 1), ENTRA), "");
        assert_eq!(found(&Claims { not_before: Some(NOW + 300), ..good() }, ENTRA), "");
        assert_ne!(found(&Claims { not_before: Some(NOW + 301), ..good() }, ENTRA), "");
        assert_ne!(found(&Claims { expires: Some(NOW), ..good() }, ENTRA), "");
    }

    #[test]
    fn audiences_and_issuers_that_do_not_belong() {
        let bound = Claims { audiences: vec![IDENTITY_BINDING_AUDIENCE.into()], ..good() };
        insta::assert_snapshot!(found(&bound, ENTRA), @"The audience api://AKSIdentityBinding is for identity bindings, but AZURE_KUBERNETES_TOKEN_PROXY is not set.");
        insta::assert_snapshot!(found(&good(), TokenUse { via_token_proxy: true, ..ENTRA }), @"The token proxy expects the audience api://AKSIdentityBinding, the token has 'api://AzureADTokenExchange'.");
        insta::assert_snapshot!(found(&Claims { audiences: vec!["sts.amazonaws.com".into()], ..good() }, ENTRA), @"The token's audience 'sts.amazonaws.com' is not the usual api://AzureADTokenExchange.");
        insta::assert_snapshot!(found(&Claims { issuer: Some("https://sts.windows.net/t/".into()), ..good() }, ENTRA), @"The token file holds a token issued by Entra, not a projected service-account token.");
    }

    #[test]
    fn presents_what_must_match() {
        insta::assert_snapshot!(Presented(&good()), @"Presented issuer 'https://eastus.oic.prod-aks.azure.com/t/c/', subject 'system:serviceaccount:shop:cart', audience 'api://AzureADTokenExchange'.");
        insta::assert_snapshot!(Presented(&Claims::default()), @"Presented issuer '(none)', subject '(none)', audience '(none)'.");
        let long = Claims { issuer: Some("é".repeat(500)), ..good() };
        assert!(Presented(&long).to_string().len() < 300);
    }
}
