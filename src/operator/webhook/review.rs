//! AdmissionReview of `admission.k8s.io/v1`: how it comes and how it is answered.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

/// The version that is understood. Every API server since 1.16 sends it.
const VERSION: &str = "admission.k8s.io/v1";
const KIND: &str = "AdmissionReview";

/// What an API server asks.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    /// Names this request in the answer.
    pub uid: String,
    /// What the object is.
    pub kind: Kind,
    /// The subresource that is asked for, such as `status`.
    #[serde(default)]
    pub sub_resource: String,
    /// The namespace that the object goes to. The object may name none.
    #[serde(default)]
    pub namespace: String,
    /// What happens to the object.
    pub operation: String,
    /// Nothing comes of it, whatever is answered.
    #[serde(default)]
    pub dry_run: Option<bool>,
    /// The object.
    #[serde(default)]
    pub object: Value,
}

/// The kind of an object.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(crate) struct Kind {
    /// Empty for the core group.
    #[serde(default)]
    pub group: String,
    /// The version.
    pub version: String,
    /// The name.
    #[serde(rename = "kind")]
    pub name: String,
}

impl Kind {
    /// Whether it is a pod.
    pub(crate) fn is_pod(&self) -> bool {
        self.group.is_empty() && self.version == "v1" && self.name == "Pod"
    }
}

impl Request {
    /// The name of the object, or what the API server makes one of.
    pub(crate) fn object_name(&self) -> &str {
        let metadata = |key: &str| self.object.get("metadata")?.get(key)?.as_str();
        metadata("name")
            .or_else(|| metadata("generateName"))
            .unwrap_or_default()
    }
}

/// What came is no review.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum ReviewError {
    /// No JSON, or a field is missing. Not in serde's words, which repeat what was sent.
    #[error("the body is no AdmissionReview in JSON: {what} at line {line}, column {column}")]
    Unreadable {
        /// What is wrong.
        what: &'static str,
        /// Where.
        line: usize,
        /// Where.
        column: usize,
    },
    /// Something else.
    #[error(
        "the body is {found}; expected {KIND} of {VERSION}: set `admissionReviewVersions: [v1]` in the webhook's configuration"
    )]
    Other {
        /// Its version and kind.
        found: String,
    },
    /// It asks for nothing.
    #[error("the {KIND} has no `request`")]
    NoRequest,
}

/// The most bytes of a version and kind that are repeated.
const LONGEST_NAME: usize = 80;

/// Reads a review.
pub(crate) fn read(body: &[u8]) -> Result<Request, ReviewError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Head {
        #[serde(default)]
        api_version: String,
        #[serde(default)]
        kind: String,
    }
    #[derive(Deserialize)]
    struct Review {
        request: Option<Request>,
    }
    // The head first: another version may have other fields.
    let head: Head = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
    if (head.api_version.as_str(), head.kind.as_str()) != (VERSION, KIND) {
        let mut found = format!("{} of {}", head.kind, head.api_version);
        found.truncate(found.floor_char_boundary(LONGEST_NAME));
        let found = match found.as_str() {
            " of " => "without kind and version".to_owned(),
            found => format!("`{}`", found.escape_debug()),
        };
        return Err(ReviewError::Other { found });
    }
    let review: Review = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
    review.request.ok_or(ReviewError::NoRequest)
}

fn unreadable(error: &serde_json::Error) -> ReviewError {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "a field is missing or of another type",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "this is no JSON",
    };
    ReviewError::Unreadable { what, line: error.line(), column: error.column() }
}

/// Why a request is refused, for whoever made it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Denial {
    /// The HTTP status that they get.
    pub code: u16,
    /// The reason as Kubernetes writes it in one word.
    pub reason: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

/// What is answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Response {
    /// Why the object is not let in; none when it is.
    pub denial: Option<Denial>,
    /// The JSON Patch of the object.
    pub patch: Option<Value>,
    /// What whoever made the request should know.
    pub warnings: Vec<String>,
    /// What the cluster's audit log should know.
    pub audit: BTreeMap<&'static str, String>,
}

impl Response {
    /// Says `more` to whoever made the request, after what is said already.
    pub(super) fn warn(&mut self, more: Vec<String>) {
        self.warnings.extend(more);
    }

    /// The review that answers the request `uid`.
    pub(crate) fn review(&self, uid: &str) -> Value {
        let mut response = json!({"uid": uid, "allowed": self.denial.is_none()});
        if let Some(Denial { code, reason, message }) = &self.denial {
            response["status"] =
                json!({"status": "Failure", "code": code, "reason": reason, "message": message});
        }
        if let Some(patch) = &self.patch {
            response["patchType"] = "JSONPatch".into();
            response["patch"] = STANDARD.encode(patch.to_string()).into();
        }
        if !self.warnings.is_empty() {
            response["warnings"] = json!(self.warnings);
        }
        if !self.audit.is_empty() {
            response["auditAnnotations"] = json!(self.audit);
        }
        json!({"apiVersion": VERSION, "kind": KIND, "response": response})
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Denial, Response, read};

    #[test]
    fn what_is_no_review_is_named_without_its_content() {
        let secret = r#"{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": ["hunter2"]}}"#;
        let errors = [
            "",
            "hunter2",
            "[]",
            r#"{"apiVersion": "admission.k8s.io/v1""#,
            r#"{"apiVersion": "admission.k8s.io/v1beta1", "kind": "AdmissionReview", "request": 1}"#,
            r#"{"kind": "Pod\n"}"#,
            r#"{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}"#,
            secret,
        ]
        .map(|body| read(body.as_bytes()).unwrap_err().to_string());
        assert!(!errors.concat().contains("hunter2"));
        insta::assert_snapshot!(errors.join("\n"), @r"
        the body is no AdmissionReview in JSON: it ends too early at line 1, column 0
        the body is no AdmissionReview in JSON: this is no JSON at line 1, column 1
        the body is without kind and version; expected AdmissionReview of admission.k8s.io/v1: set `admissionReviewVersions: [v1]` in the webhook's configuration
        the body is no AdmissionReview in JSON: it ends too early at line 1, column 36
        the body is `AdmissionReview of admission.k8s.io/v1beta1`; expected AdmissionReview of admission.k8s.io/v1: set `admissionReviewVersions: [v1]` in the webhook's configuration
        the body is `Pod\n of `; expected AdmissionReview of admission.k8s.io/v1: set `admissionReviewVersions: [v1]` in the webhook's configuration
        the AdmissionReview has no `request`
        the body is no AdmissionReview in JSON: a field is missing or of another type at line 1, column 84
        ");
    }

    #[test]
    fn an_answer_echoes_the_uid() {
        let denied = Response {
            denial: Some(Denial { code: 403, reason: "Forbidden", message: "no".into() }),
            ..Response::default()
        };
        let patched = Response {
            patch: Some(json!([{"op": "remove", "path": "/a"}])),
            warnings: vec!["Mind.".into()],
            audit: [("mode", "env".to_owned())].into(),
            ..Response::default()
        };
        let texts = [denied, patched, Response::default()].map(|response| response.review("u-1").to_string());
        insta::assert_snapshot!(texts.join("\n"), @r#"
        {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"allowed":false,"status":{"code":403,"message":"no","reason":"Forbidden","status":"Failure"},"uid":"u-1"}}
        {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"allowed":true,"auditAnnotations":{"mode":"env"},"patch":"W3sib3AiOiJyZW1vdmUiLCJwYXRoIjoiL2EifV0=","patchType":"JSONPatch","uid":"u-1","warnings":["Mind."]}}
        {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"allowed":true,"uid":"u-1"}}
        "#);
    }
}
