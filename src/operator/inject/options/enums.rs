//! What may be chosen where there is not much to choose from.

use serde_json::{Map, Value};

use crate::operator::inject::webhook::is_labelled;

/// How requests of the application get to wisp.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Mode {
    /// An init container redirects 169.254.169.254.
    #[default]
    Redirect,
    /// Environment variables that SDKs read.
    Env,
    /// `http_proxy`, for clients that know only 169.254.169.254.
    HttpProxy,
    /// Nothing: the application is told wisp's address, or something else redirects.
    Manual,
}

impl Mode {
    /// All modes.
    pub(crate) const ALL: [Self; 4] = [Self::Redirect, Self::Env, Self::HttpProxy, Self::Manual];

    /// What distinguishes it.
    const fn row(self) -> ModeRow {
        let (name, redirects, sets_variables, catches_imds) = match self {
            Self::Redirect => ("redirect", true, false, true),
            Self::Env => ("env", false, true, false),
            Self::HttpProxy => ("http-proxy", false, true, true),
            Self::Manual => ("manual", false, false, false),
        };
        ModeRow { name, redirects, sets_variables, catches_imds }
    }

    /// Its name in flags and annotations.
    pub(crate) fn name(self) -> &'static str {
        self.row().name
    }

    /// Whether there is an init container that redirects.
    pub(crate) fn redirects(self) -> bool {
        self.row().redirects
    }

    /// Whether the application's containers get variables.
    pub(crate) fn sets_variables(self) -> bool {
        self.row().sets_variables
    }

    /// Whether wisp gets what is asked at 169.254.169.254.
    pub(crate) fn catches_imds(self) -> bool {
        self.row().catches_imds
    }

    /// Reads a name, the former one of mode `manual` too.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = if text == FORMER_MANUAL { Self::Manual.name() } else { text };
        Self::ALL.into_iter().find(|mode| mode.name() == text)
    }
}

/// What distinguishes a mode.
struct ModeRow {
    name: &'static str,
    redirects: bool,
    sets_variables: bool,
    catches_imds: bool,
}

/// What mode `manual` was called; it stands in manifests, scripts and pods.
const FORMER_MANUAL: &str = "none";

/// Variables that tell the application's clients of wisp in mode `env`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum EndpointVariables {
    /// `AZURE_POD_IDENTITY_AUTHORITY_HOST`: where the metadata service is.
    AuthorityHost,
    /// `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`: App Service, 2019-08-01.
    AppService,
    /// `MSI_ENDPOINT` and `MSI_SECRET`: App Service, 2017-09-01.
    Msi,
}

impl EndpointVariables {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::AuthorityHost, Self::AppService, Self::Msi];

    /// Its name in flags and annotations.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AuthorityHost => "authority-host",
            Self::AppService => "app-service",
            Self::Msi => "msi",
        }
    }

    /// Reads a name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|variables| variables.name() == text)
    }

    /// Whether wisp answers what is asked so only with the secret that the variables have.
    pub(crate) fn has_secret(self) -> bool {
        self != Self::AuthorityHost
    }
}

/// How the init container of mode `redirect` redirects.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Redirect {
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
    pub(crate) const ALL: [Self; 3] = [Self::Auto, Self::Nft, Self::Lo];

    /// Its name in flags and annotations, and for the init container.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Nft => "nft",
            Self::Lo => "lo",
        }
    }
}

/// How the sidecar runs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Sidecar {
    /// An init container that is restarted; Kubernetes 1.29 or newer.
    #[default]
    Native,
    /// One of the containers.
    Container,
}

/// Where the sidecar's service-account token comes from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Token {
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
    pub(crate) fn is_own(self, labels: &Map<String, Value>) -> bool {
        match self {
            Self::Auto => !is_labelled(labels),
            Self::Own => true,
            Self::Webhook => false,
        }
    }
}

/// The audiences that tokens of service accounts usually have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Audience {
    /// Entra takes it.
    Exchange,
    /// The token proxy of AKS takes it, for identity bindings.
    Binding,
}

impl Audience {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Exchange, Self::Binding];

    /// As a token has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Exchange => "api://AzureADTokenExchange",
            Self::Binding => "api://AKSIdentityBinding",
        }
    }
}
