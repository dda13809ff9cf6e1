//! Cloud Shell and the old extension for virtual machines: `POST /oauth2/token` with a form and `Metadata: true`.
//!
//! A client with `MSI_ENDPOINT` and no `MSI_SECRET` speaks it, on the path that the variable names: a `POST` with that header is
//! of this dialect on the path of App Service too. Java's asks by `GET` instead, with the question in the query. Neither
//! sends an API version.

use bytes::Bytes;
use hyper::Method;
use serde::Serialize;

use super::{
    Ask, Dialect, Envelope, Granted, Guard, Kind, Parameters, Problem, Refused,
    body::{self, bounded, json},
    common_ask,
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

    fn admit(&self, guard: &Guard, envelope: &Envelope<'_>) -> Result<(), Refused> {
        guard.metadata(envelope)
    }

    fn ask<'a>(&self, parameters: &'a Parameters<'_>) -> Result<Ask<'a>, Refused> {
        common_ask(parameters)
    }

    fn success(&self, granted: &Granted<'_>) -> Bytes {
        body::success(granted)
    }

    fn failure(&self, problem: &Problem<'_>, _request_id: &str) -> Bytes {
        bounded(&problem.text(), |message| json(&Failure { error: Detail { code: problem.error, message } }))
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
