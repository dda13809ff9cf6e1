//! Static secrets that are left.

use super::Finding;
use crate::operator::{
    audit::{facts::Facts, table::Check},
    migrate::inventory::model::StaticSecret,
};

/// What there is in the words of an inventory, as which check, and what to do. What a Key Vault keeps is fetched by an identity.
const KINDS: &[(&str, Check, &str)] = &[
    ("account key", Check::StaticKey, KEY),
    ("client certificate", Check::StaticSecret, APPLICATION),
    ("client secret", Check::StaticSecret, APPLICATION),
    ("connection string", Check::StaticKey, KEY),
    ("password", Check::StaticSecret, APPLICATION),
    ("shared access signature", Check::StaticKey, KEY),
];

const APPLICATION: &str = "SDKs take it before an identity: remove it, then revoke it";
const KEY: &str = "give the identity a role instead, remove it, then make the key anew";

/// Looks at each static secret that was found.
pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    facts.usage.static_secrets.iter().filter_map(one).collect()
}

fn one(secret: &StaticSecret) -> Option<Finding> {
    let (_, check, what) = KINDS.iter().find(|(name, ..)| *name == secret.credential)?;
    let from = secret
        .from
        .as_ref()
        .map(|from| format!(", from {from}"))
        .unwrap_or_default();
    let text = format!("{}{from}: a {}; {what}", secret.location, secret.credential);
    let text = text.replace(": a account", ": an account");
    Some(Finding { check: *check, about: secret.object.clone(), text })
}
