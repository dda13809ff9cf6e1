//! Which checks are wanted: `--only` and `--ignore`, by id or by category.

use super::table::Check;

/// Which checks are wanted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Choice {
    /// Ids and categories; none means all.
    pub(crate) only: Vec<String>,
    /// Ids and categories that are left out.
    pub(crate) ignore: Vec<String>,
}

impl Choice {
    /// Whether `check` is wanted.
    pub(crate) fn wants(&self, check: &Check) -> bool {
        let names = |list: &[String]| {
            list.iter()
                .any(|name| name == check.id || name == check.category.name())
        };
        (self.only.is_empty() || names(&self.only)) && !names(&self.ignore)
    }

    /// The first word that names none of `checks`.
    pub(crate) fn unknown<'a>(&'a self, checks: &[&Check]) -> Option<&'a str> {
        let is_unknown = |name: &&String| {
            !checks
                .iter()
                .any(|check| check.id == name.as_str() || check.category.name() == name.as_str())
        };
        self.only
            .iter()
            .chain(&self.ignore)
            .find(is_unknown)
            .map(String::as_str)
    }
}
