//! The node's own metadata service by script: the n-th request gets the n-th answer.
//!
//! It has its real address, so it is there only in a case that runs in a network of its own.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use super::format::Reaction;
use crate::kit::{
    http::{self, Message},
    server::Server,
};

/// The service's address and port.
const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)), 80);

/// What every request of wisp to it says; nothing of the application's headers is in it.
const ALWAYS: [(&str, &str); 7] = [
    ("host", "169.254.169.254"),
    ("metadata", "true"),
    ("user-agent", concat!("wisp/", env!("CARGO_PKG_VERSION"))),
    ("connection", "close"),
    ("x-wisp-passed-on", "1"),
    ("cookie", ""),
    ("x-ms-client-request-id", ""),
];

/// What the service has seen.
#[derive(Debug, Default)]
struct Record {
    requests: usize,
    problems: Vec<String>,
    script: Vec<Reaction>,
}

/// A server that plays the service.
pub(super) struct Node {
    record: Arc<Mutex<Record>>,
    _server: Server,
}

impl Node {
    pub(super) fn start(script: Vec<Reaction>) -> Self {
        let record = Arc::new(Mutex::new(Record { script, ..Record::default() }));
        let seen = Arc::clone(&record);
        let server = Server::start(ADDRESS, move |tcp| serve(tcp, Arc::clone(&seen)));
        Self { record, _server: server }
    }

    /// What was wrong with the requests, and with their number.
    pub(super) fn problems(&self) -> Vec<String> {
        let record = locked(&self.record);
        let (found, expected) = (record.requests, record.script.len());
        let miscounted =
            (found != expected).then(|| format!("the node was asked {found} times, expected {expected}"));
        record.problems.iter().cloned().chain(miscounted).collect()
    }
}

fn locked(record: &Mutex<Record>) -> MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(mut tcp: TcpStream, record: Arc<Mutex<Record>>) {
    let Some(request) = http::next(&mut tcp, &mut Vec::new()).await else { return };
    let reaction = locked(&record).take(&request);
    if reaction.reset {
        tcp.set_zero_linger().unwrap();
        return;
    }
    if reaction.hang {
        std::future::pending::<()>().await;
    }
    // What is about the connection or the service and must not come through.
    let mut headers = BTreeMap::from([
        ("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned()),
        ("Server".to_owned(), "IMDS/150.870.65.1854".to_owned()),
        ("Set-Cookie".to_owned(), "of=node".to_owned()),
    ]);
    headers.extend(reaction.headers);
    headers.retain(|_, value| !value.is_empty());
    let answer = http::response(reaction.status.unwrap_or(200), &headers, &reaction.body.unwrap_or_default());
    // wisp may have had enough before all is sent.
    let _ = tcp.write_all(&answer).await;
}

impl Record {
    /// Notes the request, checks it, and finds its answer.
    fn take(&mut self, request: &Message) -> Reaction {
        let reaction = self.script.get(self.requests).cloned().unwrap_or_default();
        self.requests += 1;
        let n = self.requests;
        if !request.first.starts_with("GET ") || !request.body.is_empty() {
            self.problems
                .push(format!("request {n} to the node: {request:?}"));
        }
        let asked = reaction
            .asked
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, expected) in ALWAYS.into_iter().chain(asked) {
            let found = match name {
                "target" => request.target(),
                header => request.header(header).unwrap_or_default(),
            };
            if found != expected {
                self.problems
                    .push(format!("request {n} to the node: {name} should be {expected:?} and is {found:?}"));
            }
        }
        reaction
    }
}
