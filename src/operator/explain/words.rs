//! Short words that mean something here: ids of checks, categories of failures.

use super::{Explanation, Kind, text::Text};
use crate::{
    doctor::table::{self, Check},
    failure::Category,
};

/// Each check whose id stands alone, in a link, or in a doctor's JSON.
pub(super) fn checks(text: &Text) -> Vec<Explanation> {
    let is_report = text.holds("categoryname");
    let explanation = |check: &'static Check| {
        let lines = text.lines_that(|line| {
            let after = |word: &str| {
                line.split(word)
                    .skip(1)
                    .any(|rest| first_word(rest) == check.id)
            };
            text.only_word() == Some(check.id) || after("doctor.md#") || (is_report && after("id:"))
        });
        (!lines.is_empty()).then(|| Explanation {
            kind: Kind::Check,
            title: format!("check {}", check.id),
            meaning: format!("It passes where this holds: {}.", check.holds),
            fix: check.fix.to_owned(),
            meanwhile: None,
            see: table::link(check),
            check: Some(check),
            lines,
        })
    };
    table::all().filter_map(explanation).collect()
}

/// Each category that a line of wisp's log names. Worth telling only where nothing says more.
pub(super) fn categories(text: &Text) -> Vec<Explanation> {
    let explanation = |category: Category| {
        let lines = text.lines_that(|line| {
            ["errorcategory", "category"].iter().any(|word| {
                line.split(word)
                    .skip(1)
                    .any(|rest| first_word(rest) == category.as_str())
            })
        });
        let (meaning, fix) = about(category);
        (!lines.is_empty()).then(|| Explanation {
            kind: Kind::Category,
            title: format!("category {}", category.as_str()),
            meaning: meaning.to_owned(),
            fix: fix.to_owned(),
            meanwhile: None,
            see: "docs/troubleshooting.md".to_owned(),
            check: None,
            lines,
        })
    };
    Category::ALL.into_iter().filter_map(explanation).collect()
}

/// The word at the beginning of what stands behind a name.
pub(super) fn first_word(rest: &str) -> &str {
    let value = rest.trim_start_matches([':', '=', ' ', '(']);
    value
        .split(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '-' | '_'))
        .next()
        .unwrap_or_default()
}

const EXCHANGE_LINE: &str =
    "Read the line operation=exchange with the same correlation_id, which has the description with its fix.";

const fn about(category: Category) -> (&'static str, &'static str) {
    match category {
        Category::Assertion => {
            ("The projected token is missing, unreadable, malformed or expired.", EXCHANGE_LINE)
        }
        Category::Client => {
            ("It is about the client id, its application or its service principal.", EXCHANGE_LINE)
        }
        Category::Configuration => (
            "It is about wisp's own settings.",
            "See wisp serve --print-config: every setting and where it came from.",
        ),
        Category::FederatedCredential => (
            "Issuer, subject, audience or signing keys do not match the federated identity credential.",
            EXCHANGE_LINE,
        ),
        Category::Network => ("wisp did not reach Entra: DNS, TCP, TLS or a proxy.", EXCHANGE_LINE),
        Category::Policy => (
            "A policy of the tenant refuses: Conditional Access, tenant restrictions, a role assignment or a consent.",
            EXCHANGE_LINE,
        ),
        Category::Request => {
            ("It is about the request itself.", "See the field reason, which says why in one word.")
        }
        Category::Resource => ("It is about the resource that the token was asked for.", EXCHANGE_LINE),
        Category::Service => {
            ("Entra has an outage, or answered with something else than Entra does.", EXCHANGE_LINE)
        }
        Category::Tenant => ("It is about the tenant, or the cloud it lives in.", EXCHANGE_LINE),
        Category::Throttling => ("Entra, or wisp's own limits, asked for fewer requests.", EXCHANGE_LINE),
        Category::Timeout => ("Entra did not answer in time.", EXCHANGE_LINE),
    }
}

#[cfg(test)]
mod tests {
    use super::{Explanation, Text, categories, checks, table};

    fn titles(found: impl Fn(&Text) -> Vec<Explanation>, text: &str) -> Vec<String> {
        found(&Text::of(text))
            .into_iter()
            .map(|found| found.title)
            .collect()
    }

    #[test]
    fn every_check_is_known_by_its_id() {
        for check in table::all() {
            let title = format!("check {}", check.id);
            for text in [
                check.id.to_owned(),
                format!("    see: docs/doctor.md#{}", check.id),
                format!(
                    "{{\"categories\":[{{\"categoryName\":\"x\",\n  \"checks\":[{{\"id\": \"{}\"}}]}}]}}",
                    check.id
                ),
            ] {
                assert_eq!(titles(checks, &text), [title.as_str()], "{text}");
            }
        }
        assert_eq!(titles(checks, r#"{"id":"memory"}"#), [""; 0], "of another program");
    }

    #[test]
    fn categories_are_known_by_their_field() {
        assert_eq!(titles(categories, r#"{"errorCategory":"network"}"#), ["category network"]);
        assert_eq!(
            titles(categories, r#"failure_total{category="throttling",aadsts="none"} 2"#),
            ["category throttling"]
        );
        assert_eq!(titles(categories, "the network category"), [""; 0]);
    }
}
