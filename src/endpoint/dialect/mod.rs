//! The ways in which clients ask for a token, one file each.
//!
//! A dialect says which path it lives on, what stands guard there, how a request is read and how the answer looks. All
//! the rest, from choosing the identity to the log line, is the same for all.

mod app_service;
mod body;
mod cloud_shell;
mod imds;
pub(super) mod versions;

use std::time::Duration;

use bytes::Bytes;
use hyper::{Method, Uri};

use super::{
    error_response::ErrorResponse,
    guard::{Guard, GuardHeaders},
    request::{Parameters, same_path},
    request_error::RequestError,
};
use crate::{
    broker::{Freshness, Grant, TokenHash},
    clock::UnixTime,
    identity::Selection,
    names::{ClientId, Resource},
    token::Secret,
};

/// The dialects by name: the bounded vocabulary of the `dialect` log field and metric label.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Kind {
    /// The virtual machine's metadata service.
    Imds,
    /// App Service and Azure Functions.
    AppService,
    /// Cloud Shell and the old extension for virtual machines.
    CloudShell,
    /// Metadata that is not about identities.
    Metadata,
    /// Paths that no dialect lives on.
    Other,
}

impl Kind {
    /// Every kind, for building bounded tables.
    pub(crate) const ALL: [Self; 5] =
        [Self::Imds, Self::AppService, Self::CloudShell, Self::Metadata, Self::Other];

    /// Whether tokens are handed out by it.
    pub(super) const fn has_tokens(self) -> bool {
        matches!(self, Self::Imds | Self::AppService | Self::CloudShell)
    }

    /// The kind as it stands in logs and metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Imds => "imds",
            Self::AppService => "app_service",
            Self::CloudShell => "cloud_shell",
            Self::Metadata => "metadata",
            Self::Other => "none",
        }
    }
}

/// One way of asking.
pub(super) trait Dialect: Send + Sync + 'static {
    /// Its name.
    fn kind(&self) -> Kind;

    /// The path it lives on, in the plain spelling.
    fn path(&self) -> &'static str;

    /// Its methods, as in the header `Allow`.
    fn allow(&self) -> &'static str;

    /// Whether it has `method`.
    fn allows(&self, method: &Method) -> bool;

    /// Whether, with `method`, the parameters stand in a form in the body instead of in the query.
    fn reads_form(&self, _method: &Method) -> bool {
        false
    }

    /// Whether an answer in this dialect is one for a request like that, where the path alone does not decide it.
    fn fits(&self, _envelope: &GuardHeaders<'_>) -> bool {
        true
    }

    /// The checks before anything is read from the request.
    fn admit(&self, guard: &Guard, guard_headers: &GuardHeaders<'_>) -> Result<(), RequestError>;

    /// What is asked for.
    fn token_request<'a>(&self, parameters: &'a Parameters<'_>) -> Result<TokenRequest<'a>, RequestError>;

    /// The body of a 200.
    fn success(&self, granted: &Granted<'_>) -> Bytes;

    /// The body of everything else. `request_id` is that of the header `x-ms-request-id`.
    fn failure(&self, error: &ErrorResponse<'_>, request_id: &str) -> Bytes;
}

/// A token that was asked for.
#[derive(Debug)]
pub(super) struct TokenRequest<'a> {
    /// The API it is for.
    pub(super) resource: Resource,
    /// The identity it is for.
    pub(super) selection: Selection<'a>,
    /// Whether the token in the cache will do.
    pub(super) freshness: Freshness,
}

/// A token as it stands in an answer.
#[derive(Debug)]
pub(super) struct Granted<'a> {
    pub(super) access_token: &'a Secret,
    pub(super) client_id: &'a ClientId,
    /// What is left of its life, in whole seconds.
    pub(super) expires_in: u64,
    /// When it ends.
    pub(super) expires_on: UnixTime,
    /// What is left of its life in an outage, in whole seconds.
    pub(super) ext_expires_in: u64,
    pub(super) not_before: UnixTime,
    pub(super) resource: &'a Resource,
}

impl<'a> Granted<'a> {
    /// `grant`, made for `client_id` and `resource`, as it is `now`.
    pub(super) fn new(
        grant: &'a Grant,
        now: UnixTime,
        client_id: &'a ClientId,
        resource: &'a Resource,
    ) -> Self {
        let token = &grant.token;
        // A zero is read as "never" by some clients, so what is left of the last second counts as one.
        let remaining = grant.remaining.max(Duration::from_secs(1));
        let expires_in = remaining.as_secs();
        let age = now.saturating_since(token.requested_at);
        let outage = token.extended_lifetime.saturating_sub(age).as_secs();
        Self {
            access_token: &token.secret,
            client_id,
            expires_in,
            // The grant may know that the wall clock is wrong.
            expires_on: token.expires_at.min(now + remaining),
            ext_expires_in: outage.max(expires_in),
            // The wall clock may have been set back since.
            not_before: token.requested_at.min(now),
            resource,
        }
    }
}

/// Every dialect there is. The versions of App Service share their path.
const ALL: [&dyn Dialect; 3] = [&imds::Imds, &app_service::PRESENT, &cloud_shell::CloudShell];

/// The dialect that a request asks in.
///
/// A client that knows `MSI_ENDPOINT` and not `MSI_SECRET` speaks as in Cloud Shell on whatever path that names; msrestazure
/// does so, and the Azure CLI that stood on it. Its header tells it from an App Service client with the wrong method.
pub(super) fn of(
    target: &Uri,
    method: &Method,
    guard_headers: &GuardHeaders<'_>,
) -> Option<&'static dyn Dialect> {
    let dialect = ALL
        .into_iter()
        .find(|dialect| same_path(target.path(), dialect.path()))?;
    if dialect.kind() != Kind::AppService {
        return Some(dialect);
    }
    if *method == Method::POST && guard_headers.has_metadata() {
        return Some(&cloud_shell::CloudShell);
    }
    Some(app_service::version(target.query().unwrap_or_default(), guard_headers))
}

/// The answer where no dialect lives: the shape of the metadata service.
pub(super) const FALLBACK: &dyn Dialect = &imds::Imds;

/// The parameters that name an identity, in the spellings that clients are known to send.
const CLIENT_ID: &[&str] = &["client_id", "clientid"];
const OBJECT_ID: &[&str] = &["object_id", "principal_id"];
pub(super) const RESOURCE_ID: &[&str] = &["msi_res_id", "mi_res_id", "msi-res-id", "resource_id"];

/// The kinds of such names, as they stand in the log, with their spellings.
pub(super) const IDENTITY: [(&str, &[&str]); 3] =
    [("client_id", CLIENT_ID), ("object_id", OBJECT_ID), ("resource_id", RESOURCE_ID)];

/// Whether `parameter` names an identity.
pub(super) fn names_identity(parameter: &str) -> bool {
    IDENTITY
        .into_iter()
        .flat_map(|(_, spellings)| spellings)
        .any(|spelling| spelling.eq_ignore_ascii_case(parameter))
}

/// The resource and the identity, by the parameter names that all dialects share.
///
/// Every spelling that a client is known to send is taken on every path; empty ones count as absent.
fn common_token_request<'a>(parameters: &'a Parameters<'_>) -> Result<TokenRequest<'a>, RequestError> {
    let resource = parameters
        .get("resource")
        .ok_or(RequestError::ResourceMissing)?
        .parse::<Resource>()
        .map_err(RequestError::ResourceInvalid)?;
    let client = parameters.any_of(CLIENT_ID)?;
    let object = parameters.any_of(OBJECT_ID)?;
    let azure = parameters.any_of(RESOURCE_ID)?;
    let selection = match (client, object, azure) {
        (None, None, None) => Selection::Default,
        (Some(id), None, None) => Selection::ClientId(id),
        (None, Some(id), None) => Selection::ObjectId(id),
        (None, None, Some(id)) => Selection::ResourceId(id),
        _ => return Err(RequestError::Duplicate),
    };
    Ok(TokenRequest { resource, selection, freshness: freshness(parameters) })
}

/// Whether the client has a reason not to take the token in the cache.
///
/// A hash that is none names no token, so it asks for nothing. `xms_cc`, which says what else the client understands,
/// changes nothing: a token made for it would live long and could be revoked any time.
fn freshness(parameters: &Parameters<'_>) -> Freshness {
    if let Some(hash) = parameters.get("token_sha256_to_refresh") {
        return TokenHash::from_hex(hash).map_or(Freshness::Any, Freshness::NotThis);
    }
    let is_bypass = parameters
        .get("bypass_cache")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if is_bypass { Freshness::Newer } else { Freshness::Any }
}

#[cfg(test)]
mod tests {
    use super::{Freshness, Parameters, RequestError, Selection, TokenHash, common_token_request};

    fn token_request(query: &str) -> Result<String, RequestError> {
        let parameters = Parameters::parse(query).unwrap();
        common_token_request(&parameters)
            .map(|token_request| format!("{} {:?}", token_request.resource, token_request.selection))
    }

    #[test]
    fn every_spelling_of_an_identity() {
        for (name, kind) in [
            ("client_id", "ClientId"),
            ("clientid", "ClientId"),
            ("object_id", "ObjectId"),
            ("principal_id", "ObjectId"),
            ("msi_res_id", "ResourceId"),
            ("mi_res_id", "ResourceId"),
            ("msi-res-id", "ResourceId"),
            ("resource_id", "ResourceId"),
        ] {
            assert_eq!(
                token_request(&format!("resource=api://x&{name}=id")).unwrap(),
                format!("api://x {kind}(\"id\")")
            );
            let empty = format!("resource=api://x&{name}=");
            assert_eq!(token_request(&empty).unwrap(), format!("api://x {:?}", Selection::Default));
        }
    }

    #[test]
    fn what_a_client_says_of_the_token_it_has() {
        let freshness = |more: &str| {
            let query = format!("resource=x&{more}");
            common_token_request(&Parameters::parse(&query).unwrap())
                .unwrap()
                .freshness
        };
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let rejected = Freshness::NotThis(TokenHash::from_hex(hash).unwrap());
        assert_eq!(freshness(&format!("token_sha256_to_refresh={hash}")), rejected);
        assert_eq!(
            freshness(&format!("bypass_cache=true&xms_cc=cp1&token_sha256_to_refresh={hash}")),
            rejected
        );
        for newer in ["bypass_cache=true", "bypass_cache=True", "token_sha256_to_refresh=&bypass_cache=true"]
        {
            assert_eq!(freshness(newer), Freshness::Newer, "{newer}");
        }
        for any in [
            "",
            "bypass_cache=",
            "bypass_cache=false",
            "bypass_cache=1",
            "xms_cc=cp1",
            "token_sha256_to_refresh=x",
        ] {
            assert_eq!(freshness(any), Freshness::Any, "{any}");
        }
    }

    #[test]
    fn one_identity_and_one_resource() {
        assert_eq!(token_request("client_id=a&object_id=b&resource=x"), Err(RequestError::Duplicate));
        assert_eq!(token_request("msi_res_id=a&mi_res_id=a&resource=x"), Err(RequestError::Duplicate));
        assert_eq!(token_request("client_id=a&object_id=&resource=x").unwrap(), "x ClientId(\"a\")");
        assert_eq!(token_request("client_id=a"), Err(RequestError::ResourceMissing));
        assert_eq!(token_request("resource="), Err(RequestError::ResourceMissing));
        assert!(matches!(token_request("resource=a%20b"), Err(RequestError::ResourceInvalid(_))));
    }
}
