//! Outages and throttling.

use std::time::Duration;

use super::{Group, row};
use crate::failure::{Category, Class};

/// The window in which Entra counts identical requests before it reports a loop.
const LOOP_WINDOW: Duration = Duration::from_secs(300);

const WAIT: &str = "wait; wisp tries again by itself. If it lasts, look at the Azure status page.";

pub(super) const GROUP: Group = Group {
    title: "Outages and throttling",
    rows: &[
        row(
            &[90033, 50033],
            Class::Transient,
            Category::Service,
            "temporarily_unavailable",
            "Entra has a passing error.",
            WAIT,
        ),
        row(
            &[90006, 90012, 90024, 90090],
            Class::Transient,
            Category::Service,
            "temporarily_unavailable",
            "A server behind Entra failed or took too long.",
            WAIT,
        ),
        row(
            &[90055],
            Class::Throttled,
            Category::Throttling,
            "temporarily_unavailable",
            "The tenant sends too many requests.",
            "wait; look for other workloads in the tenant that ask for tokens in a loop.",
        ),
        row(
            &[50196],
            Class::Throttled,
            Category::Throttling,
            "temporarily_unavailable",
            "Entra saw the same request too often and takes it for a loop.",
            "wait five minutes; find out which application discards its tokens and asks again.",
        )
        .at_least(LOOP_WINDOW),
        row(
            &[501621, 230109],
            Class::Transient,
            Category::Timeout,
            "temporarily_unavailable",
            "A part of Entra did not answer in time.",
            WAIT,
        ),
        row(
            &[50000, 40010],
            Class::Transient,
            Category::Service,
            "temporarily_unavailable",
            "Entra could not issue the token.",
            "wait; if it lasts, open a support case with the trace id.",
        ),
    ],
};
