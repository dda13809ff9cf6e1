//! The parsers of values. Each says what it expected; the loader adds setting, value and source.

use std::{net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use tracing_subscriber::filter::Targets;

use super::{
    key::{Accepts, Key},
    loader::Parsed,
    units,
};
use crate::{
    names::{InvalidName, is_guid},
    token::Secret,
};

/// The longest DNS name, in bytes (RFC 1035 section 2.3.4).
const MAX_HOST: usize = 253;
/// The longest Azure resource id, in bytes.
const MAX_ARM_ID: usize = 1024;
/// The longest name of a cluster or an identity, in characters: it is repeated in every log line.
const MAX_LABEL: usize = 128;
/// The length of a secret, in bytes: not to be guessed, and not longer than a header should be.
const SECRET_LENGTH: std::ops::RangeInclusive<usize> = 16..=256;

/// One of the names that every layer speaks of.
pub(super) fn name<T: FromStr<Err = InvalidName>>(_: &Key, text: &str) -> Parsed<T> {
    text.trim().parse().map_err(|e: InvalidName| e.to_string())
}

/// A duration within the bounds of `key`.
pub(super) fn duration(key: &Key, text: &str) -> Parsed<Duration> {
    let Accepts::Duration(low, high) = key.accepts else {
        return Err(key.expected());
    };
    units::parse_duration(text)
        .filter(|d| (low..=high).contains(d))
        .ok_or_else(|| key.expected())
}

/// A count or a size within the bounds of `key`.
pub(super) fn number<T: TryFrom<u64>>(key: &Key, text: &str) -> Parsed<T> {
    let (parsed, low, high) = match key.accepts {
        Accepts::Count(low, high) => (text.parse().ok(), low, high),
        Accepts::Size(low, high) => (units::parse_size(text), low, high),
        _ => (None, 0, 0),
    };
    parsed
        .filter(|n| (low..=high).contains(n))
        .and_then(|n: u64| T::try_from(n).ok())
        .ok_or_else(|| key.expected())
}

/// `true` or `false`, nothing else: `1` and `yes` mean different things to different people.
pub(super) fn boolean(key: &Key, text: &str) -> Parsed<bool> {
    text.parse().map_err(|_| key.expected())
}

/// An address with port. An IPv4 address in IPv6 notation is meant as what it is: nothing can listen on it otherwise.
pub(super) fn address(key: &Key, text: &str) -> Parsed<SocketAddr> {
    let address: SocketAddr = text.parse().map_err(|_| key.expected())?;
    Ok(SocketAddr::new(address.ip().to_canonical(), address.port()))
}

/// An address with port, or `off` for none.
pub(super) fn address_or_off(key: &Key, text: &str) -> Parsed<Option<SocketAddr>> {
    if text == "off" { Ok(None) } else { address(key, text).map(Some) }
}

/// A loopback address with port. Tokens are for the pod's own containers only.
pub(super) fn loopback(key: &Key, text: &str) -> Parsed<SocketAddr> {
    let address = address(key, text)?;
    if !address.ip().is_loopback() {
        return Err(format!("tokens are served on loopback only; {}", key.expected()));
    }
    Ok(address)
}

/// The path of a file.
pub(super) fn path(key: &Key, text: &str) -> Parsed<PathBuf> {
    if text.is_empty() { Err(key.expected()) } else { Ok(text.into()) }
}

/// A host name without port, in lower case.
pub(super) fn host(key: &Key, text: &str) -> Parsed<String> {
    let label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let name = text.strip_suffix('.').unwrap_or(text);
    if name.len() > MAX_HOST || !name.split('.').all(label) {
        return Err(key.expected());
    }
    Ok(text.to_ascii_lowercase())
}

/// A GUID in lower case.
pub(super) fn guid(_: &Key, text: &str) -> Parsed<String> {
    if !is_guid(text) || text.bytes().all(|b| matches!(b, b'0' | b'-')) {
        return Err("expected a GUID such as 00000000-1111-2222-3333-444444444444".into());
    }
    Ok(text.to_ascii_lowercase())
}

/// The Azure resource id of a user-assigned identity.
pub(super) fn arm_id(_: &Key, text: &str) -> Parsed<String> {
    let lower = text.to_ascii_lowercase();
    let plain = text.len() <= MAX_ARM_ID && text.bytes().all(|b| b.is_ascii_graphic());
    if !plain || !lower.starts_with("/subscriptions/") || !lower.contains("/userassignedidentities/") {
        return Err("expected a resource id such as /subscriptions/…/resourcegroups/…/providers/\
                    Microsoft.ManagedIdentity/userAssignedIdentities/NAME"
            .into());
    }
    Ok(text.into())
}

/// One level or `target=level`. The items are joined and parsed together by [`targets`].
pub(super) fn level(key: &Key, text: &str) -> Parsed<String> {
    let (target, level) = text.split_once('=').unwrap_or(("wisp", text));
    let known = matches!(level, "off" | "error" | "warn" | "info" | "debug" | "trace");
    let plain = target
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':'));
    if !known || target.is_empty() || !plain {
        return Err(key.expected());
    }
    Ok(text.into())
}

/// The filter of checked items.
pub(super) fn targets(items: &[String]) -> Targets {
    items.join(",").parse().unwrap_or_default()
}

/// A secret that fits into a header.
pub(super) fn secret(key: &Key, text: &str) -> Parsed<Secret> {
    if !SECRET_LENGTH.contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(key.expected());
    }
    Ok(Secret::new(text.into()))
}

/// A short printable text.
pub(super) fn label(key: &Key, text: &str) -> Parsed<String> {
    if is_label(text) { Ok(text.into()) } else { Err(key.expected()) }
}

/// Whether `text` is short and printable.
pub(super) fn is_label(text: &str) -> bool {
    text.chars().count() <= MAX_LABEL && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::{arm_id, host, level};
    use crate::settings::keys::{HOSTS, IDENTITIES, LOG};

    #[test]
    fn levels_are_words_alone_or_for_a_target() {
        for good in ["info", "off", "wisp::entra=debug"] {
            assert!(level(&LOG, good).is_ok(), "{good}");
        }
        for bad in ["", "verbose", "INFO", "3", "=info", "wisp=", "wisp[span]=info", "a=b=info"] {
            assert!(level(&LOG, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hosts_have_no_port() {
        assert_eq!(host(&HOSTS, "Metadata.Local").as_deref(), Ok("metadata.local"));
        for bad in ["", "a:80", "a b", "a..b", "[::1]", "http://a"] {
            assert!(host(&HOSTS, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn resource_ids_are_of_identities() {
        let id =
            "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/n";
        assert_eq!(arm_id(&IDENTITIES, id).as_deref(), Ok(id));
        for bad in ["", "n", "/subscriptions/s/resourcegroups/g", "/subscriptions/ /userAssignedIdentities/n"]
        {
            assert!(arm_id(&IDENTITIES, bad).is_err(), "{bad}");
        }
    }
}
