//! Failures that the broker itself is the cause of.

use std::time::Duration;

use super::schedule;
use crate::failure::{Category, Class, Failure};

pub(super) fn out_of_time(budget: Duration) -> Failure {
    let text = format!(
        "Entra did not answer within {} s. Fix: check the egress path to the authority host; the exchange goes on, so a \
         retry may find its token.",
        budget.as_secs_f32()
    );
    let mut failure = Failure::new(Class::Transient, Category::Timeout, "temporarily_unavailable", text);
    failure.retry_after = Some(Duration::from_secs(1));
    failure
}

/// The wall clock says that a token fetched this moment has ended.
pub(super) fn ended_on_arrival() -> Failure {
    let text = "A new token has already ended by this machine's clock, which must have jumped. Fix: check the node's clock.";
    let mut failure = Failure::new(Class::Transient, Category::Service, "temporarily_unavailable", text);
    failure.retry_after = Some(Duration::from_secs(1));
    failure
}

/// A token that was replaced a moment ago is rejected again.
pub(super) fn forced_a_moment_ago(wait: Duration) -> Failure {
    let text = "The token was rejected, and Entra was asked for another one within the last minute. Fix: wait; if new \
                tokens are rejected too, check in the API's answer what it rejects.";
    let mut failure = Failure::new(Class::Throttled, Category::Throttling, "temporarily_unavailable", text);
    failure.retry_after = Some(wait);
    failure
}

/// All `at_once` turns were taken, and no exchange ended.
pub(super) fn no_turn(at_once: usize) -> Failure {
    let text = format!(
        "Nothing was sent: {at_once} token requests were under way, and none ended within {} s. Fix: check for a slow network, \
         proxy or firewall on the way to Entra; wisp tries again by itself.",
        schedule::WAIT_FOR_TURN.as_secs()
    );
    Failure::new(Class::Transient, Category::Timeout, "temporarily_unavailable", text)
}

pub(super) fn too_many_keys(wait: Duration) -> Failure {
    let text = "Too many different resources or identities were asked for in a short time. Fix: find what in this pod asks \
                for them, or list those it needs in WISP_RESOURCES; tokens already in use are not affected.";
    let mut failure = Failure::new(Class::Throttled, Category::Throttling, "temporarily_unavailable", text);
    failure.retry_after = Some(wait);
    failure
}

/// An exchange that ended without an outcome: its task was dropped, which happens only while the process ends.
pub(super) fn lost() -> Failure {
    let text = "The exchange was abandoned because the sidecar is stopping.";
    Failure::new(Class::Transient, Category::Service, "temporarily_unavailable", text)
}
