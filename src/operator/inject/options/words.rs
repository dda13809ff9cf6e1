//! What may be chosen where there is not much to choose from.

use serde_json::{Map, Value};

use crate::operator::inject::plan::is_labelled;

/// How requests of the application get to wisp.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Mode {
    /// An init container redirects 169.254.169.254.
    #[default]
    Redirect,
    /// Environment variables that SDKs read.
    Env,
    /// `http_proxy`, for clients that know only 169.254.169.254.
    HttpProxy,
    /// Nothing: the application is told wisp's address, or something else redirects.
    None,
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 4] = [Self::Redirect, Self::Env, Self::HttpProxy, Self::None];

    /// Its name in flags and annotations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::Env => "env",
            Self::HttpProxy => "http-proxy",
            Self::None => "none",
        }
    }
}

/// How the init container of mode `redirect` redirects.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Redirect {
    /// By the first way that works.
    #[default]
    Auto,
    /// By nftables.
    Nft,
    /// By the address on `lo`.
    Lo,
}

impl Redirect {
    /// All ways.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Nft, Self::Lo];

    /// Its name in flags and annotations, and for the init container.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Nft => "nft",
            Self::Lo => "lo",
        }
    }
}

/// How the sidecar runs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Sidecar {
    /// An init container that is restarted; Kubernetes 1.29 or newer.
    #[default]
    Native,
    /// One of the containers.
    Container,
}

/// Where the sidecar's service-account token comes from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Token {
    /// The webhook where the pod has its label, else a volume of our own.
    #[default]
    Auto,
    /// A projected volume that only the sidecar mounts.
    Own,
    /// The volume of the Azure workload identity webhook.
    Webhook,
}

impl Token {
    /// Whether the sidecar of a pod with these labels mounts a volume of its own.
    pub fn is_own(self, labels: &Map<String, Value>) -> bool {
        match self {
            Self::Auto => !is_labelled(labels),
            Self::Own => true,
            Self::Webhook => false,
        }
    }
}
