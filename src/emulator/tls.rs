//! The emulator's certificate authority and its server certificate, made anew at each start.

use std::sync::Arc;

use parking_lot::Mutex;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::{ClientHello, NoServerSessionStorage, ResolvesServerCert},
    sign::CertifiedKey,
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

/// What the server needs to speak TLS, and what its clients need to trust it.
#[derive(Debug)]
pub(super) struct Tls {
    /// For the listener.
    pub(super) server: Arc<ServerConfig>,
    names: Vec<String>,
    provider: Arc<CryptoProvider>,
    current: Arc<Current>,
}

/// The authority and the certificate of the moment.
#[derive(Debug)]
struct Current(Mutex<Pair>);

#[derive(Clone, Debug)]
struct Pair {
    ca_pem: Arc<str>,
    certificate: Arc<CertifiedKey>,
}

impl Tls {
    /// A new authority, and a certificate by it for `localhost`, the loopback addresses and `more_names`.
    pub(super) fn new(more_names: impl IntoIterator<Item = String>) -> Result<Self, TlsError> {
        let names: Vec<_> = ["localhost", "127.0.0.1", "::1"]
            .map(String::from)
            .into_iter()
            .chain(more_names)
            .collect();
        let provider = provider();
        let current = Arc::new(Current(Mutex::new(Pair::new(&names, &provider)?)));
        let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A resumed session would not look at a new certificate.
        server.send_tls13_tickets = 0;
        server.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Self { server: Arc::new(server), names, provider, current })
    }

    /// The certificate of the authority, in PEM.
    pub(super) fn ca_pem(&self) -> Arc<str> {
        self.current.pair().ca_pem
    }

    /// Puts a new authority in place of the present one. Connections that are open stay.
    pub(super) fn rotate(&self) -> Result<(), TlsError> {
        let new = Pair::new(&self.names, &self.provider)?;
        *self.current.0.lock() = new;
        Ok(())
    }
}

impl Current {
    fn pair(&self) -> Pair {
        self.0.lock().clone()
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.pair().certificate)
    }
}

impl Pair {
    fn new(names: &[String], provider: &CryptoProvider) -> Result<Self, TlsError> {
        let mut ca = params(Vec::new(), "wisp emulator CA")?;
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca_key = KeyPair::generate()?;
        let ca_certificate = ca.self_signed(&ca_key)?;

        let mut leaf = params(names.to_vec(), "wisp emulator")?;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Strict verifiers (Python 3.13) insist on it.
        leaf.use_authority_key_identifier_extension = true;
        let leaf_key = KeyPair::generate()?;
        let leaf_certificate = leaf.signed_by(&leaf_key, &Issuer::new(ca, ca_key))?;

        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
        let certificate = CertifiedKey::from_der(vec![leaf_certificate.der().clone()], key, provider)?;
        Ok(Self { ca_pem: ca_certificate.pem().into(), certificate: Arc::new(certificate) })
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
        let tls = Tls::new(["login.example".to_owned()]).unwrap();
        let first = tls.ca_pem();
        assert!(first.starts_with("-----BEGIN CERTIFICATE-----"));
        assert!(!first.contains("PRIVATE"));
        tls.rotate().unwrap();
        assert_ne!(tls.ca_pem(), first);
    }

    #[test]
    fn a_name_that_is_none_is_refused() {
        assert!(Tls::new(["löcalhost".to_owned()]).is_err());
    }
}
