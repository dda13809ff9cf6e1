//! How one name is mistaken for another that is compared to the letter.

/// The longest texts that are compared letter by letter.
const LONGEST: usize = 600;

/// Whether `found` is `expected` but for a slash, capital letters, blanks, or one letter.
pub(super) fn is_near(found: &str, expected: &str) -> bool {
    found == expected || bare(found) == bare(expected) || is_one_edit(found, expected)
}

/// How `found` differs from `expected`, to follow its name.
pub(super) fn differs(found: &str, expected: &str) -> &'static str {
    let slashes = found.trim_end_matches('/') == expected.trim_end_matches('/');
    match (slashes, found.ends_with('/')) {
        (true, true) if found != expected => "has a slash at its end, and the other has none",
        (true, false) if found != expected => "lacks the slash at its end",
        _ if found.trim() == expected => "has blanks around it",
        _ if found.eq_ignore_ascii_case(expected) => "differs in capital letters",
        _ if is_one_edit(found, expected) => "differs in one letter",
        _ => "is another",
    }
}

fn bare(text: &str) -> String {
    text.trim().trim_end_matches('/').to_ascii_lowercase()
}

/// Whether one letter that is added, taken out or changed makes one text of the other.
fn is_one_edit(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let (short, long) = (short.as_bytes(), long.as_bytes());
    if long.len() > LONGEST || long.len() - short.len() > 1 || short == long {
        return false;
    }
    let same = short
        .iter()
        .zip(long)
        .take_while(|(one, other)| one == other)
        .count();
    let rest = long.get(same + 1..).unwrap_or_default();
    let skipped = if short.len() == long.len() { same + 1 } else { same };
    short.get(skipped..).unwrap_or_default() == rest
}

#[cfg(test)]
mod tests {
    use super::{differs, is_near};

    #[test]
    fn mistakes_are_told_from_other_names() {
        let of = |found: &str, expected: &str| (is_near(found, expected), differs(found, expected));
        assert_eq!(of("https://a/b", "https://a/b/"), (true, "lacks the slash at its end"));
        assert_eq!(
            of("https://a/b/", "https://a/b"),
            (true, "has a slash at its end, and the other has none")
        );
        assert_eq!(of("system:Shop", "system:shop"), (true, "differs in capital letters"));
        assert_eq!(of(" a:shop", "a:shop"), (true, "has blanks around it"));
        for near in ["a:shp", "a:shopp", "a:shap", "b:shop", ":shop", "a:shop2"] {
            assert_eq!(of(near, "a:shop"), (true, "differs in one letter"), "{near}");
        }
        for other in ["a:sh", "a:shoppp", "a:hsop", "a:", ""] {
            assert_eq!(of(other, "a:shop"), (false, "is another"), "{other}");
        }
        assert!(is_near("a", "a"));
    }
}
