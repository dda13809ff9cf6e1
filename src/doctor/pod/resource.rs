//! What comes after the token: the resource itself, asked with it.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use tokio::{net::TcpStream, time::timeout};
use url::Url;

use super::{
    Chain,
    ask::silence as silence_of,
    exchange::Exchanged,
    settings::Configured,
    table::{EXCHANGE, PROBE_ANSWER, PROBE_CONNECT, PROBE_NAME},
};
use crate::{
    doctor::{
        Check, Diagnosis, Finding,
        resource::{
            Answer, Asked,
            address::{self, Names},
            judge as judge_answer,
            service::{self, Known},
            unasked,
        },
    },
    entra::{Look, LookError, Page, Step},
    jwt,
    names::Authority,
    token::{Secret, Token},
};

pub(super) const CHECKS: &[&Check] = &[&PROBE_NAME, &PROBE_CONNECT, &PROBE_ANSWER];

/// Storage takes tokens only from those who name a version of its interface that knows them.
const STORAGE_VERSION: (&str, &str) = ("x-ms-version", "2022-11-02");

/// Azure Files takes none without it.
const FILES: (&str, &str) = ("x-ms-file-request-intent", "backup");

/// What was seen of a resource.
pub(super) struct Probed {
    host: String,
    /// What the token is for.
    resource: String,
    /// What it was asked with.
    token: Secret,
    /// Whose it is.
    object_id: Option<String>,
    /// The HTTP proxy on the route, which looks up names itself.
    proxy: Option<String>,
    addresses: Vec<IpAddr>,
    has_private_endpoint: bool,
    seen: Seen,
}

/// What came back.
enum Seen {
    /// Of HTTP: an answer.
    Page(Result<Page, LookError>),
    /// Of a service with another protocol, at this port: whether there was a connection. No token is sent.
    Port(Known, u16, io::Result<()>),
}

/// Asks `url` with the first token that came. None where there is no token, or the route cannot be built.
pub(super) async fn look(configured: &Configured, url: &Url, exchanged: &[Exchanged]) -> Option<Probed> {
    let (key, token) = exchanged
        .iter()
        .find_map(|exchanged| match &exchanged.result {
            Some(Ok(token)) => Some((&exchanged.key, token)),
            _ => None,
        })?;
    let host = url.host_str()?.to_owned();
    let known = service::known(&host);
    let private = known.and_then(|known| known.private_name(&host));
    let private = private.and_then(|name| route_to(configured, &format!("https://{name}")));
    let port = known.and_then(|known| Some((known, url.port().unwrap_or(known.service.port?))));
    // Databases are reached past the HTTP proxy.
    let (route, private) = match port {
        Some(_) => {
            (route_to(configured, &format!("https://{host}"))?.directly(), private.map(Look::directly))
        }
        None => (route_to(configured, &url.origin().ascii_serialization())?, private),
    };
    let is_proxied = route.proxy().is_some();
    let (addresses, has_private_endpoint, page) = tokio::join!(
        async { if is_proxied { Vec::new() } else { route.addresses().await } },
        async {
            match &private {
                Some(private) if !is_proxied => !private.addresses().await.is_empty(),
                _ => false,
            }
        },
        async { if port.is_none() { Some(ask(&route, url, known, token).await) } else { None } },
    );
    let seen = match (page, port) {
        (Some(page), _) => Seen::Page(page),
        (None, Some((known, port))) => {
            let limit = configured.settings.entra.connect_timeout;
            Seen::Port(known, port, connect(&addresses, port, limit).await)
        }
        (None, None) => return None,
    };
    let object_id = jwt::peek(token.secret.expose())
        .ok()
        .and_then(|claims| claims.object_id);
    let proxy = route.proxy().map(ToOwned::to_owned);
    let resource = key.resource.to_string();
    let token = token.secret.clone();
    Some(Probed { host, resource, token, object_id, proxy, addresses, has_private_endpoint, seen })
}

#[cfg(test)]
impl Probed {
    /// A database at an address of this machine, with a token for `resource`.
    pub(super) async fn database(host: &str, resource: &str, port: u16) -> Self {
        let addresses = vec![IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)];
        let opened = connect(&addresses, port, Duration::from_secs(5)).await;
        Self {
            host: host.to_owned(),
            resource: resource.to_owned(),
            token: Secret::new("x".into()),
            object_id: None,
            proxy: None,
            addresses,
            has_private_endpoint: false,
            seen: Seen::Port(service::known(host).unwrap(), port, opened),
        }
    }
}

/// Asks for `url` with the token.
async fn ask(route: &Look, url: &Url, known: Option<Known>, token: &Token) -> Result<Page, LookError> {
    let bearer = zeroize::Zeroizing::new(format!("Bearer {}", token.secret.expose()));
    let mut headers = vec![("authorization", bearer.as_str()), STORAGE_VERSION];
    headers.extend(known.filter(|known| known.has_files()).map(|_| FILES));
    let query = url
        .query()
        .map_or_else(String::new, |query| format!("?{query}"));
    route
        .probe(&format!("{}{query}", url.path()), &headers)
        .await
}

/// Opens a connection to the first of `addresses` that takes one.
async fn connect(addresses: &[IpAddr], port: u16, limit: Duration) -> io::Result<()> {
    let addresses: Vec<_> = addresses
        .iter()
        .map(|address| SocketAddr::new(*address, port))
        .collect();
    let opened = timeout(limit, TcpStream::connect(addresses.as_slice())).await;
    opened
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        .map(drop)
}

fn route_to(configured: &Configured, origin: &str) -> Option<Look> {
    let origin: Authority = origin.parse().ok()?;
    Look::other(&configured.settings.entra, &origin, "--probe").ok()
}

/// Judges what was seen.
pub(super) fn judge(chain: &mut Chain, configured: &Configured, url: &Url, probed: Option<&Probed>) {
    let authority = configured.settings.rules.authority.to_string();
    let elsewhere = address::elsewhere(url.host_str().unwrap_or_default(), &authority);
    let unasked =
        |check: &'static Check| check.not_run("no token came to ask with", "mend what is before it");
    // No token has to come for that: for a resource of another cloud none does.
    match elsewhere {
        Some(finding) => chain.note(finding),
        None => chain.check(&PROBE_NAME, &[&EXCHANGE], || probed.map_or_else(|| unasked(&PROBE_NAME), name)),
    }
    chain.check(&PROBE_CONNECT, &[&EXCHANGE, &PROBE_NAME], || {
        probed.map_or_else(|| unasked(&PROBE_CONNECT), connection)
    });
    chain.check(&PROBE_ANSWER, &[&EXCHANGE, &PROBE_NAME, &PROBE_CONNECT], || {
        probed.map_or_else(|| unasked(&PROBE_ANSWER), answered)
    });
}

fn name(probed: &Probed) -> Finding {
    if let Some(proxy) = &probed.proxy {
        return PROBE_NAME.passed(format!("the proxy {proxy} looks it up"));
    }
    let Probed { host, addresses, has_private_endpoint, .. } = probed;
    address::judge(Names { host, addresses, has_private_endpoint: *has_private_endpoint })
}

fn connection(probed: &Probed) -> Finding {
    let diagnosis = match &probed.seen {
        Seen::Page(Err(error)) if error.step != Step::Answer => silence(error),
        Seen::Port(_, port, Err(error)) => {
            let found = format!("port {port} of {} cannot be reached: {}", probed.host, silence_of(error));
            Diagnosis::new(found).fix("let the pod reach it: NetworkPolicies, the cluster's firewall, that of the resource, or its private endpoint.")
        }
        Seen::Port(_, port, Ok(())) => return PROBE_CONNECT.passed(format!("port {port}")),
        Seen::Page(_) => return PROBE_CONNECT.passed(""),
    };
    let addresses: Vec<_> = probed.addresses.iter().map(ToString::to_string).collect();
    PROBE_CONNECT.failed(diagnosis.evidence(format!("{} {}", probed.host, addresses.join(", "))))
}

/// Why there is no answer. wisp never asks a resource, so it does not try again either.
fn silence(error: &LookError) -> Diagnosis {
    let fix = error.fix.replace("; wisp tries again by itself", "");
    Diagnosis::new(&error.found).fix(fix)
}

fn answered(probed: &Probed) -> Finding {
    let asked = Asked {
        host: &probed.host,
        resource: &probed.resource,
        object_id: probed.object_id.as_deref(),
        token: &probed.token,
    };
    let page = match &probed.seen {
        Seen::Page(Ok(page)) => page,
        Seen::Page(Err(error)) => return PROBE_ANSWER.failed(silence(error)),
        Seen::Port(known, ..) => return unasked::silent(asked, *known),
    };
    let body = String::from_utf8_lossy(&page.body);
    let answer = Answer {
        status: page.status,
        challenge: page.challenge.as_deref(),
        error_code: page.error_code.as_deref(),
        body: &body,
        is_html: page.is_html,
        has_azure_header: page.has_azure_header,
    };
    judge_answer(asked, answer)
}
