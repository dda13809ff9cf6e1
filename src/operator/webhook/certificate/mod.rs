//! The certificate that the API server is shown, and whether it is trusted there.
//!
//! - `pair`: a certificate and its key, read and made; `trust`: which certificates a configuration trusts
//! - `serving`: what is served at this moment, and to whom that is of use; connections outlive a change of it
//! - `own`: certificates that the webhook makes for itself, kept in a Secret (`stored`) that all replicas share; a `lease` lets one
//!   of them write
//! - `files`: certificates that somebody else makes
//! - `configuration`: the webhook as the API server knows it
//!
//! All times are the API server's, taken from its answers: it is the one who looks at the dates, and this machine's clock may be
//! wrong.

mod configuration;
mod files;
mod lease;
mod own;
mod pair;
mod serving;
mod stored;
#[cfg(test)]
mod tests;
mod trust;

use std::{sync::atomic::Ordering, time::Duration};

use super::measures::Measures;
use crate::server::LogLimiter;

pub(crate) use configuration::trusts_chain;
pub(crate) use files::{FileNames, Files};
pub(crate) use own::{Names, Own};
pub(crate) use serving::Serving;

/// How long a call to the API server may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The least and the longest time between two looks.
const LOOKS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// Whom the certificate is for: the names by which an API server calls the Service `service`.
pub(crate) fn host_names(namespace: &str, service: &str) -> Vec<String> {
    let short = format!("{service}.{namespace}.svc");
    let long = format!("{short}.cluster.local");
    vec![short, format!("{service}.{namespace}"), long]
}

/// Tells whoever runs the webhook, by the log, a metric and the readiness, that a look failed.
fn report(error: String, serving: &Serving, measures: &Measures, warned: &LogLimiter) {
    measures.errors.fetch_add(1, Ordering::Relaxed);
    if let Some(suppressed) = warned.allow() {
        tracing::error!(
            operation = "certificate",
            result = "failure",
            errorCategory = "configuration",
            suppressed,
            "{error}"
        );
    }
    serving.fail(error);
}

/// For tests of what is served.
#[cfg(test)]
pub(super) mod testing {
    use std::{sync::Arc, time::Duration};

    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde_json::json;

    use super::{Serving, configuration::Configuration, pair};
    use crate::operator::cluster::fake::Fake;

    /// Serves a new certificate of a new authority, which is trusted by then: the authority.
    pub(in crate::operator::webhook) fn serve(serving: &Arc<Serving>, fake: &Fake) -> String {
        let (life, now) = (Duration::from_secs(10 * 365 * 24 * 60 * 60), fake.now());
        let authority = pair::authority(life, now).unwrap();
        let hosts = super::host_names("wisp-system", "wisp-webhook");
        let leaf = pair::leaf(&authority.key, &hosts, life, now).unwrap();
        let made = pair::Pair::read(&leaf.certificate, &leaf.key).unwrap();
        let bundle = STANDARD.encode(&authority.certificate);
        let configuration = Configuration::new(json!({"webhooks": [{"clientConfig": {"caBundle": bundle}}]}));
        serving.consider(&made, Some(&configuration), now, Duration::ZERO);
        authority.certificate
    }
}
