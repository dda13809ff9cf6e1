//! Public keys of an issuer, and the two documents that publish them, as Kubernetes writes them.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rsa::{
    BigUint, RsaPublicKey,
    pkcs8::{Document, EncodePublicKey as _},
};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// The largest RSA key read, in bits.
const MAX_RSA: usize = 16_384;

/// A public key with its identifier (RFC 7517).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Jwk {
    /// Its identifier, `kid`.
    pub kid: String,
    /// The key.
    pub key: PublicKey,
}

/// A key that verifies tokens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum PublicKey {
    /// RSA; both numbers are big-endian, without zeros in front.
    Rsa {
        /// The modulus.
        modulus: Vec<u8>,
        /// The public exponent.
        exponent: Vec<u8>,
    },
    /// A point of an elliptic curve, both coordinates as long as the curve has them.
    Ec(&'static Curve, Vec<u8>),
}

/// An elliptic curve that Kubernetes signs by.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Curve {
    /// `crv`
    pub name: &'static str,
    /// The algorithm that signs by it.
    pub algorithm: &'static str,
    /// Its object identifier.
    pub oid: &'static str,
    /// The bytes of a coordinate.
    pub length: usize,
    /// What comes before the coordinates in a SubjectPublicKeyInfo (RFC 5480).
    prefix: &'static [u8],
}

/// All of them.
static CURVES: [Curve; 3] = [
    Curve {
        name: "P-256",
        algorithm: "ES256",
        oid: "1.2.840.10045.3.1.7",
        length: 32,
        prefix: b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04",
    },
    Curve {
        name: "P-384",
        algorithm: "ES384",
        oid: "1.3.132.0.34",
        length: 48,
        prefix: b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00\x04",
    },
    Curve {
        name: "P-521",
        algorithm: "ES512",
        oid: "1.3.132.0.35",
        length: 66,
        prefix: b"\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23\x03\x81\x86\x00\x04",
    },
];

/// The curve that `fits`.
pub(crate) fn curve(fits: impl Fn(&Curve) -> bool) -> Option<&'static Curve> {
    CURVES.iter().find(|curve| fits(curve))
}

impl PublicKey {
    /// An RSA key, if its numbers are those of one.
    pub(crate) fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let trimmed = |number: &[u8]| {
            let zeros = number.iter().take_while(|byte| **byte == 0).count();
            number.get(zeros..).unwrap_or_default().to_vec()
        };
        let key = Self::Rsa { modulus: trimmed(modulus), exponent: trimmed(exponent) };
        key.spki().map(|_| key)
    }

    /// A point of `curve`, given as both of its coordinates.
    pub(crate) fn ec(curve: &'static Curve, point: &[u8]) -> Option<Self> {
        (point.len() == 2 * curve.length).then(|| Self::Ec(curve, point.to_vec()))
    }

    /// The algorithm that Kubernetes signs by with it.
    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => "RS256",
            Self::Ec(curve, _) => curve.algorithm,
        }
    }

    /// Its length in bits.
    pub(crate) fn bits(&self) -> usize {
        match self {
            Self::Rsa { modulus, .. } => BigUint::from_bytes_be(modulus).bits(),
            Self::Ec(curve, _) => 8 * curve.length,
        }
    }

    /// Its identifier as Kubernetes makes it: the SHA-256 of its SubjectPublicKeyInfo, in base64url.
    pub(crate) fn kid(&self) -> String {
        let spki = self.spki().unwrap_or_default();
        URL_SAFE_NO_PAD.encode(Sha256::digest(spki))
    }

    /// Its SubjectPublicKeyInfo in DER; none when it cannot be a key.
    fn spki(&self) -> Option<Vec<u8>> {
        match self {
            Self::Rsa { modulus, exponent } => {
                let [modulus, exponent] = [modulus, exponent].map(|number| BigUint::from_bytes_be(number));
                let key = RsaPublicKey::new_with_max_size(modulus, exponent, MAX_RSA).ok()?;
                key.to_public_key_der().ok().map(Document::into_vec)
            }
            Self::Ec(curve, point) => Some([curve.prefix, point].concat()),
        }
    }
}

impl Jwk {
    /// `key`, named as Kubernetes names it.
    pub(crate) fn named(key: PublicKey) -> Self {
        Self { kid: key.kid(), key }
    }

    /// It as a member of a key set.
    pub(crate) fn json(&self) -> Value {
        let mut json = json!({"use": "sig", "kid": self.kid, "alg": self.key.algorithm()});
        match &self.key {
            PublicKey::Rsa { modulus, exponent } => {
                json["kty"] = "RSA".into();
                json["n"] = URL_SAFE_NO_PAD.encode(modulus).into();
                json["e"] = URL_SAFE_NO_PAD.encode(exponent).into();
            }
            PublicKey::Ec(curve, point) => {
                let (x, y) = point.split_at(curve.length);
                json["kty"] = "EC".into();
                json["crv"] = curve.name.into();
                json["x"] = URL_SAFE_NO_PAD.encode(x).into();
                json["y"] = URL_SAFE_NO_PAD.encode(y).into();
            }
        }
        json
    }

    /// Reads a member of a key set. The error follows the name of the key.
    pub(crate) fn read(json: &Map<String, Value>) -> Result<Self, String> {
        let text = |name: &str| json.get(name).and_then(Value::as_str);
        let number = |name: &str| {
            let text = text(name).ok_or_else(|| format!("has no `{name}`"))?;
            URL_SAFE_NO_PAD
                .decode(text.trim_end_matches('='))
                .map_err(|_| format!("has a `{name}` that is not base64url"))
        };
        let key = match text("kty") {
            Some("RSA") => PublicKey::rsa(&number("n")?, &number("e")?),
            Some("EC") => {
                let curve = curve(|curve| Some(curve.name) == text("crv"))
                    .ok_or("is on a curve that Kubernetes does not sign by")?;
                PublicKey::ec(curve, &[number("x")?, number("y")?].concat())
            }
            _ => return Err("is neither `RSA` nor `EC`".to_owned()),
        };
        let key = key.ok_or("is not a key of its kind")?;
        let kid = text("kid")
            .filter(|kid| !kid.is_empty())
            .ok_or("has no `kid`, by which Entra finds it")?;
        Ok(Self { kid: kid.to_owned(), key })
    }
}

/// A key set (RFC 7517 section 5).
pub(crate) fn key_set<'a>(keys: impl IntoIterator<Item = &'a Jwk>) -> Value {
    let keys: Vec<_> = keys.into_iter().map(Jwk::json).collect();
    json!({ "keys": keys })
}

/// A discovery document (OpenID Connect Discovery 1.0 section 3), as an API server serves it.
pub(crate) fn discovery(issuer: &str, jwks_uri: &str, algorithms: &[&str]) -> Value {
    json!({
        "issuer": issuer,
        "jwks_uri": jwks_uri,
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
    })
}

/// Where the key set of `issuer` is, unless its discovery document names another place.
pub(crate) fn jwks_uri(issuer: &str) -> String {
    format!("{}/openid/v1/jwks", issuer.trim_end_matches('/'))
}
