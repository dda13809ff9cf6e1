//! A scripted TLS server, a certificate authority and an HTTP proxy for tests. Says what it is told, right or wrong.

use std::{collections::VecDeque, net::SocketAddr, sync::Arc, time::Duration};

use parking_lot::Mutex;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use super::tls::crypto_provider;

/// A certificate authority of its own.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    pub(super) fn new() -> Self {
        Self::named("authority")
    }

    pub(super) fn named(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    pub(super) fn pem(&self) -> String {
        self.pem.clone()
    }

    /// A server's TLS configuration for `names`, which may be addresses. Valid from `from` to `to`, in years.
    fn server(&self, names: &[&str], (from, to): (i32, i32)) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        let certificate: CertificateDer<'static> = params.signed_by(&key, &self.issuer).unwrap().into();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(crypto_provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Arc::new(config)
    }
}

/// What the server does with one request.
pub(super) enum Reaction {
    /// Sends these bytes and closes.
    Send(Vec<u8>),
    /// Never answers.
    Stall,
    /// Resets the connection.
    Reset,
    /// Sends the first bytes of an answer and stalls.
    Trickle,
    /// Does this first, then the other.
    After(Box<dyn FnOnce() + Send>, Box<Self>),
}

/// An HTTP answer in full.
pub(super) fn http(status: u16, headers: &[&str], body: &str) -> Reaction {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} Any\r\nContent-Length: {length}\r\nConnection: close\r\n");
    let head = headers
        .iter()
        .fold(head, |head, header| head + header + "\r\n")
        + "\r\n";
    Reaction::Send((head + body).into_bytes())
}

/// A server that was started.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    seen: Arc<Seen>,
}

/// What the server got to see, and what it does next.
struct Seen {
    script: Mutex<VecDeque<Reaction>>,
    requests: Mutex<Vec<String>>,
    server_names: Mutex<Vec<Option<String>>>,
}

impl Server {
    pub(super) async fn start(authority: &Authority, names: &[&str], script: Vec<Reaction>) -> Self {
        Self::start_with_years(authority, names, (2000, 2200), script).await
    }

    pub(super) async fn start_with_years(
        authority: &Authority,
        names: &[&str],
        years: (i32, i32),
        script: Vec<Reaction>,
    ) -> Self {
        let acceptor = TlsAcceptor::from(authority.server(names, years));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen {
            script: Mutex::new(script.into()),
            requests: Mutex::default(),
            server_names: Mutex::default(),
        });
        let server = Self { address, seen: Arc::clone(&seen) };
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&seen).serve(acceptor.clone(), tcp));
            }
        });
        server
    }

    /// Its origin, by address.
    pub(super) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().clone()
    }

    pub(super) fn server_names(&self) -> Vec<Option<String>> {
        self.seen.server_names.lock().clone()
    }
}

impl Seen {
    async fn serve(self: Arc<Self>, acceptor: TlsAcceptor, tcp: TcpStream) {
        let Ok(mut tls) = acceptor.accept(tcp).await else { return };
        let name = tls.get_ref().1.server_name().map(str::to_owned);
        self.server_names.lock().push(name);
        let Some(request) = read_request(&mut tls).await else { return };
        self.requests.lock().push(request);
        let next = self.script.lock().pop_front();
        let mut reaction = next.expect("a request that the script does not foresee");
        while let Reaction::After(first, then) = reaction {
            first();
            reaction = *then;
        }
        // A client may hang up at any point; its test looks at what it made of the answer.
        match reaction {
            Reaction::Send(bytes) => {
                let _ = tls.write_all(&bytes).await;
                let _ = tls.shutdown().await;
            }
            Reaction::Trickle => {
                let _ = tls
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
                    .await;
                let _ = tls.flush().await;
                std::future::pending::<()>().await;
            }
            Reaction::Reset => tls.get_ref().0.set_zero_linger().unwrap(),
            Reaction::Stall | Reaction::After(..) => std::future::pending::<()>().await,
        }
    }
}

/// An HTTP proxy that answers CONNECT with `status`, and with 200 tunnels to `target` whatever was asked for.
pub(super) async fn proxy(target: SocketAddr, status: u16) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let Some(request) = read_request(&mut client).await else { continue };
            seen.lock().push(request);
            let head = format!("HTTP/1.1 {status} Any\r\nContent-Length: 0\r\n\r\n");
            let _ = client.write_all(head.as_bytes()).await;
            if status == 200 {
                let mut server = TcpStream::connect(target).await.unwrap();
                tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
            }
        }
    });
    (address, requests)
}

/// Head and body of a request, by its Content-Length.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length:")?
                        .trim()
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            if body.len() >= length {
                return Some(text);
            }
        }
        if tokio::time::timeout(Duration::from_secs(10), stream.read_buf(&mut bytes))
            .await
            .ok()?
            .ok()?
            == 0
        {
            return None;
        }
    }
}
