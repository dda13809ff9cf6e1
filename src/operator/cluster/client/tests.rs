//! Calls to a server that answers what it is given.

use std::{fs, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use parking_lot::Mutex;
use rcgen::generate_simple_self_signed;
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use super::Client;
use crate::{
    clock::UnixTime,
    entra::crypto_provider,
    operator::cluster::{
        Access, Api as _, ApiError, Call, Collection, Object, Page, Verb,
        access::{Content, Credential},
    },
};

/// An API server: its address, its certificate, and what was asked of it.
struct Server {
    address: SocketAddr,
    certificate: String,
    asked: Arc<Mutex<Vec<String>>>,
}

/// Answers each request with the next of `answers`, each on a connection of its own; with nothing once there are no more.
async fn server(answers: &[&str]) -> Server {
    let made = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let tls = ServerConfig::builder_with_provider(crypto_provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let (acceptor, asked) = (TlsAcceptor::from(Arc::new(tls)), Arc::<Mutex<Vec<String>>>::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut answers: Vec<_> = answers
        .iter()
        .rev()
        .map(|answer| (*answer).to_owned())
        .collect();
    let log = Arc::clone(&asked);
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((socket, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(socket).await else { continue };
            let mut request = vec![0; 8192];
            let count = stream.read(&mut request).await.unwrap();
            log.lock()
                .push(String::from_utf8_lossy(&request[..count]).into_owned());
            if let Some(answer) = answers.pop() {
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
            } else {
                open.push(stream);
            }
        }
    });
    Server { address, certificate: made.cert.pem(), asked }
}

fn answer(status: u16, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Any\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

/// A client whose certificates and token are in `folder`.
fn client(server: &Server, folder: &Path) -> Client {
    fs::write(folder.join("ca.crt"), &server.certificate).unwrap();
    fs::write(folder.join("token"), "secret-token\n").unwrap();
    Client::new(Access {
        server: format!("https://{}", server.address),
        roots: Content::File(folder.join("ca.crt")),
        credential: Credential::Token(Content::File(folder.join("token"))),
        namespace: None,
    })
    .unwrap()
}

fn call(verb: Verb, object: &Object) -> Call<'_> {
    Call { verb, object, body: None, timeout: Duration::from_secs(5) }
}

#[tokio::test]
async fn a_call_says_who_is_asking_and_brings_the_object_and_the_time() {
    let server = server(&[&answer(200, r#"{"a": 1}"#), &answer(201, "{}")]).await;
    let folder = tempfile::tempdir().unwrap();
    let client = client(&server, folder.path());
    let secret = Object::secret("ns", "a");
    let found = client.call(call(Verb::Get, &secret)).await.unwrap();
    assert_eq!((found.object, found.date), (json!({"a": 1}), Some(UnixTime::from_secs(1_767_225_600))));
    fs::write(folder.path().join("token"), "renewed").unwrap();
    let body = json!({"b": 2});
    client
        .call(Call { body: Some(&body), ..call(Verb::Create, &secret) })
        .await
        .unwrap();
    let asked = server
        .asked
        .lock()
        .join("\n---\n")
        .replace('\r', "")
        .replace(&server.address.to_string(), "SERVER");
    insta::assert_snapshot!(asked.replace(env!("CARGO_PKG_VERSION"), "VERSION"), @r#"
    GET /api/v1/namespaces/ns/secrets/a HTTP/1.1
    accept: application/json
    authorization: Bearer secret-token
    user-agent: wispctl/VERSION
    host: SERVER


    ---
    POST /api/v1/namespaces/ns/secrets?fieldManager=wispctl-webhook HTTP/1.1
    accept: application/json
    authorization: Bearer renewed
    content-type: application/json
    user-agent: wispctl/VERSION
    host: SERVER
    content-length: 7

    {"b":2}
    "#);
    assert!(!format!("{client:?}").contains("secret-token"));
}

#[tokio::test]
async fn what_goes_wrong_is_named() {
    let refused = answer(403, r#"{"kind": "Status", "message": "secrets is forbidden"}"#);
    let large = answer(200, &"x".repeat((3 << 20) + 1));
    let other = answer(500, r#"{"message": "etcd is away"}"#);
    let server = server(&[&refused, &answer(200, "<html>"), &other, &large, "no HTTP\r\n\r\n"]).await;
    let folder = tempfile::tempdir().unwrap();
    let client = client(&server, folder.path());
    let secret = Object::secret("ns", "a");
    let mut errors: Vec<ApiError> = Vec::new();
    for _ in 0..5 {
        errors.push(client.call(call(Verb::Update, &secret)).await.unwrap_err());
    }
    let timeout = Duration::from_millis(200);
    errors.push(
        client
            .call(Call { timeout, ..call(Verb::Get, &secret) })
            .await
            .unwrap_err(),
    );
    let other = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    fs::write(folder.path().join("ca.crt"), other.cert.pem()).unwrap();
    errors.push(client.call(call(Verb::Get, &secret)).await.unwrap_err());
    fs::remove_file(folder.path().join("ca.crt")).unwrap();
    errors.push(client.call(call(Verb::Get, &secret)).await.unwrap_err());
    let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
    let texts = texts
        .join("\n")
        .replace(&server.address.to_string(), "SERVER");
    insta::assert_snapshot!(texts.replace(folder.path().to_str().unwrap(), "FOLDER"), @r"
    the API server refuses `update` of Secret ns/a; give its service account a Role in namespace `ns` (or a ClusterRole) that allows `update` on `secrets` with resource name `a`
    the API server answered `update` of Secret ns/a with status 200: this is no JSON
    the API server answered `update` of Secret ns/a with status 500: etcd is away; try again later
    the answer of the API server at https://SERVER is larger than 3 MiB
    cannot reach the API server at https://SERVER: invalid HTTP version parsed
    the API server did not answer within 0 s to `get` of Secret ns/a; check the network between this process and it
    cannot reach the API server at https://SERVER: invalid peer certificate: BadSignature
    cannot reach the API server at https://SERVER: cannot read FOLDER/ca.crt, which should have the certificate authority of the API server: No such file or directory (os error 2)
    ");
}

#[tokio::test]
async fn a_list_comes_in_pages() {
    let server = server(&[&answer(200, r#"{"items": []}"#), &answer(404, "404 page not found\n")]).await;
    let folder = tempfile::tempdir().unwrap();
    let client = client(&server, folder.path());
    let collection = Collection::azure_identity_bindings(Some("ns"));
    let page =
        Page { collection: &collection, limit: 100, after: Some("a=/&b"), timeout: Duration::from_secs(5) };
    assert_eq!(client.list(page).await.unwrap().object, json!({"items": []}));
    let error = client.list(Page { after: None, ..page }).await.unwrap_err();
    assert!(matches!(error, ApiError::NotFound(_)), "{error}");
    let asked = server.asked.lock().join("");
    let paths: Vec<_> = asked
        .lines()
        .filter(|line| line.starts_with("GET"))
        .collect();
    insta::assert_snapshot!(paths.join("\n"), @r"
    GET /apis/aadpodidentity.k8s.io/v1/namespaces/ns/azureidentitybindings?limit=100&continue=a%3D%2F%26b HTTP/1.1
    GET /apis/aadpodidentity.k8s.io/v1/namespaces/ns/azureidentitybindings?limit=100 HTTP/1.1
    ");
}

#[tokio::test]
async fn objects_are_deleted_and_texts_are_read_as_they_are() {
    let error = r#"{"message": "container \"ask\" is waiting to start"}"#;
    let server = server(&[&answer(200, "{}"), &answer(200, "a 1\nb 2\n"), &answer(400, error)]).await;
    let folder = tempfile::tempdir().unwrap();
    let client = client(&server, folder.path());
    client
        .call(Call { body: Some(&json!({"b": 1})), ..call(Verb::Delete, &Object::job("ns", "a")) })
        .await
        .unwrap();
    let metrics = Object::pod_metrics("ns", "a", 4255);
    assert_eq!(client.text(call(Verb::Get, &metrics)).await.unwrap(), "a 1\nb 2\n");
    let log = Object::pod_log("ns", "a");
    let error = client.text(call(Verb::Get, &log)).await.unwrap_err();
    insta::assert_snapshot!(error, @r#"the API server answered `get` of the log of Pod ns/a with status 400: container \"ask\" is waiting to start"#);
    let asked = server.asked.lock().join("\n");
    let lines: Vec<_> = asked
        .lines()
        .filter(|line| line.contains("HTTP/1.1"))
        .collect();
    assert_eq!(
        lines,
        [
            "DELETE /apis/batch/v1/namespaces/ns/jobs/a HTTP/1.1",
            "GET /api/v1/namespaces/ns/pods/a:4255/proxy/metrics HTTP/1.1",
            "GET /api/v1/namespaces/ns/pods/a/log HTTP/1.1",
        ]
    );
}

/// Else the test of a JSON Patch fails at what is the same: Go compares texts as they are written.
#[test]
fn texts_are_written_as_go_writes_them() {
    let text = super::as_go_writes(&json!({"command": "a && b <c >d \u{2028}"}));
    insta::assert_snapshot!(text, @r#"{"command":"a \u0026\u0026 b \u003cc \u003ed \u2028"}"#);
}

#[tokio::test]
async fn a_server_says_how_long_it_is_busy() {
    let busy = answer(429, r#"{"message": "too many requests"}"#).replace("Date:", "Retry-After: 7\r\nDate:");
    let server = server(&[&busy, &busy.replace(": 7", ": soon")]).await;
    let folder = tempfile::tempdir().unwrap();
    let client = client(&server, folder.path());
    let secret = Object::secret("ns", "a");
    let mut pauses = Vec::new();
    for _ in 0..2 {
        let error = client.call(call(Verb::Get, &secret)).await.unwrap_err();
        pauses.push(error.retry_after());
    }
    assert_eq!(pauses, [Some(Duration::from_secs(7)), None]);
}
