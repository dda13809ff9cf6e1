//! Entra by script, over TLS: the n-th request gets the n-th answer.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};
use tokio_rustls::TlsAcceptor;
use wisp::clock::{Clock as _, System};

use super::format::{EntraError, Issue, Reaction};
use crate::kit::{
    http::{self, Message},
    pki::pki,
    server::Server,
};

/// A token that was issued.
#[derive(Clone, Debug)]
pub(super) struct Issued {
    pub(super) token: String,
    /// `expires_in` as it was sent, in seconds.
    pub(super) lifetime: u64,
    /// When, in seconds since 1970.
    pub(super) at: u64,
}

impl Issued {
    /// What a client says of a token that an API has rejected.
    pub(super) fn sha256(&self) -> String {
        let hash = Sha256::digest(self.token.as_bytes());
        hash.iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }
}

/// The trace id of every error.
const TRACE_ID: &str = "7ace7ace-0000-4000-8000-000000000001";

/// What the server has seen and done.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// How many requests came.
    pub(super) requests: usize,
    pub(super) issued: Vec<Issued>,
    /// The last `client-request-id`.
    pub(super) correlation_id: String,
    /// The assertion that must come with the next request.
    pub(super) assertion: String,
    /// What was wrong with the requests.
    pub(super) problems: Vec<String>,
    script: Vec<Reaction>,
}

/// A server that plays Entra.
pub(super) struct Entra {
    pub(super) address: SocketAddr,
    record: Arc<Mutex<Record>>,
    _server: Server,
}

impl Entra {
    pub(super) fn start(script: Vec<Reaction>) -> Self {
        let record = Arc::new(Mutex::new(Record { script, ..Record::default() }));
        let (seen, acceptor) = (Arc::clone(&record), TlsAcceptor::from(Arc::clone(&pki().server)));
        let server = Server::start(SocketAddr::from(([127, 0, 0, 1], 0)), move |tcp| {
            serve(acceptor.clone(), tcp, Arc::clone(&seen))
        });
        Self { address: server.address, record, _server: server }
    }

    pub(super) fn record(&self) -> MutexGuard<'_, Record> {
        locked(&self.record)
    }
}

fn locked(record: &Mutex<Record>) -> MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(acceptor: TlsAcceptor, tcp: TcpStream, record: Arc<Mutex<Record>>) {
    // A client that does not trust the certificate goes away here.
    let Ok(mut tls) = acceptor.accept(tcp).await else { return };
    let mut bytes = Vec::new();
    loop {
        let Some(request) = http::next(&mut tls, &mut bytes).await else { return };
        let reaction = locked(&record).take(&request);
        if reaction.reset {
            tls.get_ref().0.set_zero_linger().unwrap();
            return;
        }
        if reaction.hang {
            std::future::pending::<()>().await;
        }
        let answer = locked(&record).answer(&reaction);
        if tls.write_all(&answer).await.is_err() || tls.flush().await.is_err() {
            return;
        }
    }
}

impl Record {
    /// Notes the request, checks it, and finds its answer.
    fn take(&mut self, request: &Message) -> Reaction {
        let reaction = self.script.get(self.requests).cloned();
        self.requests += 1;
        self.correlation_id = request
            .header("client-request-id")
            .map(str::to_owned)
            .unwrap_or_default();
        let Some(reaction) = reaction else {
            // The case fails anyway: the count is compared at its end.
            return Reaction {
                status: Some(500),
                body: Some("no more answers".into()),
                ..Reaction::default()
            };
        };
        let n = self.requests;
        let wrong = self.wrong(request, &reaction.asked);
        self.problems.extend(
            wrong
                .into_iter()
                .map(|wrong| format!("request {n} to Entra: {wrong}")),
        );
        reaction
    }

    /// What is wrong with a request: by the contract of the token endpoint, and by what the case says of it.
    fn wrong(&self, request: &Message, asked: &BTreeMap<String, String>) -> Vec<String> {
        let (tenant, path) = request
            .target()
            .trim_start_matches('/')
            .split_once('/')
            .unwrap_or_default();
        let mut form: BTreeMap<String, String> = http::form(&request.body);
        form.insert("tenant".into(), tenant.to_owned());
        let fixed = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", self.assertion.as_str()),
        ];
        let asked = asked
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let mut wrong: Vec<String> = fixed
            .into_iter()
            .chain(asked)
            .filter(|(name, value)| form.get(*name).map(String::as_str) != Some(value))
            .map(|(name, value)| format!("`{name}` should be {value:?} and is {:?}", form.get(name)))
            .collect();
        if !request.first.starts_with("POST ") || path != "oauth2/v2.0/token" {
            wrong.push(format!("it says {:?}", request.first));
        }
        if !wisp::names::is_guid(&self.correlation_id) {
            wrong.push(format!("its client-request-id is {:?}", self.correlation_id));
        }
        for (name, known) in [("content-type", "application/x-www-form-urlencoded"), ("cookie", "")] {
            let found = request.header(name).unwrap_or_default();
            if !found.starts_with(known) || found.is_empty() != known.is_empty() {
                wrong.push(format!("its {name} is {found:?}"));
            }
        }
        wrong
    }

    fn answer(&mut self, reaction: &Reaction) -> Vec<u8> {
        let body = match (&reaction.body, &reaction.token, &reaction.error) {
            (Some(body), ..) => body.clone(),
            (_, Some(issue), _) => self.issue(issue),
            (_, _, Some(error)) => self.error(error),
            _ => String::new(),
        };
        let status = reaction.status.unwrap_or(200);
        let mut headers = BTreeMap::from([
            ("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned()),
            // What Entra sets and nobody may send back.
            ("Set-Cookie".to_owned(), "fpc=marked; path=/; secure; HttpOnly".to_owned()),
            ("x-ms-request-id".to_owned(), TRACE_ID.to_owned()),
        ]);
        headers.extend(reaction.headers.clone());
        http::response(status, &headers, &body)
    }

    fn issue(&mut self, issue: &Issue) -> String {
        let at = System.wall().secs();
        let n = self.issued.len() + 1;
        let mut claims = Map::from_iter([("jti".to_owned(), json!(format!("issued-{n}")))]);
        claims.extend(issue.claims.clone());
        let token = jwt(&claims, &format!("ISSUED-{n}-{:016x}", fastrand::u64(..)));
        let mut body = Map::from_iter([
            ("token_type".to_owned(), json!("Bearer")),
            ("expires_in".to_owned(), json!(3599)),
            ("ext_expires_in".to_owned(), json!(3599)),
            ("access_token".to_owned(), json!(token)),
        ]);
        body.extend(issue.fields.clone());
        body.retain(|name, _| !issue.omit.contains(name));
        let lifetime = match body.get("expires_in") {
            Some(Value::String(text)) => text.parse().ok(),
            Some(number) => number.as_u64(),
            None => None,
        };
        self.issued
            .push(Issued { token, lifetime: lifetime.unwrap_or_default(), at });
        Value::Object(body).to_string()
    }

    fn error(&self, error: &EntraError) -> String {
        let EntraError { code, error, text, lines } = error;
        let (gap, timestamp) = (if *lines { "\r\n" } else { " " }, "2026-08-01 10:00:00Z");
        let correlation = &self.correlation_id;
        json!({
            "error": error,
            "error_description": format!(
                "AADSTS{code}: {text}{gap}Trace ID: {TRACE_ID}{gap}Correlation ID: {correlation}{gap}Timestamp: {timestamp}"
            ),
            "error_codes": [code],
            "timestamp": timestamp,
            "trace_id": TRACE_ID,
            "correlation_id": correlation,
        })
        .to_string()
    }
}

/// A JWT of which each part is one of a kind, and so can be searched for.
pub(super) fn jwt(claims: &Map<String, Value>, mark: &str) -> String {
    let segment = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let header = json!({"alg": "RS256", "kid": format!("key of {mark}"), "typ": "JWT"}).to_string();
    format!("{}.{}.{}", segment(&header), segment(&Value::Object(claims.clone()).to_string()), segment(mark))
}
