//! Configuration: defaults, then a TOML file, then the environment, then flags.
//!
//! [`keys`] is the one table of settings. [`Sources`] keeps the raw inputs, so that they can be read again on SIGHUP;
//! [`Sources::load`] turns them into [`Settings`], in which every value has its type and every rule between them holds,
//! or into all the [`SettingErrors`] at once. Nothing here touches the process: environment and file reading are passed in.
//!
//! From text to settings: `layers` find the text of each setting and where it came from, `keys` says by which parser of `parse`
//! it is read into which field, `identities` puts together what several settings say of an identity, and `rules` are those
//! between settings.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use tracing_subscriber::filter::Targets;

use crate::{
    broker,
    entra::{self, authority::cloud},
    identity::{Entry, Rules},
    names::{Authority, ClientId, MetadataPath, Resource, TenantId},
    observe::{Identifiers, log},
    server::Limits,
    token::Secret,
};

mod check;
mod env;
mod error;
mod identities;
mod key;
pub mod keys;
mod layers;
mod loader;
mod markdown;
mod named;
mod parse;
mod print;
mod proxies;
mod read;
mod row;
mod rules;
pub mod service_links;
mod sources;
mod suggest;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod units;
mod value;

pub use self::{
    check::check,
    env::Env,
    error::{SettingError, SettingErrors, presentable},
    layers::{Flags, Layers, ReadFile},
    loader::Extent,
    markdown::{markdown_summary, markdown_table},
    print::print,
    sources::Sources,
    suggest::suggest_word,
    units::{parse_duration, show_duration},
};

/// What `wisp serve` runs with, as each module below takes it. Made by [`Sources::load`]; every rule of this module holds for it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The identity of `AZURE_CLIENT_ID`, which is among the identities.
    pub client_id: Option<ClientId>,
    /// The tenant of identities that name none.
    pub tenant_id: Option<TenantId>,
    /// The identities that may be asked for, at least one, the one of `client_id` first. No client id, object id or
    /// resource id occurs twice.
    pub identities: Vec<Entry>,
    /// Which of them may be asked for what, and where they live.
    pub rules: Rules,
    /// The way to Entra.
    pub entra: entra::Config,
    /// What is kept, and how long is waited.
    pub broker: broker::Config,
    /// Bounds of the token listeners.
    pub connections: Limits,
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
    /// Whether a token is got at start to prove that one is available.
    pub verify: Verify,
    /// The longest time to go on answering after SIGTERM, as if nothing had been said.
    pub linger: Duration,
    /// What is logged.
    pub log: Targets,
    /// How log lines look.
    pub log_format: log::Format,
    /// How client ids look in logs.
    pub log_identifiers: Identifiers,
    /// The cluster name that log lines carry.
    pub cluster: Option<String>,
    /// What is usable and probably not what was meant, in sentences.
    pub warnings: Vec<String>,
}

impl Settings {
    /// What the table's rows are read into. Each of them has a value of its own, or one by default: nothing that stands here is
    /// ever seen.
    fn unset() -> Self {
        Self {
            client_id: None,
            tenant_id: None,
            identities: Vec::new(),
            rules: Rules {
                authority: Authority::placeholder(),
                via_token_proxy: false,
                default: None,
                resources: Vec::new(),
            },
            entra: entra::Config::placeholder(),
            broker: broker::Config::placeholder(),
            connections: Limits {
                connections: 0,
                connections_setting: Some(keys::MAX_CONNECTIONS.variable()),
                pace: None,
                idle: Duration::ZERO,
                drain: Duration::ZERO,
            },
            listen: Vec::new(),
            identity_listen: Vec::new(),
            imds_listen: ImdsListen::Auto,
            admin_listen: None,
            hosts: Vec::new(),
            identity_header: None,
            identity_header_file: None,
            listen_vm_extension: false,
            passthrough: Vec::new(),
            instance_document: None,
            prefetch: Vec::new(),
            ready_after_prefetch: false,
            verify: Verify::Off,
            linger: Duration::ZERO,
            log: Targets::new(),
            log_format: log::Format::Auto,
            log_identifiers: Identifiers::Hashed,
            cluster: None,
            warnings: Vec::new(),
        }
    }

    /// The resource of the proof at start: one that the application is going to ask for where that is known, else Azure Resource
    /// Manager, for which every identity gets a token. None in a cloud whose Resource Manager is not known.
    pub fn verified_resource(&self) -> Option<Resource> {
        let listed = self
            .prefetch
            .first()
            .or_else(|| self.rules.resources.first());
        let manager = || cloud(&self.rules.authority)?.resource_manager?.parse().ok();
        listed.cloned().or_else(manager)
    }

    /// The names of the settings that differ in `other` and that only a restart can change.
    pub fn fixed_but_changed_in(&self, other: &Self) -> Vec<&'static str> {
        let changed = |row: &&keys::Row| row.fixed.is_some_and(|same| !same(self, other));
        keys::ROWS
            .iter()
            .filter(changed)
            .map(|row| row.key.name)
            .collect()
    }
}

/// The setting that `name`, as in the file, as a flag or as a variable, is probably meant to be.
pub fn suggest(name: &str) -> Option<&'static keys::Key> {
    suggest::suggest_key(keys::KEYS, name)
}

/// The secret of the App Service endpoint in the text of its file, or what was expected there. A line end does not count.
pub fn identity_header(text: &str) -> Result<Secret, String> {
    parse::secret(&keys::IDENTITY_HEADER, text.trim_ascii_end())
}

/// What becomes of the proof at start that a token is available.
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
