//! Paths of the metadata service.

use std::{str::FromStr, sync::Arc};

use super::InvalidName;

/// A path of the metadata service that is not about identities, in the one spelling that nobody reads in two ways: a slash
/// before each segment, and in a segment only letters, digits, `-` and `_`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MetadataPath(pub(super) Arc<str>);

/// The longest metadata path accepted, in bytes.
const MAX_PATH: usize = 512;

impl FromStr for MetadataPath {
    type Err = InvalidName;

    /// Repeated slashes and one at the end are dropped. Encoded characters, dots, backslashes and parameters of segments are
    /// no part of any path that the service has; one that has them is not such a path.
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        const EXPECTED: InvalidName =
            InvalidName("expected a plain path below /metadata, such as /metadata/instance");
        if text.len() > MAX_PATH || !text.starts_with('/') {
            return Err(EXPECTED);
        }
        let segments: Vec<_> = text.split('/').filter(|s| !s.is_empty()).collect();
        let is_plain = |segment: &&str| {
            segment
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        let [root, _, ..] = segments.as_slice() else { return Err(EXPECTED) };
        if !root.eq_ignore_ascii_case("metadata") || !segments.iter().all(is_plain) {
            return Err(EXPECTED);
        }
        if segments.iter().any(|s| s.eq_ignore_ascii_case("identity")) {
            return Err(InvalidName("identities are never passed on; expected another path below /metadata"));
        }
        Ok(Self(format!("/{}", segments.join("/")).into()))
    }
}

impl MetadataPath {
    /// The segments below `prefix`, if it is a prefix; case does not count.
    pub fn below(&self, prefix: &Self) -> Option<impl Iterator<Item = &str>> {
        let mut segments = self.segments();
        let is_prefix = prefix
            .segments()
            .all(|p| segments.next().is_some_and(|s| s.eq_ignore_ascii_case(p)));
        is_prefix.then_some(segments)
    }

    fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').skip(1)
    }
}

#[cfg(test)]
mod tests {
    use super::MetadataPath;

    #[test]
    fn metadata_paths_are_plain_and_not_about_identities() {
        for (given, kept) in [
            ("/metadata/instance", "/metadata/instance"),
            ("//Metadata///instance/compute/osDisk/", "/Metadata/instance/compute/osDisk"),
        ] {
            assert_eq!(given.parse::<MetadataPath>().unwrap().as_str(), kept);
        }
        for bad in [
            "",
            "/",
            "/metadata",
            "metadata/instance",
            "/other/instance",
            "/metadata/identity",
            "/metadata/IDENTITY/oauth2/token",
            "/metadata/instance/Identity",
            "/metadata/instance/../identity/oauth2/token",
            "/metadata/./identity",
            "/metadata/%69dentity",
            "/metadata/instance;x",
            "/metadata/instance\\..",
            "/metadata/instancé",
            "/metadata/instance?x",
        ] {
            assert!(bad.parse::<MetadataPath>().is_err(), "{bad}");
        }
    }

    #[test]
    fn prefixes_are_of_whole_segments() {
        let below = |path: &str, prefix: &str| -> Option<String> {
            let (path, prefix) = (path.parse::<MetadataPath>().unwrap(), prefix.parse().unwrap());
            path.below(&prefix)
                .map(|rest| rest.collect::<Vec<_>>().join("/"))
        };
        assert_eq!(
            below("/metadata/instance/compute/name", "/metadata/Instance").as_deref(),
            Some("compute/name")
        );
        assert_eq!(below("/metadata/instance", "/metadata/instance").as_deref(), Some(""));
        assert_eq!(below("/metadata/instances", "/metadata/instance"), None);
        assert_eq!(below("/metadata/instance", "/metadata/instance/compute"), None);
    }
}
