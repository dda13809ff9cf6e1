//! The API versions of the metadata service.

/// Every version the service is known to have, oldest first (Azure's page on the Instance Metadata Service).
const KNOWN: [&str; 35] = [
    "2017-03-01",
    "2017-04-02",
    "2017-08-01",
    "2017-10-01",
    "2017-12-01",
    IDENTITY_SINCE,
    "2018-04-02",
    "2018-10-01",
    "2019-02-01",
    "2019-03-11",
    "2019-04-30",
    "2019-06-01",
    "2019-06-04",
    "2019-08-01",
    "2019-08-15",
    "2019-11-01",
    "2020-06-01",
    "2020-07-15",
    "2020-09-01",
    "2020-10-01",
    "2020-12-01",
    "2021-01-01",
    "2021-02-01",
    "2021-03-01",
    "2021-05-01",
    "2021-08-01",
    "2021-10-01",
    "2021-11-01",
    "2021-11-15",
    "2021-12-13",
    "2023-07-01",
    "2023-11-15",
    "2024-03-15",
    "2024-07-17",
    "2025-04-07",
];

/// The version that brought managed identities.
const IDENTITY_SINCE: &str = "2018-02-01";

/// How many versions an error names.
const NEWEST: usize = 3;

/// Whether tokens can be asked for with `version`.
pub(super) fn has_identity(version: &str) -> bool {
    // Dates in this form sort as text.
    version >= IDENTITY_SINCE && is_known(version)
}

/// Whether the service has `version`.
pub(in crate::endpoint) fn is_known(version: &str) -> bool {
    KNOWN.contains(&version)
}

/// The newest versions, newest first.
pub(super) fn newest() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().rev().take(NEWEST).copied()
}

#[cfg(test)]
mod tests {
    use super::{KNOWN, has_identity, newest};

    #[test]
    fn versions_since_identities_exist() {
        for good in ["2018-02-01", "2019-08-01", "2021-02-01", "2025-04-07"] {
            assert!(has_identity(good), "{good}");
        }
        for bad in ["", "2017-12-01", "2018-02-02", "2999-01-01", "latest", "2018-02-01 "] {
            assert!(!has_identity(bad), "{bad}");
        }
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(KNOWN.is_sorted_by(|a, b| a < b));
        assert_eq!(newest().collect::<Vec<_>>(), ["2025-04-07", "2024-07-17", "2024-03-15"]);
    }
}
