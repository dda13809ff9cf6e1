//! Versions of programs, as far as it has to be known which is newer.

/// Whether `version` is `least` or newer. Versions that are no numbers are not.
pub(super) fn is_at_least(version: &str, least: &str) -> bool {
    match (numbers(version), numbers(least)) {
        (Some(version), Some(least)) => version >= least,
        _ => false,
    }
}

/// `v1.8.0-1` and `1.8.0 of its plugin` as 1, 8, 0.
fn numbers(text: &str) -> Option<Vec<u32>> {
    let text = text.trim_start_matches('v');
    let end = text
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(text.len());
    let (numbers, _) = text.split_at(end);
    numbers
        .split('.')
        .map(|number| number.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::is_at_least;

    #[test]
    fn versions_are_compared_by_numbers() {
        for newer in ["1.8.0", "v1.8.0", "1.10", "1.8.0-mcr", "2.0.0"] {
            assert!(is_at_least(newer, "1.8.0 of its plugin"), "{newer}");
        }
        for older in ["1.7.9", "v1.5.0", "latest", "", "main-1.9"] {
            assert!(!is_at_least(older, "1.8.0 of its plugin"), "{older}");
        }
        assert!(!is_at_least("9.0.0", "never"));
        assert!(!is_at_least("9.0.0", "as its chart"));
    }
}
