//! What came of adopting a pod, in the words of the metric. One table has them all.

/// What came of a pod that was to be adopted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Adoption {
    /// It has wisp with the identities of its bindings.
    Adopted,
    /// An exception lets it ask the node.
    Excepted,
    /// wisp cannot serve it, and pods of that sort are left alone.
    Skipped,
    /// No binding selects it.
    Unbound,
    /// None of the identities that its bindings name can be used.
    Malformed,
    /// What the cluster has could not be listed.
    Unlisted,
    /// `inject` refuses it, or it cannot be known who it runs as.
    Refused,
}

impl Adoption {
    /// All of them, in the order of the documentation.
    pub(crate) const ALL: [Self; 7] = [
        Self::Adopted,
        Self::Excepted,
        Self::Skipped,
        Self::Unbound,
        Self::Malformed,
        Self::Unlisted,
        Self::Refused,
    ];

    /// The label `result`, and what it means.
    pub(crate) const fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::Adopted => ("adopted", "wisp is in the pod, with the identities that its bindings name"),
            Self::Excepted => ("excepted", "an AzurePodIdentityException means the pod, which goes as it is"),
            Self::Skipped => {
                ("skipped", "wisp cannot serve the pod, which goes as it is, by `--skip-unsupported`")
            }
            Self::Unbound => ("unbound", "no AzureIdentityBinding selects the pod, which is refused"),
            Self::Malformed => {
                ("malformed", "an object that matters is malformed or missing, and the pod is refused")
            }
            Self::Unlisted => ("unlisted", "the objects could not be listed, and the pod is refused"),
            Self::Refused => ("refused", "the pod itself is refused, as `inject` refuses it"),
        }
    }

    /// Its position in [`Self::ALL`].
    pub(crate) fn index(self) -> usize {
        Self::ALL
            .iter()
            .position(|other| *other == self)
            .unwrap_or_default()
    }
}
