//! The one table of checks. Reports, `--only` and `--ignore`, the page and the tests all come from it.
//!
//! Each row is a constant of its own, so that `wisp` links the rows that it names and no others.

#[cfg(feature = "wispctl")]
pub(crate) mod cluster;
pub(crate) mod pod;

/// What a check is about, in the order of the chain: what comes first is what the rest rests on.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Category {
    /// What manifests say: label, service account, identity, left-over variables.
    #[cfg(feature = "wispctl")]
    Manifest,
    /// Webhooks and policies that put what is needed into pods.
    #[cfg(feature = "wispctl")]
    Admission,
    /// The pod as it was made, and how it runs.
    #[cfg(feature = "wispctl")]
    Pod,
    /// What wisp wrote.
    #[cfg(feature = "wispctl")]
    Logs,
    /// What Azure has: issuer, federated credentials, roles.
    #[cfg(feature = "wispctl")]
    Azure,
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
            #[cfg(feature = "wispctl")]
            Self::Manifest => "manifest",
            #[cfg(feature = "wispctl")]
            Self::Admission => "admission",
            #[cfg(feature = "wispctl")]
            Self::Pod => "pod",
            #[cfg(feature = "wispctl")]
            Self::Logs => "logs",
            #[cfg(feature = "wispctl")]
            Self::Azure => "azure",
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
        pub(crate) const ALL: &[&$crate::doctor::table::Check] = &[$($(&$name,)*)*];
    };
}
pub(crate) use checks;

/// All checks of both doctors, in the order of the chain.
#[cfg(feature = "wispctl")]
pub(crate) fn all() -> impl Iterator<Item = &'static Check> {
    cluster::ALL.iter().chain(pod::ALL).copied()
}

/// The page with all checks.
const PAGE: &str = "docs/doctor.md";

/// Where the page says more about a check.
pub(crate) fn link(check: &Check) -> String {
    format!("{PAGE}#{}", check.id)
}

/// The page with all checks.
#[cfg(feature = "wispctl")]
pub(crate) const fn link_of_page() -> &'static str {
    PAGE
}

#[cfg(all(test, feature = "wispctl"))]
mod tests {
    use std::{collections::BTreeSet, fmt::Write as _};

    use super::{Check, all, cluster};
    use crate::observe::page::page_has;

    /// A section for each check, so that each has a place to be linked to.
    fn markdown<'a>(checks: impl Iterator<Item = &'a Check>) -> String {
        let mut text = String::new();
        for check in checks {
            let Check { id, category, holds, fix } = check;
            let category = category.name();
            let _ = writeln!(text, "\n#### {id}\n\nOf `{category}`: {holds}. If it does not: {fix}");
        }
        text
    }

    #[test]
    fn the_page_has_a_place_for_each_check_from_outside() {
        page_has("docs/doctor.md", "checks from outside", &markdown(cluster::ALL.iter().copied()));
    }

    #[test]
    fn the_page_has_a_place_for_each_check() {
        let checks = all().skip(cluster::ALL.len());
        page_has("docs/doctor.md", "checks of wisp", &markdown(checks));
    }

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
