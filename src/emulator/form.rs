//! `application/x-www-form-urlencoded` bodies and percent-encoded paths (WHATWG URL standard, section 5).

use percent_encoding::percent_decode;
use url::form_urlencoded;

/// The fields of a form, in the order sent.
#[derive(Clone, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Parses a body or a query. Whatever it holds becomes some form: a broken escape stands for itself.
    pub(super) fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The first value of `name`, unless it is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    /// The first value of `name`, empty or not.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Decodes the percent escapes of a path.
pub(super) fn decode(text: &[u8]) -> String {
    percent_decode(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Form, decode};

    #[test]
    fn fields() {
        let form = Form::parse(b"scope=https%3A%2F%2Fvault.azure.net%2F.default&a=&b&a=2&c=x+y%2b%zz%4");
        assert_eq!(form.get("scope"), Some("https://vault.azure.net/.default"));
        assert_eq!(
            (form.raw("a"), form.get("a"), form.raw("b"), form.raw("d")),
            (Some(""), None, Some(""), None)
        );
        assert_eq!(form.get("c"), Some("x y+%zz%4"));
        assert_eq!(decode(b"a+b%20c"), "a+b c");
    }
}
