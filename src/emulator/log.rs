//! The request log: what was asked and how it was answered. Never an assertion, never a token.

use std::collections::{BTreeMap, VecDeque};

use parking_lot::{Mutex, MutexGuard};
use serde::Serialize;

/// The outcome of a request that got a token.
pub(super) const ISSUED: &str = "issued";

/// The outcome of a request that has none yet.
pub(super) const PENDING: &str = "pending";

/// How many requests are remembered.
const KEPT: usize = 10_000;

/// How many pairs of client and scope are counted apart. Those that come later count as "(others)".
const PAIRS: usize = 1000;

/// The longest text taken from a request, in bytes.
const LONGEST: usize = 256;

/// One request that came in, and its answer.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Entry {
    /// Seconds since the epoch.
    pub time: u64,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The `Host` header.
    pub host: Option<String>,
    /// The TLS server name (SNI) of the connection.
    pub sni: Option<String>,
    /// The tenant in the path, where the path has one.
    pub tenant: Option<String>,
    /// The form's `client_id`.
    pub client_id: Option<String>,
    /// The form's `scope`.
    pub scope: Option<String>,
    /// `issued`, `AADSTS` with the number, the name of the fault, `served` for anything but the token endpoint, or
    /// `pending`: not answered yet, or the client went away before.
    pub outcome: String,
    /// The HTTP status; 0 when there was no answer.
    pub status: u16,
    /// The `client-request-id` header.
    pub client_request_id: Option<String>,
    /// The names of cookies that came with the request.
    pub cookies: Vec<String>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
}

/// How often one client asked for one scope.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Count {
    /// The client id, as sent.
    pub client_id: String,
    /// The scope, as sent.
    pub scope: String,
    /// Token requests.
    pub requests: u64,
    /// Tokens issued.
    pub issued: u64,
}

#[derive(Debug, Default)]
struct Inner {
    entries: VecDeque<Entry>,
    /// The number of the oldest entry.
    first: u64,
    counts: BTreeMap<(String, String), (u64, u64)>,
}

/// The log.
#[derive(Debug, Default)]
pub(super) struct Log(Mutex<Inner>);

impl Log {
    /// Writes a request down as it comes in, so that one whose client goes away counts, too. Returns its number.
    pub(super) fn begin(&self, entry: Entry) -> u64 {
        let mut inner = self.lock();
        if let Some(pair) = pair(&entry) {
            inner.count(pair).0 += 1;
        }
        if inner.entries.len() == KEPT {
            inner.entries.pop_front();
            inner.first += 1;
        }
        inner.entries.push_back(entry);
        inner.first + inner.entries.len() as u64 - 1
    }

    /// Writes down what request `number` came to. Returns it, unless it is forgotten already.
    pub(super) fn end(&self, number: u64, outcome: &str, status: u16) -> Option<Entry> {
        let mut inner = self.lock();
        let index = usize::try_from(number.checked_sub(inner.first)?).ok()?;
        let entry = inner.entries.get_mut(index)?;
        outcome.clone_into(&mut entry.outcome);
        entry.status = status;
        let entry = entry.clone();
        if outcome == ISSUED
            && let Some(pair) = pair(&entry)
        {
            inner.count(pair).1 += 1;
        }
        Some(entry)
    }

    /// The requests, oldest first.
    pub(super) fn entries(&self) -> Vec<Entry> {
        self.lock().entries.iter().cloned().collect()
    }

    /// The counts, by client id and scope.
    pub(super) fn counts(&self) -> Vec<Count> {
        let count = |((client_id, scope), (requests, issued)): (&(String, String), &(u64, u64))| Count {
            client_id: client_id.clone(),
            scope: scope.clone(),
            requests: *requests,
            issued: *issued,
        };
        self.lock().counts.iter().map(count).collect()
    }

    /// How often `client_id` asked for `scope`.
    pub(super) fn count(&self, client_id: &str, scope: &str) -> u64 {
        self.lock()
            .counts
            .get(&(client_id.into(), scope.into()))
            .map_or(0, |(requests, _)| *requests)
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        let mut inner = self.lock();
        inner.first += inner.entries.len() as u64;
        inner.entries.clear();
        inner.counts.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock()
    }
}

impl Inner {
    fn count(&mut self, pair: (String, String)) -> &mut (u64, u64) {
        let fits = self.counts.len() < PAIRS || self.counts.contains_key(&pair);
        let pair = if fits { pair } else { ("(others)".into(), "(others)".into()) };
        self.counts.entry(pair).or_default()
    }
}

fn pair(entry: &Entry) -> Option<(String, String)> {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    (entry.client_id.is_some() || entry.scope.is_some()).then(|| (text(&entry.client_id), text(&entry.scope)))
}

/// A text from a request as the log keeps it: bounded, one line, and no JWT that strayed into a wrong field.
pub(super) fn kept(text: &str) -> String {
    if text.starts_with("eyJ") {
        return "(a JWT)".into();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if kept.len() + c.len_utf8() > LONGEST {
            break;
        }
        kept.push(if c.is_control() { ' ' } else { c });
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{Entry, KEPT, Log, PAIRS, kept};

    fn entry(client: &str) -> Entry {
        Entry { client_id: Some(client.into()), scope: Some("s".into()), ..Entry::default() }
    }

    #[test]
    fn counts_by_client_and_scope() {
        let log = Log::default();
        let one = log.begin(entry("a"));
        let two = log.begin(entry("a"));
        log.begin(Entry::default());
        assert_eq!((log.count("a", "s"), log.counts()[0].issued), (2, 0));
        assert_eq!(log.end(two, "AADSTS700016", 400).unwrap().status, 400);
        log.end(one, "issued", 200);
        assert_eq!((log.count("a", "s"), log.count("b", "s"), log.entries().len()), (2, 0, 3));
        assert_eq!(log.counts()[0].issued, 1);
        log.clear();
        assert!(log.entries().is_empty() && log.counts().is_empty());
        assert_eq!(log.end(one, "issued", 200), None);
    }

    #[test]
    fn memory_is_bounded() {
        let log = Log::default();
        for i in 0..KEPT as u64 + 5 {
            assert_eq!(log.begin(entry(&i.to_string())), i);
        }
        assert_eq!(log.entries().len(), KEPT);
        assert_eq!(log.counts().len(), PAIRS + 1);
        assert_eq!(log.end(4, "issued", 200), None);
        assert_eq!(log.end(5, "issued", 200).unwrap().client_id.as_deref(), Some("5"));
    }

    #[test]
    fn texts_are_cut_and_jwts_left_out() {
        assert_eq!(kept("eyJhbGciOiJSUzI1NiJ9.e30.c2ln"), "(a JWT)");
        assert_eq!(kept("a\r\nb"), "a  b");
        assert_eq!(kept(&"é".repeat(200)).len(), 256);
    }
}
