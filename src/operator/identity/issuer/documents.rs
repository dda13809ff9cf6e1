//! The two documents that an issuer publishes.

use crate::{
    jwt::jwk::{Jwk, PublicKey, discovery, jwks_uri, key_set},
    operator::identity::issuer_url,
};

/// Where the discovery document is, below the issuer.
const DISCOVERY: &str = ".well-known/openid-configuration";

/// How many keys of a set Entra reads.
pub(super) const KEYS_READ: usize = 100;

/// The only algorithm that the documentation of federated credentials names.
pub(super) const ALGORITHM: &str = "RS256";

/// What is published, and what there is to say of it.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Documents {
    /// The discovery document.
    pub discovery: String,
    /// The key set.
    pub keys: String,
    /// The paths of both below the address that the issuer names. None for the key set when it is somewhere else.
    pub paths: (&'static str, Option<String>),
    /// What works, and should be known.
    pub warnings: Vec<String>,
}

/// The documents of `issuer`, which signs with `keys`; the set is at `uri`, or where API servers have it. The error is what is wrong.
pub(crate) fn documents(issuer: &str, keys: &[Jwk], uri: Option<&str>) -> Result<Documents, Vec<String>> {
    let mut wrong: Vec<_> = issuer_url::check(issuer)
        .err()
        .map(|what| format!("the issuer {what}"))
        .into_iter()
        .collect();
    if let Some(uri) = uri
        && let Err(what) = issuer_url::address(uri)
    {
        wrong.push(format!("the address of the key set {what}"));
    }
    let keys = once(keys, &mut wrong);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let base = format!("{}/", issuer.trim_end_matches('/'));
    let uri = uri.map_or_else(|| jwks_uri(issuer), str::to_owned);
    // Of two dots no folder is left.
    let is_plain = |path: &&str| {
        !path
            .split('/')
            .any(|segment| matches!(segment, "" | "." | ".."))
    };
    let path = uri.strip_prefix(&base).filter(is_plain).map(str::to_owned);
    let mut algorithms: Vec<_> = keys.iter().map(|key| key.key.algorithm()).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    Ok(Documents {
        discovery: pretty(&discovery(issuer, &uri, &algorithms)),
        keys: pretty(&key_set(keys.iter().copied())),
        paths: (DISCOVERY, path),
        warnings: weak(&keys),
    })
}

/// Each key once. Two keys of one identifier cannot be told apart.
fn once<'a>(keys: &'a [Jwk], wrong: &mut Vec<String>) -> Vec<&'a Jwk> {
    let mut known: Vec<&Jwk> = Vec::new();
    for key in keys {
        match known.iter().find(|other| other.kid == key.kid) {
            Some(other) if other.key == key.key => {}
            Some(_) => wrong.push(format!("two keys have the identifier `{}`", key.kid.escape_debug())),
            None => known.push(key),
        }
    }
    if known.is_empty() {
        wrong.push("there is no key".to_owned());
    }
    if known.len() > KEYS_READ {
        wrong.push(format!("there are {} keys, and Entra reads the first {KEYS_READ}", known.len()));
    }
    known
}

/// Keys whose tokens Entra may refuse.
fn weak(keys: &[&Jwk]) -> Vec<String> {
    let warning = |key: &&Jwk| match &key.key {
        PublicKey::Ec(curve, _) => Some(format!(
            "key `{}` signs by {}, and Entra takes {ALGORITHM} alone (AADSTS5002738); have the API server sign with an RSA key",
            key.kid, curve.algorithm
        )),
        PublicKey::Rsa { .. } if key.key.bits() < 2048 => Some(format!(
            "key `{}` has {} bits, fewer than the 2048 that RFC 7518 asks for; replace it",
            key.kid,
            key.key.bits()
        )),
        PublicKey::Rsa { .. } => None,
    };
    keys.iter().filter_map(warning).collect()
}

fn pretty(document: &serde_json::Value) -> String {
    format!("{document:#}\n")
}
