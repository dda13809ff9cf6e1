//! Every situation that the contract of the metadata service names, byte by byte.

use std::{fmt::Write as _, sync::Arc};

use super::{API, BATCH, LIMITS, Log, NOW, Setting, header, one, plain, registry, request, target};
use crate::{
    clock::{Clock as _, UnixTime},
    failure::{Category, Class, Failure},
};

const RESOURCE: &str = "resource=https%3A%2F%2Fvault.azure.net%2F";

#[tokio::test]
async fn a_token() {
    let server = one();
    let answer = server.get(&target(RESOURCE)).await;
    insta::assert_snapshot!(answer, @r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000001
content-length: 243

{"access_token":"eyJ.marked.secret","client_id":"aaaaaaaa-1111-2222-3333-444444444444","expires_in":"3599","expires_on":"1800003599","ext_expires_in":"3600","not_before":"1800000000","resource":"https://vault.azure.net/","token_type":"Bearer"}
"#);
    let asked = server.setting.tokens.asked.lock().unwrap().pop().unwrap();
    assert_eq!(
        (asked.client_id.as_str(), asked.tenant.as_str(), asked.resource.as_str()),
        (API, "contoso.com", "https://vault.azure.net/")
    );
}

#[tokio::test]
async fn the_probe_gets_its_400_whatever_else_is_missing() {
    let server = one();
    let starting = Setting::starting().serve(LIMITS);
    let full = target(RESOURCE);
    for path in
        ["/metadata/identity/oauth2/token", full.as_str(), "//metadata/identity/oauth2/token/?client_id=x"]
    {
        for server in [&server, &starting] {
            let answer = plain(&server.raw(request("GET", path, &[])).await);
            let body = answer.lines().last().unwrap();
            assert!(answer.starts_with("HTTP/1.1 400 Bad Request\n"), "{answer}");
            assert_eq!(
                body,
                r#"{"error":"invalid_request","error_description":"Required metadata header not specified"}"#
            );
        }
    }
    let answer = plain(
        &server
            .raw(request("GET", &full, &[("Metadata", "yes")]))
            .await,
    );
    insta::assert_snapshot!(answer, @r#"
HTTP/1.1 400 Bad Request
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000004
content-length: 88

{"error":"invalid_request","error_description":"Required metadata header not specified"}
"#);
    assert_eq!(server.setting.tokens.asked(), 0);
}

#[tokio::test]
async fn refusals_of_the_contract() {
    let server = one();
    let mut answers = String::new();
    for query in [
        "/metadata/identity/oauth2/token?resource=x".to_owned(),
        "/metadata/identity/oauth2/token?api-version=2017-08-01&resource=x".to_owned(),
        target(""),
        target("resource="),
        target("resource=a%20b"),
        target("resource=x&resource=x"),
        target(&format!("resource=x&client_id={API}&clientid={API}")),
        target(&format!("resource=x&client_id={API}&object_id=y")),
        target("resource=%zz"),
        target(&format!("resource=x&client_id={BATCH}")),
        target("resource=x&object_id=unknown"),
        target("resource=x&msi_res_id=/subscriptions/unknown"),
    ] {
        let answer = server.get(&query).await;
        assert_eq!(header(&answer, "retry-after"), None, "{query}");
        let (status, body) = (answer.lines().next().unwrap(), answer.lines().last().unwrap());
        writeln!(answers, "{query}\n  {status}\n  {body}").unwrap();
    }
    insta::assert_snapshot!(answers, @r#"
/metadata/identity/oauth2/token?resource=x
  HTTP/1.1 400 Bad Request
  {"error":"Bad request. api-version is invalid or was not specified in the request.","newest-versions":["2025-04-07","2024-07-17","2024-03-15"]}
/metadata/identity/oauth2/token?api-version=2017-08-01&resource=x
  HTTP/1.1 400 Bad Request
  {"error":"Bad request. api-version is invalid or was not specified in the request.","newest-versions":["2025-04-07","2024-07-17","2024-03-15"]}
/metadata/identity/oauth2/token?api-version=2018-02-01&
  HTTP/1.1 400 Bad Request
  {"error":"invalid_request","error_description":"Required audience parameter not specified"}
/metadata/identity/oauth2/token?api-version=2018-02-01&resource=
  HTTP/1.1 400 Bad Request
  {"error":"invalid_request","error_description":"Required audience parameter not specified"}
/metadata/identity/oauth2/token?api-version=2018-02-01&resource=a%20b
  HTTP/1.1 400 Bad Request
  {"error":"invalid_resource","error_description":"The parameter 'resource' is malformed: expected one App ID URI or GUID, without white space, quotes or control characters."}
/metadata/identity/oauth2/token?api-version=2018-02-01&resource=x&resource=x
  HTTP/1.1 400 Bad Request
  {"error":"invalid_request","error_description":"A parameter is given twice, or the identity is named in two ways; give each once."}
/metadata/identity/oauth2/token?api-version=2018-02-01&resource=x&client_id=aaaaaaaa-1111-2222-3333-444444444444&clientid=aaaaaaaa-1111-2222-3333-444444444444
  HTTP/1.1 400 Bad Request
  {"error":"invalid_request","error_description":"A parameter is given twice, or the identity is named in two ways; give each once."}
/metadata/identity/oauth2/token?api-version=2018-02-01&resource=x&client_id=aaaaaaaa-1111-2222-3333-444444444444&object_id=y
  HTTP/1.1 400 Bad Request
  {"error":"invalid_request","error_description":"A parameter is given twice, or the identity is named in two ways; give each once."}
/metadata/identity/oauth2/token?api-version=2018-02-01&resource=%zz
  HTTP/1.1 400 Bad Request
  {"error":"invalid_request","error_description":"The query has malformed percent-encoding."}
/metadata/identity/oauth2/token?api-version=2018-02-01&resource=x&client_id=bbbbbbbb-1111-2222-3333-444444444444
  HTTP/1.1 400 Bad Request
  {"error":"invalid_request","error_description":"Identity not found. Fix: ask for an identity that is configured here, or add this one to WISP_IDENTITIES. Configured: api (client_id aaaaaaaa-1111-2222-3333-444444444444)."}
/metadata/identity/oauth2/token?api-version=2018-02-01&resource=x&object_id=unknown
  HTTP/1.1 400 Bad Request
  {"error":"invalid_request","error_description":"Identity not found. Fix: ask for an identity that is configured here, or give the identity its object_id in WISP_IDENTITIES. Configured: api (client_id aaaaaaaa-1111-2222-3333-444444444444)."}
/metadata/identity/oauth2/token?api-version=2018-02-01&resource=x&msi_res_id=/subscriptions/unknown
  HTTP/1.1 400 Bad Request
  {"error":"invalid_request","error_description":"Identity not found. Fix: ask for an identity that is configured here, or give the identity its resource_id in WISP_IDENTITIES. Configured: api (client_id aaaaaaaa-1111-2222-3333-444444444444)."}
"#);
    // Once, for the resource id: the configured identity's own might have been just that.
    assert_eq!(server.setting.tokens.asked(), 1);
}

#[tokio::test]
async fn what_comes_through_a_proxy_or_by_another_name_is_refused() {
    let server = one();
    let forwarded = [("Metadata", "true"), ("X-Forwarded-For", "10.0.0.1")];
    let answer = plain(
        &server
            .raw(request("GET", &target(RESOURCE), &forwarded))
            .await,
    );
    insta::assert_snapshot!(answer, @r#"
HTTP/1.1 400 Bad Request
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000001
content-length: 135

{"error":"invalid_request","error_description":"The header X-Forwarded-For is not allowed; ask the metadata endpoint without a proxy."}
"#);
    let rebound = request("GET", &target(RESOURCE), &[("Metadata", "true")])
        .replace("Host: 169.254.169.254", "Host: evil.example");
    insta::assert_snapshot!(plain(&server.raw(rebound).await), @r#"
HTTP/1.1 400 Bad Request
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000002
content-length: 124

{"error":"invalid_request","error_description":"The Host is neither 169.254.169.254 nor loopback nor a name in WISP_HOSTS."}
"#);
    assert_eq!(server.setting.tokens.asked(), 0);
}

#[tokio::test]
async fn several_identities_and_no_default() {
    let server = Setting::with(&[("api", API), ("batch", BATCH)]).serve(LIMITS);
    insta::assert_snapshot!(server.get(&target(RESOURCE)).await, @r#"
HTTP/1.1 400 Bad Request
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000001
content-length: 168

{"error":"invalid_request","error_description":"Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request"}
"#);
    let chosen = server
        .get(&target(&format!("{RESOURCE}&client_id={}", BATCH.to_uppercase())))
        .await;
    assert!(chosen.starts_with("HTTP/1.1 200 OK") && chosen.contains(BATCH), "{chosen}");
}

#[tokio::test]
async fn failures_by_class() {
    let server = one();
    let mut answers = String::new();
    for class in ["permanent", "propagation", "throttled", "transient", "assertion"] {
        let answer = server
            .get(&target(&format!("resource=api://{class}")))
            .await;
        let (status, body) = (answer.lines().next().unwrap(), answer.lines().last().unwrap());
        let wait = header(&answer, "retry-after");
        writeln!(answers, "{class}: {status}, Retry-After {wait:?}\n  {body}").unwrap();
    }
    insta::assert_snapshot!(answers, @r#"
permanent: HTTP/1.1 400 Bad Request, Retry-After None
  {"error":"unauthorized_client","error_description":"AADSTS700016: gone."}
propagation: HTTP/1.1 503 Service Unavailable, Retry-After Some("10")
  {"error":"invalid_request","error_description":"AADSTS70021: soon."}
throttled: HTTP/1.1 429 Too Many Requests, Retry-After Some("20")
  {"error":"temporarily_unavailable","error_description":"AADSTS50196: loop."}
transient: HTTP/1.1 503 Service Unavailable, Retry-After Some("1")
  {"error":"temporarily_unavailable","error_description":"no route to Entra"}
assertion: HTTP/1.1 503 Service Unavailable, Retry-After Some("1")
  {"error":"temporarily_unavailable","error_description":"/x/token is missing"}
"#);
}

#[tokio::test]
async fn paths_of_other_services_are_not_here() {
    let server = one();
    for path in
        ["/", "/latest/meta-data", "/metadatax", "/x/../metadata/instance", "/%6detadata/instance", "*"]
    {
        let answer = server.get(path).await;
        assert!(answer.starts_with("HTTP/1.1 404 Not Found\n"), "{path}: {answer}");
    }
    for path in [
        "/metadata",
        "//Metadata/",
        "/metadata/instance?api-version=2021-02-01",
        "/metadata/instance/compute?api-version=2021-02-01",
        "/metadata/versions",
        "/metadata/identity/getplatformmetadata?cred-api-version=2.0",
        "/metadata/identity/info?api-version=2018-02-01",
        "/metadata/identity/oauth2/%74oken?api-version=2018-02-01&resource=x",
        "/metadata/identity/oauth2/token/x?api-version=2018-02-01&resource=x",
    ] {
        for headers in [&[("Metadata", "true")][..], &[]] {
            let answer = server.raw(request("GET", path, headers)).await;
            assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{path}: {answer}");
            assert_eq!(header(&answer, "retry-after"), None);
            assert!(!answer.to_lowercase().contains("unreachable"), "{answer}");
        }
    }
    insta::assert_snapshot!(server.get("/nothing").await, @r#"
HTTP/1.1 404 Not Found
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000019
content-length: 107

{"error":"not_found","error_description":"This endpoint hands out tokens; nothing is served on this path."}
"#);
    insta::assert_snapshot!(server.get("/metadata/instance").await, @r#"
HTTP/1.1 403 Forbidden
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-00000000001a
content-length: 286

{"error":"not_served","error_description":"wisp hands out tokens and serves nothing else on this path. Fix: where the application needs it, set WISP_INSTANCE_DOCUMENT, which serves /metadata/instance, or WISP_PASSTHROUGH, which passes paths on to the node, except those of identities."}
"#);
    assert_eq!(server.setting.tokens.asked(), 0);
}

#[tokio::test]
async fn only_get() {
    let server = one();
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "HEAD", "get", "BREW"] {
        let answer = server
            .raw(request(method, &target(RESOURCE), &[("Metadata", "true")]))
            .await;
        assert!(answer.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"), "{method}: {answer}");
        assert_eq!(header(&answer, "allow"), Some("GET"), "{method}");
        assert_eq!(answer.ends_with("\r\n\r\n"), method == "HEAD", "{method}: {answer}");
    }
    let post = server
        .raw(request("POST", &target(RESOURCE), &[("Metadata", "true")]))
        .await;
    insta::assert_snapshot!(plain(&post), @r#"
HTTP/1.1 405 Method Not Allowed
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000008
allow: GET
content-length: 107

{"error":"invalid_request","error_description":"The path does not have this method; see the header Allow."}
"#);
    assert_eq!(server.setting.tokens.asked(), 0);
}

#[tokio::test]
async fn before_configuration_is_complete() {
    let server = Setting::starting().serve(LIMITS);
    insta::assert_snapshot!(server.get(&target(RESOURCE)).await, @r#"
HTTP/1.1 503 Service Unavailable
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000001
retry-after: 1
content-length: 111

{"error":"temporarily_unavailable","error_description":"The endpoint is starting and will answer in a moment."}
"#);
    let Setting { endpoint, tokens, .. } = &server.setting;
    endpoint.open(Arc::clone(tokens), registry(&[("api", API)]));
    assert!(
        server
            .get(&target(RESOURCE))
            .await
            .starts_with("HTTP/1.1 200 OK\n")
    );
}

#[tokio::test]
async fn every_spelling_of_a_client() {
    let server = one();
    let raw = "resource=https://vault.azure.net/";
    for request_target in [
        target(RESOURCE),
        target(raw),
        format!("/metadata/identity/oauth2/token/?api-version=2019-08-01&{raw}"),
        format!("//metadata/identity/oauth2/token/?api-version=2021-02-01&{raw}"),
        format!("/Metadata/Identity/OAuth2/Token?API-Version=2018-02-01&{raw}&bypass_cache=true&authority=x"),
        format!("http://169.254.169.254{}", target(raw)),
        target(&format!("{raw}&msi_res_id=&client_id={API}")),
    ] {
        let answer = server.get(&request_target).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\n"), "{request_target}: {answer}");
        assert!(answer.contains(r#""resource":"https://vault.azure.net/""#), "{answer}");
    }
    let odd = [("metadata", "true"), ("Content-Type", "application/x-www-form-urlencoded")];
    let answer = server.raw(request("GET", &target(raw), &odd)).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let foreign = server
        .get(&format!("http://example.com{}", target(raw)))
        .await;
    assert!(foreign.starts_with("HTTP/1.1 400 "), "{foreign}");
}

#[tokio::test]
async fn request_ids_are_given_and_given_back() {
    let server = one();
    let ids = [("Metadata", "true"), ("x-ms-client-request-id", "0b1e5e1f-1111-2222-3333-444444444444")];
    let mut seen = Vec::new();
    for path in [target(RESOURCE), target(RESOURCE), target("resource=api://permanent"), "/x".into()] {
        let answer = server.raw(request("GET", &path, &ids)).await;
        assert_eq!(header(&answer, "x-ms-client-request-id"), Some(ids[1].1), "{path}");
        let id = header(&answer, "x-ms-request-id").unwrap().to_owned();
        assert!(crate::names::is_guid(&id) && !seen.contains(&id), "{id} {seen:?}");
        seen.push(id);
    }
    let silent = server
        .raw(request("GET", &target(RESOURCE), &[("Metadata", "true")]))
        .await;
    assert_eq!(header(&silent, "x-ms-client-request-id"), None);
}

#[tokio::test]
async fn one_log_line_for_each_request_and_never_the_token() {
    let log = Log::from(tracing::Level::INFO);
    let server = one();
    let ids = [("Metadata", "true"), ("x-ms-client-request-id", "cid")];
    for (path, headers) in [
        (target(RESOURCE), &ids[..]),
        // Answered from memory: no line.
        (target(RESOURCE), &ids[..]),
        (target("resource=api://permanent"), &ids[..]),
        (target("resource=x&client_id=y"), &ids[..]),
        (target(RESOURCE), &[]),
    ] {
        server.raw(request("GET", &path, headers)).await;
    }
    let lines: Vec<_> = log
        .lines()
        .into_iter()
        .map(|line| {
            let line = format!("{{{}", &line[line.find("\"level\"").unwrap()..]);
            let start = line.find("\"latency_ms\":").unwrap();
            let end = start + line[start..].find([',', '}']).unwrap();
            format!("{}\"latency_ms\":N{}", &line[..start], &line[end..])
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
{"level":"INFO","message":"token handed out","request_id":"00000000-0000-4000-8000-000000000001","client_request_id":"cid","dialect":"imds","status":200,"operation":"token","result":"success","azureResource":"https://vault.azure.net/","managedIdentityClientId":"hash-of-aaaaaaaa","cache":"exchanged","latency_ms":N}
{"level":"WARN","message":"no token available","request_id":"00000000-0000-4000-8000-000000000003","client_request_id":"cid","dialect":"imds","status":400,"operation":"token","result":"failure","errorClass":"permanent","errorCategory":"service","azureResource":"api://permanent","managedIdentityClientId":"hash-of-aaaaaaaa","latency_ms":N,"detail":"AADSTS700016: gone."}
{"level":"WARN","message":"request refused","request_id":"00000000-0000-4000-8000-000000000004","client_request_id":"cid","dialect":"imds","status":400,"operation":"token","result":"refused","reason":"identity_unknown","errorCategory":"client","method":"GET","path":"/metadata/identity/oauth2/token","host":"169.254.169.254","identity_kind":"client_id","identity":"hash-of-y","azureResource":"x","latency_ms":N,"detail":"Identity not found","advice":"Fix: ask for an identity that is configured here, or add this one to WISP_IDENTITIES. Configured: api (client_id hash-of-aaaaaaaa)."}
{"level":"INFO","message":"request refused","request_id":"00000000-0000-4000-8000-000000000005","dialect":"imds","status":400,"operation":"token","result":"refused","reason":"metadata_header","errorCategory":"request","method":"GET","path":"/metadata/identity/oauth2/token","host":"169.254.169.254","latency_ms":N,"detail":"Required metadata header not specified"}
"#);
    let all = Log::from(tracing::Level::TRACE);
    server.setting.clock.forward(1);
    server.get(&target(RESOURCE)).await;
    server.get(&target(RESOURCE)).await;
    assert!(
        all.lines()
            .iter()
            .any(|line| line.contains("answered from the response cache"))
    );
    assert!(!all.lines().join("").contains("marked"));
}

#[tokio::test]
async fn a_clock_that_is_set_back_gives_no_token_from_the_future() {
    let server = one();
    let field = |answer: &str, name: &str| {
        let value: serde_json::Value = serde_json::from_str(answer.lines().last().unwrap()).unwrap();
        value[name].as_str().unwrap().parse::<u64>().unwrap()
    };
    for seconds in [0, 60, 3600, 1_000_000] {
        server.setting.clock.back(seconds);
        let answer = server.get(&target("resource=api://x")).await;
        let (from, until) = (field(&answer, "not_before"), field(&answer, "expires_on"));
        let now = server.setting.clock.wall().secs();
        assert!(from <= now && now < until, "{from} {now} {until}");
    }
}

#[tokio::test]
async fn who_is_told_to_wait_is_told_until_when() {
    let mut setting = Setting::starting();
    let failure = |text: &str| {
        let mut failure = Failure::new(Class::Propagation, Category::Client, "unauthorized_client", text);
        failure.permanent_from = Some(UnixTime::from_secs(NOW + 75).time_of_day());
        failure
    };
    Arc::get_mut(&mut setting.tokens).unwrap().failures.extend([
        ("api://soon", failure("AADSTS700016: gone. Fix: check it.")),
        ("api://long", failure(&"long ".repeat(400))),
    ]);
    setting
        .endpoint
        .open(Arc::clone(&setting.tokens), registry(&[("api", API)]));
    let server = setting.serve(LIMITS);
    let answer = server.get(&target("resource=api://soon")).await;
    insta::assert_snapshot!(answer.lines().last().unwrap(), @r#"{"error":"unauthorized_client","error_description":"AADSTS700016: gone. Fix: check it. Answered 503 until 08:01:15 UTC because it may still be spreading, then 400."}"#);
    let long = server.get(&target("resource=api://long")).await;
    let body = long.lines().last().unwrap();
    assert!(body.len() <= 1024, "{}", body.len());
    let end = "… Answered 503 until 08:01:15 UTC because it may still be spreading, then 400.\"}";
    assert!(body.ends_with(end), "{body}");
}
