//! Reviews over TLS, as an API server sends them.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{ServerName, UnixTime},
    time_provider::TimeProvider,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client::TlsStream};

use super::{Webhook, create, labelled};
use crate::{
    clock::System,
    entra::crypto_provider,
    observe::Identifiers,
    operator::{
        cluster::{
            Object,
            fake::{EPOCH, Fake},
        },
        webhook::{
            CertificateSource, Config, Names,
            admission::Admission,
            certificate::{Serving, testing::serve},
            handler::Reviews,
            measures::Measures,
            run,
        },
    },
    server::{self, Bound, Limits},
};

const HOST: &str = "wisp-webhook.wisp-system.svc";
const LIMITS: Limits = Limits {
    connections: 8,
    connections_setting: None,
    pace: None,
    idle: Duration::from_secs(10),
    drain: Duration::from_secs(1),
};

/// The time of the fake API server, by which certificates are made.
#[derive(Debug)]
struct AtTheBeginning;

impl TimeProvider for AtTheBeginning {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(EPOCH)))
    }
}

/// A connection to `address`, of a client that trusts `authority`.
async fn connect(address: SocketAddr, authority: &[u8]) -> TlsStream<TcpStream> {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(authority).map(Result::unwrap));
    let client = ClientConfig::builder_with_details(crypto_provider(), Arc::new(AtTheBeginning))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let socket = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from(HOST).unwrap();
    TlsConnector::from(Arc::new(client))
        .connect(name, socket)
        .await
        .unwrap()
}

/// Sends a request and reads its answer: the status, and the body.
async fn send(stream: &mut TlsStream<TcpStream>, head: &str, body: &[u8]) -> (u16, Value) {
    let head = format!("{head}\r\nHost: {HOST}\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    // A server that refuses does not read it all.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).await.unwrap();
        answer.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&answer);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() == length.unwrap().parse::<usize>().unwrap() {
                return (head[9..12].parse().unwrap(), serde_json::from_str(body).unwrap());
            }
        }
        assert!(count > 0, "{text}");
    }
}

/// A webhook that listens until what is returned is dropped.
fn listen(webhook: Webhook, serving: &Arc<Serving>) -> (SocketAddr, Arc<Measures>, oneshot::Sender<()>) {
    let measures = Arc::<Measures>::default();
    let admission = Admission::new(webhook.options, Arc::new(webhook.fake), true, Identifiers::Hashed);
    let reviews = Arc::new(Reviews::new(admission, Arc::clone(&measures)));
    let bound = Bound::bind(&["127.0.0.1:0".parse().unwrap()], "--listen", 8).unwrap();
    let address = bound.addresses()[0];
    let (stop, stopped) = oneshot::channel::<()>();
    let tls = TlsAcceptor::from(Arc::new(serving.tls().unwrap()));
    tokio::spawn(server::serve_over(tls, bound, reviews, LIMITS, async {
        let _ = stopped.await;
    }));
    (address, measures, stop)
}

const POST: &str = "POST /mutate?timeout=5s HTTP/1.1\r\nContent-Type: application/json";

#[tokio::test]
async fn what_is_no_review_has_a_status_that_says_why() {
    let serving = Arc::new(Serving::new(HOST.into()));
    let authority = serve(&serving, &Fake::new());
    let (address, measures, _stop) = listen(Webhook::identified(&[]), &serving);
    let mut texts = Vec::new();
    let large = vec![b' '; (3 << 20) + 1];
    for (head, body) in [
        (POST, b"{".as_slice()),
        ("POST /mutate HTTP/1.1\r\nContent-Type: application/yaml", b"{}"),
        ("POST /mutate HTTP/1.1", b"{}"),
        ("GET /mutate HTTP/1.1", b""),
        ("POST /validate HTTP/1.1\r\nContent-Type: application/json", b"{}"),
        (POST, &large),
    ] {
        let mut stream = connect(address, authority.as_bytes()).await;
        let (status, body) = send(&mut stream, head, body).await;
        assert_eq!((body["kind"].as_str(), body["code"].as_u64()), (Some("Status"), Some(status.into())));
        texts.push(format!("{status} {}", body["message"].as_str().unwrap()));
    }
    insta::assert_snapshot!(texts.join("\n"), @r"
    400 the body is no AdmissionReview in JSON: it ends too early at line 1, column 1
    415 reviews are JSON: Content-Type has to be application/json
    415 reviews are JSON: Content-Type has to be application/json
    405 reviews are sent to /mutate by POST
    404 there is nothing at this path; reviews go to /mutate
    413 the review is larger than 3 MiB
    ");
    let text = measures.render(super::super::measures::Gauges::default());
    for counted in [r#"reason="malformed"} 1"#, r#"reason="request"} 4"#, r#"reason="too_large"} 1"#] {
        assert!(text.contains(counted), "{text}");
    }
}

#[tokio::test]
async fn a_connection_outlives_the_certificate_it_began_with() {
    let serving = Arc::new(Serving::new(HOST.into()));
    let fake = Fake::new();
    let first = serve(&serving, &fake);
    let (address, _, _stop) = listen(Webhook::identified(&[]), &serving);
    let mut old = connect(address, first.as_bytes()).await;
    let review = create(&labelled()).to_string();
    let (status, body) = send(&mut old, POST, review.as_bytes()).await;
    assert_eq!((status, body["response"]["allowed"].as_bool()), (200, Some(true)));
    let second = serve(&serving, &fake);
    let mut new = connect(address, second.as_bytes()).await;
    for stream in [&mut old, &mut new] {
        assert_eq!(send(stream, POST, review.as_bytes()).await.0, 200);
    }
    let certificate =
        |stream: &TlsStream<TcpStream>| stream.get_ref().1.peer_certificates().unwrap().to_vec();
    assert_ne!(certificate(&old), certificate(&new));
}

/// The status of a GET without TLS; nothing while nobody listens.
async fn get(address: SocketAddr, path: &str) -> String {
    let Ok(mut stream) = TcpStream::connect(address).await else { return String::new() };
    let request = format!("GET {path} HTTP/1.1\r\nHost: webhook\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer[9..12].to_owned()
}

fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

#[tokio::test]
async fn it_is_ready_once_it_is_trusted_and_unready_before_it_ends() {
    let webhook = Webhook::identified(&[]);
    let configuration = Object::mutating_webhooks("wisp-webhook");
    webhook
        .fake
        .put(&configuration, json!({"metadata": {}, "webhooks": [{"clientConfig": {}}]}));
    let (listen, admin_listen) = (free_address(), free_address());
    let config = Config {
        listen,
        admin_listen,
        options: webhook.options.clone(),
        reads_accounts: true,
        adoption: None,
        identifiers: Identifiers::Hashed,
        names: Names {
            namespace: "wisp-system".into(),
            secret: "wisp-webhook-tls".into(),
            lease: "wisp-webhook".into(),
            configuration: "wisp-webhook".into(),
            replica: "a".into(),
        },
        service: "wisp-webhook".into(),
        certificate: CertificateSource::Own(Duration::from_secs(600)),
        drain_delay: Duration::from_millis(300),
    };
    let (end, ended) = oneshot::channel::<()>();
    let fake = webhook.fake.clone();
    let running = tokio::spawn(run(config, Arc::new(fake.clone()), Arc::new(System), async {
        let _ = ended.await;
    }));
    let mut tries = 0;
    while get(admin_listen, "/readyz").await != "200" {
        tries += 1;
        assert!(tries < 100, "it is not ready");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let bundle = fake.get(&configuration).unwrap()["webhooks"][0]["clientConfig"]["caBundle"].clone();
    let pem =
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, bundle.as_str().unwrap()).unwrap();
    let mut stream = connect(listen, &pem).await;
    let review = create(&labelled()).to_string();
    assert_eq!(send(&mut stream, POST, review.as_bytes()).await.0, 200);
    end.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(get(admin_listen, "/readyz").await, "503");
    assert_eq!(get(admin_listen, "/livez").await, "200");
    assert_eq!(send(&mut stream, POST, review.as_bytes()).await.0, 200, "it answers on meanwhile");
    assert_eq!(running.await.unwrap().unwrap(), 0, "nothing was cut off");
}
