//! A handler served over TLS.

use std::{sync::Arc, time::Duration};

use hyper::{Request, body::Incoming};
use rcgen::generate_simple_self_signed;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

#[cfg(feature = "aws-lc")]
use rustls::crypto::aws_lc_rs::default_provider as provider;
#[cfg(not(feature = "aws-lc"))]
use rustls::crypto::ring::default_provider as provider;

use crate::server::{Bound, ConnectionCounters, Handler, Limits, Reply, Response, serve::serve_over};

#[derive(Default)]
struct Hello(ConnectionCounters);

impl Handler for Hello {
    fn handle(self: &Arc<Self>, _: Request<Incoming>) -> Reply {
        Response::new(http_body_util::Full::new("hello".into())).into()
    }

    fn connections(&self) -> &ConnectionCounters {
        &self.0
    }
}

const LIMITS: Limits = Limits {
    connections: 4,
    connections_setting: None,
    pace: None,
    idle: Duration::from_secs(10),
    drain: Duration::from_secs(1),
};

fn both_ends() -> (TlsAcceptor, TlsConnector) {
    let provider = Arc::new(provider());
    let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let certificate = made.cert.der().clone();
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (TlsAcceptor::from(Arc::new(server)), TlsConnector::from(Arc::new(client)))
}

#[tokio::test]
async fn a_handler_is_served_over_tls() {
    let (acceptor, connector) = both_ends();
    let bound = Bound::bind(&["127.0.0.1:0".parse().unwrap()], "LISTEN", 8).unwrap();
    let address = bound.addresses()[0];
    let (stop, stopped) = oneshot::channel::<()>();
    let handler = Arc::new(Hello::default());
    let serving = tokio::spawn(serve_over(acceptor, bound, handler, LIMITS, async {
        let _ = stopped.await;
    }));
    // What is no TLS is closed, and nobody else notices.
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/"));

    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = connector.connect(name, stream).await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nhello"), "{answer}");
    drop((stream, stop));
    assert_eq!(serving.await.unwrap(), 0);
}
