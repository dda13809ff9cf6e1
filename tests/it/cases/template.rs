//! Texts with placeholders: names for what a case cannot know beforehand, or had better not spell out.

use super::entra::Issued;

/// What the placeholders of a case stand for by now.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// `{dir}`: the folder with the token file and the settings.
    pub(super) dir: String,
    /// `{entra}`: host and port of the scripted Entra.
    pub(super) entra: String,
    /// `{wisp}`: host and port where tokens are asked for.
    pub(super) wisp: String,
    /// `{each}`: the present one of the request's list.
    pub(super) each: String,
    /// `{token}`: the token issued last; `{token_1}`: the first.
    pub(super) issued: Vec<Issued>,
    /// `{correlation_id}`: the `client-request-id` that Entra got last.
    pub(super) correlation_id: String,
}

/// One step of a comparison.
enum Segment<'a> {
    Text(&'a str),
    Value(String),
    Number,
    Uuid,
}

impl Known {
    /// `text` with everything filled in that is known.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        for (literal, segment) in self.segments(text) {
            match segment {
                Segment::Value(value) => filled.push_str(&value),
                Segment::Text(_) | Segment::Number | Segment::Uuid => filled.push_str(literal),
            }
        }
        filled
    }

    /// Compares `actual` with `template`. An error shows where they part.
    pub(super) fn compare(&self, template: &str, actual: &str) -> Result<(), String> {
        let mut rest = actual;
        let mut expected = String::new();
        for (literal, segment) in self.segments(template) {
            let length = match &segment {
                Segment::Text(text) => rest.starts_with(text).then_some(text.len()),
                Segment::Value(value) => rest.starts_with(value.as_str()).then_some(value.len()),
                Segment::Number => {
                    Some(rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len())
                        .filter(|length| *length > 0)
                }
                Segment::Uuid => rest
                    .get(..36)
                    .filter(|id| wisp::names::is_guid(id))
                    .map(str::len),
            };
            let filled = match segment {
                Segment::Value(value) => value,
                _ => literal.to_owned(),
            };
            let Some(length) = length else {
                let same = filled
                    .bytes()
                    .zip(rest.bytes())
                    .take_while(|(a, b)| a == b)
                    .count();
                let at = actual.len() - rest.len() + same;
                let template = self.fill(template);
                return Err(parted(&template, actual, &filled, at, same));
            };
            expected.push_str(&filled);
            rest = rest.get(length..).unwrap_or_default();
        }
        if rest.is_empty() {
            return Ok(());
        }
        Err(parted(&self.fill(template), actual, "(the end)", actual.len() - rest.len(), 0))
    }

    /// `template` in pieces, each as it is written and as what it stands for.
    fn segments<'a>(&self, template: &'a str) -> Vec<(&'a str, Segment<'a>)> {
        let mut segments = Vec::new();
        let mut start = 0;
        for (at, _) in template.match_indices('{') {
            let Some(end) = template[at..].find('}').map(|length| at + length + 1) else { break };
            let Some(segment) = self.placeholder(&template[at + 1..end - 1]) else { continue };
            segments.push((&template[start..at], Segment::Text(&template[start..at])));
            segments.push((&template[at..end], segment));
            start = end;
        }
        segments.push((&template[start..], Segment::Text(&template[start..])));
        segments
    }

    fn placeholder<'a>(&self, name: &str) -> Option<Segment<'a>> {
        let token = |issued: Option<&Issued>| {
            Segment::Value(
                issued.map_or_else(|| "(no token was issued)".into(), |issued| issued.token.clone()),
            )
        };
        Some(match name {
            "dir" => Segment::Value(self.dir.clone()),
            "entra" => Segment::Value(self.entra.clone()),
            "wisp" => Segment::Value(self.wisp.clone()),
            "each" => Segment::Value(self.each.clone()),
            "correlation_id" => Segment::Value(self.correlation_id.clone()),
            "token" => token(self.issued.last()),
            "expires_in" | "expires_on" | "ext_expires_in" | "not_before" | "number" => Segment::Number,
            "uuid" => Segment::Uuid,
            _ if name.starts_with("letters_") => {
                Segment::Value("x".repeat(name["letters_".len()..].parse().ok()?))
            }
            _ => {
                let (what, n) = name.rsplit_once('_')?;
                let issued = self.issued.get(n.parse::<usize>().ok()?.checked_sub(1)?);
                match what {
                    "token" => token(issued),
                    "sha256" => Segment::Value(issued.map(Issued::sha256).unwrap_or_default()),
                    _ => return None,
                }
            }
        })
    }
}

fn parted(expected: &str, actual: &str, filled: &str, at: usize, same: usize) -> String {
    let excerpt = |text: &str, from: usize| {
        let from = (0..=from.min(text.len()))
            .rev()
            .find(|i| text.is_char_boundary(*i))
            .unwrap_or_default();
        text[from..].chars().take(60).collect::<String>()
    };
    format!(
        "\n  expected: {expected}\n  found:    {actual}\n  they part at byte {at}: expected {:?}, found {:?}",
        excerpt(filled, same),
        excerpt(actual, at)
    )
}

#[cfg(test)]
mod tests {
    use super::Known;

    #[test]
    fn fills_and_compares() {
        assert_eq!(Known::default().fill("a{letters_3}{letters_x}"), "axxx{letters_x}");
        let known = Known { dir: "/tmp/x".into(), ..Known::default() };
        assert_eq!(known.fill(r#"{"a":"{dir}/y{number}"}"#), r#"{"a":"/tmp/x/y{number}"}"#);
        let template = r#"{"in":"{expires_in}","at":"{dir}","id":"{uuid}"}"#;
        let id = "11111111-2222-3333-4444-555555555555";
        let good = format!(r#"{{"in":"42","at":"/tmp/x","id":"{id}"}}"#);
        assert_eq!(known.compare(template, &good), Ok(()));
        for wrong in ["\"42\"", "/tmp/x", id, "}"] {
            let bad = good.replace(wrong, "!");
            assert!(known.compare(template, &bad).is_err(), "{bad}");
        }
        let difference = known.compare("abc{number}d", "abc1e").unwrap_err();
        assert!(difference.contains(r#"they part at byte 4: expected "d", found "e""#), "{difference}");
        assert!(
            known
                .compare("abc", "abcd")
                .unwrap_err()
                .contains("(the end)")
        );
    }
}
