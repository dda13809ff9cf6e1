//! A file of decisions as it is written.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawDecisions {
    pub(super) api_version: String,
    pub(super) kind: String,
    #[serde(default)]
    pub(super) namespaces: Vec<RawNamespace>,
    #[serde(default)]
    pub(super) workloads: Vec<RawWorkload>,
    #[serde(default)]
    pub(super) identities: Vec<RawIdentity>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawNamespace {
    pub(super) name: String,
    pub(super) road: Option<String>,
    pub(super) mode: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawWorkload {
    #[serde(default)]
    pub(super) namespace: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) template: Option<String>,
    pub(super) road: Option<String>,
    pub(super) mode: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) service_account: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawIdentity {
    pub(super) client_id: String,
    pub(super) resource_id: Option<String>,
    #[serde(default)]
    pub(super) application: bool,
    #[serde(default)]
    pub(super) identity_binding: bool,
}
