//! The webhook as the API server knows it: a MutatingWebhookConfiguration, whose entries each name the authorities to trust.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use serde_json::Value;

use super::{pair::Pair, trust::Bundle};
use crate::clock::UnixTime;

/// A configuration as it was read.
#[derive(Clone, Debug)]
pub(super) struct Configuration(Value);

impl Configuration {
    pub(super) fn new(object: Value) -> Self {
        Self(object)
    }

    /// The bundle of each entry.
    fn bundles(&self) -> Vec<Bundle> {
        let entries = self.0.get("webhooks").and_then(Value::as_array);
        entries.into_iter().flatten().map(bundle).collect()
    }

    /// Whether every entry trusts the authority.
    pub(super) fn has(&self, authority: &CertificateDer<'_>) -> bool {
        self.bundles().iter().all(|bundle| bundle.has(authority))
    }

    /// Whether every entry trusts `pair` as the host `name` at `now`.
    pub(super) fn trusts(&self, pair: &Pair, name: &str, now: UnixTime) -> Result<(), String> {
        let bundles = self.bundles();
        if bundles.is_empty() {
            return Err("it has no webhooks in it".to_owned());
        }
        bundles
            .iter()
            .try_for_each(|bundle| bundle.trusts(pair.chain(), name, now))
    }

    /// The configuration with the authority in each entry, beside those that are there and valid at `now`.
    pub(super) fn with(&self, authority: &CertificateDer<'static>, now: UnixTime) -> Value {
        let mut object = self.0.clone();
        let entries = object.get_mut("webhooks").and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten() {
            let pem = bundle(entry).with(authority, now).pem();
            entry["clientConfig"]["caBundle"] = STANDARD.encode(pem).into();
        }
        object
    }
}

fn bundle(entry: &Value) -> Bundle {
    let text = entry
        .pointer("/clientConfig/caBundle")
        .and_then(Value::as_str);
    let pem = text.and_then(|text| STANDARD.decode(text).ok());
    Bundle::of_pem(&pem.unwrap_or_default())
}

/// Whether an API server with `configuration` accepts `chain`, a text of PEM, from the host `name` at `now`. The error says why not.
pub(crate) fn trusts_chain(
    configuration: &Value,
    chain: &str,
    name: &str,
    now: UnixTime,
) -> Result<(), String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain.as_bytes()).collect();
    let chain = chain.map_err(|error| format!("the certificate cannot be read: {error}"))?;
    let bundles = Configuration::new(configuration.clone()).bundles();
    bundles
        .iter()
        .try_for_each(|bundle| bundle.trusts(&chain, name, now))
}
