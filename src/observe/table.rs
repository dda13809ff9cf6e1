//! The one table of metrics. What is not in it cannot be rendered: a [`Sample`](super::Sample) names a row.

/// How a metric behaves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Only ever grows, until the process ends.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts observations by size.
    Histogram,
}

/// One metric.
#[derive(Debug, Eq, PartialEq)]
pub struct Metric {
    /// Its name, with its unit where it has one.
    pub name: &'static str,
    /// How it behaves.
    pub kind: Kind,
    /// Its own labels, in the order in which they are given.
    pub labels: &'static [&'static str],
    /// What it says: the line `# HELP`.
    pub help: &'static str,
}

/// Where the sidecar runs: the labels that come first on each metric that [has them](Metric::has_workload_labels).
pub const WORKLOAD_LABELS: [&str; 2] = ["namespace", "service_account"];

impl Metric {
    /// Whether its series say where the sidecar runs: those that alert rules for workload identity use, which look for it.
    pub fn has_workload_labels(&self) -> bool {
        self.name.starts_with("azure_")
    }
}

impl Kind {
    /// The kind as it stands in the line `# TYPE`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

macro_rules! metrics {
    ($($constant:ident = $kind:ident $name:literal $labels:expr, $help:literal;)*) => {
        $(
            #[doc = $help]
            pub const $constant: &Metric =
                &Metric { name: $name, kind: Kind::$kind, labels: &$labels, help: $help };
        )*

        /// Every metric, in the order of the documentation.
        pub const METRICS: &[&Metric] = &[$($constant),*];
    };
}

metrics! {
    SUCCESS = Counter "azure_identity_token_acquisition_success_total" [],
        "Exchanges in which Entra issued a token";
    FAILURE = Counter "azure_identity_token_acquisition_failure_total" ["category", "aadsts"],
        "Exchanges that failed, by category and AADSTS number";
    REFUSED = Counter "azure_identity_authentication_failures_total" [],
        "Exchanges that Entra refused for what was presented: client, tenant, assertion, credential, policy";
    FEDERATION = Counter "azure_federated_credential_errors_total" [],
        "Exchanges that Entra refused because of the federated identity credential";
    LATENCY = Histogram "azure_identity_token_acquisition_latency_seconds" [],
        "How long exchanges took, failed ones included";
    TOKEN_EXPIRATION = Gauge "azure_identity_token_expiration_seconds" ["client_id", "resource"],
        "How long each cached token stays valid; the soonest to end of those under `other`";
    LAST_SUCCESS = Gauge "wisp_last_success_timestamp_seconds" ["client_id"],
        "When Entra last issued a token for each configured identity, in seconds since 1970; 0 if never since start";
    LAST_FAILURE = Gauge "wisp_last_failure_info" ["client_id", "class", "category", "aadsts"],
        "Always 1; the latest failure of each identity that no token has followed";
    REQUESTS = Counter "wisp_requests_total" ["dialect", "status", "cache"],
        "Answered requests by dialect, status and cache state";
    REFUSED_REQUESTS = Counter "wisp_refused_requests_total" ["reason"],
        "Requests that wisp itself refused, by reason";
    CACHED_TOKENS = Gauge "wisp_cached_tokens" [],
        "Valid tokens in the cache";
    ASSERTION_REMAINING = Gauge "wisp_assertion_remaining_seconds" [],
        "What is left of the projected service account token; 0 if it cannot be read";
    ASSERTION_AGE = Gauge "wisp_assertion_age_seconds" [],
        "How long ago the projected service account token was issued; 0 if that is not known";
    ASSERTION_LIFETIME = Gauge "wisp_assertion_lifetime_seconds" [],
        "How long the projected service account token is valid in all; 0 if that is not known";
    CONNECTIONS = Counter "wisp_connections_total" [],
        "Connections that the token listeners accepted";
    CONNECTIONS_OPEN = Gauge "wisp_connections_open" [],
        "Connections to the token listeners that are open now";
    CONNECTIONS_MALFORMED = Counter "wisp_connections_malformed_total" [],
        "Connections closed because of a malformed request";
    CONNECTIONS_IDLED = Counter "wisp_connections_idled_total" [],
        "Connections closed because nothing was asked, or the answer was not read, for too long";
    CONNECTIONS_EVICTED = Counter "wisp_connections_evicted_total" [],
        "Idle connections closed to make room for new ones";
    LOG_LINES_DROPPED = Counter "wisp_log_lines_dropped_total" [],
        "Log lines lost because they came faster than they were read";
    LOG_LINES_SUPPRESSED = Counter "wisp_log_lines_suppressed_total" [],
        "Log lines about requests left out because there were too many of their kind";
    BUILD_INFO = Gauge "wisp_build_info" ["version"],
        "Always 1; the version is a label";
}

/// Every metric as a Markdown table.
pub fn markdown_table() -> String {
    let row = |metric: &&Metric| {
        let workload: &[&str] = if metric.has_workload_labels() { &WORKLOAD_LABELS } else { &[] };
        let labels: Vec<_> = workload
            .iter()
            .chain(metric.labels)
            .map(|label| format!("`{label}`"))
            .collect();
        format!(
            "| `{}` | {} | {} | {} |\n",
            metric.name,
            metric.kind.as_str(),
            labels.join(", "),
            metric.help
        )
    };
    let rows: Vec<_> = METRICS.iter().map(row).collect();
    format!("| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n{}", rows.concat())
}

#[cfg(test)]
mod tests {
    use super::{METRICS, markdown_table};
    use crate::observe::page::page_has;

    #[test]
    fn every_metric_is_there_once() {
        let mut names: Vec<_> = METRICS.iter().map(|metric| metric.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), METRICS.len());
    }

    #[test]
    fn documentation_has_this_table() {
        page_has("docs/observability.md", "metrics", &markdown_table());
    }
}
