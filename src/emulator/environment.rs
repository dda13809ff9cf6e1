//! The environment that clients of the emulator need.

use super::{Emulator, config::ProjectionConfig};

impl Emulator {
    /// The variables and values for a client that uses the first projected token and the identity that trusts it: those
    /// that the workload identity webhook sets, and where common runtimes look for an extra CA.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![("AZURE_AUTHORITY_HOST", format!("{}/", self.authority()))];
        if let Some((tenant, client)) = self.first_pair() {
            variables.push(("AZURE_TENANT_ID", tenant));
            variables.push(("AZURE_CLIENT_ID", client));
        }
        if let Some(path) = self.token_path() {
            variables.push(("AZURE_FEDERATED_TOKEN_FILE", path.display().to_string()));
        }
        // OpenSSL, Go and rustls-native-certs; Python's requests; Node.
        for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
            variables.push((name, self.ca_path().display().to_string()));
        }
        variables
    }

    /// Tenant and client id of the first identity that trusts the first projected token; else of the first identity.
    fn first_pair(&self) -> Option<(String, String)> {
        let projection = self.projections().first().map(|projection| {
            let config = projection.config();
            (self.issuer_url(&config.issuer), config)
        });
        let trusts = |identity: &super::IdentityConfig| {
            identity.federated_credentials.iter().any(|credential| {
                projection.is_some_and(|(issuer, config): (_, &ProjectionConfig)| {
                    issuer == Some(credential.issuer.as_str())
                        && credential.subject == config.subject()
                        && credential.audience == config.audience
                })
            })
        };
        let all = || {
            self.tenants()
                .iter()
                .flat_map(|t| t.identities.iter().map(move |i| (t, i)))
        };
        let (tenant, identity) = all()
            .find(|(_, identity)| trusts(identity))
            .or_else(|| all().next())?;
        Some((tenant.id.clone(), identity.client_id.clone()))
    }
}
