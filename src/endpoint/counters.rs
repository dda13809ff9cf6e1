//! Counts of what was answered, for whoever renders metrics. Only relaxed additions: they are on the path of every hit.

use std::sync::atomic::{AtomicU64, Ordering};

use hyper::StatusCode;

use super::{dialect::Kind, reason::Reason};
use crate::{broker::Source, server::ConnectionCounters};

/// The statuses that can be answered, and 0 for any other. One table: the position is the index.
const STATUSES: [u16; 10] = [200, 400, 401, 403, 404, 405, 414, 429, 503, 0];

/// The sources of a token, and none for an answer without one.
const SOURCES: [Option<Source>; 5] =
    [Some(Source::Exchanged), Some(Source::Hit), Some(Source::Joined), Some(Source::Stale), None];

/// Counters of the token endpoint.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    answers: [[[AtomicU64; SOURCES.len()]; STATUSES.len()]; Kind::ALL.len()],
    refusals: [AtomicU64; Reason::ALL.len()],
    /// Connections of the token listeners.
    pub connections: ConnectionCounters,
}

/// One answer counter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Sample {
    /// The dialect that was spoken.
    pub dialect: Kind,
    /// The HTTP status, 0 for one that has no counter of its own.
    pub status: u16,
    /// Where the token came from, if there was one.
    pub source: Option<Source>,
    /// How many times.
    pub count: u64,
}

impl Counters {
    /// Counts one answer.
    pub(super) fn answered(&self, dialect: Kind, status: StatusCode, source: Option<Source>) {
        let status = status.as_u16();
        let status = STATUSES
            .iter()
            .position(|s| *s == status)
            .unwrap_or(STATUSES.len() - 1);
        let source = match source {
            Some(Source::Exchanged) => 0,
            Some(Source::Hit) => 1,
            Some(Source::Joined) => 2,
            Some(Source::Stale) => 3,
            None => 4,
        };
        if let Some(counter) = self
            .answers
            .get(dialect as usize)
            .and_then(|d| d.get(status))
            .and_then(|s| s.get(source))
        {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts one refusal, which is counted as an answer too.
    pub(super) fn refused(&self, reason: Reason) {
        if let Some(counter) = self.refusals.get(reason as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Every reason to refuse, with how often it was one.
    pub(crate) fn refusals(&self) -> impl Iterator<Item = (Reason, u64)> {
        Reason::ALL.iter().copied().zip(
            self.refusals
                .iter()
                .map(|counter| counter.load(Ordering::Relaxed)),
        )
    }

    /// Every answer counter that is expected to be used, and any other that is not zero.
    pub(crate) fn answers(&self) -> impl Iterator<Item = Sample> {
        Kind::ALL
            .into_iter()
            .zip(&self.answers)
            .flat_map(|(dialect, rows)| {
                STATUSES
                    .into_iter()
                    .zip(rows)
                    .map(move |(status, row)| (dialect, status, row))
            })
            .flat_map(|(dialect, status, row)| {
                SOURCES
                    .into_iter()
                    .zip(row)
                    .map(move |(source, count)| Sample {
                        dialect,
                        status,
                        source,
                        count: count.load(Ordering::Relaxed),
                    })
            })
            .filter(|sample| sample.count > 0 || is_expected(sample))
    }
}

/// Whether a counter is shown before there is anything to count, so that its first step can be seen.
fn is_expected(sample: &Sample) -> bool {
    match (sample.status, sample.source) {
        (200, None) => sample.dialect == Kind::Metadata,
        (200, Some(_)) | (405 | 429, None) => sample.dialect.has_tokens(),
        (400, None) => sample.dialect != Kind::Metadata,
        (401, None) => sample.dialect == Kind::AppService,
        (403 | 404, None) => sample.dialect == Kind::Other,
        (503, None) => sample.dialect != Kind::Other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Counters, Kind, Reason, SOURCES, Sample, Source};
    use hyper::StatusCode;

    #[test]
    fn every_answer_is_found_again() {
        for dialect in Kind::ALL {
            for source in SOURCES {
                let counters = Counters::default();
                counters.answered(dialect, StatusCode::OK, source);
                counters.answered(dialect, StatusCode::OK, source);
                let found: Vec<_> = counters.answers().filter(|s| s.count > 0).collect();
                assert_eq!(found, [Sample { dialect, status: 200, source, count: 2 }]);
            }
        }
    }

    #[test]
    fn an_unforeseen_status_is_counted_too() {
        let counters = Counters::default();
        counters.answered(Kind::Imds, StatusCode::IM_A_TEAPOT, Some(Source::Hit));
        assert_eq!(
            counters
                .answers()
                .filter(|s| s.count > 0)
                .map(|s| (s.status, s.count))
                .collect::<Vec<_>>(),
            [(0, 1)]
        );
    }

    #[test]
    fn what_is_to_be_expected_is_told_before_it_happens() {
        let counters = Counters::default();
        let shown: Vec<_> = counters.answers().collect();
        assert!(shown.iter().all(|sample| sample.count == 0));
        for expected in [
            (Kind::Imds, 200, Some(Source::Stale)),
            (Kind::CloudShell, 429, None),
            (Kind::AppService, 401, None),
            (Kind::Other, 403, None),
        ] {
            assert!(
                shown
                    .iter()
                    .any(|s| (s.dialect, s.status, s.source) == expected),
                "{expected:?}"
            );
        }
        assert!(shown.len() < 40, "each is a time series for each pod: {}", shown.len());
        assert_eq!(counters.refusals().count(), Reason::ALL.len());
    }
}
