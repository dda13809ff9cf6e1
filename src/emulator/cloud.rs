//! Everything that one emulated cloud holds.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{
    StartError,
    config::{Config, ProxyConfig, TenantConfig},
    faults::Faults,
    issuer::Issuer,
    keys::{KeyError, KeySupply, SigningKey},
    log::Log,
    metadata::Metadata,
    projection::Projection,
    tls::Tls,
};
use crate::clock::{Clock, Random, UnixTime};

/// The emulated cloud: shared by all connections and by the handle.
pub(super) struct Cloud {
    /// `https://<host>:<port>`, the authority; without the port if it is 443.
    pub origin: String,
    /// The tenants, with issuers in their credentials resolved to URLs.
    pub tenants: Vec<TenantConfig>,
    /// The issuers.
    pub issuers: Vec<Arc<Issuer>>,
    /// The projected tokens.
    pub projections: Vec<Projection>,
    /// The key that signs access tokens.
    pub sts: Arc<SigningKey>,
    /// What goes wrong.
    pub faults: Faults,
    /// What was asked.
    pub log: Log,
    /// What Entra remembers of issuers.
    pub metadata: Metadata,
    /// The machine's clock; that of Entra may differ from it by a fault.
    pub clock: Arc<dyn Clock>,
    /// For identifiers.
    pub random: Arc<dyn Random>,
    /// Certificates, and the folder that their CA is written to.
    pub(super) tls: Tls,
    state: PathBuf,
    /// The token proxy in front of the token endpoint, if there is one.
    pub(super) token_proxy: Option<ProxyConfig>,
    /// For keys to rotate to.
    pub keys: KeySupply,
}

impl Cloud {
    /// Builds the cloud of `config` at `origin`, and projects its tokens below `state`.
    pub(super) async fn new(
        config: &Config,
        origin: String,
        state: &Path,
        tls: Tls,
        keys: KeySupply,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, StartError> {
        let sts = keys.next().await?;
        let mut issuers = Vec::new();
        for issuer in &config.issuers {
            // An outside issuer needs no key of ours; the access-token key stands in unused.
            let key = if issuer.jwks_file.is_none() { keys.next().await? } else { Arc::clone(&sts) };
            issuers.push(Arc::new(Issuer::new(issuer, &origin, key)));
        }
        let mut projections = Vec::new();
        for projection in &config.projections {
            let Some(issuer) = issuers
                .iter()
                .find(|issuer| issuer.name() == projection.issuer)
            else {
                continue;
            };
            let below_state = || state.join("projections").join(&projection.name);
            let folder = projection.folder.clone().unwrap_or_else(below_state);
            let (issuer, clock, random) = (issuer.clone(), clock.clone(), random.clone());
            let written = Projection::write(projection, folder.clone(), issuer, clock, random)
                .map_err(|error| StartError::Folder { path: folder, error })?;
            projections.push(written);
        }
        let tenants = config
            .tenants
            .iter()
            .map(|tenant| resolve(tenant, &issuers, &origin))
            .collect();
        let faults = Faults::default();
        faults
            .set(config.faults.clone(), clock.wall())
            .map_err(StartError::Fault)?;
        let (log, metadata) = (Log::default(), Metadata::default());
        Ok(Self {
            origin,
            tenants,
            issuers,
            projections,
            sts,
            faults,
            log,
            metadata,
            clock,
            random,
            tls,
            state: state.to_owned(),
            token_proxy: config.token_proxy.clone(),
            keys,
        })
    }

    /// The present, by the machine's clock.
    pub(super) fn now(&self) -> UnixTime {
        self.clock.wall()
    }

    /// The present by Entra's clock, which a fault has put ahead by so many seconds.
    pub(super) fn entra_now(&self, offset: i64) -> UnixTime {
        let (now, by) = (self.now(), Duration::from_secs(offset.unsigned_abs()));
        if offset < 0 { UnixTime::from_secs(now.secs().saturating_sub(by.as_secs())) } else { now + by }
    }

    /// Puts new CAs in place of the present ones, in their files, too.
    pub(super) fn rotate_ca(&self) -> Result<(), StartError> {
        self.tls.rotate()?;
        self.tls.write_authorities(&self.state)
    }

    /// Gives each of the emulator's own issuers, or the one named, a new signing key. Tokens already projected stay.
    pub(super) async fn rotate_keys(&self, issuer: Option<&str>) -> Result<usize, KeyError> {
        let mut rotated = 0;
        for issuer in self
            .issuers
            .iter()
            .filter(|i| i.is_own() && issuer.is_none_or(|name| i.name() == name))
        {
            issuer.rotate(self.keys.next().await?, self.now());
            rotated += 1;
        }
        Ok(rotated)
    }

    /// Replaces every projected token, or the one named.
    pub(super) fn rotate_tokens(&self, projection: Option<&str>) -> io::Result<usize> {
        let named = |p: &&Projection| projection.is_none_or(|name| p.name() == name);
        let mut rotated = 0;
        for projection in self.projections.iter().filter(named) {
            projection.rotate()?;
            rotated += 1;
        }
        Ok(rotated)
    }
}

/// The tenant with URLs in place of issuer names.
fn resolve(tenant: &TenantConfig, issuers: &[Arc<Issuer>], origin: &str) -> TenantConfig {
    let mut tenant = tenant.clone();
    for credential in tenant
        .identities
        .iter_mut()
        .flat_map(|i| &mut i.federated_credentials)
    {
        credential.issuer = match issuers
            .iter()
            .find(|issuer| issuer.name() == credential.issuer)
        {
            Some(issuer) => issuer.url().to_owned(),
            None => credential.issuer.replace("{authority}", origin),
        };
    }
    tenant
}
