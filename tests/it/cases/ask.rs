//! The application's side of a case: what it sends, and what it makes of the answers.

use std::{collections::BTreeMap, io, iter::repeat_n};

use tokio::time::Instant;

use super::{
    check,
    format::{Connection, Request},
    run::World,
    sidecar::Sidecar,
};
use crate::kit::{
    client::Client,
    http::{self, Message},
};

/// Where tokens are asked for, up to what a request says itself.
const IMDS: &str = "/metadata/identity/oauth2/token?api-version=2018-02-01&";

impl World<'_> {
    pub(super) fn ask_all(&mut self, sidecar: &Sidecar) -> Result<(), String> {
        let mut connection = None;
        let mut waiting = Vec::new();
        let requests = &self.case.request;
        let mut next = 0;
        while let Some(first) = requests.get(next) {
            let with = requests[next + 1..]
                .iter()
                .take_while(|r| r.connection == Connection::Pipelined)
                .count();
            let batch = &requests[next..=next + with];
            self.prepare(&first.before, sidecar)
                .map_err(|e| format!("before request {}: {e}", next + 1))?;
            let each = if first.each.is_empty() { &[String::new()] } else { first.each.as_slice() };
            for each in each.iter().flat_map(|each| repeat_n(each, first.repeat)) {
                self.known.each = self.known.fill(each);
                if first.connection == Connection::New {
                    connection = None;
                }
                let asked = if first.left_waiting {
                    self.leave(first, sidecar)
                        .map(|client| waiting.push(client))
                } else if first.at_once > 1 {
                    self.ask_at_once(first, next, sidecar)
                } else {
                    self.ask(batch, next, sidecar, &mut connection)
                };
                asked.map_err(|e| format!("request {} {each:?}: {e}", next + 1))?;
            }
            self.known.each.clear();
            next += batch.len();
        }
        Ok(())
    }

    /// Sends requests in one write over one connection, and checks the answers in their order.
    fn ask(
        &mut self,
        batch: &[Request],
        index: usize,
        sidecar: &Sidecar,
        connection: &mut Option<Client>,
    ) -> io::Result<()> {
        let started = Instant::now();
        let [first, ..] = batch else { return Ok(()) };
        let client = match connection {
            Some(client) => client,
            None => connection.insert(Client::connect(first.to.unwrap_or(sidecar.address))?),
        };
        let bytes: Vec<u8> = batch
            .iter()
            .flat_map(|request| self.bytes(request))
            .collect();
        client.send(&bytes)?;
        if batch.iter().any(|request| request.half_closed) {
            client.half_close()?;
        }
        for (i, request) in batch.iter().enumerate() {
            let answer = client.answer(request.method == "HEAD")?;
            self.check(request, index + i, &answer, started);
            let expected = request.expect.as_ref().and_then(|expect| expect.closed);
            if let Some(expected) = expected
                && client.is_closed()? != expected
            {
                self.error(index + i, &format!("the connection: expected closed = {expected}"));
            }
        }
        Ok(())
    }

    fn ask_at_once(&mut self, request: &Request, index: usize, sidecar: &Sidecar) -> io::Result<()> {
        let started = Instant::now();
        let clients: io::Result<Vec<_>> = (0..request.at_once)
            .map(|_| self.leave(request, sidecar))
            .collect();
        for mut client in clients? {
            let answer = client.answer(request.method == "HEAD")?;
            self.check(request, index, &answer, started);
        }
        Ok(())
    }

    fn leave(&self, request: &Request, sidecar: &Sidecar) -> io::Result<Client> {
        let mut client = Client::connect(request.to.unwrap_or(sidecar.address))?;
        client.send(&self.bytes(request))?;
        if request.half_closed {
            client.half_close()?;
        }
        Ok(client)
    }

    fn bytes(&self, request: &Request) -> Vec<u8> {
        if let Some(raw) = &request.raw {
            return self.known.fill(raw).replace('\n', "\r\n").into_bytes();
        }
        let query = request.query.as_ref().map(|query| format!("{IMDS}{query}"));
        let target = request.target.clone().or(query).unwrap_or_default();
        let body = self.known.fill(&request.body);
        let usual = [
            ("Host", "169.254.169.254".to_owned()),
            ("Metadata", "true".to_owned()),
            ("Content-Length", if body.is_empty() { String::new() } else { body.len().to_string() }),
        ];
        let mut headers: BTreeMap<_, _> = usual
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let given = request.headers.iter();
        headers.extend(given.map(|(name, value)| (self.known.fill(name), self.known.fill(value))));
        headers.retain(|_, value| !value.is_empty());
        let headers = http::lines(&headers);
        let (method, target) = (self.known.fill(&request.method), self.known.fill(&target));
        format!("{method} {target} {}\r\n{headers}\r\n{body}", request.version).into_bytes()
    }

    fn check(&mut self, request: &Request, index: usize, answer: &Message, started: Instant) {
        let took = started.elapsed();
        self.refresh();
        self.outcome
            .log
            .push(format!("{} → {} {}", index + 1, answer.first, answer.body));
        if !answer.first.contains(" 200 ") {
            self.failures.push(answer.body.clone());
        }
        if let Some(mark) = self
            .marks
            .iter()
            .find(|mark| answer.body.contains(mark.as_str()))
        {
            let error = format!("the answer holds what was in the token file: {mark}");
            self.error(index, &error);
        }
        let Some(expect) = &request.expect else { return };
        for wrong in check::answer(expect, answer, took, &self.known) {
            self.error(index, &wrong);
        }
        let found = self.entra.record().requests;
        if let Some(expected) = expect.exchanges
            && found != expected
        {
            self.error(index, &format!("Entra was asked {found} times so far, expected {expected}"));
        }
    }

    fn error(&mut self, index: usize, error: &str) {
        let each = &self.known.each;
        let each = if each.is_empty() { String::new() } else { format!(" with {each:?}") };
        self.outcome
            .problems
            .push(format!("request {}{each}: {error}", index + 1));
    }
}
