//! What is published, beside what the API server signs with.

use serde_json::{Map, Value};

use super::{
    documents::{ALGORITHM, KEYS_READ},
    read::{Content, Discovery},
};
use crate::{jwt::jwk::Jwk, operator::identity::issuer_url};

/// What was found.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Comparison {
    /// Why Entra refuses tokens, or will.
    pub differences: Vec<String>,
    /// What differs and harms nobody.
    pub notes: Vec<String>,
    /// How many keys are signed with and published alike.
    pub same: usize,
}

/// Compares the issuer that signs with `keys` and is called `issuer`, if that is known, with what is `published`: names of files and what
/// is in them.
pub(crate) fn compare(issuer: Option<&str>, keys: &[Jwk], published: &[(String, Content)]) -> Comparison {
    let mut comparison = Comparison::default();
    for (file, content) in published {
        match content {
            Content::Keys(public, wrong) => {
                comparison
                    .differences
                    .extend(wrong.iter().map(|what| format!("{file}: {what}")));
                self::keys(file, keys, public, &mut comparison);
            }
            Content::Discovery(discovery) => self::discovery(file, issuer, discovery, &mut comparison),
        }
    }
    comparison
}

fn keys(file: &str, signing: &[Jwk], public: &[Jwk], comparison: &mut Comparison) {
    for key in signing {
        let kid = key.kid.escape_debug();
        let position = public.iter().position(|other| other.kid == key.kid);
        let found = position.and_then(|index| Some((index, public.get(index)?)));
        let renamed = public.iter().find(|other| other.key == key.key);
        match (found, renamed) {
            (Some((index, other)), _) if other.key == key.key && index < KEYS_READ => comparison.same += 1,
            (Some((index, other)), _) if other.key == key.key => comparison.differences.push(format!(
                "{file}: key `{kid}` is number {} of the set, and Entra reads the first {KEYS_READ}; publish fewer",
                index + 1
            )),
            (Some(_), _) => comparison.differences.push(format!(
                "{file}: key `{kid}` is another key by the same identifier, so no signature is right; publish the set anew"
            )),
            (None, Some(other)) => comparison.differences.push(format!(
                "{file}: key `{kid}` is published as `{}`, and Entra looks for the identifier in the token's header (AADSTS7000272); \
                 publish the set anew",
                other.kid.escape_debug()
            )),
            (None, None) => comparison.differences.push(format!(
                "{file}: key `{kid}` is missing, and Entra refuses the tokens that it signs (AADSTS7000272); publish the set anew, then \
                 allow half an hour"
            )),
        }
    }
    let signs = |other: &&Jwk| {
        signing
            .iter()
            .any(|key| key.kid == other.kid || key.key == other.key)
    };
    comparison.notes.extend(public.iter().filter(|other| !signs(other)).map(|other| {
        format!(
            "{file}: key `{}` is published, and the API server does not sign with it; take it out once its last token has expired",
            other.kid.escape_debug()
        )
    }));
}

fn discovery(file: &str, issuer: Option<&str>, published: &Discovery, comparison: &mut Comparison) {
    let Discovery { issuer: public, document } = published;
    let mut wrong = |what: String| comparison.differences.push(format!("{file}: {what}"));
    match issuer {
        Some(issuer) if issuer != public => wrong(format!(
            "`issuer` is {}, and the API server signs as {} ({}); Entra compares each letter (AADSTS700211)",
            public.escape_debug(),
            issuer.escape_debug(),
            how(issuer, public)
        )),
        _ => {}
    }
    if let Err(what) = issuer_url::check(public) {
        wrong(format!("`issuer` {what}"));
    }
    match document.get("jwks_uri").and_then(Value::as_str) {
        None => wrong("`jwks_uri` is missing, by which Entra finds the keys".to_owned()),
        Some(uri) => {
            if let Err(what) = issuer_url::address(uri) {
                wrong(format!("`jwks_uri` {what}"));
            }
        }
    }
    for name in ["response_types_supported", "subject_types_supported"] {
        if list(document, name).is_empty() {
            wrong(format!("`{name}` is empty or missing, and Entra refuses the document (AADSTS501661)"));
        }
    }
    if document
        .get("authorization_endpoint")
        .is_some_and(|endpoint| endpoint == "")
    {
        wrong(
            "`authorization_endpoint` is empty, and Entra refuses the document (AADSTS501661); leave it out"
                .to_owned(),
        );
    }
    let algorithms = list(document, "id_token_signing_alg_values_supported");
    if !algorithms.contains(&ALGORITHM) {
        wrong(format!("`id_token_signing_alg_values_supported` lacks {ALGORITHM}, the one that Entra takes"));
    }
}

/// How two issuers differ, in words.
fn how(one: &str, two: &str) -> &'static str {
    if one.trim_end_matches('/') == two.trim_end_matches('/') {
        "a slash at the end"
    } else if one.eq_ignore_ascii_case(two) {
        "capital letters"
    } else {
        "another one"
    }
}

fn list<'a>(document: &'a Map<String, Value>, name: &str) -> Vec<&'a str> {
    let items = document.get(name).and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}
