//! How new a token must be, when the one in the cache will not do.

use sha2::{Digest as _, Sha256};

use crate::token::Secret;

/// Which token whoever asks will take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Freshness {
    /// Any that is valid.
    Any,
    /// One from Entra instead of the cache, if that was not done a moment ago (`bypass_cache`, which Hadoop's client
    /// always sends).
    Newer,
    /// Any but the one with this hash, which an API has rejected (`token_sha256_to_refresh`).
    NotThis(TokenHash),
}

/// The SHA-256 of a token, by which it can be spoken of without being shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of `token`.
    pub(crate) fn of(token: &Secret) -> Self {
        Self(Sha256::digest(token.expose().as_bytes()).into())
    }

    /// Reads 64 hexadecimal digits; `None` for anything else.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let mut hash = [0; 32];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != hash.len() || !rest.is_empty() {
            return None;
        }
        for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
            let digit = |digit: &u8| char::from(*digit).to_digit(16);
            *byte = u8::try_from((digit(high)? << 4) | digit(low)?).ok()?;
        }
        Some(Self(hash))
    }
}

#[cfg(test)]
mod tests {
    use super::{Secret, TokenHash};

    #[test]
    fn hashes_are_read_as_they_are_computed() {
        // The example of FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let hash = TokenHash::of(&Secret::new("abc".into()));
        assert_eq!(TokenHash::from_hex(abc), Some(hash));
        assert_eq!(TokenHash::from_hex(&abc.to_uppercase()), Some(hash));
        assert_ne!(TokenHash::from_hex(&abc.replace('b', "c")), Some(hash));
        for bad in ["", "ba", &abc[1..], &format!("{abc}00"), &abc.replace('b', "g"), &abc.replace("ba", "é")]
        {
            assert_eq!(TokenHash::from_hex(bad), None, "{bad}");
        }
    }
}
