//! The virtual machine's metadata service: `GET /metadata/identity/oauth2/token` with `Metadata: true`.

use bytes::Bytes;
use hyper::Method;
use serde::Serialize;

use super::{
    Dialect, ErrorResponse, Granted, Guard, GuardHeaders, Kind, Parameters, RequestError, TokenRequest,
    body::{self, bounded, json},
    common_token_request, versions,
};

/// See the [module](self).
pub(super) struct Imds;

impl Dialect for Imds {
    fn kind(&self) -> Kind {
        Kind::Imds
    }

    fn path(&self) -> &'static str {
        "/metadata/identity/oauth2/token"
    }

    fn allow(&self) -> &'static str {
        "GET"
    }

    fn allows(&self, method: &Method) -> bool {
        *method == Method::GET
    }

    fn admit(&self, guard: &Guard, guard_headers: &GuardHeaders<'_>) -> Result<(), RequestError> {
        guard.metadata(guard_headers)
    }

    fn token_request<'a>(&self, parameters: &'a Parameters<'_>) -> Result<TokenRequest<'a>, RequestError> {
        match parameters.get("api-version") {
            Some(version) if versions::has_identity(version) => common_token_request(parameters),
            _ => Err(RequestError::ApiVersion),
        }
    }

    fn success(&self, granted: &Granted<'_>) -> Bytes {
        body::success(granted)
    }

    fn failure(&self, error: &ErrorResponse<'_>, _request_id: &str) -> Bytes {
        if error.refused == Some(&RequestError::ApiVersion) {
            let newest_versions = versions::newest().collect();
            return json(&UnknownVersion { error: &error.text(), newest_versions });
        }
        bounded(&error.text(), |error_description| json(&Failure { error: error.error, error_description }))
    }
}

#[derive(Serialize)]
struct Failure<'a> {
    error: &'a str,
    error_description: &'a str,
}

#[derive(Serialize)]
struct UnknownVersion<'a> {
    error: &'a str,
    #[serde(rename = "newest-versions")]
    newest_versions: Vec<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Granted, Imds, Parameters, RequestError};
    use crate::{
        clock::UnixTime,
        failure::{Category, Class, Failure, MAX_DESCRIPTION},
        token::Secret,
    };

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn success_is_one_compact_line_of_strings() {
        let body = Imds.success(&Granted {
            access_token: &Secret::new("eyJ.eyJ.sig".into()),
            client_id: &"aaaaaaaa-1111-2222-3333-444444444444".parse().unwrap(),
            expires_in: 3599,
            expires_on: UnixTime::from_secs(1_800_003_599),
            ext_expires_in: 3599,
            not_before: UnixTime::from_secs(1_800_000_000),
            resource: &"https://vault.azure.net/".parse().unwrap(),
        });
        insta::assert_snapshot!(text(&body), @r#"{"access_token":"eyJ.eyJ.sig","client_id":"aaaaaaaa-1111-2222-3333-444444444444","expires_in":"3599","expires_on":"1800003599","ext_expires_in":"3599","not_before":"1800000000","resource":"https://vault.azure.net/","token_type":"Bearer"}"#);
    }

    #[test]
    fn an_unknown_version_is_answered_with_known_ones() {
        for query in ["resource=x", "resource=x&api-version=2017-12-01", "api-version=", "api-version=1"] {
            let parameters = Parameters::parse(query).unwrap();
            assert_eq!(Imds.token_request(&parameters).unwrap_err(), RequestError::ApiVersion, "{query}");
        }
        let body = Imds.failure(&super::ErrorResponse::from(&RequestError::ApiVersion), "");
        insta::assert_snapshot!(text(&body), @r#"{"error":"Bad request. api-version is invalid or was not specified in the request.","newest-versions":["2025-04-07","2024-07-17","2024-03-15"]}"#);
    }

    #[test]
    fn a_failure_body_stays_within_one_kibibyte() {
        let body_of = |failure: &Failure| Imds.failure(&failure.into(), "");
        let failure =
            Failure::new(Class::Permanent, Category::Client, "unauthorized_client", "x".repeat(2000));
        let body = body_of(&failure);
        assert!(body.len() <= 1024 && body.len() > MAX_DESCRIPTION, "{}", body.len());
        let quotes =
            Failure::new(Class::Permanent, Category::Client, "unauthorized_client", "\"".repeat(2000));
        let body = body_of(&quotes);
        assert!(body.len() <= 1024 && serde_json::from_slice::<serde_json::Value>(&body).is_ok());
    }
}
