//! The same again, until nothing is wrong or the time is over.

use std::time::Duration;

use tokio::time::Instant;

use super::{Facts, Request, diagnose};
use crate::{
    clock::Clock,
    doctor::{Choice, Finding},
    operator::cluster::Api,
};

/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_secs(3);

/// Reads and looks, and does so again while something is wrong, for at most `wait`.
pub(crate) async fn until_well<A: Api>(
    api: &A,
    facts: &mut Facts,
    (request, choice): (&Request, &Choice),
    wait: Duration,
    clock: &impl Clock,
) -> Vec<Finding> {
    let end = Instant::now() + wait;
    let read_before = facts.unread.clone();
    loop {
        facts.cluster(api, request, clock.wall()).await;
        facts.unread.extend(read_before.iter().cloned());
        let findings = diagnose(facts, request, choice);
        let is_well = !findings.iter().any(Finding::is_failure);
        let left = end.saturating_duration_since(Instant::now());
        if is_well || left.is_zero() {
            return findings;
        }
        tokio::time::sleep(PAUSE.min(left)).await;
    }
}
