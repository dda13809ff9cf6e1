//! Targets in absolute form, as clients send them that take wisp for their `http_proxy`.

use super::{Served, one, plain, request, target};

async fn get(server: &Served, method: &str, target: &str, host: &str) -> String {
    let request = request(method, target, &[("Metadata", "true"), ("Proxy-Connection", "Keep-Alive")])
        .replace("Host: 169.254.169.254", &format!("Host: {host}"));
    plain(&server.raw(request).await)
}

#[tokio::test]
async fn the_metadata_service_is_answered_for() {
    let server = one();
    for host in ["169.254.169.254", "169.254.169.254:80", "localhost:4254", "127.0.0.1", "IMDS.internal"] {
        let answer = get(&server, "GET", &format!("http://{host}{}", target("resource=x")), host).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\n"), "{host}: {answer}");
    }
    let post = server
        .raw(
            request(
                "POST",
                "http://localhost:50342/oauth2/token",
                &[("Metadata", "true"), ("Content-Length", "10")],
            ) + "resource=x",
        )
        .await;
    assert!(post.starts_with("HTTP/1.1 200 OK\r\n"), "{post}");
    let elsewhere = get(&server, "GET", "http://169.254.169.254/metadata/instance", "169.254.169.254").await;
    assert!(elsewhere.starts_with("HTTP/1.1 403 "), "{elsewhere}");
}

#[tokio::test]
async fn no_other_server_is_reached_through_wisp() {
    let server = one();
    let token = target("resource=x");
    for (method, target) in [
        ("GET", "http://example.com/"),
        ("GET", "http://example.com/metadata/instance"),
        ("GET", &format!("http://example.com{token}")),
        ("GET", &format!("http://169.254.169.254@example.com{token}")),
        ("GET", &format!("http://169.254.169.254.example.com{token}")),
        ("GET", &format!("http://10.0.0.1{token}")),
        ("GET", &format!("http://2852039166{token}")),
        ("GET", "https://login.microsoftonline.com/"),
        ("GET", &format!("https://169.254.169.254{token}")),
        ("GET", &format!("ftp://169.254.169.254{token}")),
        ("GET", &format!("http://user@169.254.169.254{token}")),
        ("GET", &format!("http://user:word@169.254.169.254{token}")),
        ("POST", "http://example.com/oauth2/token"),
        ("CONNECT", "login.microsoftonline.com:443"),
        ("CONNECT", "169.254.169.254:80"),
    ] {
        for host in ["169.254.169.254", "example.com"] {
            let answer = get(&server, method, target, host).await;
            assert!(answer.starts_with("HTTP/1.1 400 Bad Request\n"), "{method} {target}: {answer}");
            assert!(answer.contains("wisp is not a proxy"), "{method} {target}: {answer}");
        }
    }
    // The target counts, not what the header says; but a header that lies is refused.
    let lie = get(&server, "GET", &format!("http://169.254.169.254{token}"), "example.com").await;
    assert!(lie.starts_with("HTTP/1.1 400 "), "{lie}");
    assert_eq!(server.setting.tokens.asked(), 0);
    insta::assert_snapshot!(get(&server, "CONNECT", "example.com:443", "example.com:443").await, @r#"
HTTP/1.1 400 Bad Request
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000020
content-length: 162

{"error":"invalid_request","error_description":"wisp is not a proxy: it answers for the metadata service only. Fix: do not use it as http_proxy for other hosts."}
"#);
}
