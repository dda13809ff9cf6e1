//! What an answer of wisp says.

use serde_json::Value;

use super::http::Message;

impl Message {
    /// The status of an answer.
    pub(crate) fn status(&self) -> u16 {
        let status = self.first.split(' ').nth(1);
        status
            .and_then(|status| status.parse().ok())
            .unwrap_or_else(|| panic!("no answer: {self:?}"))
    }

    /// The body; null if it is not JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// A text in the body; empty where there is none of this name.
    pub(crate) fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().into()
    }

    /// The explanation of an error.
    pub(crate) fn description(&self) -> String {
        self.text("error_description")
    }

    /// The `Retry-After`, in seconds.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        self.header("retry-after")
            .map(|value| value.parse().unwrap())
    }

    /// The token, if this is one.
    #[track_caller]
    pub(crate) fn granted(&self) -> String {
        assert_eq!(self.status(), 200, "{}", self.body);
        self.text("access_token")
    }
}
