//! A local Entra, its OIDC issuers and the kubelet's token projection, in one process.
//!
//! It checks what Entra checks in workload identity federation and answers as Entra answers, wrong answers on demand
//! included. Used by this project's tests, by `wispctl emulator`, and through that by anyone's own tests.
#![allow(clippy::unreadable_literal, reason = "AADSTS numbers are searched for as Entra writes them")]

mod access_reviews;
mod checks;
mod cloud;
mod config;
mod control;
pub mod demo;
mod directory;
mod discovery;
mod environment;
mod errors;
mod faults;
mod form;
mod handle;
mod issue;
mod issuer;
mod jws;
mod keys;
mod log;
mod metadata;
mod projection;
mod proxy;
mod reply;
mod server;
mod state;
mod time_text;
mod tls;
mod token_endpoint;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

pub use self::{
    config::{
        AccessReviewsConfig, Config, ConfigError, CredentialConfig, DEFAULT as DEFAULT_CONFIG,
        IdentityConfig, IssuerConfig, Kind, ProjectionConfig, ProxyBinding, ProxyConfig, ResourceConfig,
        TenantConfig,
    },
    faults::{Fault, FaultKind},
    handle::Emulator,
    issuer::Issuer,
    keys::{KeyError, KeySupply},
    log::{Count, Entry},
    projection::Projection,
    tls::TlsError,
};

/// The file in the state folder that holds the CA.
const CA_FILE: &str = "ca.pem";

/// The file in the state folder that holds the token proxy's CA.
const PROXY_CA_FILE: &str = "token-proxy-ca.pem";

/// Called with each request once it is answered.
pub type OnRequest = Arc<dyn Fn(&Entry) + Send + Sync>;

/// How an emulator runs, as opposed to what it holds.
pub struct Options {
    /// Where it listens; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Where the CA and the projected tokens go. `None` makes a folder for them, and removes it at the end.
    pub state: Option<PathBuf>,
    /// Where signing keys come from.
    pub keys: KeySupply,
    /// Whether projected tokens are replaced when they are old enough. Tests rotate them by hand.
    pub rotate_tokens: bool,
    /// Hears of each request.
    pub on_request: Option<OnRequest>,
}

impl Default for Options {
    /// For tests: a free port, a folder of its own, the process's shared keys, no rotation.
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            state: None,
            keys: KeySupply::shared(),
            rotate_tokens: false,
            on_request: None,
        }
    }
}

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A fault of the configuration cannot be used.
    #[error("faults: {0}")]
    Fault(String),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The state folder, or a file in it, cannot be written.
    #[error("{}: cannot be written: {error}", path.display())]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// No signing key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
}
