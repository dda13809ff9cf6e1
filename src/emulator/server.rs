//! The TLS listener: connections, routes, the request log.

use std::{error::Error as _, future::pending, io, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::{
    Method, Request, Response,
    body::Incoming,
    header::{self, HeaderMap, HeaderName},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{
    OnRequest,
    checks::GrantRequest,
    cloud::Cloud,
    control, discovery,
    form::{Form, decode},
    log::{Entry, PENDING, kept},
    reply::{Reply, Script},
    token_endpoint::{self, Ending},
};

/// More connections than this wait in the listener's queue.
const CONNECTIONS: usize = 1024;

/// A client that takes longer over TLS or over its headers is gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// A token request is about 2 KiB; a list of faults is not much longer.
const LARGEST_BODY: usize = 64 * 1024;

/// How long to wait when a connection cannot be accepted, which mostly means that file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections until it is dropped; the connections end with it.
pub(super) async fn serve(
    cloud: Arc<Cloud>,
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    on_request: Option<OnRequest>,
) {
    let acceptor = TlsAcceptor::from(tls);
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // Takes finished connections out of the set.
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, _)) => {
                let (cloud, on_request) = (Arc::clone(&cloud), on_request.clone());
                let connection = Connection { cloud, on_request, sni: None };
                connections.spawn(connection.serve(stream, acceptor.clone(), permit));
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

struct Connection {
    cloud: Arc<Cloud>,
    on_request: Option<OnRequest>,
    sni: Option<String>,
}

/// The request ends with a reset of its connection.
#[derive(Debug, thiserror::Error)]
#[error("the connection is to be reset")]
struct Reset;

impl Connection {
    async fn serve(mut self, stream: TcpStream, acceptor: TlsAcceptor, _permit: OwnedSemaphorePermit) {
        // Without it, small answers wait for the client's acknowledgement.
        let _ = stream.set_nodelay(true);
        let Ok(Ok(stream)) = timeout(PATIENCE, acceptor.accept(stream)).await else { return };
        self.sni = stream.get_ref().1.server_name().map(kept);
        let service = service_fn(|request| self.answer(request));
        let mut connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .serve_connection(TokioIo::new(stream), service);
        let result = (&mut connection).await;
        if let Err(error) = result
            && let Some(source) = error.source()
            && source.is::<Reset>()
        {
            reset(connection.into_parts().io.into_inner());
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Script>, Reset> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let body = match Limited::new(body, LARGEST_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(_) => return Ok(Reply::empty(413).into_response()),
        };
        let query = Form::parse(parts.uri.query().unwrap_or_default().as_bytes());
        if let Some(path) = path.strip_prefix("/_emulator/")
            && path != control::REDIRECTED
        {
            let reply = control::answer(&self.cloud, &parts.method, path, &query, &body).await;
            return Ok(reply.into_response());
        }
        self.cloud_answer(&parts.method, &path, &query, &parts.headers, &body)
            .await
    }

    /// Answers as Entra and the issuers do, and writes the request down.
    async fn cloud_answer(
        &self,
        method: &Method,
        path: &str,
        query: &Form,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Response<Script>, Reset> {
        let proxy = self.cloud.token_proxy.as_ref();
        let proxy = proxy.filter(|proxy| self.sni.as_ref() == Some(&proxy.sni_name));
        let Some(tenant) = path
            .strip_prefix(proxy.map_or("", |proxy| proxy.path.trim_end_matches('/')))
            .and_then(|path| path.strip_suffix("/oauth2/v2.0/token"))
            .and_then(|path| path.strip_prefix('/'))
        else {
            let reply = self.document(method, path, query);
            let number = self.begin(method, path, headers, None);
            self.end(number, "served", reply.status);
            return Ok(reply.into_response());
        };
        let tenant = decode(tenant.as_bytes());
        let is_form = text(headers, &header::CONTENT_TYPE).is_some_and(|kind| {
            kind.to_ascii_lowercase()
                .starts_with("application/x-www-form-urlencoded")
        });
        let form = if is_form { Form::parse(body) } else { Form::default() };
        let number = self.begin(method, path, headers, Some((&tenant, &form)));
        let via_proxy = proxy.is_some();
        let grant_request =
            GrantRequest { method: method.as_str(), tenant: &tenant, is_form, form: &form, via_proxy };
        let client_request_id = text(headers, &CLIENT_REQUEST_ID);
        let outcome = token_endpoint::answer(&self.cloud, grant_request, client_request_id).await;
        match outcome.ending {
            Ending::Reply(reply) => {
                self.end(number, &outcome.name, reply.status);
                Ok(reply.into_response())
            }
            Ending::Reset => {
                self.end(number, &outcome.name, 0);
                Err(Reset)
            }
            Ending::Hang => {
                self.end(number, &outcome.name, 0);
                pending().await
            }
        }
    }

    /// Everything but the token endpoint.
    fn document(&self, method: &Method, path: &str, query: &Form) -> Reply {
        if method != Method::GET {
            return Reply::empty(405);
        }
        let path = path.trim_start_matches('/');
        if let Some((name, document)) = path
            .strip_prefix("issuer/")
            .and_then(|rest| rest.split_once('/'))
        {
            return discovery::issuer(&self.cloud, name, document);
        }
        let Some((tenant, document)) = path.split_once('/') else { return Reply::empty(404) };
        let document = match document {
            "discovery/instance" => discovery::instance(&self.cloud, tenant, query),
            "v2.0/.well-known/openid-configuration" => {
                discovery::tenant(&self.cloud, &decode(tenant.as_bytes()))
            }
            "discovery/v2.0/keys" => discovery::keys(&self.cloud),
            _ => return Reply::empty(404),
        };
        discovery::dated(&self.cloud, document)
    }

    fn begin(&self, method: &Method, path: &str, headers: &HeaderMap, token: Option<(&str, &Form)>) -> u64 {
        let field = |name| token.and_then(|(_, form)| form.get(name)).map(kept);
        let cookies = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let names = cookies
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.split('=').next());
        self.cloud.log.begin(Entry {
            time: self.cloud.now().secs(),
            method: kept(method.as_str()),
            path: kept(path),
            host: text(headers, &header::HOST).map(kept),
            sni: self.sni.clone(),
            tenant: token.map(|(tenant, _)| kept(tenant)),
            client_id: field("client_id"),
            scope: field("scope"),
            outcome: PENDING.into(),
            status: 0,
            client_request_id: text(headers, &CLIENT_REQUEST_ID).map(kept),
            cookies: names.map(|name| kept(name.trim())).collect(),
            user_agent: text(headers, &header::USER_AGENT).map(kept),
        })
    }

    fn end(&self, number: u64, outcome: &str, status: u16) {
        if let (Some(entry), Some(on_request)) =
            (self.cloud.log.end(number, outcome, status), &self.on_request)
        {
            on_request(&entry);
        }
    }
}

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Closes the socket so that the client sees a reset, not an orderly end.
fn reset(stream: TlsStream<TcpStream>) {
    let (socket, _) = stream.into_inner();
    let _: Result<(), io::Error> = socket.set_zero_linger();
}
