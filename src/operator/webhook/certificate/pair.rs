//! A certificate and its key.

use std::{fmt, sync::Arc, time::Duration};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::{clock::UnixTime, entra::crypto_provider, token::Secret};

/// Certificates are valid from so long before they are made, so that clocks may differ.
pub(super) const BACKDATED: Duration = Duration::from_secs(3600);

/// An authority lives so many times as long as a certificate by it.
const AUTHORITY_LIVES: u32 = 10;

/// A certificate is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PairError {
    /// No certificate in it.
    #[error("there is no certificate in it, or what is there is not PEM")]
    NoCertificate,
    /// No key in it.
    #[error("there is no private key in it, or what is there is not PEM")]
    NoKey,
    /// A certificate cannot be read.
    #[error("the certificate cannot be read: {0}")]
    Certificate(String),
    /// The key belongs to another certificate, or is of a kind that is not known.
    #[error("certificate and key do not go together: {0}")]
    Key(#[from] rustls::Error),
    /// It could not be made.
    #[error("cannot make a certificate: {0}")]
    Made(#[from] rcgen::Error),
}

/// When a certificate is valid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Validity {
    pub(super) from: UnixTime,
    pub(super) until: UnixTime,
}

impl Validity {
    /// That of the certificate `der`.
    pub(super) fn of(der: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let validity = certificate.validity();
        let time = |seconds: i64| u64::try_from(seconds).ok().map(UnixTime::from_secs);
        Some(Self {
            from: time(validity.not_before.timestamp())?,
            until: time(validity.not_after.timestamp())?,
        })
    }

    pub(super) fn includes(self, now: UnixTime) -> bool {
        self.from <= now && now < self.until
    }

    /// Whether it is time for a new one at `now`.
    pub(super) fn is_due(self, now: UnixTime) -> bool {
        !self.includes(now) || now >= self.due_at()
    }

    /// When it is time for a new one: once two thirds of its life are over.
    pub(super) fn due_at(self) -> UnixTime {
        let made = self.from + BACKDATED;
        made + self.until.saturating_since(made) / 3 * 2
    }

    /// Whether it was made for a longer life than `life`, by what was asked for then, or by a clock that was wrong.
    pub(super) fn outlives(self, life: Duration, now: UnixTime) -> bool {
        self.until > now + life + BACKDATED
    }
}

/// A certificate as it is served.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(super) key: Arc<CertifiedKey>,
    pub(super) validity: Validity,
}

impl Pair {
    /// Reads the PEM of a chain and of the key of its first certificate.
    pub(super) fn read(chain: &str, key: &Secret) -> Result<Self, PairError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain.as_bytes()).collect();
        let chain = chain
            .ok()
            .filter(|chain| !chain.is_empty())
            .ok_or(PairError::NoCertificate)?;
        let validity = chain
            .first()
            .and_then(Validity::of)
            .ok_or_else(|| PairError::Certificate("its dates are missing".to_owned()))?;
        let key = PrivateKeyDer::from_pem_slice(key.expose().as_bytes()).map_err(|_| PairError::NoKey)?;
        let key = CertifiedKey::from_der(chain, key, &crypto_provider())?;
        Ok(Self { key: Arc::new(key), validity })
    }

    /// The certificates, its own first.
    pub(super) fn chain(&self) -> &[CertificateDer<'static>] {
        &self.key.cert
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        self.chain() == other.chain()
    }
}

/// Nothing of the key.
impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair")
            .field("validity", &self.validity)
            .finish_non_exhaustive()
    }
}

/// A certificate and its key in PEM.
#[derive(Clone, Debug)]
pub(super) struct Pem {
    pub(super) certificate: String,
    pub(super) key: Secret,
}

/// A new authority, whose certificates live for `life`.
pub(super) fn authority(life: Duration, now: UnixTime) -> Result<Pem, PairError> {
    let key = KeyPair::generate()?;
    let mut params = authority_params()?;
    (params.not_before, params.not_after) = dates(life * AUTHORITY_LIVES, now);
    let certificate = params.self_signed(&key)?;
    Ok(Pem { certificate: certificate.pem(), key: Secret::new(key.serialize_pem()) })
}

/// A new certificate for `names` by the authority that has this key.
pub(super) fn leaf(
    authority_key: &Secret,
    names: &[String],
    life: Duration,
    now: UnixTime,
) -> Result<Pem, PairError> {
    let issuer = Issuer::new(authority_params()?, KeyPair::from_pem(authority_key.expose())?);
    let mut params = CertificateParams::new(names)?;
    let common_name = names.first().map(String::as_str).unwrap_or_default();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = dates(life, now);
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &issuer)?;
    Ok(Pem { certificate: certificate.pem(), key: Secret::new(key.serialize_pem()) })
}

/// Whether the authority with this certificate has this key.
pub(super) fn belong_together(certificate: &CertificateDer<'_>, key: &Secret) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { return false };
    KeyPair::from_pem(key.expose())
        .is_ok_and(|key| key.public_key_raw() == &*certificate.public_key().subject_public_key.data)
}

/// The names that a certificate is for.
pub(super) fn dns_names(certificate: &CertificateDer<'_>) -> Vec<String> {
    use x509_parser::extensions::GeneralName;
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { return Vec::new() };
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.map(|extension| extension.value.general_names.as_slice());
    let dns = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        _ => None,
    };
    names.unwrap_or_default().iter().filter_map(dns).collect()
}

/// What all authorities of webhooks have in common, so that one can be told from its key alone.
fn authority_params() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params
        .distinguished_name
        .push(DnType::CommonName, "wisp webhook authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn dates(life: Duration, now: UnixTime) -> (OffsetDateTime, OffsetDateTime) {
    let date = |secs: u64| {
        let secs = i64::try_from(secs).unwrap_or(i64::MAX);
        OffsetDateTime::from_unix_timestamp(secs).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    };
    (date(now.secs().saturating_sub(BACKDATED.as_secs())), date((now + life).secs()))
}
