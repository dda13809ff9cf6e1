//! The configured identities and the rules for choosing one of them.

use std::{collections::HashMap, sync::Arc};

use super::{
    comparison::compared,
    entry::Entry,
    learned::Learned,
    selection::{LookupError, Selection},
};
use crate::{
    exchange::Key,
    names::{Authority, ClientId, Resource, is_guid},
};

/// Everything a [`Registry`] is built from besides the identities.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The Entra cloud of all identities.
    pub authority: Authority,
    /// Whether tokens are asked for through the cluster's token proxy (AKS identity bindings).
    pub via_token_proxy: bool,
    /// The identity of a request that names none.
    pub default: Option<ClientId>,
    /// The resources that tokens may be asked for. None listed means any.
    pub resources: Vec<Resource>,
}

/// An identity that may be asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Identity {
    /// What was configured.
    pub entry: Entry,
    /// The Entra cloud that issues its tokens.
    pub authority: Authority,
    /// Whether its tokens are asked for through the cluster's token proxy.
    pub via_token_proxy: bool,
}

impl Identity {
    /// What to ask the broker for.
    pub(crate) fn key(&self, resource: Resource) -> Key {
        Key {
            authority: self.authority.clone(),
            via_token_proxy: self.via_token_proxy,
            tenant: self.entry.tenant.clone(),
            client_id: self.entry.client_id.clone(),
            resource,
        }
    }
}

/// The identities that may be asked for. Immutable: new configuration makes a new one.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    by_client_id: HashMap<String, Arc<Identity>>,
    by_object_id: HashMap<String, Arc<Identity>>,
    by_resource_id: HashMap<String, Arc<Identity>>,
    default: Option<Arc<Identity>>,
    resources: Vec<Resource>,
    learned: Arc<Learned>,
}

impl Registry {
    /// Builds the registry of entries that share nothing with each other; names in `learned` fill in what they leave open.
    pub(crate) fn new(entries: Vec<Entry>, rules: Rules, learned: Arc<Learned>) -> Self {
        let Rules { authority, via_token_proxy, default, resources } = rules;
        let mut registry = Self {
            by_client_id: HashMap::with_capacity(entries.len()),
            by_object_id: HashMap::new(),
            by_resource_id: HashMap::new(),
            default: None,
            resources,
            learned,
        };
        for entry in entries {
            let identity = Arc::new(Identity { entry, authority: authority.clone(), via_token_proxy });
            let Entry { client_id, object_id, resource_id, .. } = &identity.entry;
            enter(&mut registry.by_client_id, client_id.as_str(), &identity);
            if let Some(object_id) = object_id {
                enter(&mut registry.by_object_id, object_id, &identity);
            }
            if let Some(resource_id) = resource_id {
                enter(&mut registry.by_resource_id, resource_id, &identity);
            }
        }
        registry.default = default.and_then(|id| registry.configured(id.as_str()));
        registry
    }

    /// The same, where requests that name no identity mean `client_id`; none if there is no such identity.
    #[must_use]
    pub(crate) fn with_default(&self, client_id: &ClientId) -> Self {
        Self { default: self.configured(client_id.as_str()), ..self.clone() }
    }

    /// The identity that `selection` names, if a token for `resource` may be asked for at all.
    pub(crate) fn resolve(
        &self,
        selection: &Selection<'_>,
        resource: &Resource,
    ) -> Result<Arc<Identity>, LookupError> {
        let identity = match *selection {
            Selection::Default => self.default.clone().ok_or(LookupError::Ambiguous)?,
            Selection::ClientId(id) => self.configured(id).ok_or(LookupError::Unknown)?,
            Selection::ObjectId(id) => self
                .by_object_id
                .get(&id.to_ascii_lowercase())
                .cloned()
                .or_else(|| self.learned_as(&self.learned.with_object_id(id)?, |e| e.object_id.is_none()))
                .ok_or(LookupError::Unknown)?,
            Selection::ResourceId(id) => self
                .by_resource_id
                .get(&compared(id))
                .cloned()
                .or_else(|| self.learned_as(&self.learned.with_resource_id(id)?, |e| e.resource_id.is_none()))
                .ok_or(LookupError::Unknown)?,
        };
        if !self.allows(resource) {
            return Err(LookupError::Resource(resource.clone()));
        }
        Ok(identity)
    }

    /// The identities that `selection` may turn out to name once a token has told the name: neither configuration nor a
    /// token has given them one of that kind yet. None when `resource` may not be asked for.
    pub(crate) fn candidates(&self, selection: &Selection<'_>, resource: &Resource) -> Vec<Arc<Identity>> {
        let is_open = |identity: &Identity| {
            let Entry { client_id, object_id, resource_id, .. } = &identity.entry;
            match selection {
                Selection::Default | Selection::ClientId(_) => false,
                Selection::ObjectId(id) => {
                    is_guid(id) && object_id.is_none() && !self.learned.knows_object_id_of(client_id)
                }
                Selection::ResourceId(id) => {
                    is_arm_id(id) && resource_id.is_none() && !self.learned.knows_resource_id_of(client_id)
                }
            }
        };
        if !self.allows(resource) {
            return Vec::new();
        }
        self.identities()
            .filter(|identity| is_open(identity))
            .cloned()
            .collect()
    }

    /// All identities, in no particular order.
    pub(crate) fn identities(&self) -> impl Iterator<Item = &Arc<Identity>> {
        self.by_client_id.values()
    }

    /// What may be asked of each identity for each of these resources, with and without a slash at the end as clients differ.
    pub(crate) fn keys(&self, resources: &[Resource]) -> Vec<Key> {
        let spellings = |resource: &Resource| {
            let bare = bare(resource);
            let other = [bare.to_owned(), format!("{bare}/")]
                .into_iter()
                .filter_map(|text| text.parse().ok());
            [resource.clone()].into_iter().chain(other)
        };
        self.identities()
            .flat_map(|identity| {
                resources
                    .iter()
                    .flat_map(spellings)
                    .map(|resource| identity.key(resource))
            })
            .collect()
    }

    /// The identity of a request that names none.
    pub(crate) fn default_identity(&self) -> Option<&Arc<Identity>> {
        self.default.as_ref()
    }

    fn configured(&self, client_id: &str) -> Option<Arc<Identity>> {
        self.by_client_id
            .get(&client_id.to_ascii_lowercase())
            .cloned()
    }

    /// A learned name counts only where configuration left that name `open`.
    fn learned_as(&self, client_id: &ClientId, open: fn(&Entry) -> bool) -> Option<Arc<Identity>> {
        self.configured(client_id.as_str())
            .filter(|identity| open(&identity.entry))
    }

    fn allows(&self, resource: &Resource) -> bool {
        self.resources.is_empty()
            || self
                .resources
                .iter()
                .any(|allowed| bare(allowed).eq_ignore_ascii_case(bare(resource)))
    }
}

/// Whether `id` has the form of an Azure resource id. Anything else names nothing that a token could tell.
fn is_arm_id(id: &str) -> bool {
    let start = id.trim_start_matches('/').split('/').next();
    start.is_some_and(|start| start.eq_ignore_ascii_case("subscriptions"))
}

/// What two spellings of one resource have in common: clients write it with and without a slash, or as a scope.
fn bare(resource: &Resource) -> &str {
    let text = resource.as_str();
    let text = text.strip_suffix("/.default").unwrap_or(text);
    text.strip_suffix('/').unwrap_or(text)
}

fn enter(map: &mut HashMap<String, Arc<Identity>>, id: &str, identity: &Arc<Identity>) {
    map.entry(compared(id))
        .or_insert_with(|| Arc::clone(identity));
}

#[cfg(test)]
mod tests;
