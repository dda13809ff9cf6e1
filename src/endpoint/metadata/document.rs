//! A fixed document for `/metadata/instance`, for clients that want to know their region and nothing more.

use bytes::Bytes;
use hyper::header::HeaderValue;
use serde_json::Value;

/// The longest document, in bytes. The real one has about 4 KiB.
const MAX_DOCUMENT: usize = 64 * 1024;

/// A JSON object, with everything below it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Document(Value);

/// A part of the document, as it is answered.
pub(in crate::endpoint) struct Found {
    pub(in crate::endpoint) content_type: HeaderValue,
    pub(in crate::endpoint) body: Bytes,
}

impl Document {
    /// Reads a JSON object, or says what was expected.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_DOCUMENT {
            return Err(format!("expected at most {} KiB", MAX_DOCUMENT / 1024));
        }
        match serde_json::from_str(text) {
            Ok(value @ Value::Object(_)) => Ok(Self(value)),
            Ok(_) => Err("expected a JSON object".into()),
            Err(error) => Err(format!("expected a JSON object: {error}")),
        }
    }

    /// What is at `steps` below the top: names of members, whose case does not count, and positions in lists. A plain value
    /// is text where that is asked for.
    pub(super) fn find<'a>(&self, steps: impl Iterator<Item = &'a str>, is_text: bool) -> Option<Found> {
        let mut value = &self.0;
        for step in steps {
            value = match value {
                Value::Object(members) => {
                    members
                        .iter()
                        .find(|(name, _)| name.eq_ignore_ascii_case(step))?
                        .1
                }
                Value::Array(items) => items.get(step.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        let (content_type, text) = match value {
            Value::String(text) if is_text => ("text/plain; charset=utf-8", text.clone()),
            value @ (Value::Number(_) | Value::Bool(_)) if is_text => {
                ("text/plain; charset=utf-8", value.to_string())
            }
            value => ("application/json; charset=utf-8", value.to_string()),
        };
        Some(Found { content_type: HeaderValue::from_static(content_type), body: text.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::Document;

    #[test]
    fn parts_are_found_by_name_and_position() {
        let text = r#"{"compute":{"location":"westeurope","n":1,"tagsList":[{"name":"a"}]},"network":{}}"#;
        let document = Document::parse(text).unwrap();
        let find = |path: &str, is_text| {
            let found = document.find(path.split('/').filter(|s| !s.is_empty()), is_text)?;
            Some(format!(
                "{} {}",
                found.content_type.to_str().unwrap(),
                std::str::from_utf8(&found.body).unwrap()
            ))
        };
        let json = "application/json; charset=utf-8";
        assert_eq!(find("", false).unwrap(), format!("{json} {text}"));
        assert_eq!(find("", true).unwrap(), format!("{json} {text}"));
        assert_eq!(find("Compute/Location", true).unwrap(), "text/plain; charset=utf-8 westeurope");
        assert_eq!(find("compute/location", false).unwrap(), format!("{json} \"westeurope\""));
        assert_eq!(find("compute/n", true).unwrap(), "text/plain; charset=utf-8 1");
        assert_eq!(find("compute/tagsList/0", false).unwrap(), format!("{json} {{\"name\":\"a\"}}"));
        for absent in ["other", "compute/tagsList/1", "compute/tagsList/x", "compute/location/x"] {
            assert_eq!(find(absent, false), None, "{absent}");
        }
    }

    #[test]
    fn the_template_of_the_page_is_a_document() {
        let page = include_str!("../../../docs/instance-metadata.md");
        let (_, template) = page.split_once("wisp.example/instance: |\n").unwrap();
        let (template, _) = template.split_once("spec:\n").unwrap();
        let document = Document::parse(template).unwrap();
        let location = document
            .find(["compute", "location"].into_iter(), true)
            .unwrap();
        assert_eq!(location.body, "westeurope");
    }

    #[test]
    fn only_an_object_will_do() {
        assert_eq!(Document::parse("[]").unwrap_err(), "expected a JSON object");
        assert!(
            Document::parse("{")
                .unwrap_err()
                .starts_with("expected a JSON object: EOF")
        );
        assert_eq!(Document::parse(&" ".repeat(70_000)).unwrap_err(), "expected at most 64 KiB");
    }
}
