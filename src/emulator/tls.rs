//! The emulator's certificate authority and its server certificate, made anew at each start.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate could not be made; most often a name in `tls_names` is no host name.
    #[error("no certificate could be made: {0} (are all `tls_names` host names or addresses?)")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refused the certificate.
    #[error("TLS could not be set up: {0}")]
    Setup(#[from] rustls::Error),
}

/// What a server needs to speak TLS, and what its clients need to trust it.
pub(super) struct Tls {
    /// For the listener.
    pub server: Arc<ServerConfig>,
    /// The certificate of the authority, in PEM.
    pub ca_pem: String,
}

impl Tls {
    /// A new authority, and a certificate by it for `localhost`, the loopback addresses and `more_names`.
    pub(super) fn new(more_names: &[String]) -> Result<Self, TlsError> {
        let mut ca = params(Vec::new(), "wisp emulator CA")?;
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca_key = KeyPair::generate()?;
        let ca_certificate = ca.self_signed(&ca_key)?;

        let names = ["localhost", "127.0.0.1", "::1"]
            .into_iter()
            .map(String::from);
        let mut leaf = params(names.chain(more_names.iter().cloned()).collect(), "wisp emulator")?;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Strict verifiers (Python 3.13) insist on it.
        leaf.use_authority_key_identifier_extension = true;
        let leaf_key = KeyPair::generate()?;
        let leaf_certificate = leaf.signed_by(&leaf_key, &Issuer::new(ca, ca_key))?;

        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
        let mut server = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf_certificate.der().clone()], key)?;
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { server: Arc::new(server), ca_pem: ca_certificate.pem() })
    }
}

fn params(names: Vec<String>, common_name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    // Wide, because tests shift clocks; the key dies with the process anyway.
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(2100, 1, 1);
    Ok(params)
}

#[cfg(feature = "aws-lc")]
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

#[cfg(not(feature = "aws-lc"))]
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

#[cfg(test)]
mod tests {
    use super::Tls;

    #[test]
    fn each_authority_is_its_own() {
        let (one, two) = (Tls::new(&[]).unwrap(), Tls::new(&["login.example".into()]).unwrap());
        assert_ne!(one.ca_pem, two.ca_pem);
        assert!(one.ca_pem.starts_with("-----BEGIN CERTIFICATE-----"));
        assert!(!one.ca_pem.contains("PRIVATE"));
    }
}
