//! The one table of checks. Reports, `--only` and `--ignore`, the page and the tests all come from it.
//!
//! Each row is a constant of its own, so that `wisp` links the rows that it names and no others.

pub(crate) mod pod;

/// What a check is about, in the order of the chain: what comes first is what the rest rests on.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Category {
    /// wisp's own settings and where they came from.
    Settings,
    /// The projected service-account token.
    TokenFile,
    /// The cluster's issuer, as Entra reads it.
    Issuer,
    /// The way to Entra: name, connection, proxy, certificate, authority, tenant, clock.
    Network,
    /// The exchange itself, for each identity.
    Exchange,
    /// What applications ask: listeners, guard, redirect, the node's own endpoint.
    Endpoint,
    /// The process: memory, limits, version.
    Process,
    /// What comes after the token: the resource's own answer.
    Resource,
}

impl Category {
    /// The category in reports and for `--only` and `--ignore`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::TokenFile => "token-file",
            Self::Issuer => "issuer",
            Self::Network => "network",
            Self::Exchange => "exchange",
            Self::Endpoint => "endpoint",
            Self::Process => "process",
            Self::Resource => "resource",
        }
    }
}

/// A check. Its id never changes its meaning.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Check {
    /// Its id, in lower case with hyphens.
    pub(crate) id: &'static str,
    /// What it is about.
    pub(crate) category: Category,
    /// What holds where it passes: the line after the mark.
    pub(crate) holds: &'static str,
    /// What to do where it does not hold, in one sentence, unless the check knows better.
    pub(crate) fix: &'static str,
}

/// Rows of a category: name, id, what holds, fix. Makes a constant of each, and `ALL` of all.
macro_rules! checks {
    ($($category:ident { $($name:ident $id:literal $holds:literal $fix:literal;)* })*) => {
        $($(
            #[doc = $holds]
            pub(crate) const $name: $crate::doctor::table::Check = $crate::doctor::table::Check {
                id: $id,
                category: $crate::doctor::table::Category::$category,
                holds: $holds,
                fix: $fix,
            };
        )*)*

        /// All of them, in the order in which they run.
        #[cfg(any(test, feature = "wispctl"))]
        pub(crate) const ALL: &[&$crate::doctor::table::Check] = &[$($(&$name,)*)*];
    };
}
pub(crate) use checks;

/// All checks of both doctors, in the order of the chain.
#[cfg(any(test, feature = "wispctl"))]
pub(crate) fn all() -> impl Iterator<Item = &'static Check> {
    pod::ALL.iter().copied()
}

/// Where the page says more about a check.
pub(crate) fn link(check: &Check) -> String {
    format!("docs/doctor.md#{}", check.id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::all;

    #[test]
    fn ids_are_unique_and_texts_are_short_single_lines() {
        let mut ids = BTreeSet::new();
        for check in all() {
            assert!(ids.insert(check.id), "{} stands twice", check.id);
            let is_id =
                |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
            assert!(check.id.chars().all(is_id), "{}", check.id);
            assert!(check.holds.len() <= 90 && !check.holds.ends_with('.'), "{}: {}", check.id, check.holds);
            assert!(
                check.fix.len() <= 230 && !check.fix.contains(['\n', '|']),
                "{}: {}",
                check.id,
                check.fix
            );
        }
    }
}
