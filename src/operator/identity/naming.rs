//! The rules of Azure and Kubernetes for names.

/// A rule for names.
pub(crate) struct Rule {
    /// What is accepted, to follow the word "expected".
    pub expected: &'static str,
    accepts: fn(&str) -> bool,
}

impl Rule {
    /// Whether `name` keeps to the rule.
    pub(crate) fn accepts(&self, name: &str) -> bool {
        (self.accepts)(name)
    }
}

/// The name of a federated credential: `^[a-zA-Z0-9][a-zA-Z0-9-_]{2,119}$`.
pub(crate) const CREDENTIAL: Rule = Rule {
    expected: "3 to 120 letters, digits, `-` and `_`, the first of them a letter or a digit",
    accepts: |name| (3..=120).contains(&name.len()) && is_identifier(name),
};

/// The name of a user-assigned managed identity.
pub(crate) const IDENTITY: Rule = Rule {
    expected: "3 to 128 letters, digits, `-` and `_`, the first of them a letter or a digit",
    accepts: |name| (3..=128).contains(&name.len()) && is_identifier(name),
};

/// The name of a resource group.
pub(crate) const RESOURCE_GROUP: Rule = Rule {
    expected: "up to 90 letters, digits and any of `-_.()`, without a period at the end",
    accepts: |name| {
        (1..=90).contains(&name.len())
            && !name.ends_with('.')
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.()".contains(c))
    },
};

/// A region of Azure by its name.
pub(crate) const LOCATION: Rule = Rule {
    expected: "the name of a region without spaces, such as westeurope",
    accepts: |name| {
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    },
};

/// The name of a namespace: a DNS label.
pub(crate) const NAMESPACE: Rule = Rule {
    expected: "up to 63 lower-case letters, digits and `-`, as Kubernetes names namespaces",
    accepts: |name| name.len() <= 63 && is_label(name),
};

/// The name of a service account: a DNS name.
pub(crate) const ACCOUNT: Rule = Rule {
    expected: "up to 253 lower-case letters, digits, `-` and `.`, as Kubernetes names service accounts",
    accepts: |name| name.len() <= 253 && name.split('.').all(is_label),
};

/// The value of a tag, which also goes into shell scripts.
pub(crate) const TAG: Rule = Rule {
    expected: "up to 256 letters, digits, spaces and any of `-_.@/`",
    accepts: |text| {
        (1..=256).contains(&text.len())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.@/ ".contains(c))
    },
};

fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn is_label(label: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    label.starts_with(inner) && label.ends_with(inner) && label.chars().all(|c| inner(c) || c == '-')
}

#[cfg(test)]
mod tests {
    use super::{ACCOUNT, CREDENTIAL, LOCATION, NAMESPACE, RESOURCE_GROUP, Rule};

    #[test]
    fn rules() {
        let holds = |rule: &Rule, good: &[&str], bad: &[&str]| {
            assert!(good.iter().all(|name| rule.accepts(name)), "{good:?}");
            let accepted: Vec<_> = bad.iter().filter(|name| rule.accepts(name)).collect();
            assert!(accepted.is_empty(), "{accepted:?}");
        };
        let (most, more) = ("a".repeat(120), "a".repeat(121));
        holds(&CREDENTIAL, &["abc", "1-_", &most], &["ab", "-ab", "_ab", "a.b", "a b", "äbc", &more]);
        holds(&RESOURCE_GROUP, &["MC_a_b", "(x)"], &["", "a.", "a/b", "a'b"]);
        holds(&LOCATION, &["westeurope", "eastus2"], &["West Europe", ""]);
        holds(&NAMESPACE, &["shop", "a-1"], &["", "-a", "a.b", "Shop"]);
        holds(&ACCOUNT, &["orders", "a.b"], &["", "a..b", "a_b", "*"]);
    }
}
