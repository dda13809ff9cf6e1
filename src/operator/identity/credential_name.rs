//! The names of federated credentials.

use super::{digest::digest, model::Account};

/// The name of a credential, the same whenever it is made for the same three things.
///
/// Azure refuses a second credential with the same issuer and subject whatever its name is, so a name that changed from run to run
/// would fail. What tells clusters apart is a digest, for issuers are longer than names may be.
pub(crate) fn credential_name(account: &Account, issuer: &str) -> String {
    /// The longest part of the name that people read, which leaves 9 for the digest.
    const READABLE: usize = 111;
    let readable: String = format!("{}-{}", account.namespace, account.name)
        .replace('.', "-")
        .chars()
        .take(READABLE)
        .collect();
    let digest = digest(&format!("{issuer}\n{}", account.subject()));
    format!("{readable}-{digest}")
}

#[cfg(test)]
mod tests {
    use super::credential_name;
    use crate::operator::identity::{model::Account, naming::CREDENTIAL};

    #[test]
    fn names_are_made_the_same_each_time_and_fit() {
        let account =
            |namespace: &str, name: &str| Account { namespace: namespace.into(), name: name.into() };
        let name = credential_name(&account("shop", "orders.v2"), "https://issuer.example/");
        insta::assert_snapshot!(name, @"shop-orders-v2-d6148b97");
        assert_ne!(name, credential_name(&account("shop", "orders-v2"), "https://issuer.example/"));
        assert_ne!(name, credential_name(&account("shop", "orders.v2"), "https://issuer.example"));
        let long = credential_name(&account(&"n".repeat(63), &"a".repeat(253)), "https://issuer.example/");
        assert!(long.len() == 120 && CREDENTIAL.accepts(&long), "{long}");
    }
}
