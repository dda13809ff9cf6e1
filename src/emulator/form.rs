//! `application/x-www-form-urlencoded` bodies and percent-encoded paths (WHATWG URL standard, section 5).

/// The fields of a form, in the order sent.
#[derive(Clone, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Parses a body or a query. Whatever it holds becomes some form: a broken escape stands for itself.
    pub(super) fn parse(text: &[u8]) -> Self {
        let pair = |part: &[u8]| {
            let at = part.iter().position(|b| *b == b'=').unwrap_or(part.len());
            let (name, value) = part.split_at(at);
            (decode(name, true), decode(value.get(1..).unwrap_or_default(), true))
        };
        Self(
            text.split(|b| *b == b'&')
                .filter(|part| !part.is_empty())
                .map(pair)
                .collect(),
        )
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

/// Decodes percent escapes, and `+` as a space where `plus_is_space`.
pub(super) fn decode(text: &[u8], plus_is_space: bool) -> String {
    let digit = |at: usize| text.get(at).and_then(|b| char::from(*b).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        at += 1;
        bytes.push(match (byte, digit(at), digit(at + 1)) {
            (b'%', Some(high), Some(low)) => {
                at += 2;
                u8::try_from(high * 16 + low).unwrap_or_default()
            }
            (b'+', ..) if plus_is_space => b' ',
            _ => *byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
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
        assert_eq!(decode(b"a+b%20c", false), "a+b c");
    }
}
