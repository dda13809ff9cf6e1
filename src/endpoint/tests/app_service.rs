//! App Service: both versions on one path, each behind its own header.

use std::fmt::Write as _;

use super::{API, BATCH, LIMITS, Log, Served, Setting, header, one, plain, request};
use crate::{broker::Source, endpoint::dialect::Kind, token::Secret};

const SECRET: &str = "853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a";
const PRESENT: (&str, &str) = ("X-IDENTITY-HEADER", SECRET);
const FORMER: (&str, &str) = ("secret", SECRET);

fn with_secret() -> Served {
    let server = one();
    server
        .setting
        .endpoint
        .set_identity_header(Some(Secret::new(SECRET.into())));
    server
}

fn target(rest: &str) -> String {
    format!("/msi/token?api-version=2019-08-01&{rest}")
}

fn former(rest: &str) -> String {
    format!("/msi/token/?{rest}&api-version=2017-09-01")
}

async fn get(server: &Served, target: &str, headers: &[(&str, &str)]) -> String {
    plain(&server.raw(request("GET", target, headers)).await)
}

#[tokio::test]
async fn a_token_of_either_version() {
    let server = with_secret();
    insta::assert_snapshot!(get(&server, &target("resource=https%3A%2F%2Fvault.azure.net"), &[PRESENT]).await, @r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000001
content-length: 242

{"access_token":"eyJ.marked.secret","client_id":"aaaaaaaa-1111-2222-3333-444444444444","expires_in":"3599","expires_on":"1800003599","ext_expires_in":"3600","not_before":"1800000000","resource":"https://vault.azure.net","token_type":"Bearer"}
"#);
    insta::assert_snapshot!(get(&server, &former("resource=https://vault.azure.net"), &[FORMER]).await, @r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000002
content-length: 242

{"access_token":"eyJ.marked.secret","client_id":"aaaaaaaa-1111-2222-3333-444444444444","expires_in":"3599","expires_on":"1800003599","ext_expires_in":"3600","not_before":"1800000000","resource":"https://vault.azure.net","token_type":"Bearer"}
"#);
}

#[tokio::test]
async fn every_spelling_of_a_client() {
    let server = with_secret();
    for (target, headers) in [
        (target("resource=x"), &[("x-identity-header", SECRET)][..]),
        (target("resource=x"), &[("X-Identity-Header", SECRET), ("Metadata", "true")]),
        ("/MSI/token?api-version=2019-08-01&resource=x".into(), &[PRESENT]),
        ("//msi/token/?api-version=2025-03-30&resource=x".into(), &[PRESENT]),
        (format!("http://127.0.0.1:4254{}", target("resource=x")), &[PRESENT]),
        (target(&format!("resource=x&principal_id=&client_id={API}")), &[PRESENT]),
        ("/MSI/token/?resource=x&api-version=2017-09-01".into(), &[("Secret", SECRET)]),
        (former(&format!("resource=x&clientid={API}")), &[FORMER]),
    ] {
        let answer = get(&server, &target, headers).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\n"), "{target}: {answer}");
    }
}

#[tokio::test]
async fn nothing_opens_but_the_secret_in_its_own_header() {
    let log = Log::from(tracing::Level::TRACE);
    let server = with_secret();
    let (present, old) = (target("resource=x"), former("resource=x"));
    // What is cached_response is behind the same guard.
    for (target, headers) in [(&present, [PRESENT]), (&old, [FORMER])] {
        assert!(
            get(&server, target, &headers)
                .await
                .starts_with("HTTP/1.1 200 ")
        );
    }
    let longer = format!("{SECRET}x");
    let other = SECRET.replace("853b", "853c");
    let metadata = ("Metadata", "true");
    let wrong = ["", "x", &SECRET[1..], &longer, &other, &SECRET.to_uppercase()];
    for value in wrong {
        for (target, name) in [(&present, PRESENT.0), (&old, FORMER.0)] {
            let answer = get(&server, target, &[(name, value), metadata]).await;
            assert!(answer.starts_with("HTTP/1.1 401 Unauthorized\n"), "{name} {value}: {answer}");
        }
    }
    let twice = [PRESENT, PRESENT];
    for (target, headers) in [
        (&present, &[][..]),
        (&present, &[metadata]),
        (&present, &[FORMER, metadata]),
        (&present, &twice),
        (&old, &[]),
        (&old, &[PRESENT, metadata]),
    ] {
        let answer = get(&server, target, headers).await;
        assert!(answer.starts_with("HTTP/1.1 401 Unauthorized\n"), "{target} {headers:?}: {answer}");
        assert!(
            !answer.to_lowercase().contains("unreachable") && !answer.contains("retry-after"),
            "{answer}"
        );
    }
    // Nor does the secret stand for the header of the metadata service.
    for path in [super::target("resource=x"), "/oauth2/token?resource=x".into()] {
        let answer = get(&server, &path, &[PRESENT, FORMER]).await;
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("metadata header"), "{answer}");
    }
    for bad in [[PRESENT, ("X-Forwarded-For", "10.0.0.1")], [PRESENT, ("Host", "169.254.169.254")]] {
        assert!(
            get(&server, &present, &bad)
                .await
                .starts_with("HTTP/1.1 400 "),
            "{bad:?}"
        );
    }
    assert_eq!(server.setting.tokens.asked(), 2);
    assert!(!log.lines().join("").contains(SECRET));
}

#[tokio::test]
async fn without_a_secret_nobody_is_let_in() {
    let server = one();
    for headers in [&[][..], &[PRESENT], &[("X-IDENTITY-HEADER", "")]] {
        let answer = get(&server, &target("resource=x"), headers).await;
        assert!(answer.starts_with("HTTP/1.1 401 Unauthorized\n"), "{answer}");
    }
    insta::assert_snapshot!(get(&server, &target("resource=x"), &[PRESENT]).await, @r#"
HTTP/1.1 401 Unauthorized
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000004
content-length: 327

{"statusCode":401,"message":"This endpoint has no App Service secret. Fix: set WISP_IDENTITY_HEADER, and IDENTITY_HEADER (or MSI_SECRET) of the application to the same value; or remove IDENTITY_ENDPOINT, IDENTITY_HEADER, MSI_ENDPOINT and MSI_SECRET from the application.","correlationId":"00000000-0000-4000-8000-000000000004"}
"#);
    // A new configuration may bring one, or take it away.
    let set = |secret| server.setting.endpoint.set_identity_header(secret);
    set(Some(Secret::new(SECRET.into())));
    assert!(
        get(&server, &target("resource=x"), &[PRESENT])
            .await
            .starts_with("HTTP/1.1 200 ")
    );
    set(None);
    assert!(
        get(&server, &target("resource=x"), &[PRESENT])
            .await
            .starts_with("HTTP/1.1 401 ")
    );
}

#[tokio::test]
async fn refusals_and_failures_in_the_words_of_app_service() {
    let server = with_secret();
    let mut answers = String::new();
    for (target, headers) in [
        (target("resource=x"), [("X-IDENTITY-HEADER", "wrong")]),
        (former("resource=x"), [("secret", "wrong")]),
        ("/msi/token?resource=x".into(), [PRESENT]),
        ("/msi/token?resource=x&api-version=2017-01-01".into(), [PRESENT]),
        (target(""), [PRESENT]),
        (target(&format!("resource=x&client_id={BATCH}")), [PRESENT]),
        (target("resource=x&mi_res_id=/subscriptions/unknown"), [PRESENT]),
        (target(&format!("resource=x&client_id={API}&principal_id=y")), [PRESENT]),
        (target("resource=api://permanent"), [PRESENT]),
        (target("resource=api://throttled"), [PRESENT]),
        (former("resource=api://transient"), [FORMER]),
    ] {
        let answer = get(&server, &target, &headers).await;
        let (status, body) = (answer.lines().next().unwrap(), answer.lines().last().unwrap());
        let id = header(&answer, "x-ms-request-id").unwrap();
        let body = body.replace(id, "THE-REQUEST-ID");
        let wait = header(&answer, "retry-after");
        writeln!(answers, "{target}\n  {status}, Retry-After {wait:?}\n  {body}").unwrap();
    }
    insta::assert_snapshot!(answers, @r#"
/msi/token?api-version=2019-08-01&resource=x
  HTTP/1.1 401 Unauthorized, Retry-After None
  {"statusCode":401,"message":"The header X-IDENTITY-HEADER is missing or not equal to the secret of this endpoint. Fix: give wisp and the application the same value in WISP_IDENTITY_HEADER and in IDENTITY_HEADER (or MSI_SECRET).","correlationId":"THE-REQUEST-ID"}
/msi/token/?resource=x&api-version=2017-09-01
  HTTP/1.1 401 Unauthorized, Retry-After None
  {"statusCode":401,"message":"The header secret is missing or not equal to the secret of this endpoint. Fix: give wisp and the application the same value in WISP_IDENTITY_HEADER and in IDENTITY_HEADER (or MSI_SECRET).","correlationId":"THE-REQUEST-ID"}
/msi/token?resource=x
  HTTP/1.1 400 Bad Request, Retry-After None
  {"statusCode":400,"message":"Bad request. api-version is invalid or was not specified in the request.","correlationId":"THE-REQUEST-ID"}
/msi/token?resource=x&api-version=2017-01-01
  HTTP/1.1 400 Bad Request, Retry-After None
  {"statusCode":400,"message":"Bad request. api-version is invalid or was not specified in the request.","correlationId":"THE-REQUEST-ID"}
/msi/token?api-version=2019-08-01&
  HTTP/1.1 400 Bad Request, Retry-After None
  {"statusCode":400,"message":"Required audience parameter not specified","correlationId":"THE-REQUEST-ID"}
/msi/token?api-version=2019-08-01&resource=x&client_id=bbbbbbbb-1111-2222-3333-444444444444
  HTTP/1.1 400 Bad Request, Retry-After None
  {"statusCode":400,"message":"No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId. Fix: ask for an identity that is configured here, or add this one to WISP_IDENTITIES. Configured: api (client_id aaaaaaaa-1111-2222-3333-444444444444).","correlationId":"THE-REQUEST-ID"}
/msi/token?api-version=2019-08-01&resource=x&mi_res_id=/subscriptions/unknown
  HTTP/1.1 400 Bad Request, Retry-After None
  {"statusCode":400,"message":"No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId. Fix: ask for an identity that is configured here, or give the identity its resource_id in WISP_IDENTITIES. Configured: api (client_id aaaaaaaa-1111-2222-3333-444444444444).","correlationId":"THE-REQUEST-ID"}
/msi/token?api-version=2019-08-01&resource=x&client_id=aaaaaaaa-1111-2222-3333-444444444444&principal_id=y
  HTTP/1.1 400 Bad Request, Retry-After None
  {"statusCode":400,"message":"A parameter is given twice, or the identity is named in two ways; give each once.","correlationId":"THE-REQUEST-ID"}
/msi/token?api-version=2019-08-01&resource=api://permanent
  HTTP/1.1 400 Bad Request, Retry-After None
  {"statusCode":400,"message":"AADSTS700016: gone.","correlationId":"THE-REQUEST-ID"}
/msi/token?api-version=2019-08-01&resource=api://throttled
  HTTP/1.1 429 Too Many Requests, Retry-After Some("20")
  {"statusCode":429,"message":"AADSTS50196: loop.","correlationId":"THE-REQUEST-ID"}
/msi/token/?resource=api://transient&api-version=2017-09-01
  HTTP/1.1 503 Service Unavailable, Retry-After Some("1")
  {"statusCode":503,"message":"no route to Entra","correlationId":"THE-REQUEST-ID"}
"#);
}

#[tokio::test]
async fn several_identities_and_no_default() {
    let server = Setting::with(&[("api", API), ("batch", BATCH)]).serve(LIMITS);
    server
        .setting
        .endpoint
        .set_identity_header(Some(Secret::new(SECRET.into())));
    let answer = get(&server, &target("resource=x"), &[PRESENT]).await;
    assert!(answer.contains("please specify the clientId"), "{answer}");
    let chosen = get(&server, &former(&format!("resource=x&clientid={BATCH}")), &[FORMER]).await;
    assert!(chosen.starts_with("HTTP/1.1 200 ") && chosen.contains(BATCH), "{chosen}");
}

#[tokio::test]
async fn only_get_and_counted_by_its_name() {
    let server = with_secret();
    for method in ["POST", "HEAD", "PUT"] {
        let answer = server
            .raw(request(method, &target("resource=x"), &[PRESENT]))
            .await;
        assert!(answer.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"), "{answer}");
        assert_eq!(header(&answer, "allow"), Some("GET"));
    }
    get(&server, &target("resource=x"), &[PRESENT]).await;
    get(&server, &target("resource=x"), &[PRESENT]).await;
    let counters = server.setting.endpoint.counters();
    let counted: Vec<_> = counters
        .answers()
        .filter(|s| s.count > 0)
        .map(|s| (s.dialect, s.status, s.source, s.count))
        .collect();
    let app_service = |status, source, count| (Kind::AppService, status, source, count);
    assert_eq!(
        counted,
        [
            app_service(200, Some(Source::Exchanged), 1),
            app_service(200, Some(Source::Hit), 1),
            app_service(405, None, 3)
        ]
    );
}
