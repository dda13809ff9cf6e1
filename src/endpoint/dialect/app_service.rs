//! App Service and Azure Functions: `GET` on the path of `IDENTITY_ENDPOINT` (2019-08-01 and later, header
//! `X-IDENTITY-HEADER`) or of `MSI_ENDPOINT` (2017-09-01, header `secret`), which are the same path here.
//!
//! A shared secret stands where the metadata service has `Metadata: true`; some clients do not send that header here. The
//! API version decides which header holds the secret: neither header opens the other version.

use std::borrow::Cow;

use bytes::Bytes;
use hyper::{Method, header::HeaderName};
use serde::Serialize;

use super::{
    Ask, Dialect, Envelope, Granted, Guard, Kind, Parameters, Problem, Refused,
    body::{self, bounded, json},
    common_ask, versions,
};
use crate::identity;

/// Where both versions live. Clients ask for it with and without a slash at the end, and in capitals.
pub(super) const PATH: &str = "/msi/token";

/// The version that keeps its secret in the header `secret`.
const OLD: &str = "2017-09-01";

/// The version that lets a client name a rejected token. The metadata service does not have it.
const REVOCATION: &str = "2025-03-30";

/// Version 2019-08-01 and all that came after it.
pub(super) static PRESENT: AppService =
    AppService { header: HeaderName::from_static("x-identity-header"), shown: "X-IDENTITY-HEADER" };

/// Version 2017-09-01, which Azure Machine Learning has too.
pub(super) static FORMER: AppService =
    AppService { header: HeaderName::from_static("secret"), shown: "secret" };

/// See the [module](self).
pub(super) struct AppService {
    header: HeaderName,
    /// The header as the contract spells it.
    shown: &'static str,
}

/// The version that `query` asks for, whether the rest of it can be read or not: the refusal must not blame the header of
/// the other version. What is neither is refused by [`PRESENT`], once its secret is right.
pub(super) fn version(query: &str) -> &'static AppService {
    let is_old = query
        .split('&')
        .any(|pair| Parameters::parse(pair).is_ok_and(|p| p.get("api-version") == Some(OLD)));
    if is_old { &FORMER } else { &PRESENT }
}

impl Dialect for AppService {
    fn kind(&self) -> Kind {
        Kind::AppService
    }

    fn path(&self) -> &'static str {
        PATH
    }

    fn allow(&self) -> &'static str {
        "GET"
    }

    fn allows(&self, method: &Method) -> bool {
        *method == Method::GET
    }

    fn admit(&self, guard: &Guard, envelope: &Envelope<'_>) -> Result<(), Refused> {
        guard.secret(envelope, &self.header, self.shown)
    }

    fn ask<'a>(&self, parameters: &'a Parameters<'_>) -> Result<Ask<'a>, Refused> {
        let known = |version: &str| matches!(version, OLD | REVOCATION) || versions::has_identity(version);
        if !parameters.get("api-version").is_some_and(known) {
            return Err(Refused::ApiVersion);
        }
        common_ask(parameters)
    }

    fn success(&self, granted: &Granted<'_>) -> Bytes {
        body::success(granted)
    }

    fn failure(&self, problem: &Problem<'_>, request_id: &str) -> Bytes {
        let status_code = problem.status.as_u16();
        bounded(&text(problem), |message| json(&Failure { status_code, message, correlation_id: request_id }))
    }
}

/// Clients of App Service look for its own words.
fn text<'a>(problem: &'a Problem<'_>) -> Cow<'a, str> {
    match problem.refused {
        Some(Refused::Identity(identity::Refusal::Unknown, _)) => problem.text_after(
            "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId",
        ),
        _ => problem.text(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure<'a> {
    status_code: u16,
    message: &'a str,
    correlation_id: &'a str,
}

#[cfg(test)]
mod tests {
    use super::{Dialect, FORMER, PRESENT, Parameters, Refused, version};

    #[test]
    fn the_version_decides_which_header_counts() {
        for old in [
            "api-version=2017-09-01",
            "resource=x&API-VERSION=2017%2D09-01",
            "resource=%zz&api-version=2017-09-01&resource=x",
        ] {
            assert_eq!(version(old).shown, FORMER.shown, "{old}");
        }
        for other in ["", "api-version=2019-08-01", "resource=2017-09-01", "%"] {
            assert_eq!(version(other).shown, PRESENT.shown, "{other}");
        }
    }

    #[test]
    fn versions_of_both_services_are_taken() {
        let ask = |query: &str| PRESENT.ask(&Parameters::parse(query).unwrap()).map(drop);
        for good in ["2017-09-01", "2018-02-01", "2019-08-01", "2025-03-30"] {
            assert_eq!(ask(&format!("resource=x&api-version={good}")), Ok(()), "{good}");
        }
        for bad in ["", "api-version=", "api-version=2017-12-01", "api-version=latest"] {
            assert_eq!(ask(&format!("resource=x&{bad}")), Err(Refused::ApiVersion), "{bad}");
        }
    }
}
