//! How a request names an identity, and why it gets none.

use crate::names::Resource;

/// How a request names the identity it wants. All comparisons ignore ASCII case.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Selection<'a> {
    /// It names none.
    Default,
    /// By client id.
    ClientId(&'a str),
    /// By object (principal) id.
    ObjectId(&'a str),
    /// By Azure resource id.
    ResourceId(&'a str),
}

/// Why a request gets no identity. The texts are those of the metadata service where it has one: clients match them.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum LookupError {
    /// No configured identity has that name.
    #[error("Identity not found")]
    Unknown,
    /// None was named, there are several, and there is no default.
    #[error(
        "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the \
         token request"
    )]
    Ambiguous,
    /// Tokens for this resource are not handed out here.
    #[error("The resource '{0}' is not among those that may be asked for here; add it to WISP_RESOURCES.")]
    Resource(Resource),
}
