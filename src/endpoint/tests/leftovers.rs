//! Requests that variables of another service led here.

use std::fmt::Write as _;

use super::{Log, one, request, target};
use crate::endpoint::tests::header;

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn the_answer_names_the_variables() {
    let log = Log::from(tracing::Level::INFO);
    let server = one();
    let token = target("resource=x");
    let old = "/metadata/identity/oauth2/token?api-version=2017-09-01&resource=x";
    let mut answers = String::new();
    for (method, path, headers) in [
        ("GET", token.as_str(), &[("X-IDENTITY-HEADER", "word")][..]),
        ("GET", old, &[("secret", "word")]),
        ("GET", old, &[]),
        ("GET", old, &[("Metadata", "true")]),
        ("POST", "/metadata/identity/oauth2/token", &[("Metadata", "true"), ("Content-Type", FORM)]),
        ("GET", "/oauth2/token?resource=x", &[("x-identity-header", "word")]),
        ("GET", "/?api-version=2019-08-01&resource=x", &[("X-IDENTITY-HEADER", "word")]),
        ("GET", "/msi/token?api-version=2019-08-01&resource=x", &[("X-IDENTITY-HEADER", "word")]),
    ] {
        let answer = server.raw(request(method, path, headers)).await;
        assert_eq!(header(&answer, "retry-after"), None, "{path}");
        let (status, body) = (answer.lines().next().unwrap(), answer.lines().last().unwrap());
        assert!(body.len() <= 1024, "{body}");
        writeln!(answers, "{method} {path} {headers:?}\n  {status}\n  {body}").unwrap();
    }
    insta::assert_snapshot!(answers, @r#"
GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=x [("X-IDENTITY-HEADER", "word")]
  HTTP/1.1 400 Bad Request
  {"error":"invalid_request","error_description":"Required metadata header not specified. The header X-IDENTITY-HEADER belongs to App Service; IDENTITY_ENDPOINT and IDENTITY_HEADER led the client here. Fix: remove IDENTITY_ENDPOINT and IDENTITY_HEADER from the application, or end IDENTITY_ENDPOINT with /msi/token and set WISP_IDENTITY_HEADER to the value of IDENTITY_HEADER."}
GET /metadata/identity/oauth2/token?api-version=2017-09-01&resource=x [("secret", "word")]
  HTTP/1.1 400 Bad Request
  {"error":"invalid_request","error_description":"Required metadata header not specified. The header secret belongs to App Service; MSI_ENDPOINT and MSI_SECRET led the client here. Fix: remove MSI_ENDPOINT and MSI_SECRET from the application, or end MSI_ENDPOINT with /msi/token and set WISP_IDENTITY_HEADER to the value of MSI_SECRET."}
GET /metadata/identity/oauth2/token?api-version=2017-09-01&resource=x []
  HTTP/1.1 400 Bad Request
  {"error":"invalid_request","error_description":"Required metadata header not specified. The api-version 2017-09-01 belongs to App Service; MSI_ENDPOINT and MSI_SECRET led the client here. Fix: remove MSI_ENDPOINT and MSI_SECRET from the application, or end MSI_ENDPOINT with /msi/token and set WISP_IDENTITY_HEADER to the value of MSI_SECRET."}
GET /metadata/identity/oauth2/token?api-version=2017-09-01&resource=x [("Metadata", "true")]
  HTTP/1.1 400 Bad Request
  {"error":"Bad request. api-version is invalid or was not specified in the request. The api-version 2017-09-01 belongs to App Service; MSI_ENDPOINT and MSI_SECRET led the client here. Fix: remove MSI_ENDPOINT and MSI_SECRET from the application, or end MSI_ENDPOINT with /msi/token and set WISP_IDENTITY_HEADER to the value of MSI_SECRET.","newest-versions":["2025-04-07","2024-07-17","2024-03-15"]}
POST /metadata/identity/oauth2/token [("Metadata", "true"), ("Content-Type", "application/x-www-form-urlencoded")]
  HTTP/1.1 405 Method Not Allowed
  {"error":"invalid_request","error_description":"The path does not support this method; see the header Allow. A POST with a form belongs to Cloud Shell; MSI_ENDPOINT led the client here. Fix: remove MSI_ENDPOINT from the application, or end MSI_ENDPOINT with /oauth2/token."}
GET /oauth2/token?resource=x [("x-identity-header", "word")]
  HTTP/1.1 400 Bad Request
  {"error":{"code":"invalid_request","message":"Required metadata header not specified. The header X-IDENTITY-HEADER belongs to App Service; IDENTITY_ENDPOINT and IDENTITY_HEADER led the client here. Fix: remove IDENTITY_ENDPOINT and IDENTITY_HEADER from the application, or end IDENTITY_ENDPOINT with /msi/token and set WISP_IDENTITY_HEADER to the value of IDENTITY_HEADER."}}
GET /?api-version=2019-08-01&resource=x [("X-IDENTITY-HEADER", "word")]
  HTTP/1.1 404 Not Found
  {"error":"not_found","error_description":"This endpoint hands out tokens; nothing is served on this path. The header X-IDENTITY-HEADER belongs to App Service; IDENTITY_ENDPOINT and IDENTITY_HEADER led the client here. Fix: remove IDENTITY_ENDPOINT and IDENTITY_HEADER from the application, or end IDENTITY_ENDPOINT with /msi/token and set WISP_IDENTITY_HEADER to the value of IDENTITY_HEADER."}
GET /msi/token?api-version=2019-08-01&resource=x [("X-IDENTITY-HEADER", "word")]
  HTTP/1.1 401 Unauthorized
  {"statusCode":401,"message":"This endpoint has no App Service secret. Fix: set WISP_IDENTITY_HEADER, and IDENTITY_HEADER (or MSI_SECRET) of the application to the same value; or remove IDENTITY_ENDPOINT, IDENTITY_HEADER, MSI_ENDPOINT and MSI_SECRET from the application.","correlationId":"00000000-0000-4000-8000-000000000008"}
"#);
    let messages: Vec<_> = log
        .lines()
        .iter()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|line| format!("{} {}", line["reason"].as_str().unwrap(), line["leftover"]))
        .collect();
    insta::assert_snapshot!(messages.join("\n"), @r#"
metadata_header "IDENTITY_ENDPOINT and IDENTITY_HEADER"
metadata_header "MSI_ENDPOINT and MSI_SECRET"
metadata_header "MSI_ENDPOINT and MSI_SECRET"
api_version "MSI_ENDPOINT and MSI_SECRET"
method "MSI_ENDPOINT"
metadata_header "IDENTITY_ENDPOINT and IDENTITY_HEADER"
unknown_path "IDENTITY_ENDPOINT and IDENTITY_HEADER"
no_secret null
"#);
    assert!(!log.lines().concat().contains("word"), "not the secret");
}

#[tokio::test]
async fn who_asks_as_the_contract_says_may_have_more_headers() {
    let server = one();
    // The Azure SDK for Rust sends both.
    let both = [("metadata", "true"), ("x-identity-header", "word")];
    let answer = server
        .raw(request("GET", &target("resource=x"), &both))
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}
