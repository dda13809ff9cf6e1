//! An OIDC issuer as a cluster has one: signing keys, rotation, discovery document, key set.

use std::{path::PathBuf, sync::Arc, time::Duration};

use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;

use super::{config::IssuerConfig, keys::SigningKey};
use crate::{clock::UnixTime, jwt::jwk};

/// An OIDC issuer.
#[derive(Debug)]
pub struct Issuer {
    name: String,
    url: String,
    keep_old_keys: Duration,
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    /// The emulator signs.
    Own(Mutex<Ring>),
    /// A cluster elsewhere signs; this is its key set.
    Elsewhere(PathBuf),
}

#[derive(Debug)]
struct Ring {
    current: Arc<SigningKey>,
    /// Keys rotated out, and when each one is no longer published.
    old: Vec<(Arc<SigningKey>, UnixTime)>,
}

impl Issuer {
    /// The issuer that `config` describes, below `origin`. `key` is its first signing key.
    pub fn new(config: &IssuerConfig, origin: &str, key: Arc<SigningKey>) -> Self {
        let keys = match &config.jwks_file {
            Some(path) => Keys::Elsewhere(path.clone()),
            None => Keys::Own(Mutex::new(Ring { current: key, old: Vec::new() })),
        };
        Self {
            name: config.name.clone(),
            // The slash at the end is what AKS issuers have and what federated credentials often lack.
            url: config
                .url
                .clone()
                .unwrap_or_else(|| format!("{origin}/issuer/{}/", config.name)),
            keep_old_keys: Duration::from_secs(config.keep_old_keys_seconds),
            keys,
        }
    }

    /// Its name in the configuration.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its URL: the `iss` of its tokens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `claims` as Kubernetes signs them, without `typ`. `None` when the keys are elsewhere.
    pub fn sign(&self, claims: &Value) -> Option<String> {
        let key = Arc::clone(&self.ring()?.current);
        Some(key.sign(None, claims))
    }

    /// Signs with `key` from now on. The old key stays published as long as configured.
    pub fn rotate(&self, key: Arc<SigningKey>, now: UnixTime) {
        let Some(mut ring) = self.ring() else { return };
        let old = std::mem::replace(&mut ring.current, key);
        ring.old.retain(|(_, until)| *until > now);
        ring.old.push((old, now + self.keep_old_keys));
    }

    /// Its key set, or why it is not available.
    pub fn jwks(&self, now: UnixTime) -> Result<String, String> {
        let ring = match &self.keys {
            Keys::Own(ring) => ring.lock(),
            Keys::Elsewhere(path) => {
                return std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
            }
        };
        let old = ring
            .old
            .iter()
            .filter(|(_, until)| *until > now)
            .map(|(key, _)| key.public());
        Ok(jwk::key_set(std::iter::once(ring.current.public()).chain(old)).to_string())
    }

    /// Its discovery document (OpenID Connect Discovery 1.0 section 3), as a Kubernetes API server serves it.
    pub fn discovery(&self) -> Value {
        let mut document = jwk::discovery(&self.url, &jwk::jwks_uri(&self.url), &["RS256"]);
        document["authorization_endpoint"] = "urn:kubernetes:programmatic_authorization".into();
        document
    }

    /// Whether the emulator holds its signing keys.
    pub fn is_own(&self) -> bool {
        matches!(self.keys, Keys::Own(_))
    }

    fn ring(&self) -> Option<MutexGuard<'_, Ring>> {
        match &self.keys {
            Keys::Own(ring) => Some(ring.lock()),
            Keys::Elsewhere(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Issuer;
    use crate::{
        clock::UnixTime,
        emulator::{config::IssuerConfig, jws::Jwks, keys::KeySupply},
    };

    #[tokio::test]
    async fn an_old_key_stays_published_for_its_time() {
        let keys = KeySupply::shared();
        let (one, two) = (keys.next().await.unwrap(), keys.next().await.unwrap());
        let config = IssuerConfig { name: "i".into(), keep_old_keys_seconds: 10, url: None, jwks_file: None };
        let issuer = Issuer::new(&config, "https://localhost:1", one.clone());
        assert_eq!(issuer.url(), "https://localhost:1/issuer/i/");
        issuer.rotate(two.clone(), UnixTime::from_secs(100));
        let at = |secs| Jwks::parse(&issuer.jwks(UnixTime::from_secs(secs)).unwrap()).unwrap();
        assert!(at(109).find(one.kid()).is_some() && at(109).find(two.kid()).is_some());
        assert!(at(110).find(one.kid()).is_none() && at(110).find(two.kid()).is_some());
    }
}
