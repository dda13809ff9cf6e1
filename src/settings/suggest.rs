//! Guessing which setting was meant.

use super::key::{CONFIG, Key};

/// The longest name worth guessing at, in bytes. Bounds the work.
const MAX_NAME: usize = 64;

/// The one of `keys` whose name is nearest to `name`, if one is near enough to be meant.
///
/// `name` may be written as in the file, as a flag or as a variable.
pub(super) fn suggest_key(keys: &[&'static Key], name: &str) -> Option<&'static Key> {
    if name.len() > MAX_NAME {
        return None;
    }
    let plain = name
        .trim_start_matches('-')
        .to_ascii_lowercase()
        .replace('-', "_");
    let plain = plain.strip_prefix("wisp_").unwrap_or(&plain);
    let limit = (plain.len() / 3).max(1);
    keys.iter()
        .copied()
        .chain([&CONFIG])
        .map(|key| (distance(plain, key.name), key))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, key)| key)
}

/// The one of `words` that is nearest to `name`, if one is near enough to be meant.
pub fn suggest_word<'a>(name: &str, words: &[&'a str]) -> Option<&'a str> {
    let limit = (name.len().min(MAX_NAME) / 3).max(1);
    words
        .iter()
        .map(|word| (distance(&name.chars().take(MAX_NAME).collect::<String>(), word), *word))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// How many insertions, deletions and replacements of characters lead from `a` to `b` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (to, cell) in b.chars().zip(row.iter_mut().skip(1)) {
            let replaced = diagonal + usize::from(from != to);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::distance;
    use crate::settings::suggest;

    #[test]
    fn distances_are_counted() {
        for (a, b, steps) in
            [("", "", 0), ("abc", "", 3), ("", "abc", 3), ("kitten", "sitting", 3), ("log", "lgo", 2)]
        {
            assert_eq!(distance(a, b), steps, "{a} {b}");
        }
    }

    #[test]
    fn every_spelling_finds_its_setting() {
        let found = |name: &str| suggest(name).map(|key| key.name);
        assert_eq!(found("WISP_LISTN"), Some("listen"));
        assert_eq!(found("--clientid"), Some("client_id"));
        assert_eq!(found("WISP_TENANT_ID"), Some("tenant_id"));
        assert_eq!(found("requestBudget"), Some("request_budget"));
        assert_eq!(found("WISP_ADMIN_PORT"), None);
        assert_eq!(found(&"x".repeat(1000)), None);
    }
}
