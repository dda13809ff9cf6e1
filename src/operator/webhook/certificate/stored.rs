//! The Secret that all replicas share: the authority and the certificate by it.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use serde_json::{Value, json};

use super::{
    pair::{self, Pair, PairError, Pem, Validity, belong_together, dns_names},
    trust::Bundle,
};
use crate::{clock::UnixTime, token::Secret};

const AUTHORITY: &str = "ca.crt";
const AUTHORITY_KEY: &str = "ca.key";
const CHAIN: &str = "tls.crt";
const KEY: &str = "tls.key";

/// What is in it.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    authority: Pem,
    pub(super) authority_der: CertificateDer<'static>,
    leaf: Pem,
    pub(super) pair: Pair,
}

/// What has to be made anew.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Due {
    Nothing,
    /// The certificate, by the authority that is there.
    Leaf,
    /// The authority, and a certificate by it.
    Authority,
}

impl Stored {
    /// What the Secret holds; none when it is not whole.
    pub(super) fn read(secret: &Value) -> Option<Self> {
        let text = |key: &str| {
            let bytes = STANDARD
                .decode(secret.get("data")?.get(key)?.as_str()?)
                .ok()?;
            String::from_utf8(bytes).ok()
        };
        let pem = |certificate: &str, key: &str| {
            Some(Pem { certificate: text(certificate)?, key: Secret::new(text(key)?) })
        };
        Self::of(pem(AUTHORITY, AUTHORITY_KEY)?, pem(CHAIN, KEY)?).ok()
    }

    fn of(authority: Pem, leaf: Pem) -> Result<Self, PairError> {
        let authority_der = CertificateDer::from_pem_slice(authority.certificate.as_bytes())
            .map_err(|_| PairError::NoCertificate)?;
        let pair = Pair::read(&leaf.certificate, &leaf.key)?;
        Ok(Self { authority, authority_der, leaf, pair })
    }

    /// What has to be made anew at `now`, where certificates for `names` live for `life`.
    pub(super) fn due(&self, names: &[String], life: Duration, now: UnixTime) -> Due {
        let validity = Validity::of(&self.authority_der);
        if validity.is_none_or(|validity| validity.is_due(now))
            || !belong_together(&self.authority_der, &self.authority.key)
        {
            return Due::Authority;
        }
        let by_authority = Bundle::of_pem(self.authority.certificate.as_bytes());
        let host = names.first().map(String::as_str).unwrap_or_default();
        let of_names = self
            .pair
            .chain()
            .first()
            .map(dns_names)
            .is_some_and(|found| found == names);
        let is_sound = of_names && by_authority.trusts(self.pair.chain(), host, now).is_ok();
        let Pair { validity, .. } = self.pair;
        if !is_sound || validity.is_due(now) || validity.outlives(life, now) {
            Due::Leaf
        } else {
            Due::Nothing
        }
    }

    /// How long after `now` nothing will be due.
    pub(super) fn until_due(&self, now: UnixTime) -> Duration {
        let validities = [Validity::of(&self.authority_der), Some(self.pair.validity)];
        let due = validities
            .map(|validity| validity.map_or(Duration::ZERO, |it| it.due_at().saturating_since(now)));
        due.into_iter().min().unwrap_or_default()
    }

    /// When the authority was made.
    pub(super) fn authority_age(&self, now: UnixTime) -> Duration {
        let made = Validity::of(&self.authority_der).map(|validity| validity.from + pair::BACKDATED);
        made.map_or(Duration::ZERO, |made| now.saturating_since(made))
    }

    /// Makes what is due: both, where nothing is there.
    pub(super) fn renewed(
        known: Option<&Self>,
        names: &[String],
        life: Duration,
        now: UnixTime,
    ) -> Result<Self, PairError> {
        let authority = match known {
            Some(known) if known.due(names, life, now) != Due::Authority => known.authority.clone(),
            _ => pair::authority(life, now)?,
        };
        let leaf = pair::leaf(&authority.key, names, life, now)?;
        Self::of(authority, leaf)
    }

    /// The Secret with this in it. `secret` is the one that is there, or a new one.
    pub(super) fn write(&self, mut secret: Value) -> Value {
        let encoded = |text: &str| Value::from(STANDARD.encode(text));
        let fields = [
            (AUTHORITY, self.authority.certificate.as_str()),
            (AUTHORITY_KEY, self.authority.key.expose()),
            (CHAIN, self.leaf.certificate.as_str()),
            (KEY, self.leaf.key.expose()),
        ];
        if !secret.get("data").is_some_and(Value::is_object) {
            secret["data"] = json!({});
        }
        for (name, text) in fields {
            secret["data"][name] = encoded(text);
        }
        secret
    }
}
