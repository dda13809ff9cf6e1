//! Roles of Azure, and where they may be given.

use std::fmt;

use crate::names::is_guid;

/// A role.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Role {
    /// Its name; none for a role that was named by its id alone.
    pub name: Option<String>,
    /// Its GUID; none for a role of the tenant's own that was named by its name.
    pub id: Option<String>,
}

/// What a role would give away besides.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Power {
    /// What it is for.
    Plain,
    /// All of a resource, its keys included.
    Everything,
    /// The right to give rights.
    Grants,
}

/// Roles that Azure has in every tenant.
#[rustfmt::skip]
const BUILT_IN: [(&str, &str, Power); 26] = [
    ("AcrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d", Power::Plain),
    ("App Configuration Data Reader", "516239f1-63e1-4d78-a4de-a74fb236a071", Power::Plain),
    ("Azure Event Hubs Data Receiver", "a638d3c7-ab3a-418d-83e6-5f17a39d4fde", Power::Plain),
    ("Azure Event Hubs Data Sender", "2b629674-e913-4c01-ae53-ef4638d8f975", Power::Plain),
    ("Azure Service Bus Data Receiver", "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0", Power::Plain),
    ("Azure Service Bus Data Sender", "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39", Power::Plain),
    ("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c", Power::Everything),
    ("Cosmos DB Account Reader Role", "fbdf93bf-df7d-467e-a4d2-9458aa1360c8", Power::Plain),
    ("Key Vault Certificate User", "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba", Power::Plain),
    ("Key Vault Crypto User", "12338af0-0e69-4776-bea7-57ae8d297424", Power::Plain),
    ("Key Vault Reader", "21090545-7ca7-4776-b22c-e363652d74d2", Power::Plain),
    ("Key Vault Secrets User", "4633458b-17de-408a-b874-0445c86b69e6", Power::Plain),
    ("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", Power::Grants),
    ("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7", Power::Plain),
    ("Role Based Access Control Administrator", "f58310d9-a9f6-439a-9e8d-f62e25eb6bdd", Power::Grants),
    ("SQL DB Contributor", "9b7fa17d-e63e-47b0-bb0a-15c516ac86ec", Power::Plain),
    ("Storage Account Contributor", "17d1049b-9a84-46fb-8f53-869881c3d3ab", Power::Everything),
    ("Storage Blob Data Contributor", "ba92f5b4-2d11-453d-a403-e96b0029c9fe", Power::Plain),
    ("Storage Blob Data Reader", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", Power::Plain),
    ("Storage Queue Data Contributor", "974c5e8b-45b9-4653-ba55-5f855dd0fb88", Power::Plain),
    ("Storage Queue Data Message Processor", "8a0f0c08-91a1-4084-bc3d-661d67233fed", Power::Plain),
    ("Storage Queue Data Message Sender", "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a", Power::Plain),
    ("Storage Queue Data Reader", "19e7f393-937e-4f77-808e-94535e297925", Power::Plain),
    ("Storage Table Data Contributor", "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", Power::Plain),
    ("Storage Table Data Reader", "76199698-9eea-4c19-bc75-cec21354c6b6", Power::Plain),
    ("User Access Administrator", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", Power::Grants),
];

/// Resources that a claim can name in short: the word, their type, and roles that applications use with them.
pub(crate) const RESOURCES: [(&str, &str, &str); 8] = [
    ("appConfiguration", "Microsoft.AppConfiguration/configurationStores", "App Configuration Data Reader"),
    ("containerRegistry", "Microsoft.ContainerRegistry/registries", "AcrPull"),
    ("cosmosDb", "Microsoft.DocumentDB/databaseAccounts", "Cosmos DB Account Reader Role"),
    (
        "eventHubs",
        "Microsoft.EventHub/namespaces",
        "Azure Event Hubs Data Sender, Azure Event Hubs Data Receiver",
    ),
    (
        "keyVault",
        "Microsoft.KeyVault/vaults",
        "Key Vault Secrets User, Key Vault Certificate User, Key Vault Crypto User",
    ),
    (
        "serviceBus",
        "Microsoft.ServiceBus/namespaces",
        "Azure Service Bus Data Sender, Azure Service Bus Data Receiver",
    ),
    ("sqlServer", "Microsoft.Sql/servers", "SQL DB Contributor"),
    (
        "storage",
        "Microsoft.Storage/storageAccounts",
        "Storage Blob Data Reader, Storage Blob Data Contributor, Storage Queue Data Contributor",
    ),
];

impl Role {
    /// The role that `text` names: by its name, its GUID or the resource id of its definition.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let id = match text.rsplit_once("/roleDefinitions/") {
            Some((_, id)) => id,
            None => text,
        };
        if is_guid(id) {
            let id = id.to_ascii_lowercase();
            let name = BUILT_IN
                .iter()
                .find(|(_, known, _)| *known == id)
                .map(|(name, ..)| (*name).to_owned());
            return Ok(Self { name, id: Some(id) });
        }
        let is_name = (1..=128).contains(&text.len())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || " -_.()&/".contains(c))
            && text.trim() == text
            && id == text;
        if text.contains('*') || !is_name {
            return Err(
                "expected one role, by its name such as `Key Vault Secrets User` or by its GUID".to_owned()
            );
        }
        match BUILT_IN
            .iter()
            .find(|(known, ..)| known.eq_ignore_ascii_case(text))
        {
            Some((name, id, _)) => Ok(Self { name: Some((*name).to_owned()), id: Some((*id).to_owned()) }),
            None => Ok(Self { name: Some(text.to_owned()), id: None }),
        }
    }

    /// What it gives.
    pub(crate) fn power(&self) -> Power {
        let known = BUILT_IN
            .iter()
            .find(|(_, id, _)| self.id.as_deref() == Some(*id));
        known.map_or(Power::Plain, |(.., power)| *power)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            self.name
                .as_deref()
                .or(self.id.as_deref())
                .unwrap_or_default(),
        )
    }
}

/// How much of Azure a scope is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Breadth {
    /// One resource, or less.
    Resource,
    /// A resource group.
    ResourceGroup,
    /// A subscription.
    Subscription,
    /// A management group.
    ManagementGroup,
}

impl Breadth {
    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Resource => "one resource",
            Self::ResourceGroup => "a whole resource group",
            Self::Subscription => "a whole subscription",
            Self::ManagementGroup => "a management group",
        }
    }

    /// The breadth of `scope`, a resource id.
    pub(crate) fn of(scope: &str) -> Option<Self> {
        let ok = |text: &&str| {
            !text.is_empty()
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_.() ".contains(c))
        };
        let segments: Vec<_> = scope.strip_prefix('/')?.split('/').collect();
        if !segments.iter().all(ok) {
            return None;
        }
        let is = |index: usize, word: &str| {
            segments
                .get(index)
                .is_some_and(|s| s.eq_ignore_ascii_case(word))
        };
        if is(0, "providers")
            && is(1, "Microsoft.Management")
            && is(2, "managementGroups")
            && segments.len() == 4
        {
            return Some(Self::ManagementGroup);
        }
        let subscription = segments.get(1).is_some_and(|id| is_guid(id));
        if !is(0, "subscriptions") || !subscription {
            return None;
        }
        match segments.len() {
            2 => Some(Self::Subscription),
            4 if is(2, "resourceGroups") => Some(Self::ResourceGroup),
            // A provider, then pairs of types and names.
            count if count >= 8 && count % 2 == 0 && is(2, "resourceGroups") && is(4, "providers") => {
                Some(Self::Resource)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, Breadth, Power, RESOURCES, Role};

    #[test]
    fn the_tables_are_sorted_and_agree() {
        assert!(
            BUILT_IN.is_sorted_by_key(|(name, ..)| *name) && RESOURCES.is_sorted_by_key(|(word, ..)| *word)
        );
        for (_, _, hints) in RESOURCES {
            for role in hints.split(", ") {
                assert!(Role::parse(role).unwrap().id.is_some(), "{role}");
            }
        }
        let mut ids: Vec<_> = BUILT_IN.iter().map(|(_, id, _)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), BUILT_IN.len());
    }

    #[test]
    fn a_role_is_one_role() {
        let reader = Role::parse("storage blob data reader").unwrap();
        assert_eq!(Role::parse("2A2B9908-6EA1-4AE2-8E65-A410DF84E7D1").unwrap(), reader);
        assert_eq!(
            Role::parse(
                "/providers/Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
            ),
            Ok(reader)
        );
        assert_eq!(Role::parse("Orders Writer").unwrap().id, None);
        assert_eq!(Role::parse("owner").unwrap().power(), Power::Grants);
        for wrong in ["", "*", "Reader*", " Reader", "a'b", "$(id)", "/x/roleDefinitions/y"] {
            assert!(Role::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn scopes() {
        let subscription = "/subscriptions/33333333-3333-3333-3333-333333333333";
        let of = |rest: &str| Breadth::of(&format!("{subscription}{rest}"));
        assert_eq!(of(""), Some(Breadth::Subscription));
        assert_eq!(of("/resourceGroups/app"), Some(Breadth::ResourceGroup));
        assert_eq!(of("/resourcegroups/app/providers/Microsoft.KeyVault/vaults/kv"), Some(Breadth::Resource));
        assert_eq!(
            Breadth::of("/providers/Microsoft.Management/managementGroups/all"),
            Some(Breadth::ManagementGroup)
        );
        for wrong in ["", "/", "*", "/subscriptions/x", "/subscriptions"] {
            assert_eq!(Breadth::of(wrong), None, "{wrong}");
        }
        for wrong in
            ["/", "/resourceGroups", "/resourceGroups/*", "/resourceGroups/a/providers/P/vaults", "/x/y"]
        {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
