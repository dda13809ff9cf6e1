//! The ways in which clients ask for a token, one file each.
//!
//! A dialect says which path it lives on, what stands guard there, how a request is read and how the answer looks. All
//! the rest, from choosing the identity to the log line, is the same for all.

mod app_service;

mod body;
mod cloud_shell;
mod granted;
mod imds;
mod kind;
mod token_request;
pub(super) mod versions;

use bytes::Bytes;
use hyper::{Method, Uri};

use self::token_request::common_token_request;
use super::{
    error_response::ErrorResponse,
    guard::{Guard, GuardHeaders},
    request::{Parameters, same_path},
    request_error::RequestError,
};

pub(crate) use self::kind::Kind;
pub(super) use self::{
    granted::Granted,
    token_request::{IDENTITY, RESOURCE_ID, TokenRequest, names_identity},
};

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
