//! What the emulated cloud holds: the configuration file, key by key.

mod checks;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::faults::Fault;
pub use checks::ConfigError;

/// The built-in configuration: one tenant, one managed identity, one projected token, the usual resources.
pub const DEFAULT: &str = include_str!("default.toml");

/// Everything that the emulator is made from.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The host in the emulator's own URLs, for clients that reach it by another name than `localhost`.
    #[serde(default = "localhost")]
    pub host: String,
    /// More names and addresses for the server certificate; `localhost`, `127.0.0.1` and `::1` are always on it.
    #[serde(default)]
    pub tls_names: Vec<String>,
    /// OIDC issuers, one for each emulated cluster.
    #[serde(default)]
    pub issuers: Vec<IssuerConfig>,
    /// Entra tenants.
    pub tenants: Vec<TenantConfig>,
    /// Projected token files.
    #[serde(default)]
    pub projections: Vec<ProjectionConfig>,
    /// A cluster's token proxy in front of the token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_proxy: Option<ProxyConfig>,
    /// Faults that are on from the start.
    #[serde(default)]
    pub faults: Vec<Fault>,
}

/// An OIDC issuer.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerConfig {
    /// Its name: the last part of its URL, and how the rest of the configuration refers to it.
    pub name: String,
    /// How long a rotated-out key stays published, in seconds. AKS keeps it for 24 hours; 0 drops it at once.
    #[serde(default = "one_day")]
    pub keep_old_keys_seconds: u64,
    /// The issuer's URL, for a cluster that exists outside the emulator; needs `jwks_file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The outside cluster's key set, as `kubectl get --raw /openid/v1/jwks` prints it. Read at each metadata fetch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_file: Option<PathBuf>,
}

/// An Entra tenant.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TenantConfig {
    /// Its GUID.
    pub id: String,
    /// Its domain names, accepted in place of the GUID.
    #[serde(default)]
    pub domains: Vec<String>,
    /// What can be asked for as a token's audience.
    #[serde(default)]
    pub resources: Vec<ResourceConfig>,
    /// Managed identities and app registrations.
    #[serde(default)]
    pub identities: Vec<IdentityConfig>,
}

/// An API that is installed in the tenant.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceConfig {
    /// Its display name.
    pub name: String,
    /// Its application id, a GUID.
    pub app_id: String,
    /// Its identifier URIs. A trailing slash makes no difference to whether a resource is found, only to the audience.
    #[serde(default)]
    pub identifier_uris: Vec<String>,
    /// The version of the access tokens it accepts, 1 or 2. It decides the shape of the token, not the endpoint does.
    #[serde(default = "one")]
    pub token_version: u8,
    /// Whether only assigned identities get a token (AADSTS501051 for others).
    #[serde(default)]
    pub assignment_required: bool,
    /// The client ids that are assigned.
    #[serde(default)]
    pub assigned_to: Vec<String>,
}

/// What an identity is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A user-assigned managed identity: tokens of a day.
    Uami,
    /// An app registration: tokens of an hour.
    App,
}

/// A managed identity or an app registration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityConfig {
    /// Its display name.
    pub name: String,
    /// Its client (application) id, a GUID.
    pub client_id: String,
    /// The object id of its service principal, a GUID: the `oid` and `sub` of its tokens.
    pub object_id: String,
    /// What it is: `uami` (default) or `app`.
    #[serde(default = "uami")]
    pub kind: Kind,
    /// The Azure resource id of a managed identity: the `xms_mirid` of its tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// The lifetime of its tokens in seconds; default 86399 for `uami`, 3599 for `app`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_lifetime_seconds: Option<u64>,
    /// Whether it is disabled (AADSTS7000112).
    #[serde(default)]
    pub disabled: bool,
    /// Whether its service principal is missing in this tenant (AADSTS7000229).
    #[serde(default)]
    pub without_service_principal: bool,
    /// Whether Conditional Access blocks it (AADSTS53003).
    #[serde(default)]
    pub blocked_by_policy: bool,
    /// Its federated identity credentials.
    #[serde(default)]
    pub federated_credentials: Vec<CredentialConfig>,
}

/// A federated identity credential: whose tokens are accepted in place of a secret.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialConfig {
    /// Its name; faults refer to it.
    pub name: String,
    /// The name of an issuer above, or a whole URL, in which `{authority}` stands for the emulator's own.
    pub issuer: String,
    /// The subject, for example `system:serviceaccount:default:app`.
    pub subject: String,
    /// The audience.
    #[serde(default = "token_exchange")]
    pub audience: String,
}

/// A projected service-account token.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectionConfig {
    /// Its name, and that of its folder below the state folder.
    pub name: String,
    /// The name of the issuer that signs it.
    pub issuer: String,
    /// The namespace of the service account.
    pub namespace: String,
    /// The service account.
    pub service_account: String,
    /// The audience.
    #[serde(default = "token_exchange")]
    pub audience: String,
    /// Its lifetime in seconds.
    #[serde(default = "one_hour")]
    pub ttl_seconds: u64,
    /// The age at which it is replaced, in per cent of its lifetime.
    #[serde(default = "eighty")]
    pub rotate_at_percent: u8,
    /// The file's permission bits, in octal text.
    #[serde(default = "world_readable")]
    pub mode: String,
    /// The folder it is projected into; default `projections/<name>` below the state folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

/// A token proxy, as AKS puts one into clusters for identity bindings. It is told from the endpoint behind it by the
/// TLS server name (SNI) of the connection.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyConfig {
    /// The TLS server name: the value of `AZURE_KUBERNETES_SNI_NAME`.
    pub sni_name: String,
    /// The path before the original path of requests, without a slash at its end; may be empty.
    #[serde(default)]
    pub path: String,
    /// The identity bindings of the cluster: which identities may be used in it, and who may use them.
    #[serde(default)]
    pub bindings: Vec<ProxyBinding>,
    /// The API server that is asked who may use identities whose bindings name no subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_reviews: Option<AccessReviewsConfig>,
}

/// An identity binding. Several of one identity are one binding with several subjects.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyBinding {
    /// Who may use it, for example `system:serviceaccount:default:app` (AKS's `allowedSubjects`). Without one, whoever has the verb
    /// `use-managed-identity` in the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The identity's client id.
    pub client_id: String,
}

/// An API server that is asked by SubjectAccessReview.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AccessReviewsConfig {
    /// Its URL.
    pub url: String,
    /// The PEM file with the roots of its certificate. Read for each review.
    pub ca_file: PathBuf,
    /// The file with the token of somebody who may create reviews, as `system:auth-delegator` may. Read for each review.
    pub token_file: PathBuf,
}

fn localhost() -> String {
    "localhost".into()
}
fn one_day() -> u64 {
    86_400
}
fn one_hour() -> u64 {
    3600
}
fn one() -> u8 {
    1
}
fn eighty() -> u8 {
    80
}
fn uami() -> Kind {
    Kind::Uami
}
fn token_exchange() -> String {
    "api://AzureADTokenExchange".into()
}
fn world_readable() -> String {
    "0644".into()
}
