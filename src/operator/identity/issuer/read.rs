//! Files about an issuer, told apart by what is in them.

use serde_json::{Map, Value};

use super::pem;
use crate::jwt::jwk::Jwk;

/// Members of a key that only its owner may have (RFC 7518 section 6).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

/// What a file says.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Content {
    /// Public keys, and what is wrong with others in the same file.
    Keys(Vec<Jwk>, Vec<String>),
    /// A discovery document.
    Discovery(Discovery),
}

/// A discovery document.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Discovery {
    /// Whose it is.
    pub issuer: String,
    /// All of it.
    pub document: Map<String, Value>,
}

/// Reads a file: PEM, a key set, or a discovery document. The errors follow the file's name.
pub(crate) fn read(text: &[u8]) -> Result<Content, Vec<String>> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if !text.trim_ascii_start().starts_with(b"{") {
        return pem::keys(text).map(|keys| Content::Keys(keys, Vec::new()));
    }
    let document: Map<String, Value> = serde_json::from_slice(text).map_err(|error| {
        let what = error.to_string();
        vec![format!("is not whole JSON: {}", what.replace(" at line ", ", line "))]
    })?;
    if let Some(keys) = document.get("keys").and_then(Value::as_array) {
        return Ok(key_set(keys));
    }
    match document.get("issuer").and_then(Value::as_str) {
        Some(issuer) => Ok(Content::Discovery(Discovery { issuer: issuer.to_owned(), document })),
        None => Err(vec!["is neither a key set (`keys`) nor a discovery document (`issuer`)".to_owned()]),
    }
}

fn key_set(members: &[Value]) -> Content {
    let mut keys: Vec<Jwk> = Vec::new();
    let mut wrong = Vec::new();
    if members.is_empty() {
        wrong.push("the key set is empty".to_owned());
    }
    for (index, member) in members.iter().enumerate() {
        let number = index + 1;
        let Some(member) = member.as_object() else {
            wrong.push(format!("key {number} is not an object"));
            continue;
        };
        if let Some(name) = PRIVATE.iter().find(|name| member.contains_key(**name)) {
            wrong.push(format!(
                "key {number} has `{name}`, which is its private half: whoever reads it can sign for every service account; replace the key"
            ));
            continue;
        }
        match Jwk::read(member) {
            Ok(key) => {
                let usage = member.get("use").and_then(Value::as_str).unwrap_or("sig");
                let algorithm = member.get("alg").and_then(Value::as_str);
                let algorithm = algorithm.unwrap_or_else(|| key.key.algorithm());
                if usage != "sig" {
                    wrong.push(format!(
                        "key {number} is for `{}`, not for signatures (`sig`)",
                        usage.escape_debug()
                    ));
                }
                if algorithm != key.key.algorithm() {
                    let algorithm = algorithm.escape_debug();
                    wrong.push(format!(
                        "key {number} is for `{algorithm}`, and API servers sign by {} with it",
                        key.key.algorithm()
                    ));
                }
                keys.push(key);
            }
            Err(what) => wrong.push(format!("key {number} {what}")),
        }
    }
    Content::Keys(keys, wrong)
}
