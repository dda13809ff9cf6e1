//! One identity as it was configured.

use super::comparison::compared;
use crate::names::{ClientId, TenantId};

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

#[cfg(test)]
mod tests {
    use super::Entry;
    use crate::identity::testing::{ARM, entry};

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
}
