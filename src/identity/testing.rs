//! Identities for tests.

use super::Entry;

/// A resource id.
pub(super) const ARM: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/api";

/// An identity whose client id begins with this digit.
pub(super) fn entry(name: &str, digit: char) -> Entry {
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
