//! Kinds of the user's own.

use std::fmt;

use super::template_path::TemplatePath;

/// A kind of the user's own and the way to its pod template, `KIND=PATH` or `KIND.GROUP=PATH`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Custom {
    pub(super) kind: String,
    pub(super) group: Option<String>,
    pub(super) template_path: TemplatePath,
}

impl Custom {
    /// Reads `KIND[.GROUP]=PATH`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let expected = || {
            format!(
                "`{text}`: expected KIND=PATH or KIND.GROUP=PATH, such as Rollout.argoproj.io=spec.template; in PATH, `key[*]` is \
                 each item of a list and `*` each key of a mapping"
            )
        };
        let (name, path) = text.split_once('=').ok_or_else(expected)?;
        let (kind, group) = match name.split_once('.') {
            Some((kind, group)) => (kind, Some(group.to_owned())),
            None => (name, None),
        };
        let template_path = TemplatePath::parse(path.trim_start_matches('.')).ok_or_else(expected)?;
        if kind.is_empty() {
            return Err(expected());
        }
        Ok(Self { kind: kind.to_owned(), group, template_path })
    }

    /// Whether it is about `kind`, which has its API group behind it where that is not Kubernetes' own.
    pub(crate) fn is_for(&self, kind: &str) -> bool {
        let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
        self.kind == kind
            && self
                .group
                .as_deref()
                .is_none_or(|expected| expected == group)
    }
}

/// As [`Custom::parse`] reads it.
impl fmt::Display for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = self.group.as_ref().map(|group| format!(".{group}"));
        write!(f, "{}{}={}", self.kind, group.unwrap_or_default(), self.template_path)
    }
}
