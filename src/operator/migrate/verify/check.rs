//! The checks. Their ids are interface: reports and scripts name them.

use serde::{Serialize, Serializer};

use super::asked::EntraError;

/// Which check.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum CheckId {
    /// The service account.
    Account,
    /// What it says of its identity.
    Annotation,
    /// A token of it.
    Token,
    /// Who signs that.
    Issuer,
    /// Whose it is.
    Subject,
    /// For whom it is.
    Audience,
    /// The clocks.
    Clock,
    /// What the issuer publishes.
    Discovery,
    /// The exchange at Entra.
    Exchange,
    /// Whose token Entra gave.
    Claims,
    /// Wisp in the pods.
    Sidecar,
    /// What wisp in the pods has counted.
    Metrics,
    /// The token of the service account in pods without wisp.
    TokenVolume,
    /// The old way.
    OldWay,
    /// The identities of both ways.
    SameIdentity,
    /// The label of pod-managed identity.
    Label,
    /// What pod-managed identity has assigned.
    AssignedIdentities,
    /// What NMI has counted.
    Nmi,
}

impl CheckId {
    /// All of them, in the order in which they are made.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 18] = [
        Self::Account,
        Self::Annotation,
        Self::Token,
        Self::Issuer,
        Self::Subject,
        Self::Audience,
        Self::Clock,
        Self::Discovery,
        Self::Exchange,
        Self::Claims,
        Self::Sidecar,
        Self::Metrics,
        Self::TokenVolume,
        Self::OldWay,
        Self::SameIdentity,
        Self::Label,
        Self::AssignedIdentities,
        Self::Nmi,
    ];

    /// Its id, the stages that have it, and what it proves.
    const fn row(self) -> (&'static str, &'static str, &'static str) {
        const BOTH: &str = "before, parallel";
        match self {
            Self::Account => ("account", BOTH, "the service account of the plan exists"),
            Self::Annotation => {
                ("annotation", BOTH, "it names the identity that the plan has chosen, and its tenant if any")
            }
            Self::Token => ("token", BOTH, "the API server gives a token of it for Entra"),
            Self::Issuer => {
                ("issuer", BOTH, "the token's `iss` is the issuer of the planned credentials, to the letter")
            }
            Self::Subject => ("subject", BOTH, "its `sub` is the subject of the planned credential"),
            Self::Audience => ("audience", BOTH, "its `aud` is the audience of the planned credential"),
            Self::Clock => (
                "clock",
                BOTH,
                "the clocks of the API server, of Entra and of this machine differ by less than five minutes",
            ),
            Self::Discovery => (
                "discovery",
                "before",
                "what the issuer publishes names it, and has the key that signed the token; optional, for Entra reads it from where it is",
            ),
            Self::Exchange => {
                ("exchange", BOTH, "Entra gives a token of the identity for it: the credential is there")
            }
            Self::Claims => {
                ("claims", BOTH, "that token is of the identity and of the tenant that were asked for")
            }
            Self::Sidecar => (
                "sidecar",
                "parallel, after",
                "running pods of the workload have wisp, where it is to have it",
            ),
            Self::Metrics => (
                "metrics",
                "parallel, after",
                "wisp in them has got tokens by its own count, and after the cut-over no exchange has failed",
            ),
            Self::TokenVolume => (
                "token-volume",
                "parallel, after",
                "pods that have workload identity of their own, and no wisp, have a token of their service account, which their SDK takes",
            ),
            Self::OldWay => {
                ("old-way", "parallel", "a pod with the label gets a token by pod-managed identity")
            }
            Self::SameIdentity => {
                ("same-identity", "parallel", "the tokens of both ways have the same `oid`, `tid` and `aud`")
            }
            Self::Label => ("label", "after", "no pod has the label `aadpodidbinding` any more"),
            Self::AssignedIdentities => ("assigned-identities", "after", "no AzureAssignedIdentity is left"),
            Self::Nmi => ("nmi", "after", "what NMI has counted, where it can be asked; optional"),
        }
    }

    /// As reports name it.
    pub(crate) const fn name(self) -> &'static str {
        self.row().0
    }

    /// Which stages have it.
    #[cfg(test)]
    pub(crate) const fn stages(self) -> &'static str {
        self.row().1
    }

    /// What it proves.
    #[cfg(test)]
    pub(crate) const fn meaning(self) -> &'static str {
        self.row().2
    }
}

impl Serialize for CheckId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What became of a check.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// It is so.
    Proven,
    /// It is not so.
    Failed,
    /// Nobody knows: something kept it from being looked at.
    Unchecked,
    /// It was not looked at, and need not be.
    Skipped,
}

impl Outcome {
    /// As a person reads it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Failed => "failed",
            Self::Unchecked => "unchecked",
            Self::Skipped => "skipped",
        }
    }

    /// Whether somebody has to do something about it.
    pub(crate) const fn is_open(self) -> bool {
        matches!(self, Self::Failed | Self::Unchecked)
    }
}

/// A check, and what became of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Check {
    /// Which.
    pub id: CheckId,
    /// What became of it.
    pub outcome: Outcome,
    /// The client id of the identity that it is about, if it is about one.
    pub client_id: Option<String>,
    /// What was found. Of tokens there are only claims in it.
    pub found: String,
    /// What to do about it.
    pub fix: Option<String>,
    /// By what an error of Entra is told from others.
    pub error: Option<EntraError>,
    /// How many seconds were waited for what may still spread.
    pub waited_seconds: u64,
}

impl Check {
    /// It is so.
    pub(super) fn proven(id: CheckId, found: impl Into<String>) -> Self {
        Self::new(id, Outcome::Proven, found.into(), None)
    }

    /// It is not so.
    pub(super) fn failed(id: CheckId, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(id, Outcome::Failed, found.into(), Some(fix.into()))
    }

    /// Nobody knows.
    pub(super) fn unchecked(id: CheckId, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(id, Outcome::Unchecked, found.into(), Some(fix.into()))
    }

    /// Nobody knows, and `found` says what to do about it.
    pub(super) fn unknown(id: CheckId, found: &impl ToString) -> Self {
        Self::new(id, Outcome::Unchecked, found.to_string(), None)
    }

    /// It was not looked at.
    pub(super) fn skipped(id: CheckId, found: impl Into<String>) -> Self {
        Self::new(id, Outcome::Skipped, found.into(), None)
    }

    /// The same, about an identity.
    pub(super) fn about(self, client_id: &str) -> Self {
        Self { client_id: Some(client_id.to_owned()), ..self }
    }

    fn new(id: CheckId, outcome: Outcome, found: String, fix: Option<String>) -> Self {
        Self { id, outcome, client_id: None, found, fix, error: None, waited_seconds: 0 }
    }
}
