//! Everything that is counted, in the Prometheus text format.

use std::sync::{Arc, Mutex, PoisonError, atomic::Ordering};

use metrics::{Key, Label, Level, Metadata, Recorder, Unit};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use metrics_util::MetricKindMask;

use super::ExchangeStats;
use crate::failure::Category;

/// What is exposed. Counting never waits for it: counters are plain atomics elsewhere, read when somebody asks.
pub struct Metrics {
    exchanges: Arc<ExchangeStats>,
    /// Built when first asked for, because building calibrates a clock for up to 200 ms.
    exporter: Mutex<Option<Exporter>>,
}

/// One counter or gauge as it stands now.
#[derive(Clone, Debug, PartialEq)]
pub enum Sample {
    /// Only ever grows.
    Counter(&'static str, Vec<(&'static str, String)>, u64),
    /// Goes up and down.
    Gauge(&'static str, Vec<(&'static str, String)>, f64),
}

/// The text that Prometheus reads, and its media type.
#[derive(Clone, Debug)]
pub struct Exposition {
    /// The metrics.
    pub text: String,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
}

struct Exporter {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
}

const SUCCESS: &str = "azure_identity_token_acquisition_success_total";
const FAILURE: &str = "azure_identity_token_acquisition_failure_total";
const REFUSED: &str = "azure_identity_authentication_failures_total";
const FEDERATION: &str = "azure_federated_credential_errors_total";
const LATENCY: &str = "azure_identity_token_acquisition_latency_seconds";

/// The one table of names: what each metric is for.
const DESCRIPTIONS: &[(&str, &str)] = &[
    (SUCCESS, "Exchanges in which Entra issued a token"),
    (FAILURE, "Exchanges that failed, by category and AADSTS number"),
    (
        REFUSED,
        "Exchanges that Entra refused for what was presented: client, tenant, assertion, credential, policy",
    ),
    (FEDERATION, "Exchanges that Entra refused because of the federated identity credential"),
    (LATENCY, "How long exchanges took, failed ones included"),
    ("azure_identity_token_expiration_seconds", "How long each cached token stays valid"),
    ("wisp_requests_total", "Answered requests by dialect, status and cache state"),
    ("wisp_cached_tokens", "Valid tokens in the cache"),
    ("wisp_assertion_remaining_seconds", "What is left of the projected service account token"),
    ("wisp_log_lines_dropped_total", "Log lines lost because they came faster than they were read"),
    ("wisp_build_info", "Always 1; the version is a label"),
];

/// The exchange takes from a few milliseconds to the whole attempt time-out.
const LATENCY_BUCKETS: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];

impl Metrics {
    /// Exposes `exchanges`.
    pub fn new(exchanges: Arc<ExchangeStats>) -> Self {
        Self { exchanges, exporter: Mutex::new(None) }
    }

    /// The metrics as text, with `samples` from elsewhere. May block for 200 ms the first time.
    pub fn render(&self, samples: impl IntoIterator<Item = Sample>) -> Exposition {
        let mut exporter = self.exporter.lock().unwrap_or_else(PoisonError::into_inner);
        let exporter = exporter.get_or_insert_with(Exporter::new);
        for sample in self.own_samples().into_iter().chain(samples) {
            exporter.set(sample);
        }
        let latencies = std::mem::take(
            &mut *self
                .exchanges
                .latencies
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let histogram = exporter
            .recorder
            .register_histogram(&Key::from_name(LATENCY), &METADATA);
        for took in latencies {
            histogram.record(took.as_secs_f64());
        }
        Exposition {
            text: exporter.handle.render(),
            content_type: "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    fn own_samples(&self) -> Vec<Sample> {
        let failures = self
            .exchanges
            .failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let sum = |of: fn(Category) -> bool| {
            failures
                .iter()
                .filter(|((c, _), _)| of(*c))
                .map(|(_, n)| n)
                .sum()
        };
        let mut samples = vec![
            Sample::Counter(SUCCESS, vec![], self.exchanges.successes.load(Ordering::Relaxed)),
            Sample::Counter(REFUSED, vec![], sum(was_refused)),
            Sample::Counter(FEDERATION, vec![], sum(|c| c == Category::FederatedCredential)),
            Sample::Gauge("wisp_build_info", vec![("version", env!("CARGO_PKG_VERSION").into())], 1.0),
        ];
        samples.extend(failures.iter().map(|((category, code), count)| {
            let labels = vec![("category", category.as_str().into()), ("aadsts", code.label())];
            Sample::Counter(FAILURE, labels, *count)
        }));
        samples
    }
}

/// Whether failures of this category are Entra's refusal of what was presented.
fn was_refused(category: Category) -> bool {
    use Category as C;
    matches!(category, C::Assertion | C::Client | C::FederatedCredential | C::Policy | C::Tenant)
}

const METADATA: Metadata<'static> = Metadata::new("wisp", Level::INFO, None);

impl Exporter {
    fn new() -> Self {
        let recorder = PrometheusBuilder::new()
            // A gauge that was not set for this reading belongs to a token that is gone.
            .idle_timeout(MetricKindMask::GAUGE, Some(std::time::Duration::from_millis(1)))
            .set_buckets_for_metric(Matcher::Full(LATENCY.into()), &LATENCY_BUCKETS)
            .map_or_else(|_| PrometheusBuilder::new().build_recorder(), PrometheusBuilder::build_recorder);
        for (name, text) in DESCRIPTIONS {
            let (name, text) = ((*name).into(), (*text).into());
            if name == LATENCY.into() {
                recorder.describe_histogram(name, Some(Unit::Seconds), text);
            } else {
                recorder.describe_counter(name, None, text);
            }
        }
        Self { handle: recorder.handle(), recorder }
    }

    fn set(&self, sample: Sample) {
        let key = |name: &'static str, labels: Vec<(&'static str, String)>| {
            Key::from_parts(
                name,
                labels
                    .into_iter()
                    .map(|(k, v)| Label::new(k, v))
                    .collect::<Vec<_>>(),
            )
        };
        match sample {
            Sample::Counter(name, labels, value) => {
                self.recorder
                    .register_counter(&key(name, labels), &METADATA)
                    .absolute(value);
            }
            Sample::Gauge(name, labels, value) => {
                self.recorder
                    .register_gauge(&key(name, labels), &METADATA)
                    .set(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::failure::{Class, Failure};

    fn token_ends(resource: &str) -> Sample {
        Sample::Gauge("azure_identity_token_expiration_seconds", vec![("resource", resource.into())], 3599.0)
    }

    #[test]
    fn counters_keep_counting_and_gone_gauges_go() {
        let stats = Arc::new(ExchangeStats::default());
        let metrics = Metrics::new(Arc::clone(&stats));
        let mut failure = Failure::new(Class::Propagation, Category::FederatedCredential, "e", "d");
        failure.code = Some(700_213);
        stats.record(Duration::from_millis(30), &Err(failure));
        metrics.render([token_ends("https://gone"), token_ends("https://kept")]);
        stats.record(
            Duration::from_millis(300),
            &Err(Failure::new(Class::Transient, Category::Network, "e", "d")),
        );
        #[expect(clippy::disallowed_methods, reason = "the exporter keeps its own time")]
        std::thread::sleep(Duration::from_millis(20));
        let exposition = metrics.render([token_ends("https://kept")]);
        let mut lines: Vec<_> = exposition
            .text
            .lines()
            .filter(|l| !l.is_empty() && !l.contains("build_info"))
            .collect();
        lines.sort_unstable();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        # HELP azure_federated_credential_errors_total Exchanges that Entra refused because of the federated identity credential
        # HELP azure_identity_authentication_failures_total Exchanges that Entra refused for what was presented: client, tenant, assertion, credential, policy
        # HELP azure_identity_token_acquisition_failure_total Exchanges that failed, by category and AADSTS number
        # HELP azure_identity_token_acquisition_latency_seconds How long exchanges took, failed ones included
        # HELP azure_identity_token_acquisition_success_total Exchanges in which Entra issued a token
        # HELP azure_identity_token_expiration_seconds How long each cached token stays valid
        # TYPE azure_federated_credential_errors_total counter
        # TYPE azure_identity_authentication_failures_total counter
        # TYPE azure_identity_token_acquisition_failure_total counter
        # TYPE azure_identity_token_acquisition_latency_seconds histogram
        # TYPE azure_identity_token_acquisition_success_total counter
        # TYPE azure_identity_token_expiration_seconds gauge
        azure_federated_credential_errors_total 1
        azure_identity_authentication_failures_total 1
        azure_identity_token_acquisition_failure_total{category="federated_credential",aadsts="700213"} 1
        azure_identity_token_acquisition_failure_total{category="network",aadsts="none"} 1
        azure_identity_token_acquisition_latency_seconds_bucket{le="+Inf"} 2
        azure_identity_token_acquisition_latency_seconds_bucket{le="0.025"} 0
        azure_identity_token_acquisition_latency_seconds_bucket{le="0.05"} 1
        azure_identity_token_acquisition_latency_seconds_bucket{le="0.1"} 1
        azure_identity_token_acquisition_latency_seconds_bucket{le="0.25"} 1
        azure_identity_token_acquisition_latency_seconds_bucket{le="0.5"} 2
        azure_identity_token_acquisition_latency_seconds_bucket{le="1"} 2
        azure_identity_token_acquisition_latency_seconds_bucket{le="15"} 2
        azure_identity_token_acquisition_latency_seconds_bucket{le="2.5"} 2
        azure_identity_token_acquisition_latency_seconds_bucket{le="5"} 2
        azure_identity_token_acquisition_latency_seconds_count 2
        azure_identity_token_acquisition_latency_seconds_sum 0.32999999999999996
        azure_identity_token_acquisition_success_total 0
        azure_identity_token_expiration_seconds{resource="https://kept"} 3599
        "#);
    }

    #[test]
    fn every_metric_is_described_once() {
        let mut names: Vec<_> = DESCRIPTIONS.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), DESCRIPTIONS.len());
    }
}
