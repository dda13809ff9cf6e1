//! The workload identity webhook: of AKS, or of the chart of azwi.

use serde_json::Value;

use super::{not_read, webhook};
use crate::{
    doctor::{
        Diagnosis, Finding,
        table::cluster::{AZWI_BUNDLE, AZWI_FAILURE_POLICY, AZWI_SERVICE, AZWI_WEBHOOK},
    },
    operator::doctor::{
        case::Case,
        facts::Facts,
        kinds::WEBHOOKS,
        tree::{list, text},
    },
};

/// How the names of its entries end.
const ENTRY: &str = "azure-workload-identity.io";
/// What its configuration is called everywhere.
const CONFIGURATION: &str = "azure-wi-webhook-mutating-webhook-configuration";

/// Whether a configuration is that of this webhook.
pub(in crate::operator::doctor) fn is_azwi(configuration: &Value) -> bool {
    text(configuration, "/metadata/name") == CONFIGURATION
        || list(configuration, "/webhooks")
            .iter()
            .any(|entry| text(entry, "/name").ends_with(ENTRY))
}

/// Looks at it where a workload waits for it.
pub(super) fn look(facts: &Facts, cases: &[Case<'_>]) -> Vec<Finding> {
    let needs = |case: &&Case<'_>| case.is_labelled() && !case.has_own_token();
    let Some(needing) = cases.iter().find(needs) else { return Vec::new() };
    let configurations = match facts.whole(WEBHOOKS, None) {
        Ok(configurations) => configurations,
        Err(lack) => {
            let checks = [&AZWI_WEBHOOK, &AZWI_BUNDLE, &AZWI_SERVICE, &AZWI_FAILURE_POLICY];
            return checks.map(|check| not_read(check, lack.clone())).to_vec();
        }
    };
    let Some(configuration) = configurations.into_iter().find(|one| is_azwi(one)) else {
        let found = "no MutatingWebhookConfiguration is that of the workload identity webhook";
        let line = format!("{} waits for it, by its label", needing.workload.display());
        return vec![AZWI_WEBHOOK.failed(Diagnosis::new(found).evidence(line))];
    };
    vec![
        AZWI_WEBHOOK.passed(webhook::name(configuration)),
        webhook::bundle(&AZWI_BUNDLE, configuration),
        webhook::ready(&AZWI_SERVICE, facts, configuration),
        webhook::failure_policy(&AZWI_FAILURE_POLICY, configuration),
    ]
}
