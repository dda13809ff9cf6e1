//! Configuration: defaults, then a TOML file, then the environment, then flags.
//!
//! [`keys`] is the one table of settings. [`Sources`] keeps the raw inputs, so that they can be read again on SIGHUP;
//! [`Sources::load`] turns them into [`Settings`], in which every value has its type and every cross check has passed,
//! or into all the [`Errors`] at once. Nothing here touches the process: environment and file reading are passed in.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use tracing_subscriber::filter::Targets;

use crate::{
    entra::{NoProxy, ProxyUrl, authority::cloud, token_proxy},
    names::{Authority, ClientId, MetadataPath, Resource, TenantId},
    token::Secret,
};

mod checks;
mod choice;
mod env;
mod identities;
pub mod keys;
mod layers;
mod load;
mod nearest;
mod parse;
mod print;
mod problem;
mod reader;
pub mod service_links;
mod sources;
mod table;
mod units;

pub use self::{
    choice::check,
    env::Env,
    layers::{Flags, Layers, ReadFile},
    nearest::{nearest, nearest_of},
    print::print,
    problem::{Errors, Problem, presentable},
    reader::Extent,
    sources::Sources,
    table::{markdown_summary, markdown_table},
    units::{parse_duration, show_duration},
};

/// What `wisp serve` runs with. Made by [`Sources::load`]; every rule of this room holds for it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The identities that may be asked for, at least one, the one of `client_id` first. No client id, object id or
    /// resource id occurs twice.
    pub identities: Vec<Identity>,
    /// The identity of requests that name none; one of `identities`.
    pub default_identity: Option<ClientId>,
    /// The resources that tokens may be asked for; empty allows any.
    pub resources: Vec<Resource>,
    /// The projected service-account token.
    pub token_file: PathBuf,
    /// The Entra cloud.
    pub authority: Authority,
    /// The cluster's token proxy (AKS identity bindings), when token requests go through one.
    pub token_proxy: Option<token_proxy::Config>,
    /// PEM roots trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// PEM roots trusted instead of the system's.
    pub ssl_cert_file: Option<PathBuf>,
    /// The proxy for requests to Entra.
    pub https_proxy: Option<ProxyUrl>,
    /// Hosts reached without that proxy.
    pub no_proxy: NoProxy,
    /// Where tokens are asked for: loopback addresses, at least one.
    pub listen: Vec<SocketAddr>,
    /// Where requests that name no identity mean this one, on loopback.
    pub identity_listen: Vec<(ClientId, SocketAddr)>,
    /// Whether to listen on 169.254.169.254:80 as well.
    pub imds_listen: ImdsListen,
    /// Where metrics and probes are answered. `[::]` means `0.0.0.0` on a machine without IPv6.
    pub admin_listen: Option<SocketAddr>,
    /// Host names accepted in requests besides the usual addresses, in lower case, without port.
    pub hosts: Vec<String>,
    /// The secret of the App Service endpoint.
    pub identity_header: Option<Secret>,
    /// The file that holds it instead; see [`identity_header`].
    pub identity_header_file: Option<PathBuf>,
    /// Whether to listen on the port of the old VM extension as well.
    pub listen_vm_extension: bool,
    /// The paths that are passed on to the node's metadata service.
    pub passthrough: Vec<MetadataPath>,
    /// The file with the answer to `/metadata/instance`.
    pub instance_document: Option<PathBuf>,
    /// Resources whose tokens are fetched at start for the default identity.
    pub prefetch: Vec<Resource>,
    /// Whether readiness waits for the prefetched tokens.
    pub ready_after_prefetch: bool,
    /// Whether a token is got at start to prove that one can be had.
    pub verify: Verify,
    /// The longest time that a request waits for Entra, retries included.
    pub request_budget: Duration,
    /// The longest time to connect to Entra, TLS included.
    pub connect_timeout: Duration,
    /// The longest time for one token request to Entra.
    pub attempt_timeout: Duration,
    /// The time after start in which a missing federated credential counts as not there yet.
    pub propagation_grace: Duration,
    /// The number of open connections to the token listeners.
    pub max_connections: usize,
    /// The longest time for a request's headers to arrive.
    pub header_timeout: Duration,
    /// The number of tokens kept.
    pub cache_tokens: u64,
    /// The memory for the tokens kept, in bytes.
    pub cache_bytes: u64,
    /// The number of exchanges a minute for keys that never had a token.
    pub new_keys_per_minute: u32,
    /// How many of those may come at once.
    pub new_keys_burst: u32,
    /// The longest time to go on answering after SIGTERM, as if nothing had been said.
    pub linger: Duration,
    /// The longest time for open requests to end after that.
    pub drain_timeout: Duration,
    /// What is logged.
    pub log: Targets,
    /// How log lines look.
    pub log_format: LogFormat,
    /// How client ids look in logs.
    pub log_identifiers: LogIdentifiers,
    /// The cluster name that log lines carry.
    pub cluster: Option<String>,
    /// What is usable and probably not what was meant, in sentences.
    pub warnings: Vec<String>,
}

impl Settings {
    /// The resource of the proof at start: one that the application is going to ask for where that is known, else Azure Resource
    /// Manager, for which every identity gets a token. None in a cloud whose Resource Manager is not known.
    pub fn verified_resource(&self) -> Option<Resource> {
        let listed = self.prefetch.first().or_else(|| self.resources.first());
        let manager = || cloud(&self.authority)?.resource_manager?.parse().ok();
        listed.cloned().or_else(manager)
    }

    /// The names of the settings that differ in `other` and that only a restart can change.
    pub fn fixed_but_changed_in(&self, other: &Self) -> Vec<&'static str> {
        let changed = |key: &&&keys::Key| key.fixed.is_some_and(|same| !same(self, other));
        keys::KEYS
            .iter()
            .filter(changed)
            .map(|key| key.name)
            .collect()
    }
}

/// The secret of the App Service endpoint in the text of its file, or what was expected there. A line end does not count.
pub fn identity_header(text: &str) -> Result<Secret, String> {
    parse::secret(&keys::IDENTITY_HEADER, text.trim_ascii_end())
}

/// An identity that may be asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identity {
    /// Its name in the configuration; its client id when it has none.
    pub name: String,
    /// Its client id.
    pub client_id: ClientId,
    /// The tenant it lives in: its own or the common one.
    pub tenant_id: TenantId,
    /// Its object (principal) id, a GUID in lower case.
    pub object_id: Option<String>,
    /// Its Azure resource id, as it was written.
    pub resource_id: Option<String>,
}

/// What becomes of the proof at start that a token can be had.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verify {
    /// There is none.
    Off,
    /// The log says how it went.
    Log,
    /// The log says so, and wisp is not ready before it went well.
    Ready,
}

/// Whether to listen on the address of IMDS itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ImdsListen {
    /// When the address is on `lo`.
    Auto,
    /// Never.
    Off,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For reading at a terminal.
    Text,
}

/// How client ids look in logs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LogIdentifiers {
    /// In full.
    Full,
    /// As a short hash.
    Hashed,
}
