//! App Service and Azure Functions: `GET` on the path of `IDENTITY_ENDPOINT` (2019-08-01 and later, header
//! `X-IDENTITY-HEADER`) or of `MSI_ENDPOINT` (2017-09-01, header `secret`), which are the same path here.
//!
//! A shared secret stands where the metadata service has `Metadata: true`; some clients do not send that header here. The
//! API version decides which header holds the secret: neither header opens the other version.
//!
//! In version 2017-09-01 the service tells the end of a token as a date. Most clients read the number as well, and many read
//! only that, so the date is for the few that read nothing else.

use std::borrow::Cow;

use bytes::Bytes;
use hyper::{
    Method,
    header::{HeaderName, HeaderValue},
};
use serde::Serialize;

use super::{
    Dialect, ErrorResponse, Granted, Guard, GuardHeaders, Kind, Parameters, RequestError, TokenRequest,
    body::{self, bounded, json},
    common_token_request, versions,
};
use crate::{
    clock::{Date, UnixTime},
    identity,
};

/// Where both versions live. Clients ask for it with and without a slash at the end, and in capitals.
pub(super) const PATH: &str = "/msi/token";

/// The version that keeps its secret in the header `secret`.
const OLD: &str = "2017-09-01";

/// The version that lets a client name a rejected token. The metadata service does not have it.
const REVOCATION: &str = "2025-03-30";

/// The clients of version 2017-09-01 that read `expires_on` as a date only, by the product in their `User-Agent`.
const WANT_DATES: [&str; 2] = ["azsdk-python-identity/1.5.", "azsdk-js-identity/1."];

/// Version 2019-08-01 and all that came after it.
pub(super) static PRESENT: AppService = AppService {
    header: HeaderName::from_static("x-identity-header"),
    shown: "X-IDENTITY-HEADER",
    expiry: Expiry::Number,
};

/// Version 2017-09-01, which Azure Machine Learning has too.
static FORMER: AppService =
    AppService { header: HeaderName::from_static("secret"), shown: "secret", expiry: Expiry::FormerNumber };

/// The same for [`WANT_DATES`].
static DATED: AppService =
    AppService { header: HeaderName::from_static("secret"), shown: "secret", expiry: Expiry::Date };

/// See the [module](self).
pub(super) struct AppService {
    header: HeaderName,
    /// The header as the contract spells it.
    shown: &'static str,
    expiry: Expiry,
}

/// How the end of a token is written.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Expiry {
    /// In seconds, to everybody.
    Number,
    /// In seconds, except to [`WANT_DATES`].
    FormerNumber,
    /// As a date, to those.
    Date,
}

fn wants_date(guard_headers: &GuardHeaders<'_>) -> bool {
    let products = guard_headers
        .user_agent()
        .map(HeaderValue::as_bytes)
        .unwrap_or_default()
        .split(|byte| *byte == b' ');
    products.into_iter().any(|product| {
        WANT_DATES
            .iter()
            .any(|wants| product.starts_with(wants.as_bytes()))
    })
}

/// The version that `query` asks for, whether the rest of it can be read or not: the refusal must not blame the header of
/// the other version. What is neither is refused by [`PRESENT`], once its secret is right.
pub(super) fn version(query: &str, guard_headers: &GuardHeaders<'_>) -> &'static AppService {
    let is_old = query
        .split('&')
        .any(|pair| Parameters::parse(pair).is_ok_and(|p| p.get("api-version") == Some(OLD)));
    match is_old {
        true if wants_date(guard_headers) => &DATED,
        true => &FORMER,
        false => &PRESENT,
    }
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

    fn fits(&self, guard_headers: &GuardHeaders<'_>) -> bool {
        match self.expiry {
            Expiry::Number => true,
            Expiry::FormerNumber => !wants_date(guard_headers),
            Expiry::Date => wants_date(guard_headers),
        }
    }

    fn admit(&self, guard: &Guard, guard_headers: &GuardHeaders<'_>) -> Result<(), RequestError> {
        guard.secret(guard_headers, &self.header, self.shown)
    }

    fn token_request<'a>(&self, parameters: &'a Parameters<'_>) -> Result<TokenRequest<'a>, RequestError> {
        let known = |version: &str| matches!(version, OLD | REVOCATION) || versions::has_identity(version);
        if !parameters.get("api-version").is_some_and(known) {
            return Err(RequestError::ApiVersion);
        }
        common_token_request(parameters)
    }

    fn success(&self, granted: &Granted<'_>) -> Bytes {
        match self.expiry {
            Expiry::Number | Expiry::FormerNumber => body::success(granted),
            Expiry::Date => body::success_until(granted, &date(granted.expires_on)),
        }
    }

    fn failure(&self, error: &ErrorResponse<'_>, request_id: &str) -> Bytes {
        let status_code = error.status.as_u16();
        bounded(&text(error), |message| json(&Failure { status_code, message, correlation_id: request_id }))
    }
}

/// Clients of App Service look for its own words.
fn text<'a>(error: &'a ErrorResponse<'_>) -> Cow<'a, str> {
    match error.refused {
        Some(RequestError::Identity(identity::LookupError::Unknown, _)) => error.text_after(
            "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId",
        ),
        _ => error.text(),
    }
}

/// A time as the service writes it on Linux: `06/20/2019 02:57:58 +00:00`.
fn date(time: UnixTime) -> String {
    let Date { year, month, day } = time.date();
    format!("{month:02}/{day:02}/{year:04} {} +00:00", time.time_of_day())
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
    use hyper::{Request, http::request::Parts};

    use super::{
        Dialect, FORMER, GuardHeaders, PRESENT, Parameters, RequestError, UnixTime, date, version, wants_date,
    };

    fn from(user_agent: &str) -> Parts {
        let request = Request::get("/msi/token").header("User-Agent", user_agent);
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn dates_are_for_those_who_read_nothing_else() {
        let wants = |user_agent: &str| wants_date(&GuardHeaders::read(&from(user_agent)));
        for old in [
            "azsdk-python-identity/1.5.0 Python/3.8.10 (Linux-5.4)",
            "shop azsdk-python-identity/1.5.1 Python/3.8.10",
            "azsdk-js-identity/1.5.2 core-http/2.2.0 Node/v14.17.0 OS/(x64-Linux-5.4)",
        ] {
            assert!(wants(old), "{old}");
        }
        for other in [
            "",
            "azsdk-python-identity/1.4.1 Python/3.8.10",
            "azsdk-python-identity/1.50.0 Python/3.12",
            "azsdk-python-identity/1.6.0 Python/3.8.10",
            "azsdk-js-identity/2.0.0 core-http/2.2.0",
            "azsdk-js-identity/4.13.1",
            "azsdk-net-Identity/1.5.0",
            "x-azsdk-js-identity/1.5.2",
        ] {
            assert!(!wants(other), "{other}");
        }
        assert_eq!(date(UnixTime::from_secs(1_560_999_478)), "06/20/2019 02:57:58 +00:00");
    }

    #[test]
    fn the_version_decides_which_header_counts() {
        for old in [
            "api-version=2017-09-01",
            "resource=x&API-VERSION=2017%2D09-01",
            "resource=%zz&api-version=2017-09-01&resource=x",
        ] {
            assert_eq!(version(old, &GuardHeaders::read(&from("curl"))).shown, FORMER.shown, "{old}");
        }
        for other in ["", "api-version=2019-08-01", "resource=2017-09-01", "%"] {
            assert_eq!(version(other, &GuardHeaders::read(&from("curl"))).shown, PRESENT.shown, "{other}");
        }
    }

    #[test]
    fn versions_of_both_services_are_taken() {
        let token_request = |query: &str| {
            PRESENT
                .token_request(&Parameters::parse(query).unwrap())
                .map(drop)
        };
        for good in ["2017-09-01", "2018-02-01", "2019-08-01", "2025-03-30"] {
            assert_eq!(token_request(&format!("resource=x&api-version={good}")), Ok(()), "{good}");
        }
        for bad in ["", "api-version=", "api-version=2017-12-01", "api-version=latest"] {
            assert_eq!(token_request(&format!("resource=x&{bad}")), Err(RequestError::ApiVersion), "{bad}");
        }
    }
}
