//! The tenant directory: who and what is known, and by which names.

use super::config::{CredentialConfig, IdentityConfig, ResourceConfig, TenantConfig};
use crate::names::{TenantId, is_guid};

/// The GUID of nothing.
pub(super) const ZERO_GUID: &str = "00000000-0000-0000-0000-000000000000";

/// What a path says about the tenant.
#[derive(Clone, Copy, Debug)]
pub(super) enum Named<'a> {
    /// A tenant of the directory.
    Known(&'a TenantConfig),
    /// A good name that the directory does not have.
    Unknown,
    /// `common` or its like: no tenant in particular.
    Nobody,
    /// The all-zero GUID.
    Zero,
    /// No tenant's name could look like this.
    Malformed,
}

/// Finds the tenant that `name`, a GUID or a domain name, stands for.
pub(super) fn tenant<'a>(tenants: &'a [TenantConfig], name: &str) -> Named<'a> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    if let Some(found) = tenants
        .iter()
        .find(|t| is(&t.id) || t.domains.iter().any(|d| is(d)))
    {
        return Named::Known(found);
    }
    match name {
        ZERO_GUID => Named::Zero,
        "common" | "organizations" | "consumers" => Named::Nobody,
        _ if name.parse::<TenantId>().is_ok() => Named::Unknown,
        _ => Named::Malformed,
    }
}

impl TenantConfig {
    /// The identity of this client id, in any case.
    pub fn identity(&self, client_id: &str) -> Option<&IdentityConfig> {
        self.identities
            .iter()
            .find(|i| i.client_id.eq_ignore_ascii_case(client_id))
    }

    /// The resource of this application id or identifier URI. A trailing slash makes no difference.
    pub fn resource(&self, name: &str) -> Option<&ResourceConfig> {
        if is_guid(name) {
            return self
                .resources
                .iter()
                .find(|r| r.app_id.eq_ignore_ascii_case(name));
        }
        let bare = |uri: &str| uri.strip_suffix('/').unwrap_or(uri).to_ascii_lowercase();
        let bare_name = bare(name);
        self.resources
            .iter()
            .find(|r| r.identifier_uris.iter().any(|uri| bare(uri) == bare_name))
    }
}

/// How a presented issuer, subject and audience fare against an identity's federated credentials.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Match<'a> {
    /// One fits in all three.
    Found(&'a CredentialConfig),
    /// None has this issuer.
    Issuer,
    /// None of this issuer has one of these audiences.
    Audience,
    /// None of this issuer and audience has this subject.
    Subject,
    /// As before, but one differs in upper and lower case only.
    SubjectCase,
}

/// Compares exactly, byte by byte, as Entra does since August 2024.
pub(super) fn matching<'a>(
    credentials: &'a [CredentialConfig],
    issuer: &str,
    subject: &str,
    audiences: &[String],
) -> Match<'a> {
    let of_issuer: Vec<_> = credentials.iter().filter(|c| c.issuer == issuer).collect();
    if of_issuer.is_empty() {
        return Match::Issuer;
    }
    let mut near: Vec<_> = of_issuer
        .into_iter()
        .filter(|c| audiences.contains(&c.audience))
        .collect();
    if near.is_empty() {
        return Match::Audience;
    }
    near.sort_by_key(|c| c.subject != subject);
    match near.first() {
        Some(found) if found.subject == subject => Match::Found(found),
        _ if near.iter().any(|c| c.subject.eq_ignore_ascii_case(subject)) => Match::SubjectCase,
        _ => Match::Subject,
    }
}

#[cfg(test)]
mod tests {
    use super::{Match, Named, ZERO_GUID, matching, tenant};
    use crate::emulator::{Config, config::CredentialConfig};

    #[test]
    fn tenants_by_guid_or_domain() {
        let tenants = Config::default().tenants;
        for known in ["11111111-AAAA-4aaa-8aaa-111111111111", "WISP.example"] {
            assert!(matches!(tenant(&tenants, known), Named::Known(_)), "{known}");
        }
        assert!(matches!(tenant(&tenants, "contoso.com"), Named::Unknown));
        assert!(matches!(tenant(&tenants, "common"), Named::Nobody));
        assert!(matches!(tenant(&tenants, ZERO_GUID), Named::Zero));
        assert!(matches!(tenant(&tenants, "{tenant}"), Named::Malformed));
    }

    #[test]
    fn resources_with_or_without_slash() {
        let tenants = Config::default().tenants;
        let name = |r: &str| tenants[0].resource(r).map(|r| r.name.clone());
        let vault = Some("Azure Key Vault".to_owned());
        assert_eq!(name("https://vault.azure.net"), vault);
        assert_eq!(name("https://vault.azure.net/"), vault);
        assert_eq!(name("CFA8B339-82a2-471a-a3c9-0fc0be7a4093"), vault);
        assert_eq!(name("https://vault.azure.net//"), None);
        assert_eq!(name("https://vault.azure.com"), None);
    }

    #[test]
    fn credentials_match_byte_by_byte() {
        let credential = |issuer: &str, subject: &str, audience: &str| CredentialConfig {
            name: "c".into(),
            issuer: issuer.into(),
            subject: subject.into(),
            audience: audience.into(),
        };
        let all = [credential("i/", "S", "a"), credential("i/", "t", "a"), credential("j", "s", "b")];
        let against = |i, s, a: &str| matching(&all, i, s, &[a.to_owned()]);
        assert_eq!(against("i", "S", "a"), Match::Issuer);
        assert_eq!(against("i/", "S", "b"), Match::Audience);
        assert_eq!(against("i/", "x", "a"), Match::Subject);
        assert_eq!(against("i/", "s", "a"), Match::SubjectCase);
        assert_eq!(against("i/", "t", "a"), Match::Found(&all[1]));
    }
}
