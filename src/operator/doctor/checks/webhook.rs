//! What all webhooks have: entries, whom the API server trusts there, a Service with pods behind it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::not_read;
use crate::{
    doctor::{Check, Diagnosis, Finding},
    operator::doctor::{
        facts::{Facts, Known},
        kinds::{SERVICES, SLICES},
        tree::{list, names, quoted, text},
    },
};

/// The label by which the addresses behind a Service are found.
const SERVICE_LABEL: &str = "kubernetes.io/service-name";

/// Namespace and name of the Service of a configuration; none where it is asked at an address.
pub(in crate::operator::doctor) fn service(configuration: &Value) -> Option<(&str, &str)> {
    let entries = list(configuration, "/webhooks");
    let service = entries
        .iter()
        .find_map(|entry| entry.pointer("/clientConfig/service"))?;
    Some((text(service, "/namespace"), text(service, "/name")))
}

/// The name of a configuration, as findings tell it.
pub(super) fn name(configuration: &Value) -> String {
    quoted(text(configuration, "/metadata/name"))
}

/// Whether each entry names whom to trust.
pub(super) fn bundle(check: &'static Check, configuration: &Value) -> Finding {
    let is_empty = |entry: &&Value| {
        let bundle = text(entry, "/clientConfig/caBundle");
        let pem = STANDARD.decode(bundle).unwrap_or_default();
        !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----")
    };
    let empty: Vec<_> = list(configuration, "/webhooks")
        .iter()
        .filter(is_empty)
        .map(|entry| quoted(text(entry, "/name")))
        .collect();
    if empty.is_empty() {
        return check.passed("");
    }
    let found = format!("caBundle is empty or no certificate in {}", name(configuration));
    check.failed(Diagnosis::new(found).evidence(format!("in the entries {}", names(&empty, 5))))
}

/// Whether a pod is ready behind the Service.
pub(super) fn ready(check: &'static Check, facts: &Facts, configuration: &Value) -> Finding {
    let Some((namespace, service)) = service(configuration) else {
        return check.passed("it is asked at an address, and not by a Service");
    };
    let location = format!("{}/{}", quoted(namespace), quoted(service));
    match facts.get(SERVICES, namespace, service) {
        Known::NotRead(lack) => return not_read(check, lack),
        Known::Missing => {
            let found = format!("there is no Service {location}, which {} names", name(configuration));
            return check.failed(Diagnosis::new(found));
        }
        Known::There(_) => {}
    }
    let slices = match facts.whole(SLICES, Some(namespace)) {
        Ok(slices) => slices,
        Err(lack) => return not_read(check, lack),
    };
    let endpoints: Vec<_> = slices
        .iter()
        .filter(|slice| {
            let label = slice
                .pointer("/metadata/labels")
                .and_then(|labels| labels.get(SERVICE_LABEL));
            label.and_then(Value::as_str) == Some(service)
        })
        .flat_map(|slice| list(slice, "/endpoints"))
        .collect();
    // Where it does not say, it is ready.
    let ready = endpoints
        .iter()
        .filter(|endpoint| endpoint.pointer("/conditions/ready") != Some(&Value::Bool(false)))
        .count();
    if ready > 0 {
        return check.passed(format!("{ready} behind Service {location}"));
    }
    let found = format!("no pod is ready behind Service {location}");
    check.failed(Diagnosis::new(found).evidence(format!("{} pods are there", endpoints.len())))
}

/// Whether each entry keeps pods from starting without it.
pub(super) fn failure_policy(check: &'static Check, configuration: &Value) -> Finding {
    let ignoring: Vec<_> = list(configuration, "/webhooks")
        .iter()
        .filter(|entry| text(entry, "/failurePolicy") == "Ignore")
        .map(|entry| quoted(text(entry, "/name")))
        .collect();
    if ignoring.is_empty() {
        return check.passed("");
    }
    let found = format!("failurePolicy is Ignore in {}", name(configuration));
    check.warned(Diagnosis::new(found).evidence(format!("in the entries {}", names(&ignoring, 5))))
}
