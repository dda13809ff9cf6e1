//! TLS as a client, and the provider of cryptography: the one place that chooses it.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, client::Resumption, crypto::CryptoProvider};

#[cfg(not(any(feature = "ring", feature = "aws-lc")))]
compile_error!("wisp needs cryptography: enable the feature `ring` or the feature `aws-lc`");

/// The provider of cryptography. AWS-LC where it was asked for, even if `ring` is enabled too.
pub(crate) fn crypto_provider() -> Arc<CryptoProvider> {
    #[cfg(feature = "aws-lc")]
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    #[cfg(not(feature = "aws-lc"))]
    let provider = rustls::crypto::ring::default_provider();
    Arc::new(provider)
}

/// TLS 1.2 or 1.3, trusting `roots` only.
pub(super) fn client_config(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(crypto_provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // Exchanges are minutes apart: a session cache would only hold memory.
    config.resumption = Resumption::disabled();
    Ok(config)
}
