//! What is said of failures, for those who read it elsewhere: the words by which it is known again, and what wisp does meanwhile.

use super::{
    token_proxy,
    transport_error::{Destination, TransportError},
};
use crate::failure::{BLANK, Class};

/// What wisp does about a failure of this class, in a word or two and in a sentence.
pub(crate) const fn behaviour(class: Class) -> (&'static str, &'static str) {
    match class {
        Class::Permanent => ("refuses", "answers 400; nothing changes until someone changes configuration."),
        Class::Propagation => (
            "waits, then refuses",
            "answers 503 in the first minutes, while the change may still be spreading through Entra, and 400 afterwards; it \
             keeps asking now and then.",
        ),
        Class::Assertion => (
            "reads again",
            "answers 503, reads the token file again for each attempt, and tries at once when the file was replaced.",
        ),
        Class::Throttled => ("pauses", "answers 429 and sends Entra nothing for as long as Entra asks."),
        Class::Transient => ("retries", "answers 503 and tries again at growing intervals."),
    }
}

/// Each sentence about the way to Entra, with its fix after "Fix:"; [`BLANK`] stands for what differs each time.
pub(crate) fn transport_sentences() -> Vec<String> {
    let to = |proxy, setting| Destination { host: BLANK, proxy, setting };
    let mut sentences = Vec::new();
    for destination in [
        to(None, "AZURE_AUTHORITY_HOST"),
        to(Some(BLANK), "AZURE_AUTHORITY_HOST"),
        to(None, token_proxy::PROXY),
    ] {
        for error in TransportError::named() {
            let sentence = error.failure(destination, "").description;
            let sentence = sentence
                .trim_end_matches(" Correlation ID:")
                .replace("REASON", BLANK);
            if !sentences.contains(&sentence) {
                sentences.push(sentence);
            }
        }
    }
    sentences
}
