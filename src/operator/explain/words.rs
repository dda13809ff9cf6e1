//! Short words that mean something here: exit codes, ids of checks, categories of failures.

use super::{Explanation, Kind, text::Text};
use crate::{
    doctor::table::{self, Check},
    failure::Category,
};

/// An exit code: the number, what it means, what to do.
pub(crate) struct ExitCode {
    /// The number.
    pub(crate) code: u8,
    /// What it means.
    pub(crate) meaning: &'static str,
    /// What to do.
    pub(crate) fix: &'static str,
}

/// The exit codes of both programs that mean more than that something failed. Most are those of `wisp redirect`, which the
/// container `wisp-init` runs.
pub(crate) const EXIT_CODES: [ExitCode; 8] = [
    exit(
        64,
        "Arguments or configuration are wrong; for wisp redirect also: the pod's network is not known.",
        "Do what the message says; wisp serve --check and wisp serve --print-config show the settings and where they came from.",
    ),
    exit(
        69,
        "The kernel lacks what nftables needs, and what the other way needs.",
        "Inject with the mode env or http-proxy, which need nothing of the kernel.",
    ),
    exit(
        71,
        "The kernel refuses the redirect for another reason, which the message has.",
        "Try the other --mode of wisp redirect, or inject with the mode env or http-proxy.",
    ),
    exit(
        72,
        "The image lost the capability on its file.",
        "Copy the image with a tool that keeps extended attributes, or run the init container alone as user 0.",
    ),
    exit(
        73,
        "wisp could not listen: the port is taken, or privileged.",
        "Start the sidecar after wisp redirect, not before it; choose a free port by --port and WISP_LISTEN; set the sysctl net.ipv4.ip_unprivileged_port_start to 80 for the way lo.",
    ),
    exit(
        76,
        "The redirect was made, could not be proven, and was removed again.",
        "Look for a rule that comes first, by nft list ruleset in the pod's network namespace; --mode auto may find another way.",
    ),
    exit(
        77,
        "The capability NET_ADMIN is missing, or a profile forbids to use it.",
        "Add NET_ADMIN to the init container with the seccomp profile RuntimeDefault, or inject with the mode env or http-proxy.",
    ),
    exit(
        78,
        "The pod uses the network of its node, where a redirect would take the metadata service away from all.",
        "Take hostNetwork out of the pod, or inject with the mode env or http-proxy.",
    ),
];

const fn exit(code: u8, meaning: &'static str, fix: &'static str) -> ExitCode {
    ExitCode { code, meaning, fix }
}

/// Words before an exit code, where nothing else can be meant.
const BEFORE_CODES: [&str; 6] =
    ["exit code", "exitcode", "exit_code", "exit status", "exited with code", "exited with"];

/// Each exit code that `text` holds.
pub(super) fn exit_codes(text: &Text) -> Vec<Explanation> {
    let explanation = |exit: &ExitCode| {
        let code = exit.code.to_string();
        let lines = text.lines_that(|line| {
            text.only_word() == Some(code.as_str())
                || BEFORE_CODES.iter().any(|before| {
                    line.split(before)
                        .skip(1)
                        .any(|rest| first_word(rest) == code)
                })
        });
        (!lines.is_empty()).then(|| Explanation {
            kind: Kind::ExitCode,
            title: format!("exit code {code}"),
            meaning: exit.meaning.to_owned(),
            fix: exit.fix.to_owned(),
            meanwhile: None,
            see: "docs/redirect.md#exit-codes".to_owned(),
            check: None,
            lines,
        })
    };
    EXIT_CODES.iter().filter_map(explanation).collect()
}

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
fn first_word(rest: &str) -> &str {
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
    use super::{EXIT_CODES, Explanation, Text, categories, checks, exit_codes, table};

    fn titles(found: impl Fn(&Text) -> Vec<Explanation>, text: &str) -> Vec<String> {
        found(&Text::of(text))
            .into_iter()
            .map(|found| found.title)
            .collect()
    }

    #[test]
    fn exit_codes_are_known_as_kubernetes_and_shells_tell_them() {
        for exit in EXIT_CODES {
            let code = exit.code;
            for text in [
                format!("{code}"),
                format!("      Exit Code:    {code}"),
                format!(r#"{{"terminated":{{"exitCode":{code},"reason":"Error"}}}}"#),
                format!("wisp-init exited with code {code}"),
                format!("command terminated with exit status {code}"),
            ] {
                assert_eq!(titles(exit_codes, &text), [format!("exit code {code}")], "{text}");
            }
        }
        assert_eq!(titles(exit_codes, "Exit Code: 770"), [""; 0]);
        assert_eq!(titles(exit_codes, "took 77 ms"), [""; 0]);
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
