//! The emulator's certificate authority and its server certificate, and those of its token proxy, made anew at each start.

use std::{path::Path, sync::Arc};

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

use super::{CA_FILE, PROXY_CA_FILE, StartError, state};

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

/// The authority and the certificate of the moment; beside them those of the token proxy, which is told by its name.
#[derive(Debug)]
struct Current {
    cloud: Mutex<Pair>,
    proxy: Option<(String, Mutex<Pair>)>,
}

#[derive(Debug)]
struct Pair {
    ca_pem: Arc<str>,
    certificate: Arc<CertifiedKey>,
}

impl Tls {
    /// A new authority, and a certificate by it for `localhost`, the loopback addresses and `more_names`; another one with a
    /// certificate for the token proxy's name.
    pub(super) fn new(
        more_names: impl IntoIterator<Item = String>,
        proxy: Option<String>,
    ) -> Result<Self, TlsError> {
        let names: Vec<_> = ["localhost", "127.0.0.1", "::1"]
            .map(String::from)
            .into_iter()
            .chain(more_names)
            .collect();
        let provider = provider();
        let proxy = proxy
            .map(|name| {
                Ok::<_, TlsError>((name.clone(), Mutex::new(Pair::new(PROXY_CA, &[name], &provider)?)))
            })
            .transpose()?;
        let current = Arc::new(Current { cloud: Mutex::new(Pair::new(CLOUD_CA, &names, &provider)?), proxy });
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
        self.current.cloud.lock().ca_pem.clone()
    }

    /// That of the token proxy's authority, if there is a token proxy.
    pub(super) fn proxy_ca_pem(&self) -> Option<Arc<str>> {
        let (_, pair) = self.current.proxy.as_ref()?;
        Some(pair.lock().ca_pem.clone())
    }

    /// Writes the certificates of the authorities into `folder`.
    pub(super) fn write_authorities(&self, folder: &Path) -> Result<(), StartError> {
        state::write(folder, CA_FILE, &self.ca_pem())?;
        if let Some(pem) = self.proxy_ca_pem() {
            state::write(folder, PROXY_CA_FILE, &pem)?;
        }
        Ok(())
    }

    /// Puts new authorities in place of the present ones. Connections that are open stay.
    pub(super) fn rotate(&self) -> Result<(), TlsError> {
        let new = Pair::new(CLOUD_CA, &self.names, &self.provider)?;
        *self.current.cloud.lock() = new;
        if let Some((name, pair)) = &self.current.proxy {
            let new = Pair::new(PROXY_CA, std::slice::from_ref(name), &self.provider)?;
            *pair.lock() = new;
        }
        Ok(())
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let proxy = self
            .proxy
            .as_ref()
            .filter(|(name, _)| hello.server_name() == Some(name));
        let pair = proxy.map_or(&self.cloud, |(_, pair)| pair);
        Some(Arc::clone(&pair.lock().certificate))
    }
}

const CLOUD_CA: &str = "wisp emulator CA";
const PROXY_CA: &str = "wisp emulator token proxy CA";

impl Pair {
    fn new(authority: &str, names: &[String], provider: &CryptoProvider) -> Result<Self, TlsError> {
        let mut ca = params(Vec::new(), authority)?;
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
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

#[cfg(not(feature = "aws-lc"))]
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

#[cfg(test)]
mod tests {
    use super::Tls;

    #[test]
    fn each_authority_is_its_own() {
        let tls = Tls::new(["login.example".to_owned()], Some("proxy.example".to_owned())).unwrap();
        let (first, proxy) = (tls.ca_pem(), tls.proxy_ca_pem().unwrap());
        assert_ne!(first, proxy);
        assert!(first.starts_with("-----BEGIN CERTIFICATE-----"));
        assert!(!first.contains("PRIVATE"));
        tls.rotate().unwrap();
        assert_ne!(tls.ca_pem(), first);
        assert_ne!(tls.proxy_ca_pem().unwrap(), proxy);
    }

    #[test]
    fn a_name_that_is_none_is_refused() {
        assert!(Tls::new(["löcalhost".to_owned()], None).is_err());
        assert!(Tls::new([], Some("löcalhost".to_owned())).is_err());
    }
}
