//! The one line that a person reads when an exchange failed.

use crate::{
    assertion::{Findings, Presented},
    failure::{MAX_DESCRIPTION, one_line},
    jwt::Claims,
};

use super::text;

/// What a description is made of, in the order in which it reads.
#[derive(Default)]
pub(super) struct Description<'a> {
    /// The AADSTS number, so early that no truncation by a client loses it.
    pub(super) code: Option<u32>,
    /// What the other side said, already without its trailing identifiers.
    pub(super) message: String,
    /// What to do.
    pub(super) fix: &'a str,
    /// What is odd about the token.
    pub(super) findings: Option<&'a Findings>,
    /// The claims to hold against the federated credential.
    pub(super) presented: Option<&'a Claims>,
    /// Entra's trace id.
    pub(super) trace_id: Option<&'a str>,
    /// The correlation id.
    pub(super) correlation_id: Option<&'a str>,
}

/// As much of what Entra said as is always kept, in bytes: its first sentence names the part that did not match.
const MIN_MESSAGE: usize = 110;

impl Description<'_> {
    /// At most [`MAX_DESCRIPTION`] bytes on one line. The fix is always whole; what Entra said gives way first, then the
    /// identifiers, then the presented claims.
    pub(super) fn compose(&self) -> String {
        let code = self
            .code
            .map(|code| format!("AADSTS{code}: "))
            .unwrap_or_default();
        let message = sentence(&self.message);
        let fix = format!(" Fix: {}", self.fix);
        let mut budget = MAX_DESCRIPTION
            .saturating_sub(code.len() + fix.len())
            .saturating_sub(message.len().min(MIN_MESSAGE));
        let mut tail = String::new();
        for detail in self.optional_details() {
            let detail = one_line(&text::clean(&detail));
            if detail.len() < budget {
                budget -= detail.len() + 1;
                tail.push(' ');
                tail.push_str(&detail);
            }
        }
        let capacity = MAX_DESCRIPTION.saturating_sub(code.len() + fix.len() + tail.len());
        one_line(&format!("{code}{}{fix}{tail}", text::cut(&message, capacity)))
    }

    fn optional_details(&self) -> impl Iterator<Item = String> {
        let findings = self
            .findings
            .into_iter()
            .flat_map(Findings::iter)
            .map(str::to_owned);
        let presented = self.presented.map(|claims| Presented(claims).to_string());
        let trace = self.trace_id.map(|id| format!("Trace ID: {id}"));
        let correlation = self
            .correlation_id
            .map(|id| format!("Correlation ID: {id}"));
        findings.chain(presented).chain(trace).chain(correlation)
    }
}

/// What Entra said, without the number it starts with and the identifiers it ends with.
pub(super) fn essence(description: &str, code: Option<u32>) -> String {
    let mut message = description;
    for label in ["Trace ID:", "Correlation ID:", "Timestamp:"] {
        message = message.split(label).next().unwrap_or_default();
    }
    let prefix = code
        .map(|code| format!("AADSTS{code}:"))
        .unwrap_or_default();
    let message = message.trim();
    message
        .strip_prefix(&prefix)
        .unwrap_or(message)
        .trim()
        .to_owned()
}

/// `said` on one line, fit to be repeated, ended by a full stop.
fn sentence(message: &str) -> String {
    let mut line = text::clean(&one_line(message));
    if !line.is_empty() && !line.ends_with(['.', '!', '?', '…']) {
        line.push('.');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{Description, MAX_DESCRIPTION, essence};
    use crate::jwt::Claims;

    fn claims(length: usize) -> Claims {
        Claims {
            issuer: Some(format!("https://{}/", "i".repeat(length))),
            subject: Some("system:serviceaccount:shop:cart".into()),
            audiences: vec!["api://AzureADTokenExchange".into()],
            ..Claims::default()
        }
    }

    #[test]
    fn reads_as_one_line() {
        let message = essence(
            "AADSTS700213: No matching federated identity record found for presented assertion subject \
             'system:serviceaccount:shop:cart'. Trace ID: 1 Correlation ID: 2 Timestamp: 2026-01-01 00:00:00Z",
            Some(700213),
        );
        let line = Description {
            code: Some(700213),
            message,
            fix: "set the subject.",
            presented: Some(&claims(10)),
            trace_id: Some("1"),
            correlation_id: Some("2"),
            ..Description::default()
        }
        .compose();
        insta::assert_snapshot!(line, @"AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:shop:cart'. Fix: set the subject. Presented issuer 'https://iiiiiiiiii/', subject 'system:serviceaccount:shop:cart', audience 'api://AzureADTokenExchange'. Trace ID: 1 Correlation ID: 2");
    }

    #[test]
    fn what_was_said_gives_way_before_the_fix() {
        let fix = "f".repeat(230);
        let line = Description {
            code: Some(7002138),
            message: "s".repeat(140).replace("ssss", "sss ") + &"word ".repeat(2000),
            fix: &fix,
            presented: Some(&claims(600)),
            trace_id: Some("00000000-1111-2222-3333-444444444444"),
            correlation_id: Some("00000000-1111-2222-3333-444444444444"),
            ..Description::default()
        }
        .compose();
        assert!(line.len() <= MAX_DESCRIPTION, "{}", line.len());
        assert!(line.starts_with("AADSTS7002138: sss "), "{line}");
        assert!(line.contains(&format!("Fix: {fix}")), "{line}");
        assert!(line.contains("Presented issuer") && line.contains("Correlation ID: 0000"), "{line}");
    }

    #[test]
    fn strips_the_older_form_too() {
        assert_eq!(
            essence("AADSTS50027: JWT bad.\r\nTrace ID: 1\r\nCorrelation ID: 2", Some(50027)),
            "JWT bad."
        );
        assert_eq!(essence("AADSTS50027: JWT bad.", Some(7)), "AADSTS50027: JWT bad.");
        assert_eq!(essence("", None), "");
    }

    #[test]
    fn never_repeats_an_assertion() {
        let message = format!("got eyJhbGciOiJSUzI1NiJ9.{}.{}", "a".repeat(200), "b".repeat(340));
        let line = Description { message, fix: "x.", ..Description::default() }.compose();
        assert_eq!(line, "got [redacted]. Fix: x.");
    }
}
