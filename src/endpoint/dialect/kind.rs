//! The names of the dialects.

/// The dialects by name: the bounded vocabulary of the `dialect` log field and metric label.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Kind {
    /// The virtual machine's metadata service.
    Imds,
    /// App Service and Azure Functions.
    AppService,
    /// Cloud Shell and the old extension for virtual machines.
    CloudShell,
    /// Metadata that is not about identities.
    Metadata,
    /// Paths that no dialect lives on.
    Other,
}

impl Kind {
    /// Every kind, for building bounded tables.
    pub(crate) const ALL: [Self; 5] =
        [Self::Imds, Self::AppService, Self::CloudShell, Self::Metadata, Self::Other];

    /// Whether tokens are handed out by it.
    pub(in crate::endpoint) const fn has_tokens(self) -> bool {
        matches!(self, Self::Imds | Self::AppService | Self::CloudShell)
    }

    /// The kind as it stands in logs and metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Imds => "imds",
            Self::AppService => "app_service",
            Self::CloudShell => "cloud_shell",
            Self::Metadata => "metadata",
            Self::Other => "none",
        }
    }
}
