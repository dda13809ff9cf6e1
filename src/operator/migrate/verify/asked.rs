//! Who asked for tokens, and what came of it. Tokens are looked at here and go no further: what is kept are claims.
//!
//! A Job that asks by itself prints this as JSON, and the one who made the Job reads it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{failure::Failure, jwt, token::Secret};

/// What somebody asked Entra, or the old way, and what came of it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked {
    /// The token that was presented; none where the old way was asked.
    pub presented: Option<PresentedToken>,
    /// The time of the one who asked, in seconds since 1970.
    pub at: u64,
    /// What came of it, identity by identity.
    pub tokens: Vec<AskedToken>,
}

/// The claims of a token of a service account.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PresentedToken {
    /// `iss`.
    pub issuer: Option<String>,
    /// `sub`.
    pub subject: Option<String>,
    /// `aud`.
    pub audiences: Vec<String>,
    /// `iat`.
    pub issued: Option<u64>,
    /// `exp`.
    pub expires: Option<u64>,
    /// `kid` of its header.
    pub key_id: Option<String>,
}

/// What came of asking for one identity.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AskedToken {
    /// The client id that was asked for.
    pub client_id: String,
    /// Whose token was given.
    pub claims: Option<TokenClaims>,
    /// Why none was.
    pub error: Option<EntraError>,
    /// What was said to that, for people.
    pub description: Option<String>,
    /// How many seconds were waited for what may still spread.
    pub waited_seconds: u64,
}

/// The claims of an access token that say whose it is.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenClaims {
    /// `oid`: the object id of the service principal.
    pub object_id: Option<String>,
    /// `tid`: the tenant.
    pub tenant_id: Option<String>,
    /// `aud`: what it is for.
    pub audience: Option<String>,
    /// `appid`, or `azp` in tokens of version 2: the client id.
    pub application_id: Option<String>,
}

/// By what an error of Entra is told from others.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntraError {
    /// What can be done about it, as wisp logs it.
    pub class: String,
    /// What it is about, as wisp logs it.
    pub category: String,
    /// The AADSTS number.
    pub code: Option<u32>,
}

impl PresentedToken {
    /// Those of `token`. The error follows the token's name.
    pub(super) fn of(token: &Secret) -> Result<Self, jwt::NotAJwt> {
        let claims = jwt::peek(token.expose())?;
        Ok(Self {
            issuer: claims.issuer,
            subject: claims.subject,
            audiences: claims.audiences,
            issued: claims.issued,
            expires: claims.expires,
            key_id: segment(token, 0).and_then(|header| text(&header, "kid")),
        })
    }
}

impl AskedToken {
    /// Of an answer to the request for `client_id`.
    pub(super) fn new(client_id: &str, answer: Result<&Secret, &Failure>, waited_seconds: u64) -> Self {
        let claims = answer.ok().map(TokenClaims::of);
        let error = answer.err().map(|failure| EntraError {
            class: failure.class.as_str().to_owned(),
            category: failure.category.as_str().to_owned(),
            code: failure.code,
        });
        let description = answer.err().map(|failure| failure.description.clone());
        Self { client_id: client_id.to_owned(), claims, error, description, waited_seconds }
    }
}

impl TokenClaims {
    /// Those of `token`. A token that cannot be read has none.
    pub(super) fn of(token: &Secret) -> Self {
        let Some(payload) = segment(token, 1) else { return Self::default() };
        Self {
            object_id: text(&payload, "oid"),
            tenant_id: text(&payload, "tid"),
            audience: text(&payload, "aud"),
            application_id: text(&payload, "appid").or_else(|| text(&payload, "azp")),
        }
    }

    /// Its claims by name, those that both ways must have in common.
    pub(super) fn compared(&self) -> [(&'static str, Option<&str>); 3] {
        [
            ("oid", self.object_id.as_deref()),
            ("tid", self.tenant_id.as_deref()),
            ("aud", self.audience.as_deref()),
        ]
    }
}

/// One of the segments of a JWT that are JSON.
fn segment(token: &Secret, index: usize) -> Option<Value> {
    let segment = token.expose().split('.').nth(index)?;
    let bytes = URL_SAFE_NO_PAD.decode(segment.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The most bytes of a claim that are repeated.
const LONGEST: usize = 300;

fn text(object: &Value, name: &str) -> Option<String> {
    let text = object.get(name)?.as_str()?;
    text.get(..text.floor_char_boundary(LONGEST))
        .map(str::to_owned)
}
