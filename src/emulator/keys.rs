//! RSA signing keys and the compact JWS that they sign (RFC 7515).

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use rsa::{RsaPrivateKey, pkcs1::EncodeRsaPrivateKey as _, traits::PublicKeyParts as _};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::jwt::jwk::{Jwk, PublicKey};

/// What Kubernetes and Entra use, and the least that `ring` verifies.
const KEY_BITS: usize = 2048;

/// A key could not be made.
#[derive(Debug, thiserror::Error)]
#[error("no signing key could be made: {0}")]
pub struct KeyError(String);

/// An RSA key pair with its identifier.
#[derive(Debug)]
pub struct SigningKey {
    pair: RsaKeyPair,
    public: Jwk,
}

impl SigningKey {
    /// Makes a key. Takes a good part of a second, hence on a thread for blocking work.
    pub async fn generate() -> Result<Arc<Self>, KeyError> {
        tokio::task::spawn_blocking(Self::generate_here)
            .await
            .map_err(|error| KeyError(error.to_string()))?
            .map(Arc::new)
    }

    fn generate_here() -> Result<Self, KeyError> {
        let failed = |error: &dyn ToString| KeyError(error.to_string());
        let key = RsaPrivateKey::new(&mut rand_core::OsRng, KEY_BITS).map_err(|error| failed(&error))?;
        let der = key.to_pkcs1_der().map_err(|error| failed(&error))?;
        let pair = RsaKeyPair::from_der(der.as_bytes()).map_err(|error| failed(&error))?;
        let public = PublicKey::rsa(&key.n().to_bytes_be(), &key.e().to_bytes_be());
        let public = public.ok_or_else(|| KeyError("it is not an RSA key".to_owned()))?;
        Ok(Self { pair, public: Jwk::named(public) })
    }

    /// Its identifier in headers and key sets.
    pub fn kid(&self) -> &str {
        &self.public.kid
    }

    /// Its public half.
    pub(super) fn public(&self) -> &Jwk {
        &self.public
    }

    /// Its public half as a JWK (RFC 7517).
    pub fn jwk(&self) -> Value {
        self.public.json()
    }

    /// `claims` as a JWT, signed by RS256. `typ` stands in the header when given: Entra writes it, Kubernetes does not.
    pub fn sign(&self, typ: Option<&str>, claims: &Value) -> String {
        let mut header = json!({"alg": "RS256", "kid": self.kid()});
        if let Some(typ) = typ {
            header["typ"] = typ.into();
        }
        let segment = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", segment(&header), segment(claims));
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature)
            .expect("the buffer has the length of the modulus, and nothing else can go wrong");
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Where an emulator's signing keys come from.
#[derive(Debug)]
pub struct KeySupply {
    /// The number of the next key from the common stock; `None` makes each key anew.
    next_in_stock: Option<AtomicUsize>,
}

/// The keys that all emulators of a test process share, so that it makes a handful instead of dozens.
static STOCK: Mutex<Vec<Arc<SigningKey>>> = Mutex::const_new(Vec::new());

impl KeySupply {
    /// Makes each key anew.
    pub fn fresh() -> Self {
        Self { next_in_stock: None }
    }

    /// Hands out the process's common keys in their order: different ones within an emulator, the same ones in each
    /// emulator. For tests.
    pub fn shared() -> Self {
        Self { next_in_stock: Some(AtomicUsize::new(0)) }
    }

    /// The next key.
    pub async fn next(&self) -> Result<Arc<SigningKey>, KeyError> {
        let Some(next) = &self.next_in_stock else {
            return SigningKey::generate().await;
        };
        let index = next.fetch_add(1, Ordering::Relaxed);
        let mut stock = STOCK.lock().await;
        loop {
            if let Some(key) = stock.get(index) {
                return Ok(Arc::clone(key));
            }
            stock.push(SigningKey::generate().await?);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::KeySupply;
    use crate::emulator::jws::{Jwks, Jws};
    use serde_json::json;

    #[tokio::test]
    async fn what_one_key_signs_no_other_verifies() {
        let supply = KeySupply::shared();
        let (one, two) = (supply.next().await.unwrap(), supply.next().await.unwrap());
        assert_ne!(one.kid(), two.kid());
        let text = one.sign(None, &json!({"sub": "s"}));
        let jws = Jws::parse(&text).unwrap();
        let set = |key: serde_json::Value| Jwks::parse(&json!({"keys": [key]}).to_string()).unwrap();
        assert!(jws.verified_by(set(one.jwk()).find(one.kid()).unwrap()));
        assert!(!jws.verified_by(set(two.jwk()).find(two.kid()).unwrap()));

        let again = KeySupply::shared();
        assert_eq!(again.next().await.unwrap().kid(), one.kid());
    }
}
