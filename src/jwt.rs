//! Claims of a JWT, read without verification.
//!
//! wisp never trusts these values: they explain errors (issuer, subject, audience, lifetime of the projected token) and
//! teach names (`oid`, `xms_mirid` of an issued token). Whoever checks a signature does so elsewhere.

#[cfg(feature = "wispctl")]
pub(crate) mod jwk;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// Why a text is not a JWT (RFC 7519 section 3.1, compact serialization).
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum NotAJwt {
    /// Not three parts joined by dots.
    #[error("it is not three parts joined by dots")]
    Parts,
    /// The middle part is not base64url.
    #[error("its middle part is not base64url")]
    Base64,
    /// The middle part does not hold a JSON object.
    #[error("its middle part is not a JSON object")]
    Json,
}

/// The claims wisp looks at. A claim of an unexpected type counts as absent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Claims {
    /// `iss`, the issuer.
    pub issuer: Option<String>,
    /// `sub`, the subject.
    pub subject: Option<String>,
    /// `aud`, one or several audiences.
    pub audiences: Vec<String>,
    /// `exp`, seconds since the epoch.
    pub expires: Option<u64>,
    /// `iat`, seconds since the epoch.
    pub issued: Option<u64>,
    /// `nbf`, seconds since the epoch.
    pub not_before: Option<u64>,
    /// `oid`, the object id of the service principal an Entra token was issued to.
    pub object_id: Option<String>,
    /// `appid` or `azp`, the client id of the application an Entra token was issued to.
    pub app_id: Option<String>,
    /// `xms_mirid`, the Azure resource id of a managed identity.
    pub mi_resource_id: Option<String>,
}

/// Reads the claims of `jwt`.
pub(crate) fn peek(jwt: &str) -> Result<Claims, NotAJwt> {
    let mut parts = jwt.split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(NotAJwt::Parts);
    };
    let bytes = URL_SAFE_NO_PAD
        .decode(payload.trim_end_matches('='))
        .map_err(|_| NotAJwt::Base64)?;
    let mut object: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|_| NotAJwt::Json)?;
    let mut take = |name: &str| object.remove(name).unwrap_or_default();
    Ok(Claims {
        issuer: text(take("iss")),
        subject: text(take("sub")),
        audiences: match take("aud") {
            Value::String(one) => vec![one],
            Value::Array(many) => many.into_iter().filter_map(text).collect(),
            _ => Vec::new(),
        },
        expires: seconds(&take("exp")),
        issued: seconds(&take("iat")),
        not_before: seconds(&take("nbf")),
        object_id: text(take("oid")),
        app_id: text(take("appid")).or_else(|| text(take("azp"))),
        mi_resource_id: text(take("xms_mirid")),
    })
}

/// `kid` in the header of `jwt`: the key that signed it.
pub(crate) fn key_id(jwt: &str) -> Option<String> {
    let (header, _) = jwt.split_once('.')?;
    let bytes = URL_SAFE_NO_PAD.decode(header.trim_end_matches('=')).ok()?;
    let mut header: Map<String, Value> = serde_json::from_slice(&bytes).ok()?;
    text(header.remove("kid")?)
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// A NumericDate (RFC 7519 section 2) may have a fraction; whole seconds are enough here.
fn seconds(value: &Value) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates, and negatives are dropped"
    )]
    value
        .as_u64()
        .or_else(|| value.as_f64().filter(|f| *f >= 0.0).map(|f| f as u64))
}

#[cfg(test)]
mod tests {
    use super::{Claims, NotAJwt, URL_SAFE_NO_PAD, key_id, peek};
    use base64::Engine as _;

    fn jwt(payload: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn reads_a_projected_token() {
        let claims = peek(&jwt(
            r#"{"iss":"https://i/","sub":"system:serviceaccount:a:b","aud":["api://x"],"exp":20,"iat":10.5}"#,
        ))
        .unwrap();
        assert_eq!(
            claims,
            Claims {
                issuer: Some("https://i/".into()),
                subject: Some("system:serviceaccount:a:b".into()),
                audiences: vec!["api://x".into()],
                expires: Some(20),
                issued: Some(10),
                ..Claims::default()
            }
        );
    }

    #[test]
    fn reads_whose_key_and_whose_token_it_is() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","kid":"one"}"#);
        assert_eq!(key_id(&format!("{header}.e30.c2ln")).as_deref(), Some("one"));
        assert_eq!(key_id("e30.e30.c2ln"), None);
        assert_eq!(key_id("hello"), None);
        let app_id = |payload| peek(&jwt(payload)).unwrap().app_id;
        assert_eq!(app_id(r#"{"appid":"a","azp":"b"}"#).as_deref(), Some("a"));
        assert_eq!(app_id(r#"{"azp":"b"}"#).as_deref(), Some("b"));
    }

    #[test]
    fn an_odd_claim_does_not_hide_the_others() {
        let claims = peek(&jwt(r#"{"iss":7,"sub":"s","aud":"one","exp":"soon","nbf":-1}"#)).unwrap();
        assert_eq!(claims.subject.as_deref(), Some("s"));
        assert_eq!(claims.audiences, ["one"]);
        assert_eq!((claims.issuer, claims.expires, claims.not_before), (None, None, None));
    }

    #[test]
    fn says_why_a_text_is_not_a_jwt() {
        assert_eq!(peek("").unwrap_err(), NotAJwt::Parts);
        assert_eq!(peek("a.b").unwrap_err(), NotAJwt::Parts);
        assert_eq!(peek("a.b.c.d").unwrap_err(), NotAJwt::Parts);
        assert_eq!(peek("a.*.c").unwrap_err(), NotAJwt::Base64);
        assert_eq!(peek("a.W10.c").unwrap_err(), NotAJwt::Json);
    }
}
