//! Calls of the functions of a script.

use crate::operator::identity::write::shell;

/// `name` with `words`, each in quotes.
pub(super) fn call(name: &str, words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| shell(word)).collect();
    format!("  {name} {}\n", words.join(" "))
}

/// `calls` under the condition that the namespace is meant; nothing where there are none.
pub(super) fn block(namespace: &str, calls: &str) -> String {
    if calls.is_empty() {
        return String::new();
    }
    format!("\nif namespace {}; then\n{calls}fi\n", shell(namespace))
}
