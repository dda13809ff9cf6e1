//! What the rooms know, as metrics.

use std::{sync::atomic::Ordering, time::Duration};

use crate::{
    assertion::TokenFile,
    broker::{Broker, Source},
    clock::{Clock, Random},
    endpoint::Counters,
    exchange::Exchange,
    observe::{Dropped, Identifiers, Sample, table},
};

/// Everything that is not counted at the exchange itself.
pub(super) fn samples<E: Exchange, C: Clock, R: Random>(
    counters: &Counters,
    broker: &Broker<E, C, R>,
    token_file: &TokenFile,
    clock: &C,
    identifiers: Identifiers,
) -> Vec<Sample> {
    let mut samples = answers(counters);
    samples.extend(connections(counters));
    let tokens = broker.snapshot();
    samples.push(Sample::gauge(table::CACHED_TOKENS, vec![], count(tokens.len() as u64)));
    samples.extend(tokens.into_iter().map(|token| {
        let labels = vec![identifiers.show(&token.key.client_id), token.key.resource.to_string()];
        Sample::gauge(table::TOKEN_EXPIRATION, labels, token.remaining.as_secs_f64().floor())
    }));
    let left = token_file
        .read()
        .ok()
        .and_then(|assertion| assertion.claims.expires);
    let left = left
        .map_or(Duration::ZERO, |exp| crate::clock::UnixTime::from_secs(exp).saturating_since(clock.wall()));
    samples.push(Sample::gauge(table::ASSERTION_REMAINING, vec![], left.as_secs_f64().floor()));
    samples
}

/// The log lines that nobody could read.
pub(super) fn lines_dropped(dropped: &Dropped) -> Sample {
    Sample::counter(table::LOG_LINES_DROPPED, vec![], dropped.count())
}

fn answers(counters: &Counters) -> Vec<Sample> {
    let sample = |answer: crate::endpoint::Sample| {
        let labels = vec![
            answer.dialect.as_str().to_owned(),
            if answer.status == 0 { "other".into() } else { answer.status.to_string() },
            answer.source.map_or("none", Source::as_str).to_owned(),
        ];
        Sample::counter(table::REQUESTS, labels, answer.count)
    };
    counters.answers().map(sample).collect()
}

fn connections(counters: &Counters) -> [Sample; 4] {
    let connections = &counters.connections;
    let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    [
        Sample::counter(table::CONNECTIONS, vec![], read(&connections.accepted)),
        Sample::counter(table::CONNECTIONS_MALFORMED, vec![], read(&connections.malformed)),
        Sample::counter(table::CONNECTIONS_IDLED, vec![], read(&connections.idled)),
        Sample::gauge(table::CONNECTIONS_OPEN, vec![], count(read(&connections.open))),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "counts of things in one process")]
fn count(n: u64) -> f64 {
    n as f64
}
