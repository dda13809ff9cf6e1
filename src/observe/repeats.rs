//! Failures that come again: told in full once, and then in short.
//!
//! Whatever stays wrong fails each time that it is tried, for hours. The first line says all of it, those after it say that it is
//! still so, and of which line they speak.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::{failure::Failure, names::ClientId};

/// How long a failure is told in short. Who looks at the end of a log shall find all of it.
const IN_SHORT: Duration = Duration::from_secs(10 * 60);

/// Failures that are remembered at once, of all identities; the oldest makes room.
const MAX_REMEMBERED: usize = 64;

/// The failures that were told in full a moment ago.
#[derive(Debug, Default)]
pub(super) struct Repeats(Mutex<Vec<Reported>>);

#[derive(Debug)]
struct Reported {
    client_id: ClientId,
    likeness: u64,
    at: Instant,
    repeated: u64,
    correlation_id: Option<String>,
}

/// A failure that was told in full before.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Again {
    /// How often it has come since then.
    pub(super) repeated: u64,
    /// The correlation id of that line, if its request was sent.
    pub(super) first: Option<String>,
}

impl Repeats {
    /// Whether `failure` was told already. If not, it counts as told from now on.
    pub(super) fn again(&self, client_id: &ClientId, failure: &Failure) -> Option<Again> {
        let now = Instant::now();
        let likeness = likeness(failure);
        let mut remembered = self.0.lock();
        remembered.retain(|reported| now.duration_since(reported.at) < IN_SHORT);
        let same = remembered
            .iter_mut()
            .find(|reported| reported.likeness == likeness && reported.client_id == *client_id);
        if let Some(reported) = same {
            reported.repeated += 1;
            return Some(Again { repeated: reported.repeated, first: reported.correlation_id.clone() });
        }
        if remembered.len() >= MAX_REMEMBERED {
            remembered.remove(0);
        }
        remembered.push(Reported {
            client_id: client_id.clone(),
            likeness,
            at: now,
            repeated: 0,
            correlation_id: failure.correlation_id.clone(),
        });
        None
    }

    /// A token came: what fails from now on is news.
    pub(super) fn forget(&self, client_id: &ClientId) {
        self.0
            .lock()
            .retain(|reported| reported.client_id != *client_id);
    }
}

/// What two failures have in common that are the same to a person. Ids of requests, times and ages differ each time.
fn likeness(failure: &Failure) -> u64 {
    let mut description = failure.description.clone();
    for id in [&failure.trace_id, &failure.correlation_id]
        .into_iter()
        .flatten()
    {
        description = description.replace(id, "");
    }
    description.retain(|letter| !letter.is_ascii_digit());
    let mut hasher = DefaultHasher::new();
    (failure.class, failure.category, failure.code, description).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;
    use crate::failure::{Category, Class};

    fn id(n: usize) -> ClientId {
        format!("aaaaaaaa-1111-2222-3333-{n:012}").parse().unwrap()
    }

    /// A refusal, as the exchange with this number has it.
    fn refused(code: u32, n: u32) -> Failure {
        let ids = (format!("aaaa{n}"), format!("bbbb{n}"));
        let text = format!(
            "AADSTS{code}: It expired {n} min ago. Fix: x. Trace ID: {} Correlation ID: {}",
            ids.0, ids.1
        );
        let mut failure = Failure::new(Class::Assertion, Category::Assertion, "e", text);
        failure.code = Some(code);
        (failure.trace_id, failure.correlation_id) = (Some(ids.0), Some(ids.1));
        failure
    }

    fn short(repeated: u64, first: &str) -> Again {
        Again { repeated, first: Some(first.into()) }
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_is_told_once_and_then_counted() {
        let repeats = Repeats::default();
        assert_eq!(repeats.again(&id(1), &refused(700_024, 1)), None);
        assert_eq!(repeats.again(&id(1), &refused(700_024, 2)), Some(short(1, "bbbb1")));
        assert_eq!(repeats.again(&id(1), &refused(700_024, 3)), Some(short(2, "bbbb1")));
        // Of another identity, with another number, in other words.
        assert_eq!(repeats.again(&id(2), &refused(700_024, 4)), None);
        assert_eq!(repeats.again(&id(1), &refused(700_016, 5)), None);
        let reworded = Failure { description: "y".into(), ..refused(700_024, 6) };
        assert_eq!(repeats.again(&id(1), &reworded), None);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_told_in_full_again_after_a_token_and_after_a_while() {
        let repeats = Repeats::default();
        repeats.again(&id(1), &refused(1, 1));
        repeats.again(&id(2), &refused(1, 2));
        repeats.forget(&id(1));
        assert_eq!(repeats.again(&id(1), &refused(1, 3)), None);
        assert_eq!(
            repeats.again(&id(2), &refused(1, 4)),
            Some(short(1, "bbbb2")),
            "no token came for that one"
        );
        advance(IN_SHORT.mul_f64(0.999)).await;
        assert_eq!(repeats.again(&id(1), &refused(1, 5)), Some(short(1, "bbbb3")));
        advance(IN_SHORT.mul_f64(0.001)).await;
        assert_eq!(repeats.again(&id(1), &refused(1, 6)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded() {
        let repeats = Repeats::default();
        for n in 0..1000 {
            assert_eq!(repeats.again(&id(n), &refused(1, 1)), None);
        }
        assert_eq!(repeats.0.lock().len(), MAX_REMEMBERED);
        assert_eq!(repeats.again(&id(0), &refused(1, 2)), None, "it was the first to be forgotten");
        assert_eq!(repeats.again(&id(999), &refused(1, 2)), Some(short(1, "bbbb1")));
    }
}
