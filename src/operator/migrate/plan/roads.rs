//! By what a workload is moved.

use serde::{Deserialize, Serialize};

/// By what a workload is moved.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Road {
    /// wisp is written into its manifest.
    Inject,
    /// The webhook puts wisp into its pods.
    Webhook,
    /// An admission policy puts wisp into its pods.
    Policy,
    /// The webhook adopts its pods as they are.
    Adopt,
    /// It needs no wisp: its SDK has workload identity of its own.
    Native,
    /// It is left alone.
    Leave,
}

impl Road {
    /// The roads, by the words of a file of decisions.
    pub(crate) const ALL: [(&'static str, Self); 6] = [
        ("inject", Self::Inject),
        ("webhook", Self::Webhook),
        ("policy", Self::Policy),
        ("adopt", Self::Adopt),
        ("native", Self::Native),
        ("leave", Self::Leave),
    ];

    /// Its word.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, road)| *road == self)
            .map_or("", |(name, _)| name)
    }

    /// Whether wisp is in the pods afterwards.
    pub(crate) const fn has_wisp(self) -> bool {
        matches!(self, Self::Inject | Self::Webhook | Self::Policy | Self::Adopt)
    }

    /// Whether the manifest stays as it is, its service account included.
    pub(crate) const fn keeps_manifest(self) -> bool {
        matches!(self, Self::Adopt | Self::Leave)
    }
}
