//! Headers that only proxies and browsers send.

/// A header that tells who sent, or passed on, a request that no client of the metadata service sends.
#[derive(Debug, Eq, PartialEq)]
pub(in crate::endpoint) struct Mark {
    /// The header as it is usually spelt.
    pub(in crate::endpoint) shown: &'static str,
    /// What is wrong with it, after "The header X is not allowed".
    pub(in crate::endpoint) advice: &'static str,
}

/// How a request got here instead of directly.
const PROXY: &str = "; ask the metadata endpoint without a proxy.";
const BROWSER: &str = "; the metadata endpoint is not for browsers.";

/// The marks of proxies and browsers.
pub(super) static FORWARDED_FOR: Mark = Mark { shown: "X-Forwarded-For", advice: PROXY };
pub(super) static FORWARDED: Mark = Mark { shown: "Forwarded", advice: PROXY };
pub(super) static VIA: Mark = Mark { shown: "Via", advice: PROXY };
pub(super) static ORIGIN: Mark = Mark { shown: "Origin", advice: BROWSER };
pub(super) static FETCH_SITE: Mark = Mark { shown: "Sec-Fetch-Site", advice: BROWSER };

/// All of them.
#[cfg(feature = "wispctl")]
pub(in crate::endpoint) static MARKS: [&Mark; 5] = [&FORWARDED_FOR, &FORWARDED, &VIA, &ORIGIN, &FETCH_SITE];
