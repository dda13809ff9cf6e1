//! Entra, a projected token and a sidecar, all in this process and on free ports.

use std::{io, net::SocketAddr, sync::Arc};

use anyhow::{Context as _, anyhow};

use crate::{
    clock::System,
    emulator::{
        Config, CredentialConfig, Emulator, Entry, IdentityConfig, KeySupply, Kind, Options, TenantConfig,
    },
    observe::{Dropped, log::LogContext},
    serve::{Prepared, Sidecar},
    settings::{Env, Sources},
};

/// The identity whose federated credential trusts another service account.
pub(super) const OTHER_NAME: &str = "orders-identity";
pub(super) const OTHER_CLIENT_ID: &str = "66666666-bbbb-4bbb-8bbb-666666666666";
const OTHER_OBJECT_ID: &str = "77777777-cccc-4ccc-8ccc-777777777777";
const OTHER_SUBJECT: &str = "system:serviceaccount:orders:api";

/// The variable that names wisp to the SDKs that read it.
pub(super) const POD_HOST: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

/// Everything that takes part, running. Dropping it ends it and removes its files.
pub struct Stage {
    pub(super) sidecar: Sidecar,
    pub(super) emulator: Emulator,
    /// The environment that the sidecar was started with.
    pub(super) environment: Vec<(&'static str, String)>,
}

impl Stage {
    /// Starts everything. `context` lets the log say where this sidecar runs. Must be called inside a runtime.
    pub async fn start(context: LogContext) -> anyhow::Result<Self> {
        let config = config();
        let options = Options { keys: KeySupply::fresh(), rotate_tokens: true, ..Options::default() };
        let emulator = Emulator::start_with(config, options, Arc::new(System))
            .await
            .context("the emulated Entra does not start")?;
        let environment = environment(&emulator);
        let nothing = |_: &_| Err(io::ErrorKind::NotFound.into());
        let env: Env = environment.iter().cloned().collect();
        let settings = Sources::new(Vec::new(), env, Box::new(nothing))
            .load()
            .map_err(|errors| anyhow!("the settings of wisp: {errors}"))?;
        let prepared = Prepared::read(&settings, System, System).context("the settings of wisp")?;
        let sidecar = Sidecar::start(&settings, prepared, context, Dropped::default(), System, System)
            .context("wisp does not start")?;
        Ok(Self { sidecar, emulator, environment })
    }

    /// Where applications ask for tokens.
    pub(super) fn address(&self) -> anyhow::Result<SocketAddr> {
        self.sidecar
            .addresses()
            .first()
            .copied()
            .context("wisp does not listen")
    }

    /// Where metrics and probes are answered.
    pub(super) fn admin_address(&self) -> anyhow::Result<SocketAddr> {
        self.sidecar
            .admin_address()
            .context("wisp does not listen for probes")
    }

    /// The tenant of everything here.
    pub(super) fn tenant(&self) -> anyhow::Result<&TenantConfig> {
        self.emulator
            .tenants()
            .first()
            .context("there is no tenant")
    }

    /// The token requests that have reached Entra.
    pub(super) fn token_requests(&self) -> Vec<Entry> {
        let mut requests = self.emulator.requests();
        requests.retain(|request| request.tenant.is_some());
        requests
    }
}

/// The built-in configuration, and an identity that does not work.
fn config() -> Config {
    let mut config = Config::default();
    if let Some(tenant) = config.tenants.first_mut() {
        tenant.identities.push(IdentityConfig {
            name: OTHER_NAME.into(),
            client_id: OTHER_CLIENT_ID.into(),
            object_id: OTHER_OBJECT_ID.into(),
            kind: Kind::Uami,
            resource_id: None,
            token_lifetime_seconds: None,
            disabled: false,
            without_service_principal: false,
            blocked_by_policy: false,
            federated_credentials: vec![CredentialConfig {
                name: "cluster-orders-api".into(),
                issuer: "cluster".into(),
                subject: OTHER_SUBJECT.into(),
                audience: "api://AzureADTokenExchange".into(),
            }],
        });
    }
    config
}

/// What wisp gets from the webhook and the manifest in a pod, with ports that are free here.
fn environment(emulator: &Emulator) -> Vec<(&'static str, String)> {
    // Not everybody else's: other programs' variables for a CA are no settings of wisp.
    let of_the_webhook = |name: &str| name.starts_with("AZURE_") || name == "SSL_CERT_FILE";
    let mut environment = emulator.environment();
    environment.retain(|(name, _)| of_the_webhook(name));
    let other = format!("{{{OTHER_NAME} = {{client_id = \"{OTHER_CLIENT_ID}\"}}}}");
    environment.extend([
        ("WISP_IDENTITIES", other),
        ("WISP_LISTEN", "127.0.0.1:0".into()),
        ("WISP_ADMIN_LISTEN", "127.0.0.1:0".into()),
        ("WISP_IMDS_LISTEN", "off".into()),
        // A credential that does not match is told at once, not after two minutes.
        ("WISP_PROPAGATION_GRACE", "0s".into()),
    ]);
    environment
}
