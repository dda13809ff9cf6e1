//! Short digests, which tell names apart that would be the same or too long.

use sha2::{Digest as _, Sha256};

/// The first four bytes of the SHA-256 of `text`, in hexadecimal.
pub(crate) fn digest(text: &str) -> String {
    let [one, two, three, four, ..] = <[u8; 32]>::from(Sha256::digest(text));
    format!("{:08x}", u32::from_be_bytes([one, two, three, four]))
}
