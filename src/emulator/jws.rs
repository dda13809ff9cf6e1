//! Reading and verifying a presented JWT, and the key sets to verify it by.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RsaParameters,
    RsaPublicKeyComponents,
};
use serde::Deserialize;

use crate::jwt::{self, Claims};

/// How many keys of a set Entra looks at.
const KEYS_READ: usize = 100;

/// Why a text is not a JWT that Entra would look into.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Malformed {
    /// Not three parts of base64url with JSON inside (AADSTS50027).
    NotAJwt,
    /// `typ` is there and is not "JWT" (AADSTS5002727). Kubernetes leaves it out.
    Type,
    /// `alg` is not one of the RSA PKCS #1 algorithms (AADSTS5002738).
    Algorithm(String),
    /// No `kid` (AADSTS5002723).
    KeyId,
}

/// A JWT taken apart. Nothing is verified yet.
#[derive(Debug)]
pub(super) struct Jws<'a> {
    /// The identifier of the key that signed it.
    pub kid: String,
    /// What it claims.
    pub claims: Claims,
    algorithm: &'static RsaParameters,
    signed: &'a str,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
}

/// The other `typ` that Entra accepts.
const LONG_TYPE: &str = "http://openid.net/specs/jwt/1.0";

impl<'a> Jws<'a> {
    /// Takes `text` apart.
    pub(super) fn parse(text: &'a str) -> Result<Self, Malformed> {
        let claims = jwt::peek(text).map_err(|_| Malformed::NotAJwt)?;
        let (signed, signature) = text.rsplit_once('.').ok_or(Malformed::NotAJwt)?;
        let (header, _) = signed.split_once('.').ok_or(Malformed::NotAJwt)?;
        let decode = |segment: &str| {
            URL_SAFE_NO_PAD
                .decode(segment)
                .map_err(|_| Malformed::NotAJwt)
        };
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| Malformed::NotAJwt)?;
        let signature = decode(signature)?;

        if header
            .typ
            .is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT") && typ != LONG_TYPE)
        {
            return Err(Malformed::Type);
        }
        let algorithm = match header.alg.as_str() {
            "RS256" => &RSA_PKCS1_2048_8192_SHA256,
            "RS384" => &RSA_PKCS1_2048_8192_SHA384,
            "RS512" => &RSA_PKCS1_2048_8192_SHA512,
            _ => return Err(Malformed::Algorithm(header.alg)),
        };
        let kid = header
            .kid
            .filter(|kid| !kid.is_empty())
            .ok_or(Malformed::KeyId)?;
        Ok(Self { kid, claims, algorithm, signed, signature })
    }

    /// Whether `key` made the signature.
    pub(super) fn verified_by(&self, key: &Jwk) -> bool {
        RsaPublicKeyComponents { n: &key.modulus, e: &key.exponent }
            .verify(self.algorithm, self.signed.as_bytes(), &self.signature)
            .is_ok()
    }
}

/// A public RSA key.
#[derive(Clone, Debug)]
pub(super) struct Jwk {
    kid: String,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

/// An issuer's public keys.
#[derive(Clone, Debug)]
pub(super) struct Jwks(Vec<Jwk>);

#[derive(Deserialize)]
struct RawSet {
    keys: Vec<RawKey>,
}

#[derive(Deserialize)]
struct RawKey {
    kty: String,
    kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl Jwks {
    /// Parses a key set (RFC 7517 section 5). Keys of other kinds than RSA are left out; `None` when the set is broken.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let set: RawSet = serde_json::from_str(text).ok()?;
        let key = |raw: RawKey| {
            Some(Jwk {
                kid: raw.kid?,
                modulus: URL_SAFE_NO_PAD.decode(raw.n?).ok()?,
                exponent: URL_SAFE_NO_PAD.decode(raw.e?).ok()?,
            })
        };
        let rsa = set
            .keys
            .into_iter()
            .take(KEYS_READ)
            .filter(|raw| raw.kty == "RSA");
        rsa.map(key).collect::<Option<_>>().map(Self)
    }

    /// The key of this identifier.
    pub(super) fn find(&self, kid: &str) -> Option<&Jwk> {
        self.0.iter().find(|key| key.kid == kid)
    }
}

#[cfg(test)]
mod tests {
    use super::{Jwks, Jws, Malformed};
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    fn malformed(header: &str) -> Malformed {
        let text = format!("{}.e30.c2ln", URL_SAFE_NO_PAD.encode(header));
        Jws::parse(&text).unwrap_err()
    }

    #[test]
    fn headers() {
        assert_eq!(malformed("nonsense"), Malformed::NotAJwt);
        assert_eq!(malformed(r#"{"alg":"RS256","kid":"k","typ":"JOSE"}"#), Malformed::Type);
        assert_eq!(malformed(r#"{"alg":"HS256","kid":"k"}"#), Malformed::Algorithm("HS256".into()));
        assert_eq!(malformed(r#"{"alg":"none","kid":"k"}"#), Malformed::Algorithm("none".into()));
        assert_eq!(malformed(r#"{"alg":"RS256","typ":"JWT"}"#), Malformed::KeyId);
        for bad in ["", "a.b", "e30.e30.*", "e30.bm8.c2ln"] {
            assert_eq!(Jws::parse(bad).unwrap_err(), Malformed::NotAJwt, "{bad}");
        }
    }

    #[test]
    fn key_sets() {
        assert!(Jwks::parse("{}").is_none());
        assert!(Jwks::parse(r#"{"keys":[{"kty":"RSA","kid":"k","n":"*","e":"AQAB"}]}"#).is_none());
        let set =
            Jwks::parse(r#"{"keys":[{"kty":"EC","kid":"c"},{"kty":"RSA","kid":"k","n":"AQ","e":"AQAB"}]}"#);
        let set = set.unwrap();
        assert!(set.find("k").is_some() && set.find("c").is_none());
    }
}
