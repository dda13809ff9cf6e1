//! Cloud Shell and the old extension for virtual machines: `POST /oauth2/token` with a form and `Metadata: true`.
//!
//! A client with `MSI_ENDPOINT` and no `MSI_SECRET` speaks it, on the path that the variable names: a `POST` with that header is
//! of this dialect on the path of App Service too. Java's asks by `GET` instead, with the parameters in the query. Neither
//! sends an API version.

use bytes::Bytes;
use hyper::Method;
use serde::Serialize;

use super::{
    Dialect, ErrorResponse, Granted, Guard, GuardHeaders, Kind, Parameters, RequestError, TokenRequest,
    body::{self, bounded, json},
    common_token_request,
};

/// See the [module](self).
pub(super) struct CloudShell;

impl Dialect for CloudShell {
    fn kind(&self) -> Kind {
        Kind::CloudShell
    }

    fn path(&self) -> &'static str {
        "/oauth2/token"
    }

    fn allow(&self) -> &'static str {
        "GET, POST"
    }

    fn allows(&self, method: &Method) -> bool {
        matches!(*method, Method::GET | Method::POST)
    }

    fn reads_form(&self, method: &Method) -> bool {
        *method == Method::POST
    }

    fn admit(&self, guard: &Guard, guard_headers: &GuardHeaders<'_>) -> Result<(), RequestError> {
        guard.metadata(guard_headers)
    }

    fn token_request<'a>(&self, parameters: &'a Parameters<'_>) -> Result<TokenRequest<'a>, RequestError> {
        common_token_request(parameters)
    }

    fn success(&self, granted: &Granted<'_>) -> Bytes {
        body::success(granted)
    }

    fn failure(&self, error: &ErrorResponse<'_>, _request_id: &str) -> Bytes {
        bounded(&error.text(), |message| json(&Failure { error: Detail { code: error.error, message } }))
    }
}

#[derive(Serialize)]
struct Failure<'a> {
    error: Detail<'a>,
}

#[derive(Serialize)]
struct Detail<'a> {
    code: &'a str,
    message: &'a str,
}
