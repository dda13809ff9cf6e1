//! Whether a cluster lets a service account use an identity: asked of its API server, as AKS's token proxy does.
//!
//! The right is that to the verb `use-managed-identity` on a resource of the API group `cid.wi.aks.azure.com` that is named by the
//! identity's client id. Nothing of that group exists; a ClusterRole grants it all the same.

use std::{fs, sync::Arc, time::Duration};

use reqwest::Client;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{config::AccessReviewsConfig, tls};

/// The right.
pub(super) const VERB: &str = "use-managed-identity";
pub(super) const GROUP: &str = "cid.wi.aks.azure.com";

/// How long the API server has to answer.
const PATIENCE: Duration = Duration::from_secs(10);

const PATH: &str = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

/// An API server's answer.
#[derive(Debug, Deserialize, Eq, PartialEq)]
pub(super) struct AccessReview {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Why, in words of the API server.
    #[serde(default)]
    pub reason: String,
}

/// Asks whether `subject`, `system:serviceaccount:NAMESPACE:NAME`, may use the identity. The error is why nobody knows.
pub(super) async fn review(
    config: &AccessReviewsConfig,
    subject: &str,
    client_id: &str,
) -> Result<AccessReview, String> {
    let token = fs::read_to_string(&config.token_file)
        .map_err(|error| format!("{}: {error}", config.token_file.display()))?;
    let client = client(config)?;
    let url = format!("{}{PATH}", config.url.trim_end_matches('/'));
    let answer = client
        .post(url)
        .bearer_auth(token.trim())
        .header("content-type", "application/json")
        .body(request(subject, client_id).to_string())
        .send()
        .await
        .map_err(|error| format!("{:?}", error.without_url()))?;
    let status = answer.status();
    let body = answer
        .bytes()
        .await
        .map_err(|error| error.without_url().to_string())?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let review = body
        .get("status")
        .and_then(|status| AccessReview::deserialize(status).ok());
    review.ok_or_else(|| format!("the API server answered {status}: {body}"))
}

/// The API server is asked seldom and its files may change, so nothing is kept.
fn client(config: &AccessReviewsConfig) -> Result<Client, String> {
    let at = |error: &dyn std::fmt::Display| format!("{}: {error}", config.ca_file.display());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(&config.ca_file).map_err(|error| at(&error))? {
        let certificate = certificate.map_err(|error| at(&error))?;
        roots.add(certificate).map_err(|error| at(&error))?;
    }
    let tls = ClientConfig::builder_with_provider(Arc::clone(&tls::provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .no_proxy()
        .timeout(PATIENCE)
        .build()
        .map_err(|error| error.to_string())
}

/// A SubjectAccessReview. A service account is in the groups of all accounts, and of those of its namespace.
fn request(subject: &str, client_id: &str) -> Value {
    let namespace = subject.split(':').nth(2).unwrap_or_default();
    json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": subject,
            "groups": [
                "system:serviceaccounts",
                format!("system:serviceaccounts:{namespace}"),
                "system:authenticated",
            ],
            "resourceAttributes": {"verb": VERB, "group": GROUP, "resource": client_id},
        },
    })
}

#[cfg(test)]
mod tests {
    use super::request;

    #[test]
    fn a_review_names_account_groups_and_right() {
        let review = request("system:serviceaccount:shop:cart", "22222222-bbbb-4bbb-8bbb-222222222222");
        insta::assert_snapshot!(serde_json::to_string_pretty(review.get("spec").unwrap()).unwrap(), @r#"
        {
          "groups": [
            "system:serviceaccounts",
            "system:serviceaccounts:shop",
            "system:authenticated"
          ],
          "resourceAttributes": {
            "group": "cid.wi.aks.azure.com",
            "resource": "22222222-bbbb-4bbb-8bbb-222222222222",
            "verb": "use-managed-identity"
          },
          "user": "system:serviceaccount:shop:cart"
        }
        "#);
    }
}
