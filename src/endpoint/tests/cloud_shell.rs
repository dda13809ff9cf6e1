//! Cloud Shell and the old VM extension: a form, or a query without a version.

use std::fmt::Write as _;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{API, BATCH, LIMITS, Served, Setting, header, one, one_answer, plain, request, to_end};

const PATH: &str = "/oauth2/token";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const METADATA: (&str, &str) = ("Metadata", "true");

fn posted(path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let length = body.len().to_string();
    let headers = [headers, &[("Content-Length", length.as_str())]].concat();
    request("POST", path, &headers) + body
}

async fn post(server: &Served, body: &str) -> String {
    plain(&server.raw(posted(PATH, &[METADATA, FORM], body)).await)
}

fn asked(server: &Served) -> Vec<(String, String)> {
    let asked = server.setting.tokens.asked.lock().unwrap();
    asked
        .iter()
        .map(|key| (key.client_id.to_string(), key.resource.to_string()))
        .collect()
}

#[tokio::test]
async fn a_token_for_a_form() {
    let server = one();
    insta::assert_snapshot!(post(&server, "resource=https%3A%2F%2Fvault.azure.net%2F").await, @r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000001
content-length: 243

{"access_token":"eyJ.marked.secret","client_id":"aaaaaaaa-1111-2222-3333-444444444444","expires_in":"3599","expires_on":"1800003599","ext_expires_in":"3600","not_before":"1800000000","resource":"https://vault.azure.net/","token_type":"Bearer"}
"#);
    // MSICredentials for Java does not encode, others add parameters of their own.
    for form in [
        "resource=https://vault.azure.net/",
        &format!("client_id={API}&resource=https://vault.azure.net/&api-version=2018-02-01&authority=x"),
    ] {
        let answer = post(&server, form).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\n"), "{answer}");
    }
    let asked = asked(&server);
    assert_eq!(asked.len(), 3);
    assert!(
        asked
            .iter()
            .all(|a| *a == (API.into(), "https://vault.azure.net/".into())),
        "{asked:?}"
    );
}

#[tokio::test]
async fn what_is_said_of_the_body() {
    let server = one();
    let body = "resource=x";
    for headers in [
        &[][..],
        &[FORM],
        &[("content-type", "Application/X-WWW-Form-URLEncoded; charset=utf-8")],
        &[("ContentType", "anything")],
    ] {
        let answer = server
            .raw(posted("/oauth2/token/", &[&[METADATA], headers].concat(), body))
            .await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{headers:?}: {answer}");
    }
    for headers in [
        &[("Content-Type", "application/json")][..],
        &[("Content-Type", "multipart/form-data; boundary=x")],
        &[("Content-Type", "")],
        &[FORM, ("Content-Type", "text/plain")],
    ] {
        let answer = server
            .raw(posted(PATH, &[&[METADATA], headers].concat(), body))
            .await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{headers:?}: {answer}");
        assert!(answer.ends_with(r#"{"error":{"code":"invalid_request","message":"The body is no form; send it as application/x-www-form-urlencoded."}}"#), "{answer}");
    }
}

#[tokio::test]
async fn a_form_in_chunks() {
    let server = one();
    let head = request("POST", PATH, &[METADATA, FORM, ("Transfer-Encoding", "chunked")]);
    let whole = format!("{head}5\r\nresou\r\n5\r\nrce=x\r\n0\r\n\r\n");
    assert!(server.raw(whole).await.starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(asked(&server), [(API.to_owned(), "x".to_owned())]);
    let long = format!("{head}2710\r\nresource={}\r\n0\r\n\r\n", "x".repeat(10_000 - 9));
    assert!(server.raw(long).await.starts_with("HTTP/1.1 400 "));
    let broken = format!("{head}zz\r\n");
    assert!(server.raw(broken).await.starts_with("HTTP/1.1 400 "));
    assert_eq!(asked(&server).len(), 1);
}

#[tokio::test]
async fn a_client_that_waits_to_be_told_to_go_on() {
    let server = one();
    let head = |length: usize| {
        let length = length.to_string();
        request("POST", PATH, &[METADATA, FORM, ("Expect", "100-continue"), ("Content-Length", &length)])
    };
    let mut stream = server.connect().await;
    stream.write_all(head(10).as_bytes()).await.unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"resource=x").await.unwrap();
    assert!(to_end(&mut stream).await.starts_with("HTTP/1.1 200 OK\r\n"));
    // Too long: the answer comes instead of the permission.
    let mut stream = server.connect().await;
    stream.write_all(head(10_000).as_bytes()).await.unwrap();
    assert!(one_answer(&mut stream).await.starts_with("HTTP/1.1 400 "));
}

#[tokio::test]
async fn a_query_beside_a_form_is_not_passed_over() {
    let server = Setting::with(&[("api", API), ("batch", BATCH)]).serve(LIMITS);
    let both = |query: &str, body: &str| {
        let request = posted(&format!("{PATH}?{query}"), &[METADATA, FORM], body);
        let server = &server;
        async move {
            let answer = plain(&server.raw(request).await);
            answer.lines().next().unwrap_or_default().to_owned()
        }
    };
    let (good, bad) = ("HTTP/1.1 200 OK", "HTTP/1.1 400 Bad Request");
    assert_eq!(both(&format!("client_id={BATCH}"), "resource=a").await, good);
    assert_eq!(both(&format!("client_id={BATCH}"), "resource=b&client_id=").await, good);
    assert_eq!(both("client_id=&resource=other", &format!("resource=c&client_id={API}")).await, good);
    assert_eq!(both(&format!("clientid={BATCH}"), &format!("resource=d&client_id={API}")).await, bad);
    assert_eq!(both(&format!("client_id={API}"), &format!("resource=d&client_id={API}")).await, bad);
    assert_eq!(both("resource=d", &format!("client_id={API}")).await, bad);
    assert_eq!(both("%", &format!("resource=d&client_id={API}")).await, bad);
    let expected = [(BATCH, "a"), (BATCH, "b"), (API, "c")];
    assert_eq!(asked(&server), expected.map(|(id, resource)| (id.to_owned(), resource.to_owned())));
}

#[tokio::test]
async fn a_query_without_a_version() {
    let server = one();
    let target = format!("{PATH}?resource=https%3A%2F%2Fvault.azure.net%2F&client_id={API}");
    let answer = server
        .raw(request("GET", &target, &[METADATA, ("ContentType", FORM.1)]))
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    // A form is never answered from what a query left behind.
    assert!(
        server
            .raw(posted(&target, &[METADATA, FORM], ""))
            .await
            .starts_with("HTTP/1.1 400 ")
    );
}

#[tokio::test]
async fn refusals_and_failures_in_the_words_of_cloud_shell() {
    let server = one();
    let mut answers = String::new();
    for form in [
        "",
        "resource=%zz",
        &format!("resource=x&client_id={BATCH}"),
        "resource=api://permanent",
        "resource=api://throttled",
        "resource=api://transient",
    ] {
        let answer = post(&server, form).await;
        let (status, body) = (answer.lines().next().unwrap(), answer.lines().last().unwrap());
        let wait = header(&answer, "retry-after");
        writeln!(answers, "form {form:?}\n  {status}, Retry-After {wait:?}\n  {body}").unwrap();
    }
    insta::assert_snapshot!(answers, @r#"
form ""
  HTTP/1.1 400 Bad Request, Retry-After None
  {"error":{"code":"invalid_request","message":"Required audience parameter not specified"}}
form "resource=%zz"
  HTTP/1.1 400 Bad Request, Retry-After None
  {"error":{"code":"invalid_request","message":"The query has malformed percent-encoding."}}
form "resource=x&client_id=bbbbbbbb-1111-2222-3333-444444444444"
  HTTP/1.1 400 Bad Request, Retry-After None
  {"error":{"code":"invalid_request","message":"Identity not found. Fix: ask for an identity that is configured here, or add this one to WISP_IDENTITIES. Configured: api (client_id aaaaaaaa-1111-2222-3333-444444444444)."}}
form "resource=api://permanent"
  HTTP/1.1 400 Bad Request, Retry-After None
  {"error":{"code":"unauthorized_client","message":"AADSTS700016: gone."}}
form "resource=api://throttled"
  HTTP/1.1 429 Too Many Requests, Retry-After Some("20")
  {"error":{"code":"temporarily_unavailable","message":"AADSTS50196: loop."}}
form "resource=api://transient"
  HTTP/1.1 503 Service Unavailable, Retry-After Some("1")
  {"error":{"code":"temporarily_unavailable","message":"no route to Entra"}}
"#);
    for headers in [&[FORM][..], &[FORM, ("Metadata", "yes")], &[FORM, METADATA, ("X-Forwarded-For", "x")]] {
        let answer = server.raw(posted(PATH, headers, "resource=x")).await;
        assert!(
            answer.starts_with("HTTP/1.1 400 ") && answer.contains(r#"{"error":{"code":"invalid_request","#),
            "{answer}"
        );
    }
    let put = server.raw(request("PUT", PATH, &[METADATA])).await;
    assert!(put.starts_with("HTTP/1.1 405 "), "{put}");
    assert_eq!(header(&put, "allow"), Some("GET, POST"));
}
