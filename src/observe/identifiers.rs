//! Client ids as they may stand in logs.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use crate::names::ClientId;

/// How client ids are written to logs and metrics.
///
/// A client id is no secret, but many organisations treat it as an identifier that does not belong in shared logs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Identifiers {
    /// As they are.
    Full,
    /// As the first twelve hexadecimal digits of their SHA-256, which is enough to tell them apart and to check a guess:
    /// `printf %s "$AZURE_CLIENT_ID" | sha256sum | cut -c1-12`.
    Hashed,
}

impl Identifiers {
    /// `id` as it may be written.
    pub fn show(self, id: &ClientId) -> String {
        match self {
            Self::Full => id.to_string(),
            Self::Hashed => hash(id.as_str()),
        }
    }

    /// A client id or object id that somebody asked for, as it may be written. What has not the form of an id is hashed in
    /// any case: it may be anything, even a secret by mistake.
    pub fn show_asked(self, text: &str) -> String {
        text.parse()
            .map_or_else(|_| hash(text), |id| self.show(&id))
    }
}

/// `text`, which somebody else may have written, with every occurrence of `id` written as it is `shown`.
///
/// Entra names the client in what it says, and an application that asks for a token for itself has its id in the resource.
pub fn hide<'a>(text: &'a str, id: &ClientId, shown: &str) -> Cow<'a, str> {
    let id = id.as_str();
    // Changes no length: the positions found in one are those of the other.
    let lower = text.to_ascii_lowercase();
    if shown.eq_ignore_ascii_case(id) || !lower.contains(id) {
        return Cow::Borrowed(text);
    }
    let mut hidden = String::with_capacity(text.len());
    let mut rest = 0;
    for (at, found) in lower.match_indices(id) {
        hidden.push_str(text.get(rest..at).unwrap_or_default());
        hidden.push_str(shown);
        rest = at + found.len();
    }
    hidden.push_str(text.get(rest..).unwrap_or_default());
    Cow::Owned(hidden)
}

fn hash(text: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(text).into();
    let [first, second, third, fourth, fifth, sixth, ..] = digest;
    format!("{first:02x}{second:02x}{third:02x}{fourth:02x}{fifth:02x}{sixth:02x}")
}

#[cfg(test)]
mod tests {
    use super::{Identifiers, hide};

    #[test]
    fn hashes_can_be_checked_with_sha256sum() {
        let id = "aaaaaaaa-1111-2222-3333-444444444444".parse().unwrap();
        assert_eq!(Identifiers::Full.show(&id), "aaaaaaaa-1111-2222-3333-444444444444");
        insta::assert_snapshot!(Identifiers::Hashed.show(&id), @"61eef8f68895");
    }

    #[test]
    fn ids_in_texts_are_hidden_too() {
        let id = "aaaaaaaa-1111-2222-3333-444444444444".parse().unwrap();
        let text = "'AAAAAAAA-1111-2222-3333-444444444444' é api://aaaaaaaa-1111-2222-3333-444444444444";
        assert_eq!(hide(text, &id, "61eef8f68895"), "'61eef8f68895' é api://61eef8f68895");
        assert_eq!(hide(text, &id, &Identifiers::Full.show(&id)), text);
        assert_eq!(hide("nothing", &id, "61eef8f68895"), "nothing");
    }

    #[test]
    fn only_ids_are_written_in_full() {
        let id = "AAAAAAAA-1111-2222-3333-444444444444";
        assert_eq!(Identifiers::Full.show_asked(id), id.to_lowercase());
        assert_eq!(Identifiers::Hashed.show_asked(id), "61eef8f68895");
        assert_eq!(Identifiers::Full.show_asked("eyJ.secret"), Identifiers::Hashed.show_asked("eyJ.secret"));
        assert_eq!(Identifiers::Full.show_asked("eyJ.secret").len(), 12);
    }
}
