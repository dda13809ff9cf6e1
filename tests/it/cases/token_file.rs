//! What stands in the file of the projected token.

use serde_json::{Map, json};
use wisp::clock::{Clock as _, System};

use super::{entra, format::TokenFile};

impl TokenFile {
    /// The content of the file: what is said of it, or a token as it would be now.
    pub(super) fn content(&self) -> Vec<u8> {
        if let Some(text) = &self.text {
            return text.clone().into_bytes();
        }
        if let Some(bytes) = &self.bytes {
            return bytes.clone();
        }
        if let Some(letters) = self.letters {
            return vec![b'a'; letters];
        }
        let now = System.wall().secs().cast_signed();
        let begins = now + self.begins.unwrap_or(-60);
        let mut claims = Map::from_iter([
            ("iss".to_owned(), json!("https://issuer.example/cluster/")),
            ("sub".to_owned(), json!("system:serviceaccount:shop:cart")),
            ("aud".to_owned(), json!(["api://AzureADTokenExchange"])),
            ("iat".to_owned(), json!(begins)),
            ("nbf".to_owned(), json!(begins)),
            ("exp".to_owned(), json!(now + self.ends.unwrap_or(3540))),
        ]);
        claims.extend(self.claims.clone());
        // As some tools write it, with a line end.
        let mark = format!("ASSERTION-{:x}-{:x}", fastrand::u64(..), fastrand::u64(..));
        format!("{}\n", entra::jwt(&claims, &mark)).into_bytes()
    }
}
