//! The links between a pod and a token by AKS identity bindings, and what to do where one is missing. What the token proxy says of
//! them is not documented, so its status decides, and its own words are repeated beside the fix.

use super::aadsts::Row;
use crate::failure::{Category, Class};

/// What a refusal by the token proxy amounts to.
pub(super) struct Refused {
    pub(super) category: Category,
    pub(super) error: &'static str,
    pub(super) fix: &'static str,
}

/// The statuses by which it refuses a request for good.
const REFUSED: [(u16, Refused); 3] = [
    (
        401,
        Refused {
            category: Category::Assertion,
            error: "invalid_client",
            fix: "project the token with the audience api://AKSIdentityBinding, for a service account of this cluster; the token proxy \
                  takes no other.",
        },
    ),
    (
        403,
        Refused {
            category: Category::Policy,
            error: "unauthorized_client",
            fix: "create an identity binding of this client id for the cluster (az aks identity-binding create), have its \
                  allowedSubjects, if it has any, select this service account, and bind the account to a ClusterRole with verb \
                  use-managed-identity on the client id in apiGroup cid.wi.aks.azure.com.",
        },
    ),
    (
        404,
        Refused {
            category: Category::Configuration,
            error: "invalid_request",
            fix: "check AZURE_KUBERNETES_TOKEN_PROXY, which the workload identity webhook knows; identity bindings do not work in \
                  clusters with API Server VNet Integration.",
        },
    ),
];

/// What to do where the token proxy is not reached. No HTTP proxy is on the way to it.
pub(super) const UNREACHED: &str = "check host and port in AZURE_KUBERNETES_TOKEN_PROXY, and let the pod reach them in its network \
                                    policy; identity bindings do not work in clusters with API Server VNet Integration.";

/// What to do about Entra's refusal of what the token proxy presents in the pod's name.
const CREDENTIAL: &str = "the token proxy presents the identity's federated credential aks-identity-binding, which AKS makes with the \
                          identity binding; where it is gone, delete the binding and create it again.";

/// What a refusal with this status amounts to, if the token proxy itself refuses so.
pub(super) fn refused(status: u16) -> Option<&'static Refused> {
    REFUSED
        .iter()
        .find_map(|(known, refused)| (*known == status).then_some(refused))
}

/// What to do instead of what a row of the catalogue says, which is about credentials for the pod's own token.
pub(super) fn fix(row: &Row) -> Option<&'static str> {
    let is_about_credentials = row.category == Category::FederatedCredential;
    (is_about_credentials && !matches!(row.class, Class::Transient | Class::Throttled)).then_some(CREDENTIAL)
}
