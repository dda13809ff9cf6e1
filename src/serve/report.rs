//! What the modules know, as metrics.

use std::{collections::BTreeMap, sync::atomic::Ordering, time::Duration};

use super::resource_labels::ResourceLabels;
use crate::{
    assertion::TokenFile,
    broker::{Broker, Snapshot, Source},
    clock::{Clock, Random, UnixTime},
    endpoint::{Counters, Reason},
    entra::aadsts,
    exchange::Exchange,
    failure::{Category, Class},
    observe::{Dropped, Identifiers, Sample, hide, table},
};

/// Everything that is not counted at the exchange itself.
pub(super) fn samples<E: Exchange, C: Clock, R: Random>(
    counters: &Counters,
    broker: &Broker<E, C, R>,
    token_file: &TokenFile,
    clock: &C,
    identifiers: Identifiers,
    labels: &ResourceLabels,
) -> Vec<Sample> {
    let mut samples = answers(counters);
    samples.extend(refusals(counters));
    samples.extend(connections(counters));
    let tokens = broker.snapshot();
    samples.push(Sample::gauge(table::CACHED_TOKENS, vec![], count(tokens.len() as u64)));
    samples.extend(expirations(&tokens, labels, identifiers));
    samples.extend(assertion(token_file, clock.wall()));
    samples
}

/// The projected token's times, as the node's clock at `now` sees them.
fn assertion(token_file: &TokenFile, now: UnixTime) -> [Sample; 3] {
    let claims = token_file
        .read()
        .map(|assertion| assertion.claims)
        .unwrap_or_default();
    let time = |claim: Option<u64>| claim.map(UnixTime::from_secs);
    let (issued, expires) = (time(claims.issued.or(claims.not_before)), time(claims.expires));
    let sample = |metric, span: Option<Duration>| {
        Sample::gauge(metric, vec![], span.unwrap_or_default().as_secs_f64().floor())
    };
    [
        sample(table::ASSERTION_REMAINING, expires.map(|expires| expires.saturating_since(now))),
        sample(table::ASSERTION_AGE, issued.map(|issued| now.saturating_since(issued))),
        sample(
            table::ASSERTION_LIFETIME,
            issued
                .zip(expires)
                .map(|(issued, expires)| expires.saturating_since(issued)),
        ),
    ]
}

/// What is left of each token, or of the first to end among those that share their labels.
fn expirations(tokens: &[Snapshot], labels: &ResourceLabels, identifiers: Identifiers) -> Vec<Sample> {
    let mut soonest = BTreeMap::new();
    for token in tokens {
        let id = &token.key.client_id;
        let shown = identifiers.show(id);
        let resource = hide(labels.label(&token.key.resource), id, &shown).into_owned();
        let by = (shown, resource);
        soonest
            .entry(by)
            .and_modify(|remaining: &mut Duration| *remaining = token.remaining.min(*remaining))
            .or_insert(token.remaining);
    }
    let sample = |((client_id, resource), remaining): ((String, String), Duration)| {
        let labels = vec![client_id, resource];
        Sample::gauge(table::TOKEN_EXPIRATION, labels, remaining.as_secs_f64().floor())
    };
    soonest.into_iter().map(sample).collect()
}

/// The failures that a new set-up meets: what may not have spread yet, or is configured wrongly.
pub(super) fn foreseen_failures() -> Vec<(Category, u32)> {
    aadsts::GROUPS
        .iter()
        .flat_map(|group| group.rows)
        .filter(|row| row.class == Class::Propagation)
        .flat_map(|row| row.codes.iter().map(|code| (row.category, *code)))
        .collect()
}

/// The log lines that nobody could read.
pub(super) fn lines_dropped(dropped: &Dropped) -> Sample {
    Sample::counter(table::LOG_LINES_DROPPED, vec![], dropped.count())
}

/// The log lines that were not written.
pub(super) fn lines_suppressed(count: u64) -> Sample {
    Sample::counter(table::LOG_LINES_SUPPRESSED, vec![], count)
}

fn refusals(counters: &Counters) -> impl Iterator<Item = Sample> {
    let sample = |(reason, count): (Reason, u64)| {
        Sample::counter(table::REFUSED_REQUESTS, vec![reason.as_str().to_owned()], count)
    };
    counters.refusals().map(sample)
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

fn connections(counters: &Counters) -> [Sample; 5] {
    let connections = &counters.connections;
    let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    [
        Sample::counter(table::CONNECTIONS, vec![], read(&connections.accepted)),
        Sample::counter(table::CONNECTIONS_MALFORMED, vec![], read(&connections.malformed)),
        Sample::counter(table::CONNECTIONS_IDLED, vec![], read(&connections.idled)),
        Sample::counter(table::CONNECTIONS_EVICTED, vec![], read(&connections.evicted)),
        Sample::gauge(table::CONNECTIONS_OPEN, vec![], count(read(&connections.open))),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "counts of things in one process")]
fn count(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Key;

    #[test]
    fn tokens_without_a_label_of_their_own_are_told_by_the_first_to_end() {
        let snapshot = |n: u64| Snapshot {
            key: Key {
                authority: "https://login.microsoftonline.com".parse().unwrap(),
                via_token_proxy: false,
                tenant: "contoso.com".parse().unwrap(),
                client_id: "aaaaaaaa-1111-2222-3333-444444444444".parse().unwrap(),
                resource: format!("api://{n}").parse().unwrap(),
            },
            remaining: Duration::from_secs(1000 - n),
        };
        let tokens: Vec<_> = (0..100).map(snapshot).collect();
        let samples = expirations(&tokens, &ResourceLabels::default(), Identifiers::Hashed);
        assert_eq!(samples.len(), 33);
        let other =
            Sample::gauge(table::TOKEN_EXPIRATION, vec!["61eef8f68895".into(), "other".into()], 901.0);
        assert!(samples.contains(&other), "{samples:?}");
    }
}
