//! What the rooms know, as metrics.

use std::{sync::atomic::Ordering, time::Duration};

use crate::{
    assertion::TokenFile,
    broker::{Broker, Source},
    clock::{Clock, Random},
    endpoint::Counters,
    exchange::Exchange,
    observe::{Identifiers, Sample},
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
    samples.push(Sample::Gauge("wisp_cached_tokens", vec![], count(tokens.len() as u64)));
    samples.extend(tokens.into_iter().map(|token| {
        let labels = vec![
            ("client_id", identifiers.show(&token.key.client_id)),
            ("resource", token.key.resource.to_string()),
        ];
        Sample::Gauge(
            "azure_identity_token_expiration_seconds",
            labels,
            token.remaining.as_secs_f64().floor(),
        )
    }));
    let left = token_file
        .read()
        .ok()
        .and_then(|assertion| assertion.claims.expires);
    let left = left
        .map_or(Duration::ZERO, |exp| crate::clock::UnixTime::from_secs(exp).saturating_since(clock.wall()));
    samples.push(Sample::Gauge("wisp_assertion_remaining_seconds", vec![], left.as_secs_f64().floor()));
    samples
}

fn answers(counters: &Counters) -> Vec<Sample> {
    let sample = |answer: crate::endpoint::Sample| {
        let labels = vec![
            ("dialect", answer.dialect.as_str().to_owned()),
            ("status", if answer.status == 0 { "other".into() } else { answer.status.to_string() }),
            ("cache", answer.source.map_or("none", Source::as_str).to_owned()),
        ];
        Sample::Counter("wisp_requests_total", labels, answer.count)
    };
    counters.answers().map(sample).collect()
}

fn connections(counters: &Counters) -> [Sample; 5] {
    let connections = &counters.connections;
    let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    [
        Sample::Counter("wisp_connections_total", vec![], read(&connections.accepted)),
        Sample::Counter("wisp_connections_malformed_total", vec![], read(&connections.malformed)),
        Sample::Counter("wisp_connections_idled_total", vec![], read(&connections.idled)),
        Sample::Counter("wisp_connections_displaced_total", vec![], read(&connections.displaced)),
        Sample::Gauge("wisp_connections_open", vec![], count(read(&connections.open))),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "counts of things in one process")]
fn count(n: u64) -> f64 {
    n as f64
}
