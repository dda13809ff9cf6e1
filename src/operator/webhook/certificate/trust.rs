//! Which certificates a bundle of authorities trusts, and how a bundle grows and shrinks.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier as _},
    pki_types::{self, CertificateDer, ServerName, pem::PemObject as _},
};

use super::pair::Validity;
use crate::{clock::UnixTime, entra::crypto_provider};

/// The most authorities in a bundle. Two overlap while one follows the other; more come of Secrets that were deleted.
const MOST: usize = 4;

/// Authorities that an API server trusts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Bundle(Vec<CertificateDer<'static>>);

impl Bundle {
    /// What can be read of a text of PEM; what cannot trusts nobody.
    pub(super) fn of_pem(pem: &[u8]) -> Self {
        Self(
            CertificateDer::pem_slice_iter(pem)
                .filter_map(Result::ok)
                .collect(),
        )
    }

    /// Whether the authority `der` is in it.
    pub(super) fn has(&self, der: &CertificateDer<'_>) -> bool {
        self.0.contains(der)
    }

    /// Whether an API server with this bundle accepts `chain` from the host `name` at `now`.
    pub(super) fn trusts(
        &self,
        chain: &[CertificateDer<'static>],
        name: &str,
        now: UnixTime,
    ) -> Result<(), String> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.0.iter().cloned());
        if roots.is_empty() {
            return Err("it trusts no authority at all".to_owned());
        }
        let (leaf, rest) = chain.split_first().ok_or("there is no certificate")?;
        let name = ServerName::try_from(name).map_err(|_| format!("`{name}` is no name of a host"))?;
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), crypto_provider())
            .build()
            .map_err(|error| error.to_string())?;
        let now = pki_types::UnixTime::since_unix_epoch(std::time::Duration::from_secs(now.secs()));
        match verifier.verify_server_cert(leaf, rest, &name, &[], now) {
            Ok(_) => Ok(()),
            // Who signs for himself is his own authority.
            Err(_) if self.has(leaf) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The bundle with the authority `der` in it, and with those that were in it and are valid at `now`, the newest first.
    pub(super) fn with(&self, der: &CertificateDer<'static>, now: UnixTime) -> Self {
        let valid = |der: &CertificateDer<'static>| {
            let validity = Validity::of(der)?;
            validity
                .includes(now)
                .then_some((validity.from, der.clone()))
        };
        let others = self.0.iter().filter(|other| *other != der);
        let mut others: Vec<_> = others.filter_map(valid).collect();
        others.sort_by_key(|(from, _)| std::cmp::Reverse(*from));
        let others = others.into_iter().map(|(_, der)| der);
        Self(
            std::iter::once(der.clone())
                .chain(others)
                .take(MOST)
                .collect(),
        )
    }

    /// As PEM.
    pub(super) fn pem(&self) -> String {
        let mut text = String::new();
        for der in &self.0 {
            text.push_str("-----BEGIN CERTIFICATE-----\n");
            let encoded = STANDARD.encode(der);
            for line in encoded.as_bytes().chunks(64) {
                text.push_str(&String::from_utf8_lossy(line));
                text.push('\n');
            }
            text.push_str("-----END CERTIFICATE-----\n");
        }
        text
    }

    /// How many authorities.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
