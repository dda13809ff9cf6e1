//! The handle of a running emulator.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde_json::Value;
use tokio::{net::TcpListener, task::JoinSet};

use super::{
    CA_FILE, Config, Count, Entry, Fault, Issuer, KeyError, Options, PROXY_CA_FILE, Projection, StartError,
    TenantConfig, cloud::Cloud, server, state::StateFolder, tls::Tls,
};
use crate::clock::{Clock, Random, System};

/// How often a standalone emulator looks whether a projected token is old enough to be replaced.
const ROTATION_CHECK: Duration = Duration::from_secs(5);

/// The port of `https` URLs that name none.
const HTTPS: u16 = 443;

/// A running emulator. It stops, and its connections end, when this is dropped.
pub struct Emulator {
    cloud: Arc<Cloud>,
    // Dropped before the folder that the tasks work on.
    _tasks: JoinSet<()>,
    state: StateFolder,
}

impl Emulator {
    /// Starts an emulator for a test: on a free port of 127.0.0.1, in a folder of its own, on the caller's runtime.
    pub async fn start(config: Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        Self::start_with(config, Options::default(), clock).await
    }

    /// Starts an emulator.
    pub async fn start_with(
        config: Config,
        options: Options,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        config.check()?;
        let random: Arc<dyn Random> = Arc::new(System);
        let state = StateFolder::new(options.state, &*random)?;
        let proxy_name = config
            .token_proxy
            .as_ref()
            .map(|proxy| proxy.sni_name.clone());
        let names = config
            .tls_names
            .iter()
            .cloned()
            .chain([config.host.clone()]);
        let tls = Tls::new(names, proxy_name)?;
        tls.write_authorities(state.path())?;
        let listen = |error| StartError::Listen { address: options.listen, error };
        let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
        let port = listener.local_addr().map_err(listen)?.port();
        let origin = origin(&config.host, port);
        let server_config = Arc::clone(&tls.server);
        let cloud = Cloud::new(&config, origin, state.path(), tls, options.keys, clock, random).await?;
        let cloud = Arc::new(cloud);

        let mut tasks = JoinSet::new();
        tasks.spawn(server::serve(Arc::clone(&cloud), listener, server_config, options.on_request));
        if options.rotate_tokens {
            tasks.spawn(keep_rotating(Arc::clone(&cloud)));
        }
        Ok(Self { cloud, _tasks: tasks, state })
    }

    /// `https://<host>:<port>`, without the port if it is 443: what goes into `AZURE_AUTHORITY_HOST`.
    pub fn authority(&self) -> &str {
        &self.cloud.origin
    }

    /// The certificate of its authority, in PEM.
    pub fn ca_pem(&self) -> Arc<str> {
        self.cloud.tls.ca_pem()
    }

    /// The file that holds [`Self::ca_pem`].
    pub fn ca_path(&self) -> PathBuf {
        self.state.path().join(CA_FILE)
    }

    /// The file that holds the authority of the token proxy: what goes into `AZURE_KUBERNETES_CA_FILE`. It is there if there is a
    /// token proxy.
    pub fn token_proxy_ca_path(&self) -> PathBuf {
        self.state.path().join(PROXY_CA_FILE)
    }

    /// The state folder.
    pub fn state_path(&self) -> &Path {
        self.state.path()
    }

    /// Writes a file of this name into the state folder, whole or not at all.
    pub fn write_state(&self, name: &str, text: &str) -> Result<PathBuf, StartError> {
        self.state.write(name, text)
    }

    /// The URL of the issuer of this name: the `iss` of its tokens.
    pub fn issuer_url(&self, name: &str) -> Option<&str> {
        self.cloud
            .issuers
            .iter()
            .find(|issuer| issuer.name() == name)
            .map(|issuer| issuer.url())
    }

    /// `claims` signed by the issuer of this name, as Kubernetes would sign them.
    pub fn sign(&self, issuer: &str, claims: &Value) -> Option<String> {
        self.cloud
            .issuers
            .iter()
            .find(|known| known.name() == issuer)?
            .sign(claims)
    }

    /// The issuers.
    pub fn issuers(&self) -> &[Arc<Issuer>] {
        &self.cloud.issuers
    }

    /// The projected tokens.
    pub fn projections(&self) -> &[Projection] {
        &self.cloud.projections
    }

    /// The projection of this name.
    pub fn projection(&self, name: &str) -> Option<&Projection> {
        self.cloud
            .projections
            .iter()
            .find(|projection| projection.name() == name)
    }

    /// The token file of the first projection: what goes into `AZURE_FEDERATED_TOKEN_FILE`.
    pub fn token_path(&self) -> Option<PathBuf> {
        self.cloud.projections.first().map(Projection::token_path)
    }

    /// The tenants, with the issuers of their credentials as URLs.
    pub fn tenants(&self) -> &[TenantConfig] {
        &self.cloud.tenants
    }

    /// Puts `faults` in place of those in force. Refuses all when one cannot be used.
    pub fn set_faults(&self, faults: Vec<Fault>) -> Result<(), String> {
        self.cloud.faults.set(faults, self.cloud.now())
    }

    /// Adds one fault.
    pub fn add_fault(&self, fault: impl Into<Fault>) -> Result<(), String> {
        self.cloud.faults.add(fault.into(), self.cloud.now())
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.cloud.faults.clear();
    }

    /// The faults in force, with the requests that they have left.
    pub fn faults(&self) -> Vec<Fault> {
        self.cloud.faults.list()
    }

    /// The requests that came in, oldest first, those of the control path left out.
    pub fn requests(&self) -> Vec<Entry> {
        self.cloud.log.entries()
    }

    /// How often `client_id` asked for `scope`.
    pub fn count(&self, client_id: &str, scope: &str) -> u64 {
        self.cloud.log.count(client_id, scope)
    }

    /// Token requests and issued tokens by client id and scope.
    pub fn counts(&self) -> Vec<Count> {
        self.cloud.log.counts()
    }

    /// Forgets the requests.
    pub fn clear_requests(&self) {
        self.cloud.log.clear();
    }

    /// Gives each issuer a new signing key. Tokens already projected stay until they are rotated, too.
    pub async fn rotate_keys(&self) -> Result<usize, KeyError> {
        self.cloud.rotate_keys(None).await
    }

    /// Puts a new CA in place of the present one, in its file, too. Connections that are open stay.
    pub fn rotate_ca(&self) -> Result<(), StartError> {
        self.cloud.rotate_ca()
    }

    /// Replaces every projected token.
    pub fn rotate_tokens(&self) -> io::Result<usize> {
        self.cloud.rotate_tokens(None)
    }
}

/// Where the emulator is, as clients write it: without the port that `https` stands for. They compare it, with issuers for
/// one, as text.
fn origin(host: &str, port: u16) -> String {
    if port == HTTPS { format!("https://{host}") } else { format!("https://{host}:{port}") }
}

/// Does what the kubelet does: looks now and then whether a token is due.
async fn keep_rotating(cloud: Arc<Cloud>) {
    loop {
        tokio::time::sleep(ROTATION_CHECK).await;
        for projection in &cloud.projections {
            // The next look tries again; a folder that is gone has no readers either.
            let _ = projection.rotate_if_due();
        }
    }
}
