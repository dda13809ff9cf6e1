//! Which label or annotation is meant by one that nobody reads.

use serde_json::Value;

use super::tree::entry;
use crate::{
    operator::inject::{
        options::{CHOICES, OTHERS, PREFIX},
        webhook::PREFIX as WEBHOOK,
    },
    settings::suggest_word,
};

/// What the workload identity webhook reads, behind its prefix.
const OF_WEBHOOK: [&str; 8] = [
    "use",
    "client-id",
    "tenant-id",
    "skip-containers",
    "service-account-token-expiration",
    "inject-proxy-sidecar",
    "proxy-sidecar-port",
    "use-identity-binding",
];

/// What is read under our prefix beside choices and settings.
const OF_WISP: [&str; 4] = ["inject", "adopt", "client-ids", "owner"];

/// Settings under our prefix: their names have tests of their own.
const SETTINGS: [&str; 2] = ["set.", "file."];

/// The key that is meant by `key`; none where it is right, or nothing is near.
pub(super) fn meant(key: &str) -> Option<String> {
    let (prefix, name) = key.split_once('/')?;
    let plain = |text: &str| text.trim().to_ascii_lowercase().replace('_', "-");
    let prefixes = [WEBHOOK, PREFIX].map(|prefix| prefix.trim_end_matches('/'));
    let near = suggest_word(&plain(prefix), &prefixes)?;
    let known: Vec<_> = if near == prefixes[0] {
        OF_WEBHOOK.to_vec()
    } else {
        let choices = CHOICES.iter().map(|choice| choice.name);
        choices.chain(OF_WISP).collect()
    };
    let name = plain(name);
    // What injection itself writes is nobody's to correct.
    if OTHERS.iter().any(|other| name.starts_with(other)) && !OF_WISP.contains(&name.as_str()) {
        return None;
    }
    let found = if known.contains(&name.as_str()) {
        name.as_str()
    } else if prefix == near && !SETTINGS.iter().any(|setting| name.starts_with(setting)) {
        suggest_word(&name, &known)?
    } else {
        // Two words that are both only near are another program's.
        return None;
    };
    let meant = format!("{near}/{found}");
    (meant != key).then_some(meant)
}

/// The labels (or annotations) of an object that nobody reads, each with what is meant.
pub(super) fn misspelt<'a>(object: &'a Value, at: &str) -> impl Iterator<Item = (&'a str, String)> {
    let entries = object.pointer(at).and_then(Value::as_object);
    entries
        .into_iter()
        .flatten()
        .filter_map(|(key, _)| Some((key.as_str(), meant(key)?)))
}

/// The label (or annotation) of an object that stands in the place of `key`, which it lacks.
pub(super) fn stand_in<'a>(object: &'a Value, at: &str, key: &str) -> Option<&'a str> {
    if entry(object, at, key).is_some() {
        return None;
    }
    misspelt(object, at)
        .find(|(_, meant)| meant == key)
        .map(|(found, _)| found)
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn near_names_are_told_from_right_ones_and_from_others() {
        let webhooks = |name: &str| Some(format!("azure.workload.identity/{name}"));
        for (key, expected) in [
            ("azure.workload.identity/client_id", webhooks("client-id")),
            ("azure.workload.identity/clientid", webhooks("client-id")),
            ("azure.workload.identity/Use", webhooks("use")),
            ("azure.workload.identity/skip-container", webhooks("skip-containers")),
            ("azure.workload-identity/use", webhooks("use")),
            ("azure.workload.identity.io/client-id", webhooks("client-id")),
            ("azure-workload-identity/tenant-id", webhooks("tenant-id")),
            ("wisp/client_id", Some("wisp/client-id".to_owned())),
            ("wisp/injekt", Some("wisp/inject".to_owned())),
            ("wisp/mod", Some("wisp/mode".to_owned())),
            ("wips/inject", None),
            ("Wisp/mode", Some("wisp/mode".to_owned())),
            ("azure.workload.identity/client-id", None),
            ("wisp/inject", None),
            ("wisp/injected", None),
            ("wisp/injected-by", None),
            ("wisp/set.WISP_LISTEN", None),
            ("azure.workload.identity/foo-bar-baz", None),
            ("app.kubernetes.io/name", None),
            ("disp/injekt", None),
            ("name", None),
        ] {
            assert_eq!(meant(key), expected, "{key}");
        }
    }
}
