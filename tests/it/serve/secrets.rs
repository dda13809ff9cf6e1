//! Whether a secret was written.

/// Whether this is a JWT by its looks.
pub(crate) fn is_jwt(text: &str) -> bool {
    text.starts_with("eyJ") && text.split('.').count() == 3
}

/// What of `secrets` stands in `text`, whole or in part, or anything else that looks like a JWT.
pub(crate) fn leaked<'a>(text: &'a str, secrets: &'a [String]) -> Option<&'a str> {
    /// Shorter parts are no secret: every JWT of an algorithm starts the same.
    const TELLING: usize = 40;
    let secrets = secrets
        .iter()
        .flat_map(|secret| secret.split('.'))
        .filter(|secret| secret.len() >= TELLING);
    let known = secrets
        .into_iter()
        .find(|secret| text.contains(&secret[..TELLING]));
    let is_secret_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let alike = || {
        text.split(|c| !is_secret_char(c))
            .find(|word| word.contains("eyJ") && word.len() >= TELLING)
    };
    known.or_else(alike)
}

#[test]
fn a_leak_would_be_found() {
    let (payload, signature) = ("p".repeat(60), "s".repeat(60));
    let secrets = [format!("e30.{payload}.{signature}")];
    let found = |text: &str| leaked(text, &secrets).is_some();
    assert!(found(&format!("log: {payload}")) && found(&format!("{signature} is the signature")));
    assert!(found(&format!("x {} y", &payload[..50])));
    assert!(found(&format!("Bearer eyJ{}", "x".repeat(60))), "a token that nobody marked");
    assert!(!found("https://example/eyJ and nothing else") && !found(""));
}
