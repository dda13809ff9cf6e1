//! Secrets, and the access token that Entra issues.

use std::{fmt, sync::Arc, time::Duration};

use zeroize::Zeroizing;

use crate::clock::UnixTime;

/// A text that must not be seen: an access token or an assertion.
///
/// `Debug` prints a fixed text, there is no `Display` and no `Serialize`, and the bytes are wiped when the last clone
/// goes. That is all it promises: copies made by TLS, HTTP buffers and rendered answers are out of its reach.
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Takes `text` into custody.
    pub fn new(text: String) -> Self {
        Self(Arc::new(Zeroizing::new(text)))
    }

    /// The secret itself. Every call is a place to look at in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Its length in bytes, which is no secret.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it is the empty text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// An access token as Entra issued it.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// The bearer token.
    pub secret: Secret,
    /// When it was asked for: the wall time just before the request was sent.
    pub requested_at: UnixTime,
    /// When it ends: `requested_at` plus `expires_in`, so that it is never taken for valid longer than it is.
    pub expires_at: UnixTime,
    /// How much longer it may be used in an outage, Entra's `ext_expires_in`; at least the ordinary lifetime.
    pub extended_lifetime: Duration,
    /// When Entra advises to ask again (`refresh_in`), if it said so.
    pub refresh_in: Option<Duration>,
    /// The `client-request-id` that was sent, by which Entra's sign-in log has the exchange.
    pub correlation_id: Option<Box<str>>,
}

impl Token {
    /// How long it lived when it was new.
    pub(crate) fn lifetime(&self) -> Duration {
        self.expires_at.saturating_since(self.requested_at)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::new("marked".into());
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)), "[redacted] Some(\n    [redacted],\n)");
        assert_eq!((secret.expose(), secret.len(), secret.is_empty()), ("marked", 6, false));
    }
}
