//! Everything that is counted, in the Prometheus text format.

use std::{
    fmt::Write as _,
    sync::{Arc, atomic::Ordering},
};

use metrics::{Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use metrics_util::MetricKindMask;
use parking_lot::Mutex;

use super::{
    ExchangeStats,
    code::Code,
    log::LogContext,
    sample::{Sample, Value},
    table::{
        BUILD_INFO, FAILURE, FEDERATION, Kind, LATENCY, METRICS, Metric, REFUSED, SUCCESS, WORKLOAD_LABELS,
    },
};
use crate::failure::Category;

/// What is exposed. Counting never waits for it: counters are plain atomics elsewhere, read when somebody asks.
pub struct Metrics {
    exchanges: Arc<ExchangeStats>,
    context: LogContext,
    /// The failures that are told before they happen, besides those without a number.
    foreseen: Vec<(Category, u32)>,
    /// Built when first asked for, because building calibrates a clock for up to 200 ms.
    exporter: Mutex<Option<Exporter>>,
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
    workload: Vec<Label>,
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
}

/// The exchange takes from a few milliseconds to the whole attempt time-out.
const LATENCY_BUCKETS: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];

impl Metrics {
    /// Exposes `exchanges`, with the labels that `context` gives. The failures that are `foreseen` are told before they
    /// happen, so that their first time can be seen.
    pub fn new(exchanges: Arc<ExchangeStats>, context: LogContext, foreseen: Vec<(Category, u32)>) -> Self {
        Self { exchanges, context, foreseen, exporter: Mutex::new(None) }
    }

    /// The metrics as text, with `samples` from elsewhere. May block for 200 ms the first time.
    pub fn render(&self, samples: impl IntoIterator<Item = Sample>) -> Exposition {
        let mut exporter = self.exporter.lock();
        // Other labels are other series; an exporter would go on telling the old ones.
        let workload = self.workload_labels();
        let exporter = match &mut *exporter {
            Some(exporter) if exporter.workload == workload => exporter,
            other => other.insert(Exporter::new(workload)),
        };
        for sample in self.own_samples().into_iter().chain(samples) {
            exporter.set(sample);
        }
        let latencies = std::mem::take(&mut *self.exchanges.latencies.lock());
        let histogram = exporter
            .recorder
            .register_histogram(&exporter.key(LATENCY, Vec::new()), &METADATA);
        for took in latencies {
            histogram.record(took.as_secs_f64());
        }
        let mut text = exporter.handle.render();
        add_absent(&mut text);
        Exposition { text, content_type: "text/plain; version=0.0.4; charset=utf-8" }
    }

    /// Where this sidecar runs, once that is known.
    fn workload_labels(&self) -> Vec<Label> {
        let values = ["namespace", "serviceAccount"].map(|field| self.context.get(field));
        let labels = WORKLOAD_LABELS.into_iter().zip(values);
        labels
            .filter_map(|(name, value)| Some(Label::new(name, value?)))
            .collect()
    }

    fn own_samples(&self) -> Vec<Sample> {
        let mut failures = self.exchanges.failures.lock().clone();
        let unnumbered = Category::ALL
            .into_iter()
            .map(|category| (category, Code::None));
        let foreseen = self
            .foreseen
            .iter()
            .map(|(category, code)| (*category, Code::Number(*code)));
        for kind in unnumbered.chain(foreseen) {
            failures.entry(kind).or_default();
        }
        let federation = failures
            .iter()
            .filter(|((category, _), _)| *category == Category::FederatedCredential)
            .map(|(_, count)| count)
            .sum();
        let mut samples = vec![
            Sample::counter(SUCCESS, vec![], self.exchanges.successes.load(Ordering::Relaxed)),
            Sample::counter(REFUSED, vec![], self.exchanges.refusals.load(Ordering::Relaxed)),
            Sample::counter(FEDERATION, vec![], federation),
            Sample::gauge(BUILD_INFO, vec![env!("CARGO_PKG_VERSION").into()], 1.0),
        ];
        samples.extend(failures.iter().map(|((category, code), count)| {
            Sample::counter(FAILURE, vec![category.as_str().into(), code.label()], *count)
        }));
        samples
    }
}

/// Names the metrics that have no series yet.
fn add_absent(text: &mut String) {
    for metric in METRICS {
        let kind = format!("# TYPE {} {}\n", metric.name, metric.kind.as_str());
        if !text.contains(&kind) {
            let _ = writeln!(text, "# HELP {} {}\n{kind}", metric.name, metric.help);
        }
    }
}

const METADATA: Metadata<'static> = Metadata::new("wisp", Level::INFO, None);

impl Exporter {
    fn new(workload: Vec<Label>) -> Self {
        let recorder = PrometheusBuilder::new()
            // A gauge that was not set for this reading belongs to a token that is gone.
            .idle_timeout(MetricKindMask::GAUGE, Some(std::time::Duration::from_millis(1)))
            .set_buckets_for_metric(Matcher::Full(LATENCY.name.into()), &LATENCY_BUCKETS)
            .map_or_else(|_| PrometheusBuilder::new().build_recorder(), PrometheusBuilder::build_recorder);
        for metric in METRICS {
            let (name, help) = (metric.name.into(), metric.help.into());
            match metric.kind {
                Kind::Counter => recorder.describe_counter(name, None, help),
                Kind::Gauge => recorder.describe_gauge(name, None, help),
                Kind::Histogram => recorder.describe_histogram(name, None, help),
            }
        }
        Self { workload, handle: recorder.handle(), recorder }
    }

    fn key(&self, metric: &Metric, labels: Vec<String>) -> Key {
        debug_assert_eq!(metric.labels.len(), labels.len(), "{}", metric.name);
        let workload: &[Label] = if metric.has_workload_labels() { &self.workload } else { &[] };
        let own = metric.labels.iter().zip(labels);
        let own = own.map(|(name, value)| Label::new(*name, value));
        Key::from_parts(metric.name, workload.iter().cloned().chain(own).collect::<Vec<_>>())
    }

    fn set(&self, sample: Sample) {
        let Sample { metric, labels, value } = sample;
        let key = self.key(metric, labels);
        match value {
            Value::Count(count) => self
                .recorder
                .register_counter(&key, &METADATA)
                .absolute(count),
            Value::Level(level) => self.recorder.register_gauge(&key, &METADATA).set(level),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        failure::{Class, Failure},
        observe::table::TOKEN_EXPIRATION,
    };

    fn token_ends(resource: &str) -> Sample {
        Sample::gauge(TOKEN_EXPIRATION, vec!["id".into(), resource.into()], 3599.0)
    }

    #[test]
    fn counters_keep_counting_and_gone_gauges_go() {
        let stats = Arc::new(ExchangeStats::default());
        let metrics = Metrics::new(Arc::clone(&stats), LogContext::default(), Vec::new());
        let mut failure = Failure::new(Class::Propagation, Category::FederatedCredential, "e", "d");
        failure.code = Some(700_213);
        failure.correlation_id = Some("5ca1ab1e-0000-4000-8000-000000000000".into());
        stats.record(Duration::from_millis(30), &Err(failure));
        // Nothing reached Entra, so Entra refused nothing.
        stats.record(
            Duration::ZERO,
            &Err(Failure::new(Class::Assertion, Category::Assertion, "e", "the token file is missing")),
        );
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
            .filter(|l| l.contains("azure_") && !l.ends_with("\"none\"} 0"))
            .collect();
        lines.sort_unstable();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        # HELP azure_federated_credential_errors_total Exchanges that Entra refused because of the federated identity credential
        # HELP azure_identity_authentication_failures_total Exchanges that Entra refused for what was presented: client, tenant, assertion, credential, policy
        # HELP azure_identity_token_acquisition_failure_total Exchanges that failed, by category and AADSTS number
        # HELP azure_identity_token_acquisition_latency_seconds How long exchanges took, failed ones included
        # HELP azure_identity_token_acquisition_success_total Exchanges in which Entra issued a token
        # HELP azure_identity_token_expiration_seconds How long each cached token stays valid; the soonest to end of those under `other`
        # TYPE azure_federated_credential_errors_total counter
        # TYPE azure_identity_authentication_failures_total counter
        # TYPE azure_identity_token_acquisition_failure_total counter
        # TYPE azure_identity_token_acquisition_latency_seconds histogram
        # TYPE azure_identity_token_acquisition_success_total counter
        # TYPE azure_identity_token_expiration_seconds gauge
        azure_federated_credential_errors_total 1
        azure_identity_authentication_failures_total 1
        azure_identity_token_acquisition_failure_total{category="assertion",aadsts="none"} 1
        azure_identity_token_acquisition_failure_total{category="federated_credential",aadsts="700213"} 1
        azure_identity_token_acquisition_failure_total{category="network",aadsts="none"} 1
        azure_identity_token_acquisition_latency_seconds_bucket{le="+Inf"} 3
        azure_identity_token_acquisition_latency_seconds_bucket{le="0.025"} 1
        azure_identity_token_acquisition_latency_seconds_bucket{le="0.05"} 2
        azure_identity_token_acquisition_latency_seconds_bucket{le="0.1"} 2
        azure_identity_token_acquisition_latency_seconds_bucket{le="0.25"} 2
        azure_identity_token_acquisition_latency_seconds_bucket{le="0.5"} 3
        azure_identity_token_acquisition_latency_seconds_bucket{le="1"} 3
        azure_identity_token_acquisition_latency_seconds_bucket{le="15"} 3
        azure_identity_token_acquisition_latency_seconds_bucket{le="2.5"} 3
        azure_identity_token_acquisition_latency_seconds_bucket{le="5"} 3
        azure_identity_token_acquisition_latency_seconds_count 3
        azure_identity_token_acquisition_latency_seconds_sum 0.32999999999999996
        azure_identity_token_acquisition_success_total 0
        azure_identity_token_expiration_seconds{client_id="id",resource="https://kept"} 3599
        "#);
    }

    #[test]
    fn every_family_is_there_from_the_start() {
        let foreseen = vec![(Category::FederatedCredential, 700_213)];
        let text = Metrics::new(Arc::default(), LogContext::default(), foreseen)
            .render([])
            .text;
        for metric in METRICS {
            assert!(text.contains(&format!("# TYPE {} ", metric.name)), "{}", metric.name);
        }
        for zero in [
            r#"azure_identity_token_acquisition_failure_total{category="federated_credential",aadsts="700213"} 0"#,
            r#"azure_identity_token_acquisition_failure_total{category="network",aadsts="none"} 0"#,
            "azure_identity_token_acquisition_success_total 0",
            "azure_federated_credential_errors_total 0",
        ] {
            assert!(text.contains(zero), "{zero}");
        }
    }

    #[test]
    fn series_of_alert_rules_say_where_once_that_is_known() {
        let workload = LogContext::default();
        let stats = Arc::new(ExchangeStats::default());
        let metrics = Metrics::new(Arc::clone(&stats), workload.clone(), Vec::new());
        stats.record(
            Duration::from_millis(30),
            &Err(Failure::new(Class::Permanent, Category::Client, "e", "d")),
        );
        assert!(!metrics.render([]).text.contains("namespace="));
        workload.set([("namespace", "shop".into()), ("serviceAccount", "cart".into())]);
        stats.record(
            Duration::from_millis(30),
            &Err(Failure::new(Class::Permanent, Category::Client, "e", "d")),
        );
        let text = metrics.render([token_ends("https://kept")]).text;
        let unplaced = text.lines().filter(|line| {
            line.starts_with("azure_") && !line.contains(r#"{namespace="shop",service_account="cart""#)
        });
        assert_eq!(unplaced.collect::<Vec<_>>(), Vec::<&str>::new(), "none of them, not even the old ones");
        assert!(
            text.contains(
                r#"failure_total{namespace="shop",service_account="cart",category="client",aadsts="none"} 2"#
            ),
            "{text}"
        );
        assert!(!text.contains("wisp_build_info{namespace"));
    }

    #[test]
    fn every_metric_has_its_help_and_its_type() {
        let stats = Arc::new(ExchangeStats::default());
        stats.record(
            Duration::from_millis(30),
            &Err(Failure::new(Class::Permanent, Category::Client, "e", "d")),
        );
        let samples = METRICS.iter().filter_map(|metric| {
            let labels = metric.labels.iter().map(|label| (*label).into()).collect();
            match metric.kind {
                Kind::Counter => Some(Sample::counter(metric, labels, 1)),
                Kind::Gauge => Some(Sample::gauge(metric, labels, 1.0)),
                Kind::Histogram => None,
            }
        });
        let text = Metrics::new(stats, LogContext::default(), Vec::new())
            .render(samples)
            .text;
        for metric in METRICS {
            let help = format!("# HELP {} {}\n", metric.name, metric.help);
            let kind = format!("# TYPE {} {}\n", metric.name, metric.kind.as_str());
            assert!(text.contains(&help) && text.contains(&kind), "{help}{kind}in\n{text}");
        }
        assert_eq!(text.matches("# TYPE ").count(), METRICS.len());
    }
}
