//! Claims, and what people answer themselves.

use serde::Deserialize;
use serde_json::Value;

use super::Evidence;
use crate::operator::identity::claim;

/// The `kind` of a file of answers.
pub(crate) const KIND: &str = "ReviewAnswers";

/// An answer that somebody gives.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    /// Yes, and not no.
    pub is_yes: bool,
    /// Who saw what, where and when.
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawAnswers {
    #[serde(rename = "apiVersion")]
    _api_version: String,
    #[serde(rename = "kind")]
    _kind: String,
    answers: Vec<RawAnswer>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAnswer {
    id: String,
    answer: Value,
    evidence: String,
}

/// Takes in `object`. Whether it is any of both.
pub(super) fn add(evidence: &mut Evidence, object: &Value) -> Result<bool, String> {
    if object
        .get("apiVersion")
        .is_none_or(|version| version != claim::API_VERSION)
    {
        return Ok(false);
    }
    match object.get("kind").and_then(Value::as_str) {
        Some(KIND) => answers(evidence, object).map(|()| true),
        Some(claim::KIND) => {
            // JSON is YAML; its lines are none of the file's.
            let read = claim::read(&object.to_string());
            let claim = read.map_err(|wrong| {
                let texts: Vec<_> = wrong
                    .into_iter()
                    .map(|diagnostic| diagnostic.text)
                    .collect();
                format!("a claim that is wrong: {}", texts.join("; "))
            })?;
            evidence
                .claims
                .extend(claim.map(|claim| (claim.account.clone(), claim)));
            Ok(true)
        }
        _ => Ok(false),
    }
}

fn answers(evidence: &mut Evidence, object: &Value) -> Result<(), String> {
    let raw = RawAnswers::deserialize(object).map_err(|error| format!("answers that are wrong: {error}"))?;
    for RawAnswer { id, answer, evidence: seen } in raw.answers {
        let shown = id.escape_debug().to_string();
        let is_yes = match &answer {
            Value::Bool(is_yes) => *is_yes,
            Value::String(word) if word == "yes" => true,
            Value::String(word) if word == "no" => false,
            _ => return Err(format!("`answer` of `{shown}` has to be yes or no")),
        };
        if seen.trim().is_empty() {
            return Err(format!("`evidence` of `{shown}` is empty; say who saw what, where and when"));
        }
        if evidence
            .answers
            .insert(id, Given { is_yes, evidence: seen })
            .is_some()
        {
            return Err(format!("`{shown}` is answered twice; keep one"));
        }
    }
    Ok(())
}
