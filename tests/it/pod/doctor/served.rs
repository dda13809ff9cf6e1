//! Servers that are not what they should be.

use std::{
    net::TcpListener,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsAcceptor;

use super::patient::now;
use crate::kit::{http, namespace::Namespace, pki::pki, server::Server};

/// What is answered to a request for this path; nothing keeps the client waiting.
type Answers = fn(&str) -> Option<(u16, &'static str, String)>;

/// What stands in headers for the time in twenty minutes.
pub(super) const SOON: &str = "IN TWENTY MINUTES";

/// A server in a namespace, gone when this is dropped.
pub(super) struct Served {
    pub(super) port: u16,
    _server: Server,
}

impl Served {
    /// One that speaks HTTP: a status, header lines, and a body.
    pub(super) fn plain(namespace: &Namespace, answers: Answers) -> Self {
        Self::on(namespace, move |tcp| answer(tcp, answers))
    }

    /// One that speaks first, and another protocol.
    pub(super) fn greeting(namespace: &Namespace) -> Self {
        Self::on(namespace, |mut tcp: TcpStream| async move {
            let _ = tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            std::future::pending::<()>().await;
        })
    }

    /// One that takes connections and says nothing.
    pub(super) fn silent(namespace: &Namespace) -> Self {
        Self::on(namespace, |tcp: TcpStream| async move {
            let _tcp = tcp;
            std::future::pending::<()>().await;
        })
    }

    /// The same by TLS, with a certificate for localhost and 127.0.0.1.
    pub(super) fn tls(namespace: &Namespace, answers: Answers) -> Self {
        let acceptor = TlsAcceptor::from(Arc::clone(&pki().server));
        Self::on(namespace, move |tcp| {
            let acceptor = acceptor.clone();
            async move {
                // A client that does not trust the certificate goes away here.
                if let Ok(tls) = acceptor.accept(tcp).await {
                    answer(tls, answers).await;
                }
            }
        })
    }

    /// The same as an issuer: where an answer is `DOCUMENT`, it is a discovery document that is right.
    pub(super) fn issuer(namespace: &Namespace, answers: Answers) -> Self {
        let acceptor = TlsAcceptor::from(Arc::clone(&pki().server));
        Self::on(namespace, move |tcp| {
            let acceptor = acceptor.clone();
            async move {
                let port = tcp.local_addr().unwrap().port();
                let issuer = format!("https://127.0.0.1:{port}");
                let document = json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys")}).to_string();
                if let Ok(tls) = acceptor.accept(tcp).await {
                    let answers = |path: &str| {
                        let (status, headers, body) = answers(path)?;
                        Some((status, headers, body.replace("DOCUMENT", &document)))
                    };
                    answer(tls, answers).await;
                }
            }
        })
    }

    fn on<S: Future<Output = ()> + Send + 'static>(
        namespace: &Namespace,
        serve: impl Fn(TcpStream) -> S + Send + 'static,
    ) -> Self {
        let listener = namespace.inside(|| TcpListener::bind("0.0.0.0:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { port, _server: Server::on(listener, serve) }
    }
}

async fn answer(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answers: impl Fn(&str) -> Option<(u16, &'static str, String)>,
) {
    let mut unread = Vec::new();
    while let Some(request) = http::next(&mut stream, &mut unread).await {
        let Some((status, headers, body)) = answers(request.target()) else {
            std::future::pending::<()>().await;
            return;
        };
        let length = body.len();
        let headers = headers.replace(SOON, &soon());
        let head = format!("HTTP/1.1 {status} Scripted\r\n{headers}Content-Length: {length}\r\n\r\n");
        let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        let _ = stream.flush().await;
        if request.header("connection") == Some("close") {
            return;
        }
    }
}

/// The time in twenty minutes, as a date of HTTP.
fn soon() -> String {
    let soon = UNIX_EPOCH + Duration::from_secs(now() + 20 * 60);
    httpdate::fmt_http_date(soon)
}

/// An unsigned token.
pub(super) fn jwt(key_id: &str, claims: &Value) -> String {
    let segment = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2lnbmVk", segment(&json!({"alg": "RS256", "kid": key_id})), segment(claims))
}
