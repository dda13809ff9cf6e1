//! The names by which Bicep and Terraform call what they write, made from the names in Azure.

use crate::operator::identity::{
    digest::digest,
    model::{IdentityPlan, Principal, RoleAssignment},
};

/// A name for each of `plans`, in their order. None is there twice.
pub(super) fn of_identities(plans: &[IdentityPlan]) -> Vec<String> {
    let mut symbols: Vec<String> = Vec::new();
    for plan in plans {
        let plain = match &plan.principal {
            Principal::Managed(identity) => symbol(&identity.name),
            Principal::Application(client_id) => symbol(&format!("app_{}", client_id.as_str())),
        };
        // Names that differ only in what a symbol cannot have.
        let whole = match &plan.principal {
            Principal::Managed(identity) => identity.id(),
            Principal::Application(client_id) => client_id.as_str().to_owned(),
        };
        let is_taken = symbols.contains(&plain);
        symbols.push(if is_taken { format!("{plain}_{}", digest(&whole)) } else { plain });
    }
    symbols
}

/// A name for a role assignment of the identity `symbol`.
pub(super) fn of_role(identity: &str, assignment: &RoleAssignment) -> String {
    let role = symbol(&assignment.role.to_string());
    format!("{identity}_{role}_{}", digest(&assignment.scope.to_ascii_lowercase()))
}

/// `text` as a name: lower-case letters, digits and `_`.
pub(super) fn symbol(text: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let symbol: String = text.chars().map(letter).collect();
    if symbol.starts_with(|c: char| c.is_ascii_digit()) { format!("_{symbol}") } else { symbol }
}
