//! What wisp and NMI have counted, as they print it for Prometheus.

use std::collections::BTreeMap;

use super::pods::Pod;
use crate::{
    observe::table::{FAILURE, SUCCESS},
    operator::{
        cluster::{Api, ApiError, Call, Object, Verb},
        migrate::verify::account::TIMEOUT,
    },
};

/// What a sidecar has counted since it was started.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Counted {
    /// Exchanges that gave a token.
    pub given: u64,
    /// Exchanges that gave none, by category and AADSTS number.
    pub failed: BTreeMap<String, u64>,
}

impl Counted {
    /// As a person reads it.
    pub(super) fn text(&self) -> String {
        let failures: u64 = self.failed.values().sum();
        let by: Vec<_> = self
            .failed
            .iter()
            .map(|(why, count)| format!("{why}: {count}"))
            .collect();
        let by = if by.is_empty() { String::new() } else { format!(" ({})", by.join(", ")) };
        format!("tokens {}, failures {failures}{by}", self.given)
    }
}

/// Asks wisp in `pod`.
pub(super) async fn of_wisp<A: Api>(api: &A, pod: &Pod, port: u16) -> Result<Counted, ApiError> {
    Ok(counted(&page(api, pod, port).await?))
}

/// What NMI has answered since it was started.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Answered(BTreeMap<String, u64>);

impl Answered {
    /// Adds what another pod has answered.
    pub(super) fn add(&mut self, other: Self) {
        for (status, count) in other.0 {
            *self.0.entry(status).or_default() += count;
        }
    }

    /// As a person reads it.
    pub(super) fn text(&self) -> String {
        let all: u64 = self.0.values().sum();
        let by: Vec<_> = self
            .0
            .iter()
            .map(|(status, count)| format!("status {status}: {count}"))
            .collect();
        let by = if by.is_empty() { String::new() } else { format!(" ({})", by.join(", ")) };
        format!("{all} requests for tokens{by}")
    }
}

/// Asks NMI in `pod`, at `port`: how many requests for tokens it has answered, those of pods of `namespace` or all.
pub(super) async fn of_nmi<A: Api>(
    api: &A,
    pod: &Pod,
    port: u16,
    namespace: Option<&str>,
) -> Result<Answered, ApiError> {
    Ok(answered(&page(api, pod, port).await?, namespace))
}

/// NMI's durations of requests, as OpenCensus names how many there were. Their labels are `operation_type` (the path that was asked for),
/// `status_code`, `namespace` (of the pod) and `resource`: pkg/metrics/metrics.go and pkg/nmi/server/server.go of aad-pod-identity.
const NMI_REQUESTS: &str = "aadpodidentity_nmi_operations_duration_seconds_count";
/// The paths for tokens: `/metadata/identity/oauth2/token` of pods, `/host/token` of Key Vault's FlexVolume. Others go to the node.
const NMI_TOKENS: [&str; 2] = ["/metadata/identity/oauth2/token", "/host/token"];

fn answered(page: &str, namespace: Option<&str>) -> Answered {
    let mut answered = Answered::default();
    for series in series(page).filter(|series| series.name == NMI_REQUESTS && series.value > 0) {
        let path = series.label("operation_type").unwrap_or_default();
        let is_for_token = NMI_TOKENS
            .iter()
            .any(|token| path.trim_end_matches('/').eq_ignore_ascii_case(token));
        let is_meant = namespace.is_none_or(|namespace| series.label("namespace") == Some(namespace));
        if is_for_token && is_meant {
            let status = series.label("status_code").unwrap_or("unknown");
            *answered.0.entry(status.to_owned()).or_default() += series.value;
        }
    }
    answered
}

async fn page<A: Api>(api: &A, pod: &Pod, port: u16) -> Result<String, ApiError> {
    let object = Object::pod_metrics(&pod.namespace, &pod.name, port);
    api.text(Call { verb: Verb::Get, object: &object, body: None, timeout: TIMEOUT })
        .await
}

fn counted(page: &str) -> Counted {
    let mut counted = Counted::default();
    for series in series(page) {
        if series.name == SUCCESS.name {
            counted.given += series.value;
        } else if series.name == FAILURE.name && series.value > 0 {
            let words: Vec<_> = ["category", "aadsts"]
                .into_iter()
                .filter_map(|label| series.label(label))
                .collect();
            *counted.failed.entry(words.join(" ")).or_default() += series.value;
        }
    }
    counted
}

/// A line of the page.
struct Series<'a> {
    name: &'a str,
    labels: &'a str,
    value: u64,
}

fn series(page: &str) -> impl Iterator<Item = Series<'_>> {
    page.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (series, value) = line.rsplit_once(' ')?;
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            Some(Series { name, labels, value: whole(value)? })
        })
}

/// A count as Prometheus writes it: programs in Go write a million as `1e+06`.
fn whole(value: &str) -> Option<u64> {
    let number: f64 = value.parse().ok()?;
    let is_count = number.is_finite() && (0.0..=MOST).contains(&number);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in the range")]
    is_count.then_some(number as u64)
}

/// Up to here each whole number is one of floating point too.
const MOST: f64 = 9_007_199_254_740_992.0;

impl Series<'_> {
    fn label(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.labels.split_once(&format!("{name}=\""))?;
        rest.split('"').next().filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::{answered, counted};

    #[test]
    fn a_page_of_nmi_is_read() {
        let page = "\
# HELP aadpodidentity_nmi_operations_duration_seconds Duration in seconds for nmi operations
# TYPE aadpodidentity_nmi_operations_duration_seconds histogram
aadpodidentity_nmi_operations_duration_seconds_bucket{namespace=\"shop\",operation_type=\"/metadata/identity/oauth2/token\",resource=\"https://vault.azure.net\",status_code=\"200\",le=\"0.5\"} 1.234567e+06
aadpodidentity_nmi_operations_duration_seconds_sum{namespace=\"shop\",operation_type=\"/metadata/identity/oauth2/token\",resource=\"https://vault.azure.net\",status_code=\"200\"} 9.5
aadpodidentity_nmi_operations_duration_seconds_count{namespace=\"shop\",operation_type=\"/metadata/identity/oauth2/token\",resource=\"https://vault.azure.net\",status_code=\"200\"} 1.234567e+06
aadpodidentity_nmi_operations_duration_seconds_count{namespace=\"shop\",operation_type=\"/metadata/identity/oauth2/token/\",resource=\"https://vault.azure.net\",status_code=\"404\"} 2
aadpodidentity_nmi_operations_duration_seconds_count{namespace=\"other\",operation_type=\"/host/token/\",resource=\"https://vault.azure.net\",status_code=\"200\"} 3
aadpodidentity_nmi_operations_duration_seconds_count{namespace=\"\",operation_type=\"/metadata/instance\",resource=\"\",status_code=\"200\"} 40
";
        insta::assert_snapshot!(answered(page, None).text(), @"1234572 requests for tokens (status 200: 1234570, status 404: 2)");
        insta::assert_snapshot!(answered(page, Some("shop")).text(), @"1234569 requests for tokens (status 200: 1234567, status 404: 2)");
        insta::assert_snapshot!(answered(page, Some("empty")).text(), @"0 requests for tokens");
    }

    #[test]
    fn a_page_of_wisp_is_read() {
        let page = "\
# HELP azure_identity_token_acquisition_success_total Exchanges
# TYPE azure_identity_token_acquisition_success_total counter
azure_identity_token_acquisition_success_total{namespace=\"shop\",service_account=\"orders\"} 3
azure_identity_token_acquisition_failure_total{namespace=\"shop\",service_account=\"orders\",category=\"network\",aadsts=\"\"} 2
azure_identity_token_acquisition_failure_total{namespace=\"shop\",service_account=\"orders\",category=\"federated_credential\",aadsts=\"70021\"} 1
azure_identity_token_acquisition_failure_total{namespace=\"shop\",service_account=\"orders\",category=\"tenant\",aadsts=\"\"} 0
wisp_cached_tokens 1
";
        assert_eq!(counted(page).text(), "tokens 3, failures 3 (federated_credential 70021: 1, network: 2)");
        assert_eq!(counted("").text(), "tokens 0, failures 0");
    }
}
