//! What wisp answers.

use serde_json::Value;

/// An answer to a request.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    head: String,
    pub(super) body: String,
}

impl Answer {
    /// Reads a whole answer, head and body.
    pub(super) fn parse(text: &str) -> Self {
        let (head, body) = text
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer: {text:?}"));
        let status = head.strip_prefix("HTTP/1.1 ").unwrap()[..3]
            .parse()
            .unwrap();
        Self { status, head: head.to_ascii_lowercase(), body: body.into() }
    }

    /// The body; null if it is not JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// A text in the body; empty where there is none of this name.
    pub(super) fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().into()
    }

    /// The explanation of an error.
    pub(super) fn description(&self) -> String {
        self.text("error_description")
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let of_name = |line: &'_ str| {
            line.split_once(": ")
                .is_some_and(|(known, _)| known == name)
        };
        let line = self.head.lines().find(|line| of_name(line))?;
        line.split_once(": ").map(|(_, value)| value)
    }

    /// The `Retry-After`, in seconds.
    pub(super) fn retry_after(&self) -> Option<u64> {
        self.header("retry-after")
            .map(|value| value.parse().unwrap())
    }

    /// The token, if this is one.
    #[track_caller]
    pub(super) fn granted(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.body);
        self.text("access_token")
    }
}
