//! Key Vaults as Azure lists them: whom they let in, and from where.

use serde_json::Value;

use super::tree::{list, text};

/// What of a vault is looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Vault {
    /// Its resource id, in lower case.
    pub id: String,
    pub name: String,
    /// It takes roles, and no access policies; else the other way round.
    pub takes_roles: bool,
    /// The object ids that its access policies name, in lower case.
    pub policies: Vec<String>,
    /// Not everybody's network reaches it.
    pub is_closed: bool,
}

impl Vault {
    /// The vault that `object` is, as `az keyvault show` prints it.
    pub(super) fn read(object: &Value) -> Option<Self> {
        object.pointer("/properties/vaultUri")?;
        let is_disabled = text(object, "/properties/publicNetworkAccess").eq_ignore_ascii_case("Disabled");
        let denies = text(object, "/properties/networkAcls/defaultAction").eq_ignore_ascii_case("Deny");
        Some(Self {
            id: text(object, "/id").to_ascii_lowercase(),
            name: text(object, "/name").to_owned(),
            takes_roles: object.pointer("/properties/enableRbacAuthorization") == Some(&Value::Bool(true)),
            policies: list(object, "/properties/accessPolicies")
                .iter()
                .map(|policy| text(policy, "/objectId").to_ascii_lowercase())
                .collect(),
            is_closed: is_disabled || denies,
        })
    }
}
