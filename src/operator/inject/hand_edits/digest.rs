//! What was written, short enough for an annotation: of each single value four characters of a hash.

use std::collections::BTreeSet;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::leaves::Leaf;

/// Bytes of a hash that are kept. That a changed value looks like one of a hundred written ones has odds of 1 to 160,000.
const KEPT: usize = 3;
/// Characters of a hash.
const WIDTH: usize = 4;

/// The hashes of what was written.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(from = "String", into = "String")]
pub struct Digest(BTreeSet<String>);

impl Digest {
    /// Whether `leaf` was written.
    pub(super) fn has(&self, leaf: &Leaf) -> bool {
        self.0.contains(&hash(leaf))
    }
}

impl FromIterator<Leaf> for Digest {
    fn from_iter<I: IntoIterator<Item = Leaf>>(leaves: I) -> Self {
        Self(leaves.into_iter().map(|leaf| hash(&leaf)).collect())
    }
}

impl From<String> for Digest {
    fn from(text: String) -> Self {
        let characters: Vec<_> = text.chars().collect();
        Self(
            characters
                .chunks(WIDTH)
                .map(|hash| hash.iter().collect())
                .collect(),
        )
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0.into_iter().collect()
    }
}

fn hash(leaf: &Leaf) -> String {
    let mut hasher = Sha256::new();
    for step in std::iter::once(&leaf.item).chain(&leaf.path) {
        hasher.update(step);
        hasher.update([0]);
    }
    hasher.update(&leaf.value);
    let hash = hasher.finalize();
    BASE64_URL_SAFE_NO_PAD.encode(hash.get(..KEPT).unwrap_or_default())
}
