//! Numbers as they are read, on their way into the metrics.

use super::table::Metric;

/// One counter or gauge as it stands now: the metric, the values of its labels in the order of the table, the number.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub(super) metric: &'static Metric,
    pub(super) labels: Vec<String>,
    pub(super) value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    Count(u64),
    Level(f64),
}

impl Sample {
    /// A counter as it stands now.
    pub const fn counter(metric: &'static Metric, labels: Vec<String>, count: u64) -> Self {
        Self { metric, labels, value: Value::Count(count) }
    }

    /// A gauge as it stands now.
    pub const fn gauge(metric: &'static Metric, labels: Vec<String>, level: f64) -> Self {
        Self { metric, labels, value: Value::Level(level) }
    }
}
