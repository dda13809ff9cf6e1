//! What Entra knows of issuers: their key sets, fetched when needed and kept for a while.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::{faults::Effects, issuer::Issuer, jws::Jwks};
use crate::clock::UnixTime;

/// Why an issuer's keys are not at hand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unknown {
    /// The issuer cannot be reached (AADSTS501661).
    Unreachable,
    /// Its key set cannot be parsed (AADSTS900612).
    Broken,
}

/// Key sets by issuer URL, and when each was fetched. There are as many as configured issuers.
#[derive(Debug, Default)]
pub(super) struct Metadata(Mutex<HashMap<String, (UnixTime, Jwks)>>);

impl Metadata {
    /// The key set of `issuer`, not older than the cache age in `effects`.
    pub(super) fn keys(&self, issuer: &Issuer, effects: &Effects, now: UnixTime) -> Result<Jwks, Unknown> {
        let mut known = self.0.lock();
        if let Some((fetched, keys)) = known.get(issuer.url())
            && now.saturating_since(*fetched) < effects.metadata_cache
        {
            return Ok(keys.clone());
        }
        let is = |name: &String| name == issuer.name();
        if effects.unreachable.iter().any(is) {
            return Err(Unknown::Unreachable);
        }
        if effects.broken_keys.iter().any(is) {
            return Err(Unknown::Broken);
        }
        let text = issuer.jwks(now).map_err(|_| Unknown::Unreachable)?;
        let keys = Jwks::parse(&text).ok_or(Unknown::Broken)?;
        known.insert(issuer.url().to_owned(), (now, keys.clone()));
        Ok(keys)
    }
}
