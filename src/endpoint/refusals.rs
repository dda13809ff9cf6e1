//! The words of refusals, so that they are known again where a client repeats them.

use super::{guard::MARKS, reason::Reason, request_error::RequestError};
use crate::{
    failure::BLANK,
    identity::LookupError,
    names::{InvalidName, Resource},
};

/// Each reason with a text of it; [`BLANK`] stands for what differs each time.
pub(crate) fn refusals() -> Vec<(Reason, String)> {
    let resource: Option<Resource> = BLANK.parse().ok();
    let lookups = resource.into_iter().flat_map(|resource| {
        [LookupError::Unknown, LookupError::Ambiguous, LookupError::Resource(resource.clone())]
            .map(|error| RequestError::Identity(error, resource.clone()))
    });
    let plain = [
        RequestError::MetadataHeader,
        RequestError::Secret(BLANK),
        RequestError::NoSecret,
        RequestError::Elsewhere,
        RequestError::Host,
        RequestError::ApiVersion,
        RequestError::ResourceMissing,
        RequestError::ResourceInvalid(InvalidName(BLANK)),
        RequestError::Duplicate,
        RequestError::Encoding,
        RequestError::TooLong,
        RequestError::NotAForm,
        RequestError::Form,
        RequestError::Loop,
        RequestError::NotServed,
        RequestError::NotInDocument,
        RequestError::UnknownPath,
        RequestError::Method(BLANK),
        RequestError::Crowded,
        RequestError::Starting,
        RequestError::Ending,
    ];
    let marked = MARKS.into_iter().map(RequestError::Marked);
    plain
        .into_iter()
        .chain(marked)
        .chain(lookups)
        .map(|refused| (refused.reason(), refused.description().into_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Reason, refusals};

    #[test]
    fn every_reason_has_its_words() {
        let words = refusals();
        for reason in Reason::ALL {
            assert!(words.iter().any(|(of, _)| of == reason), "{reason:?}");
        }
    }
}
