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

/// Asks NMI in `pod`: how many requests for tokens it has answered.
pub(super) async fn of_nmi<A: Api>(api: &A, pod: &Pod) -> Result<u64, ApiError> {
    let page = page(api, pod, NMI_PORT).await?;
    Ok(series(&page)
        .filter(|series| series.name == NMI_REQUESTS)
        .map(|series| series.value)
        .sum())
}

/// Where NMI gives its metrics, unless somebody says otherwise.
const NMI_PORT: u16 = 9090;

/// The requests that NMI has answered.
const NMI_REQUESTS: &str = "aadpodidentity_nmi_operations_latency_count";

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
            let whole = value.split('.').next()?;
            Some(Series { name, labels, value: whole.parse().ok()? })
        })
}

impl Series<'_> {
    fn label(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.labels.split_once(&format!("{name}=\""))?;
        rest.split('"').next().filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::counted;

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
