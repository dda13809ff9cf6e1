//! What Azure knows of an identity: who it is, who may be it, and what it may do.

use std::fmt;

use super::{naming, roles::Role};
use crate::names::{ClientId, TenantId, is_guid};

/// The most federated credentials that one identity or app registration can hold.
pub(crate) const MAX_CREDENTIALS: usize = 20;

/// What separates the id of an identity from the name of a credential, in lower case.
const CREDENTIALS: &str = "/federatedidentitycredentials/";

/// An identity with everything that is to exist for it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct IdentityPlan {
    /// Who it is.
    pub principal: Principal,
    /// Its client id, where that is known: what is there by this name has to have it.
    pub client_id: Option<ClientId>,
    /// Its tenant.
    pub tenant: TenantId,
    /// Where it is to be made if it is missing; none when it has to be there already. Only for managed identities.
    pub location: Option<String>,
    /// The tags of an identity that is made, in the order of their names.
    pub tags: Vec<(String, String)>,
    /// Who may be it, in the order of their names. They are written one after the other: Azure refuses two writes at a time.
    pub credentials: Vec<FederatedCredential>,
    /// What it may do, and nothing else.
    pub roles: Vec<RoleAssignment>,
}

/// What a token is issued to.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Principal {
    /// A user-assigned managed identity.
    Managed(ManagedIdentity),
    /// An app registration, by its client id.
    Application(ClientId),
}

/// A user-assigned managed identity by its place in Azure.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct ManagedIdentity {
    /// The subscription's GUID, in lower case.
    pub subscription: String,
    /// The resource group.
    pub resource_group: String,
    /// The name.
    pub name: String,
}

/// Who may be an identity: tokens of this issuer for this subject and audience.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct FederatedCredential {
    /// Its name, unique within the identity.
    pub name: String,
    /// `iss` of the tokens, to the letter.
    pub issuer: String,
    /// Whose tokens.
    pub account: Account,
    /// `aud` of the tokens. Azure takes exactly one.
    pub audience: String,
}

/// A service account.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Account {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A right of an identity.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct RoleAssignment {
    /// What it may do.
    pub role: Role,
    /// Where: a resource id, beginning with a slash.
    pub scope: String,
}

/// A service account as a cluster is to have it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AnnotatedAccount {
    /// Its name.
    pub account: Account,
    /// The identity it is.
    pub principal: Principal,
    /// That identity's client id; Azure makes it up with the identity.
    pub client_id: Option<ClientId>,
    /// The identity's tenant.
    pub tenant: TenantId,
    /// Who answers for it.
    pub owner: Option<String>,
}

impl ManagedIdentity {
    /// The identity of a resource id. Dumps of clusters leave out the slash in front, and write the words in any case.
    pub(crate) fn parse(id: &str) -> Option<Self> {
        let segments: Vec<_> = id.trim_start_matches('/').split('/').collect();
        let &[first, subscription, second, resource_group, third, fourth, fifth, name] = segments.as_slice()
        else {
            return None;
        };
        let words = [first, second, third, fourth, fifth];
        let expected = [
            "subscriptions",
            "resourceGroups",
            "providers",
            "Microsoft.ManagedIdentity",
            "userAssignedIdentities",
        ];
        let is = words
            .iter()
            .zip(expected)
            .all(|(word, expected)| word.eq_ignore_ascii_case(expected))
            && is_guid(subscription)
            && naming::RESOURCE_GROUP.accepts(resource_group)
            && naming::IDENTITY.accepts(name);
        is.then(|| Self {
            subscription: subscription.to_ascii_lowercase(),
            resource_group: resource_group.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The identity that the federated credential of the resource id `id` belongs to.
    pub(crate) fn of_credential(id: &str) -> Option<Self> {
        let at = id.to_ascii_lowercase().find(CREDENTIALS)?;
        Self::parse(id.get(..at)?)
    }

    /// Its resource id.
    pub(crate) fn id(&self) -> String {
        let Self { subscription, resource_group, name } = self;
        format!(
            "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
        )
    }

    /// Whether both are one identity: Azure does not look at the case of names.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.id().eq_ignore_ascii_case(&other.id())
    }
}

impl Account {
    /// Whether Kubernetes takes `name` for a service account. The error is what it expects.
    pub(crate) fn check_name(name: &str) -> Result<(), &'static str> {
        if naming::ACCOUNT.accepts(name) { Ok(()) } else { Err(naming::ACCOUNT.expected) }
    }

    /// Whether Kubernetes takes `namespace` for a namespace. The error is what it expects.
    pub(crate) fn check_namespace(namespace: &str) -> Result<(), &'static str> {
        if naming::NAMESPACE.accepts(namespace) { Ok(()) } else { Err(naming::NAMESPACE.expected) }
    }

    /// `sub` of its tokens.
    pub(crate) fn subject(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.name)
    }
}

impl Principal {
    /// Whether both are one identity.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Managed(one), Self::Managed(two)) => one.is(two),
            (Self::Application(one), Self::Application(two)) => one == two,
            _ => false,
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Managed(identity) => {
                write!(f, "identity `{}` in resource group `{}`", identity.name, identity.resource_group)
            }
            Self::Application(client_id) => write!(f, "app registration `{}`", client_id.as_str()),
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}
