//! Files of claims, read one document after the other.

use std::{
    io::{BufReader, Read},
    path::PathBuf,
};

use super::input::input;
use crate::operator::{
    identity::{Cloud, Placed, claim},
    manifest::{LineDiagnostic, stream::Documents},
};

/// The claims of `files`, `-` being `stdin`, in `cloud` where they name no audience. The error is all that is wrong, each with its place.
pub(super) fn read(
    files: &[PathBuf],
    cloud: Cloud,
    mut stdin: impl Read,
) -> Result<Vec<Placed>, Vec<String>> {
    let mut claims = Vec::new();
    let mut wrong = Vec::new();
    for path in files {
        let before = (claims.len(), wrong.len());
        let (name, input) = input(path, &mut stdin);
        match input {
            Ok(input) => file(&name, input, cloud, &mut claims, &mut wrong),
            Err(error) => wrong.push(format!("{name}: cannot be opened: {error}")),
        }
        if before == (claims.len(), wrong.len()) {
            wrong.push(format!("{name}: there is no claim in it"));
        }
    }
    if wrong.is_empty() { Ok(claims) } else { Err(wrong) }
}

fn file(name: &str, input: impl Read, cloud: Cloud, claims: &mut Vec<Placed>, wrong: &mut Vec<String>) {
    for document in Documents::new(BufReader::new(input)) {
        let (first, text) = match document {
            Ok(document) => (document.line, document.text),
            Err(diagnostic) => {
                wrong.push(located(name, 1, &diagnostic));
                return;
            }
        };
        match claim::read_in(cloud, &text) {
            Ok(Some(claim)) => claims.push(Placed::new(name, first, claim)),
            Ok(None) => {}
            Err(diagnostics) => wrong.extend(
                diagnostics
                    .iter()
                    .map(|diagnostic| located(name, first, diagnostic)),
            ),
        }
    }
}

/// `diagnostic` with its place; its document begins on the line `first`.
fn located(name: &str, first: usize, diagnostic: &LineDiagnostic) -> String {
    let line = first + diagnostic.line.unwrap_or(1).saturating_sub(1);
    format!("{name}:{line}: {}", diagnostic.text)
}
