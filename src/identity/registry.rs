//! The configured identities and the rules for choosing one of them.

use std::{collections::HashMap, sync::Arc};

use super::{Learned, comparison::compared};
use crate::{
    exchange::Key,
    names::{Authority, ClientId, Resource, TenantId, is_guid},
};

/// One identity as it was configured.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The name it has in the configuration; shown in logs and errors.
    pub name: String,
    /// Its client id, the only name that Entra's federation knows.
    pub client_id: ClientId,
    /// The tenant it lives in.
    pub tenant: TenantId,
    /// Its object (principal) id, for clients that choose by it.
    pub object_id: Option<String>,
    /// Its Azure resource id (`/subscriptions/…/userAssignedIdentities/…`), for clients that choose by it.
    pub resource_id: Option<String>,
}

impl Entry {
    /// The fields, each with its value, by which a request could mean this one and `other`.
    pub fn shared_with<'a>(&'a self, other: &Self) -> impl Iterator<Item = (&'static str, &'a str)> {
        let fields = [
            ("client_id", Some(self.client_id.as_str()), Some(other.client_id.as_str())),
            ("object_id", self.object_id.as_deref(), other.object_id.as_deref()),
            ("resource_id", self.resource_id.as_deref(), other.resource_id.as_deref()),
        ];
        let same = |a: &str, b: Option<&str>| b.is_some_and(|b| compared(a) == compared(b));
        fields
            .into_iter()
            .filter_map(move |(field, own, others)| Some((field, own.filter(|own| same(own, others))?)))
    }
}

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
mod tests {
    use super::{Entry, LookupError, Registry, Rules, Selection};
    use crate::identity::Learned;
    use std::sync::Arc;

    const ARM: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/api";

    fn entry(name: &str, digit: char) -> Entry {
        Entry {
            name: name.into(),
            client_id: format!("{}-1111-2222-3333-444444444444", digit.to_string().repeat(8))
                .parse()
                .unwrap(),
            tenant: "contoso.com".parse().unwrap(),
            object_id: None,
            resource_id: None,
        }
    }

    fn rules(default: Option<&Entry>, resources: &[&str]) -> Rules {
        Rules {
            authority: "https://login.microsoftonline.com".parse().unwrap(),
            via_token_proxy: false,
            default: default.map(|e| e.client_id.clone()),
            resources: resources.iter().map(|r| r.parse().unwrap()).collect(),
        }
    }

    fn registry(entries: Vec<Entry>, rules: Rules) -> Registry {
        Registry::new(entries, rules, Arc::new(Learned::default()))
    }

    fn ask(registry: &Registry, selection: Selection<'_>) -> Result<String, LookupError> {
        let resource = "https://vault.azure.net".parse().unwrap();
        registry
            .resolve(&selection, &resource)
            .map(|identity| identity.entry.name.clone())
    }

    #[test]
    fn every_name_finds_its_identity_whatever_its_case() {
        let api =
            Entry { object_id: Some("0B1E".into()), resource_id: Some(ARM.into()), ..entry("api", 'a') };
        let registry = registry(vec![api, entry("batch", 'b')], rules(None, &[]));
        let upper = "AAAAAAAA-1111-2222-3333-444444444444";
        assert_eq!(ask(&registry, Selection::ClientId(upper)).unwrap(), "api");
        assert_eq!(ask(&registry, Selection::ObjectId("0b1e")).unwrap(), "api");
        assert_eq!(ask(&registry, Selection::ResourceId(&ARM.to_uppercase())).unwrap(), "api");
        for unknown in [Selection::ClientId("x"), Selection::ObjectId("x"), Selection::ResourceId("x")] {
            assert_eq!(ask(&registry, unknown), Err(LookupError::Unknown));
        }
    }

    #[test]
    fn a_request_that_names_none_gets_the_default() {
        let (api, batch) = (entry("api", 'a'), entry("batch", 'b'));
        let several = registry(vec![api.clone(), batch.clone()], rules(None, &[]));
        assert_eq!(ask(&several, Selection::Default), Err(LookupError::Ambiguous));
        let chosen = registry(vec![api, batch.clone()], rules(Some(&batch), &[]));
        assert_eq!(ask(&chosen, Selection::Default).unwrap(), "batch");
    }

    #[test]
    fn another_default_changes_nothing_else() {
        let (api, batch) = (entry("api", 'a'), entry("batch", 'b'));
        let several = registry(vec![api.clone(), batch.clone()], rules(Some(&api), &[]));
        let other = several.with_default(&batch.client_id);
        assert_eq!(ask(&other, Selection::Default).unwrap(), "batch");
        assert_eq!(ask(&several, Selection::Default).unwrap(), "api");
        assert_eq!(ask(&other, Selection::ClientId(api.client_id.as_str())).unwrap(), "api");
        let stranger = several.with_default(&entry("x", 'c').client_id);
        assert_eq!(ask(&stranger, Selection::Default), Err(LookupError::Ambiguous));
    }

    #[test]
    fn resources_can_be_allow_listed() {
        let registry = registry(
            vec![entry("api", 'a')],
            rules(Some(&entry("api", 'a')), &["https://vault.azure.net/", "api://App"]),
        );
        let allowed = |r: &str| {
            registry
                .resolve(&Selection::Default, &r.parse().unwrap())
                .is_ok()
        };
        for yes in ["https://vault.azure.net", "https://vault.azure.net//.default", "api://app/.default"] {
            assert!(allowed(yes), "{yes}");
        }
        for no in ["https://vault.azure.net.evil", "https://vault.azure.net/x", "api://ap"] {
            assert!(!allowed(no), "{no}");
        }
        let error = registry
            .resolve(&Selection::Default, &"https://graph.microsoft.com".parse().unwrap())
            .unwrap_err();
        insta::assert_snapshot!(error, @"The resource 'https://graph.microsoft.com' is not among those that may be asked for here; add it to WISP_RESOURCES.");
    }

    #[test]
    fn keys_are_those_of_all_identities_in_both_spellings() {
        let registry = registry(vec![entry("api", 'a'), entry("other", 'b')], rules(None, &[]));
        let mut keys: Vec<_> = registry
            .keys(&["https://vault.azure.net/".parse().unwrap(), "api://app/.default".parse().unwrap()])
            .into_iter()
            .map(|key| format!("{} {}", &key.client_id.as_str()[..1], key.resource))
            .collect();
        keys.sort();
        keys.dedup();
        insta::assert_snapshot!(keys.join("\n"), @"
        a api://app
        a api://app/
        a api://app/.default
        a https://vault.azure.net
        a https://vault.azure.net/
        b api://app
        b api://app/
        b api://app/.default
        b https://vault.azure.net
        b https://vault.azure.net/
        ");
    }

    #[test]
    fn entries_can_be_told_apart() {
        let api = Entry { resource_id: Some(ARM.into()), object_id: Some("ab".into()), ..entry("api", 'a') };
        let shared = |other: &Entry| {
            api.shared_with(other)
                .map(|(field, _)| field)
                .collect::<Vec<_>>()
        };
        assert_eq!(shared(&entry("api", 'b')), [""; 0]);
        let twin = Entry { object_id: Some("AB".into()), ..entry("twin", 'a') };
        assert_eq!(shared(&twin), ["client_id", "object_id"]);
        let slash = Entry { resource_id: Some(format!("{}/", ARM.to_lowercase())), ..entry("slash", 'b') };
        assert_eq!(shared(&slash), ["resource_id"]);
    }

    #[test]
    fn a_key_carries_the_cloud_and_the_tenant() {
        let api = entry("api", 'a');
        let rules = Rules { via_token_proxy: true, ..rules(Some(&api), &[]) };
        let registry = registry(vec![api], rules);
        let resource: crate::names::Resource = "api://x".parse().unwrap();
        let key = registry
            .resolve(&Selection::Default, &resource)
            .unwrap()
            .key(resource);
        assert_eq!(
            (key.authority.as_str(), key.tenant.as_str(), key.resource.as_str(), key.via_token_proxy),
            ("https://login.microsoftonline.com", "contoso.com", "api://x", true)
        );
    }
}
