//! What the issuer publishes, as far as it can be asked from here.

use serde_json::Value;

use super::{
    asked::PresentedToken,
    check::{Check, CheckId},
    evidence::difference,
    world::{Fetched, Outside},
};

const ID: CheckId = CheckId::Discovery;

/// What to do where Entra could not verify the token.
const PUBLISH: &str =
    "publish what the API server signs with: `wispctl identity issuer` makes the documents and compares them";

/// Whether the issuer of `token` publishes its name and the key that signed it.
pub(super) async fn check(outside: &impl Outside, token: &PresentedToken) -> Check {
    let Some(issuer) = &token.issuer else { return Check::skipped(ID, "the token names no issuer") };
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let document = match read(outside, &url).await {
        Ok(document) => document,
        Err(check) => return check,
    };
    match document.get("issuer").and_then(Value::as_str) {
        Some(published) if published == issuer => {}
        Some(published) => {
            let how = difference(issuer, published);
            return Check::failed(
                ID,
                format!("{url} names the issuer {published}, and tokens have {issuer}{how}"),
                PUBLISH,
            );
        }
        None => return Check::failed(ID, format!("{url} names no issuer"), PUBLISH),
    }
    let Some(keys) = document.get("jwks_uri").and_then(Value::as_str) else {
        return Check::failed(ID, format!("{url} names no `jwks_uri`"), PUBLISH);
    };
    let set = match read(outside, keys).await {
        Ok(set) => set,
        Err(check) => return check,
    };
    let published = set.get("keys").and_then(Value::as_array);
    let mut names = published
        .into_iter()
        .flatten()
        .filter_map(|key| key.get("kid")?.as_str());
    match token.key_id.as_deref() {
        None => Check::failed(ID, "the token names no key (`kid`)", PUBLISH),
        Some(key) if names.any(|name| name == key) => {
            Check::proven(ID, format!("{keys} has the key `{key}`"))
        }
        Some(key) => {
            Check::failed(ID, format!("{keys} lacks the key `{key}`, which signed the token"), PUBLISH)
        }
    }
}

/// A document; in its stead what is said of it.
async fn read(outside: &impl Outside, url: &str) -> Result<Value, Check> {
    match outside.fetch(url).await {
        Ok(Fetched { status: 200, body: Some(body), .. }) => Ok(body),
        Ok(Fetched { status: 200, .. }) => Err(Check::failed(ID, format!("{url} is no JSON"), PUBLISH)),
        Ok(Fetched { status, .. }) => {
            Err(Check::failed(ID, format!("{url} answers with status {status}"), PUBLISH))
        }
        Err(reason) => Err(Check::skipped(ID, format!("{url} cannot be read from here: {reason}"))),
    }
}
