//! TLS as a client, and the provider of cryptography: the one place that chooses it.

use std::sync::Arc;

use parking_lot::Mutex;
use rustls::{
    ClientConfig, DigitallySignedStruct, NamedGroup, RootCertStore, SignatureScheme,
    client::{
        ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls12Resumption, Tls13ClientSessionValue,
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
};

use super::certificate;

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

/// TLS 1.2 or 1.3, trusting `roots` only. A `witness` is told what servers present.
pub(super) fn client_config(
    roots: RootCertStore,
    witness: Option<&Witness>,
) -> Result<ClientConfig, rustls::Error> {
    let builder =
        ClientConfig::builder_with_provider(crypto_provider()).with_safe_default_protocol_versions()?;
    let builder = match witness {
        None => builder.with_root_certificates(roots),
        Some(witness) => {
            let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), crypto_provider())
                .build()
                .map_err(|error| rustls::Error::General(error.to_string()))?;
            let watched = Watched { verifier, witness: witness.clone() };
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(watched))
        }
    };
    let mut config = builder.with_no_client_auth();
    // Exchanges are minutes apart: a session cache would only hold memory.
    config.resumption = match witness {
        None => Resumption::disabled(),
        Some(witness) => {
            Resumption::store(Arc::new(witness.clone())).tls12_resumption(Tls12Resumption::Disabled)
        }
    };
    Ok(config)
}

/// What was seen of TLS with a server.
#[derive(Clone, Debug, Default)]
pub(super) struct Witness(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    has_begun: bool,
    issuers: Vec<String>,
}

impl Witness {
    /// Whether TLS was begun, for which there has to be a connection.
    pub(super) fn has_begun(&self) -> bool {
        self.0.lock().has_begun
    }

    /// Who issued the certificates that the server presented last, whether they were trusted or not: its own first. None where no
    /// certificate came.
    pub(super) fn issuers(&self) -> Vec<String> {
        self.0.lock().issuers.clone()
    }
}

/// Keeps no session, and is asked for one when TLS begins.
impl ClientSessionStore for Witness {
    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        self.0.lock().has_begun = true;
        None
    }

    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, _: Tls13ClientSessionValue) {}

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}

/// Verifies as ever, and has a witness.
#[derive(Debug)]
struct Watched {
    verifier: Arc<WebPkiServerVerifier>,
    witness: Witness,
}

impl ServerCertVerifier for Watched {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        /// Chains have three or four.
        const AT_MOST: usize = 8;
        let all = [own].into_iter().chain(others).take(AT_MOST);
        self.witness.0.lock().issuers = all.filter_map(|der| certificate::issuer(der)).collect();
        self.verifier
            .verify_server_cert(own, others, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, own, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, own, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
