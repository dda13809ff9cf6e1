//! Metrics of the webhook, in the Prometheus text format. One table has them all.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use super::{adoption::Adoption, outcome::Outcome};
use crate::observe::table::{Kind, Metric};

/// Bounds of the durations that are counted, in seconds. An answer takes a millisecond or two, and an API server waits for
/// seconds.
const BUCKETS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

const REQUESTS: Metric = Metric {
    name: "wisp_webhook_requests_total",
    kind: Kind::Counter,
    labels: &["result", "reason"],
    help: "Answered requests, by what they came to",
};
const ADOPTIONS: Metric = Metric {
    name: "wisp_webhook_adoptions_total",
    kind: Kind::Counter,
    labels: &["result"],
    help: "Pods of pod-managed identity that were to be adopted, by what came of it",
};
const DURATION: Metric = Metric {
    name: "wisp_webhook_request_duration_seconds",
    kind: Kind::Histogram,
    labels: &[],
    help: "How long answers took, from the head of the request on, what was asked of the API server included",
};
const REMAINING: Metric = Metric {
    name: "wisp_webhook_certificate_expiry_seconds",
    kind: Kind::Gauge,
    labels: &[],
    help: "How long the certificate that is served stays valid; 0 while there is none",
};
const TRUSTED: Metric = Metric {
    name: "wisp_webhook_certificate_trusted",
    kind: Kind::Gauge,
    labels: &[],
    help: "1 while the configuration of the webhook trusts the certificate that is served, else 0",
};
const RENEWALS: Metric = Metric {
    name: "wisp_webhook_certificate_renewals_total",
    kind: Kind::Counter,
    labels: &["certificate"],
    help: "Certificates that this replica made: of its own authority, and for itself",
};
const ERRORS: Metric = Metric {
    name: "wisp_webhook_certificate_errors_total",
    kind: Kind::Counter,
    labels: &[],
    help: "Looks at certificate and configuration that failed; the log says why",
};
const BUILD: Metric = Metric {
    name: "wisp_build_info",
    kind: Kind::Gauge,
    labels: &["version"],
    help: "Always 1; the version is a label",
};

/// Every metric, in the order of the documentation.
#[cfg(test)]
const METRICS: [&Metric; 8] =
    [&REQUESTS, &ADOPTIONS, &DURATION, &REMAINING, &TRUSTED, &RENEWALS, &ERRORS, &BUILD];

/// What is counted.
#[derive(Debug, Default)]
pub(crate) struct Measures {
    requests: [AtomicU64; Outcome::ALL.len()],
    adoptions: [AtomicU64; Adoption::ALL.len()],
    buckets: [AtomicU64; BUCKETS.len()],
    /// In nanoseconds.
    sum: AtomicU64,
    count: AtomicU64,
    /// Of authorities.
    pub(super) authorities: AtomicU64,
    /// Of certificates by them.
    pub(super) leaves: AtomicU64,
    pub(super) errors: AtomicU64,
}

/// What else is told at the moment of a reading.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gauges {
    /// What is left of the certificate's life.
    pub remaining: Duration,
    /// Whether the configuration trusts it.
    pub is_trusted: bool,
}

impl Measures {
    /// Counts one answer.
    pub(crate) fn answered(&self, outcome: Outcome, took: Duration) {
        let add = |counter: Option<&AtomicU64>, count| {
            if let Some(counter) = counter {
                counter.fetch_add(count, Ordering::Relaxed);
            }
        };
        add(self.requests.get(outcome.index()), 1);
        add(
            self.buckets
                .iter()
                .zip(BUCKETS)
                .find(|(_, bound)| took.as_secs_f64() <= *bound)
                .map(|(bucket, _)| bucket),
            1,
        );
        add(Some(&self.sum), u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
        add(Some(&self.count), 1);
    }

    /// Counts what came of adopting a pod.
    pub(crate) fn adopted(&self, adoption: Adoption) {
        if let Some(counter) = self.adoptions.get(adoption.index()) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The text that Prometheus reads.
    pub(crate) fn render(&self, gauges: Gauges) -> String {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut page = Page::default();
        page.begin(&REQUESTS);
        for (outcome, counter) in Outcome::ALL.iter().zip(&self.requests) {
            let (result, reason) = outcome.labels();
            page.sample(REQUESTS.name, &[("result", result), ("reason", reason)], read(counter));
        }
        page.begin(&ADOPTIONS);
        for (adoption, counter) in Adoption::ALL.iter().zip(&self.adoptions) {
            page.sample(ADOPTIONS.name, &[("result", adoption.row().0)], read(counter));
        }
        page.begin(&DURATION);
        let mut so_far = 0;
        for (bound, bucket) in BUCKETS.iter().zip(&self.buckets) {
            so_far += read(bucket);
            page.sample(&format!("{}_bucket", DURATION.name), &[("le", &bound.to_string())], so_far);
        }
        page.sample(&format!("{}_bucket", DURATION.name), &[("le", "+Inf")], read(&self.count));
        let sum = Duration::from_nanos(read(&self.sum)).as_secs_f64();
        page.sample(&format!("{}_sum", DURATION.name), &[], sum);
        page.sample(&format!("{}_count", DURATION.name), &[], read(&self.count));
        page.begin(&REMAINING);
        page.sample(REMAINING.name, &[], gauges.remaining.as_secs());
        page.begin(&TRUSTED);
        page.sample(TRUSTED.name, &[], u8::from(gauges.is_trusted));
        page.begin(&RENEWALS);
        page.sample(RENEWALS.name, &[("certificate", "authority")], read(&self.authorities));
        page.sample(RENEWALS.name, &[("certificate", "server")], read(&self.leaves));
        page.begin(&ERRORS);
        page.sample(ERRORS.name, &[], read(&self.errors));
        page.begin(&BUILD);
        page.sample(BUILD.name, &[("version", env!("CARGO_PKG_VERSION"))], 1);
        page.0
    }
}

/// The text as it grows.
#[derive(Default)]
struct Page(String);

impl Page {
    fn begin(&mut self, metric: &Metric) {
        let Metric { name, kind, help, .. } = metric;
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {}", kind.as_str());
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<_> = labels
            .iter()
            .map(|(label, value)| format!("{label}=\"{value}\""))
            .collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
}

#[cfg(test)]
mod tests {
    use std::{fmt::Write as _, time::Duration};

    use super::{Gauges, METRICS, Measures};
    use crate::{
        observe::page::page_has,
        operator::{
            inject::Mode,
            webhook::{adoption::Adoption, outcome::Outcome},
        },
    };

    #[test]
    fn what_was_answered_is_counted() {
        let measures = Measures::default();
        measures.answered(Outcome::Injected(Mode::Env), Duration::from_micros(800));
        measures.answered(Outcome::Refused, Duration::from_millis(3));
        measures.answered(Outcome::TooSlow, Duration::from_secs(20));
        measures.adopted(Adoption::Unbound);
        let text = measures.render(Gauges { remaining: Duration::from_secs(90), is_trusted: true });
        for metric in METRICS {
            assert!(
                text.contains(&format!("# TYPE {} {}\n", metric.name, metric.kind.as_str())),
                "{}",
                metric.name
            );
        }
        let samples = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.ends_with(" 0"));
        insta::assert_snapshot!(samples.collect::<Vec<_>>().join("\n").replace(env!("CARGO_PKG_VERSION"), "VERSION"), @r#"
        wisp_webhook_requests_total{result="injected",reason="env"} 1
        wisp_webhook_requests_total{result="refused",reason="pod"} 1
        wisp_webhook_requests_total{result="error",reason="too_slow"} 1
        wisp_webhook_adoptions_total{result="unbound"} 1
        wisp_webhook_request_duration_seconds_bucket{le="0.001"} 1
        wisp_webhook_request_duration_seconds_bucket{le="0.0025"} 1
        wisp_webhook_request_duration_seconds_bucket{le="0.005"} 2
        wisp_webhook_request_duration_seconds_bucket{le="0.01"} 2
        wisp_webhook_request_duration_seconds_bucket{le="0.025"} 2
        wisp_webhook_request_duration_seconds_bucket{le="0.1"} 2
        wisp_webhook_request_duration_seconds_bucket{le="0.5"} 2
        wisp_webhook_request_duration_seconds_bucket{le="2.5"} 2
        wisp_webhook_request_duration_seconds_bucket{le="10"} 2
        wisp_webhook_request_duration_seconds_bucket{le="+Inf"} 3
        wisp_webhook_request_duration_seconds_sum 20.0038
        wisp_webhook_request_duration_seconds_count 3
        wisp_webhook_certificate_expiry_seconds 90
        wisp_webhook_certificate_trusted 1
        wisp_build_info{version="VERSION"} 1
        "#);
    }

    #[test]
    fn the_page_has_them_all() {
        let mut table = String::from("| Metric | Kind | Labels | Meaning |\n|---|---|---|---|");
        for metric in METRICS {
            let labels: Vec<_> = metric
                .labels
                .iter()
                .map(|label| format!("`{label}`"))
                .collect();
            let _ = write!(
                table,
                "\n| `{}` | {} | {} | {} |",
                metric.name,
                metric.kind.as_str(),
                labels.join(", "),
                metric.help
            );
        }
        page_has("docs/webhook.md", "metrics", &table);
        let mut table = String::from("| `result` | `reason` |\n|---|---|");
        for outcome in Outcome::ALL {
            let (result, reason) = outcome.labels();
            let _ = write!(table, "\n| `{result}` | `{reason}` |");
        }
        page_has("docs/webhook.md", "outcomes", &table);
        let mut table = String::from("| `result` | Meaning |\n|---|---|");
        for adoption in Adoption::ALL {
            let (result, meaning) = adoption.row();
            let _ = write!(table, "\n| `{result}` | {meaning} |");
        }
        page_has("docs/webhook.md", "adoptions", &table);
    }
}
