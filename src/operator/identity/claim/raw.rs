//! A claim as it is written.

use serde::Deserialize;

/// A document of a claim file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawClaim {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) metadata: RawMetadata,
    pub(super) spec: RawSpec,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMetadata {
    pub(super) name: String,
    pub(super) namespace: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawSpec {
    pub(super) owner: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) service_account_name: Option<String>,
    pub(super) issuer: OneOrMore,
    pub(super) audience: Option<OneOrMore>,
    pub(super) credential_name: Option<String>,
    pub(super) tenant_id: String,
    pub(super) managed_identity: Option<RawManagedIdentity>,
    pub(super) application: Option<RawApplication>,
    #[serde(default)]
    pub(super) access: Vec<RawAccess>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawManagedIdentity {
    pub(super) resource_id: Option<String>,
    pub(super) subscription_id: Option<String>,
    pub(super) resource_group: Option<String>,
    pub(super) name: Option<String>,
    pub(super) location: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) principal_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawApplication {
    pub(super) client_id: String,
    pub(super) object_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawAccess {
    pub(super) role: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) resource: Option<String>,
    pub(super) resource_group: Option<String>,
    pub(super) subscription_id: Option<String>,
}

/// A text, or a list of texts.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    /// All of them.
    pub(super) fn texts(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::More(texts) => texts,
        }
    }
}
