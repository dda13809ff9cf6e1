//! The names that an access token is asked for by, each parsed once at the edge.
//!
//! Nothing downstream checks them again: a [`ClientId`] is a GUID, an [`Authority`] is an https origin, a [`Resource`]
//! can become a scope.

mod metadata_path;
pub mod web;

use std::{fmt, net::Ipv4Addr, str::FromStr, sync::Arc};

pub use metadata_path::MetadataPath;

/// The address of the metadata service. It answers on port 80.
pub const IMDS_ADDRESS: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);

/// Where wisp answers on loopback, unless somebody says otherwise: uncommon, for the applications of a pod share its ports.
pub const TOKEN_PORT: u16 = 4254;

/// Where wisp answers probes and gives metrics, unless somebody says otherwise.
pub const ADMIN_PORT: u16 = 4255;

/// The user of the image, and of the sidecar unless somebody says otherwise: one that no image family uses.
pub const SIDECAR_UID: u32 = 54254;

/// The codepoint (DSCP) of wisp's own connections to the node's metadata service, by which the redirect knows them together with
/// their user. It is one of those that RFC 2474 leaves to experiments and local use (`xxxx11`), so no program sets it without
/// meaning to, and no capability is needed to set it: unlike a mark of the socket.
pub const PASSTHROUGH_DSCP: u8 = 0b10_1011;

/// Why a text is not the name it should be. The message says what would be accepted; the caller says where it came from.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidName(pub &'static str);

/// The client (application) id of an identity: a GUID, kept in lower case.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ClientId(Arc<str>);

/// An Entra tenant: a GUID or a domain name, kept in lower case.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TenantId(Arc<str>);

/// The origin of an Entra cloud, for example `https://login.microsoftonline.com`. Never has a trailing slash.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Authority(Arc<str>);

/// The App ID URI or GUID of the API a token is for, exactly as it was asked for.
///
/// Neither case nor a trailing slash is touched: Entra derives the `aud` claim from them.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Resource(Arc<str>);

/// The longest resource accepted, in bytes. Entra limits identifier URIs to 255 characters; the rest is room for scopes.
pub const MAX_RESOURCE: usize = 512;

impl FromStr for ClientId {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if !is_guid(text) {
            return Err(InvalidName("expected a GUID such as 00000000-1111-2222-3333-444444444444"));
        }
        if text.bytes().all(|b| matches!(b, b'0' | b'-')) {
            return Err(InvalidName("expected the identity's client id, not the all-zero placeholder"));
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }
}

impl FromStr for TenantId {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        const EXPECTED: InvalidName = InvalidName("expected a tenant's GUID or its domain name");
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        if is("common") || is("organizations") || is("consumers") {
            return Err(InvalidName(
                "expected one tenant; `common`, `organizations` and `consumers` cannot issue app tokens",
            ));
        }
        if is_guid(text) && text.bytes().all(|b| matches!(b, b'0' | b'-')) {
            return Err(InvalidName("expected the tenant's GUID, not the all-zero placeholder"));
        }
        let label = |l: &str| {
            !l.is_empty()
                && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !l.starts_with('-')
                && !l.ends_with('-')
        };
        if !is_guid(text) && (text.len() > 253 || !text.contains('.') || !text.split('.').all(label)) {
            return Err(EXPECTED);
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }
}

impl Authority {
    /// What stands where none is known yet. No host has this name.
    pub(crate) fn placeholder() -> Self {
        Self("https://authority.invalid".into())
    }
}

impl FromStr for Authority {
    type Err = InvalidName;

    /// Accepts `https://host[:port][/]`; the tenant is a setting of its own.
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let url = web::url(text, &["https"]).map_err(|error| match error {
            web::SCHEMES => InvalidName("expected an https origin such as https://login.microsoftonline.com"),
            other => other,
        })?;
        if web::has_login(text) {
            return Err(web::LOGIN);
        }
        if web::has_path(&url) {
            return Err(InvalidName(
                "expected an https origin without a path; the tenant is a setting of its own, AZURE_TENANT_ID",
            ));
        }
        Ok(Self(url.origin().ascii_serialization().into()))
    }
}

impl FromStr for Resource {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if text.is_empty() {
            return Err(InvalidName("expected an App ID URI or GUID, got nothing"));
        }
        if text.len() > MAX_RESOURCE {
            return Err(InvalidName("expected at most 512 bytes"));
        }
        if !text
            .bytes()
            .all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'<' | b'>'))
        {
            return Err(InvalidName(
                "expected one App ID URI or GUID, without white space, quotes or control characters",
            ));
        }
        Ok(Self(text.into()))
    }
}

impl Resource {
    /// The v2.0 scope that asks for this resource: the resource as given plus `/.default`.
    ///
    /// A trailing slash is kept, so that `https://database.windows.net/` becomes `https://database.windows.net//.default`
    /// and the token's audience keeps its slash. A resource that already is a `.default` scope stays as it is.
    pub fn scope(&self) -> String {
        if self.0.ends_with("/.default") { self.0.to_string() } else { format!("{}/.default", self.0) }
    }
}

/// Whether `text` is a GUID in the usual form of 8-4-4-4-12 hexadecimal digits.
pub fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
}

macro_rules! text_form {
    ($($name:ident)*) => {$(
        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

text_form!(ClientId TenantId Authority Resource MetadataPath);

#[cfg(test)]
mod tests {
    use super::{Authority, ClientId, Resource, TenantId};

    #[test]
    fn client_ids_are_guids() {
        let id: ClientId = "AAAAAAAA-1111-2222-3333-444444444444".parse().unwrap();
        assert_eq!(id.as_str(), "aaaaaaaa-1111-2222-3333-444444444444");
        for bad in ["", "x", "00000000-0000-0000-0000-000000000000", "aaaaaaaa-1111-2222-3333-44444444444g"] {
            assert!(bad.parse::<ClientId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn tenants_are_guids_or_domains() {
        for good in ["contoso.onmicrosoft.com", "AAAAAAAA-1111-2222-3333-444444444444"] {
            assert!(good.parse::<TenantId>().is_ok(), "{good}");
        }
        let zero = "00000000-0000-0000-0000-000000000000";
        for bad in [
            "",
            "common",
            "Organizations",
            "consumers",
            "no_underscore.com",
            "plain",
            "a..b",
            "-a.b",
            "a/b.c",
            "{tenant}",
            zero,
        ] {
            assert!(bad.parse::<TenantId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn authorities_are_https_origins() {
        for (given, kept) in [
            ("https://login.microsoftonline.com/", "https://login.microsoftonline.com"),
            ("HTTPS://Login.MicrosoftOnline.US", "https://login.microsoftonline.us"),
            ("https://localhost:8443", "https://localhost:8443"),
            ("https://[::1]:8443/", "https://[::1]:8443"),
            ("https://login.example:443", "https://login.example"),
        ] {
            assert_eq!(given.parse::<Authority>().unwrap().as_str(), kept);
        }
        for bad in [
            "",
            "http://x",
            "https://",
            "https://a/b",
            "https://u:p@h",
            "https://h?q",
            "https://h#f",
            "https:// h",
            "https://login.example:99999",
            "https://login.example:0",
            "https://@login.example",
            "https://login.example//",
            "https://login.example/common",
            "https://999.0.0.1",
        ] {
            assert!(bad.parse::<Authority>().is_err(), "{bad}");
        }
    }

    #[test]
    fn scopes_keep_the_slash_that_decides_the_audience() {
        let scope = |r: &str| r.parse::<Resource>().unwrap().scope();
        assert_eq!(scope("https://vault.azure.net"), "https://vault.azure.net/.default");
        assert_eq!(scope("https://database.windows.net/"), "https://database.windows.net//.default");
        assert_eq!(scope("api://app/.default"), "api://app/.default");
        assert_eq!(
            scope("0a0a0a0a-1111-2222-3333-444444444444"),
            "0a0a0a0a-1111-2222-3333-444444444444/.default"
        );
    }

    #[test]
    fn resources_are_one_word() {
        for bad in ["", "a b", "a\tb", "a\"b", "é", "a\\b"] {
            assert!(bad.parse::<Resource>().is_err(), "{bad}");
        }
        assert!("x".repeat(513).parse::<Resource>().is_err());
    }
}
