//! The one table of Entra's error numbers: what each means for wisp and what a person does about it.
//!
//! Answers, logs and the troubleshooting page are all made from it. Microsoft may change numbers at any time, so they only
//! refine what the HTTP status and the OAuth error have said already.

mod federation;
mod identity;
mod request;
mod resource;
mod service;

use std::time::Duration;

use crate::failure::{Category, Class};

/// What is known about one or several AADSTS numbers that mean the same.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The numbers.
    pub codes: &'static [u32],
    /// What can be done about it.
    pub class: Class,
    /// What it is about.
    pub category: Category,
    /// The OAuth error code to answer with.
    pub error: &'static str,
    /// What Entra means, in one short sentence.
    pub meaning: &'static str,
    /// What the operator does, in one sentence that follows "Fix:".
    pub fix: &'static str,
    /// The shortest wait that this calls for, where Entra names none or a shorter one.
    pub wait: Option<Duration>,
}

/// Rows that belong together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    /// The heading on the troubleshooting page, which a test writes.
    #[cfg_attr(not(any(test, feature = "wispctl")), expect(dead_code, reason = "only explained by wispctl"))]
    pub title: &'static str,
    /// The rows.
    pub rows: &'static [Row],
}

/// The whole table.
pub(crate) const GROUPS: [Group; 5] =
    [federation::GROUP, identity::GROUP, resource::GROUP, request::GROUP, service::GROUP];

/// The row of `code`, if it is known.
pub fn find(code: u32) -> Option<&'static Row> {
    GROUPS
        .iter()
        .flat_map(|group| group.rows)
        .find(|row| row.codes.contains(&code))
}

/// A row in the order in which the table reads best.
const fn row(
    codes: &'static [u32],
    class: Class,
    category: Category,
    error: &'static str,
    meaning: &'static str,
    fix: &'static str,
) -> Row {
    Row { codes, class, category, error, meaning, fix, wait: None }
}

impl Row {
    const fn at_least(self, wait: Duration) -> Self {
        Self { wait: Some(wait), ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{GROUPS, find};
    use crate::failure::Class;

    /// Every number that the table promises to know.
    const PROMISED: &[u32] = &[
        70021, 700211, 700212, 700213, 7002138, 7002137, 7002121, 70025, 700263, 7002206, 70023, 700024,
        700021, 700027, 7000272, 7000274, 7000277, 7000214, 1000502, 7000213, 700030, 50027, 90014, 5002723,
        5002727, 5002738, 50012, 50013, 500133, 501661, 90061, 50166, 900612, 700222, 700226, 700229, 700231,
        700236, 700223, 700238, 7002381, 700016, 700038, 7000229, 7000112, 70001, 700011, 1000031, 70052,
        100007, 90002, 900021, 900023, 90013, 90038, 900382, 900432, 900439, 50049, 50059, 50128, 9001023,
        50020, 50034, 70011, 1002012, 700022, 700023, 28002, 901002, 500011, 50001, 90009, 650052, 650057,
        501051, 50105, 65001, 53003, 53000, 53001, 53002, 530032, 530035, 500021, 500022, 900144, 7000216,
        7000218, 70003, 900561, 9002313, 90100, 90023, 700025, 7000215, 7000222, 240001, 240002, 90033,
        50033, 90006, 90012, 90024, 90090, 90055, 50196, 501621, 230109, 50000, 40010, 7002131, 700233,
        700234, 700237, 7002241, 700235, 700239, 7000226, 900440, 5000224, 5000225, 5000229,
    ];

    #[test]
    fn holds_every_promised_number_once() {
        let mut all = Vec::new();
        for row in GROUPS.iter().flat_map(|g| g.rows) {
            all.extend_from_slice(row.codes);
        }
        let unique: BTreeSet<u32> = all.iter().copied().collect();
        assert_eq!(unique.len(), all.len(), "a number stands twice");
        assert_eq!(unique, PROMISED.iter().copied().collect());
        assert_eq!(find(700213).map(|r| r.codes), Some([700213].as_slice()));
        assert!(find(7).is_none());
    }

    #[test]
    fn texts_are_short_single_lines_without_magic_words() {
        for row in GROUPS.iter().flat_map(|g| g.rows) {
            for (text, limit) in [(row.meaning, 120), (row.fix, 230)] {
                assert!(text.len() <= limit, "{:?}: {} bytes: {text}", row.codes, text.len());
                assert!(
                    text.ends_with('.') && !text.contains(['\n', '\r', '\t', '"', '|']),
                    "{:?}: {text}",
                    row.codes
                );
                assert!(!text.contains("  "), "{:?}: {text}", row.codes);
                let lower = text.to_lowercase();
                assert!(
                    !lower.contains("unreachable") && !lower.contains("identity not found"),
                    "{:?}",
                    row.codes
                );
            }
        }
    }

    #[test]
    fn retryable_classes_have_the_retryable_error() {
        for row in GROUPS.iter().flat_map(|g| g.rows) {
            let retryable = matches!(row.class, Class::Assertion | Class::Throttled | Class::Transient);
            assert_eq!(row.error == "temporarily_unavailable", retryable, "{:?}", row.codes);
        }
    }

    #[test]
    fn only_a_replaced_assertion_justifies_a_second_request() {
        let codes: Vec<u32> = GROUPS
            .iter()
            .flat_map(|g| g.rows)
            .filter(|row| row.class == Class::Assertion)
            .flat_map(|row| row.codes.iter().copied())
            .collect();
        assert_eq!(codes, [700024, 50027, 7000216, 7000218]);
    }
}
