//! The kinds of faults, and whom they meet, as configuration and control path write them.

use serde::{Deserialize, Serialize};

use crate::emulator::errors;

/// The wait that Entra asks of throttled clients, in seconds.
const THROTTLE_SECONDS: u64 = 60;

/// More than any client should be willing to read.
const HUGE_BYTES: u64 = 16 * 1024 * 1024;

/// One way to go wrong.
///
/// The first group answers in place of the token endpoint; of these, the first that fits a request wins. The others bend
/// the endpoint's own answer and add up.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// Answers with this AADSTS error.
    Aadsts(u32),
    /// 429, plain text, `Retry-After`.
    Throttle {
        /// Seconds to wait; default 60.
        #[serde(default = "throttle_seconds")]
        retry_after_seconds: u64,
    },
    /// 503 `temporarily_unavailable` (AADSTS90033).
    Unavailable {
        /// Seconds to wait; without it the header is missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_seconds: Option<u64>,
    },
    /// Entra's backup service, which answers without an AADSTS number and by other headers.
    Backup {
        /// The status; default 500.
        #[serde(default = "server_error")]
        status: u16,
    },
    /// Takes the request and never answers.
    Hang,
    /// Resets the TCP connection.
    Reset,
    /// An HTML page, as gateways send.
    HtmlBody {
        /// The status; default 400.
        #[serde(default = "bad_request")]
        status: u16,
    },
    /// No body at all.
    EmptyBody {
        /// The status; default 404.
        #[serde(default = "not_found")]
        status: u16,
    },
    /// 200 and a JSON object that does not end soon.
    HugeBody {
        /// Its length; default 16 MiB.
        #[serde(default = "huge_bytes")]
        bytes: u64,
    },
    /// 307 to another place.
    Redirect {
        /// The place; default `/_emulator/redirected` on this emulator, where the request log shows who followed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<String>,
    },

    /// Answers this much later.
    Delay {
        /// How much.
        milliseconds: u64,
    },
    /// Sends the body in pieces, spread over this time.
    SlowBody {
        /// The time.
        milliseconds: u64,
    },
    /// Ends the connection in the middle of the body.
    TruncatedBody,
    /// `expires_in` and its like as JSON strings, as on old endpoints.
    StringNumbers,
    /// Line breaks before "Trace ID:" in descriptions, as Entra wrote them until 2023.
    OlderDescriptions,
    /// The older AADSTS70021 in place of 700211, 700212 and 700213.
    OlderMismatch,
    /// Sets the cookies that Entra sets. The request log shows whether one came back.
    Cookies,
    /// Entra's clock is this much ahead of the machine's (negative: behind).
    ClockOffset {
        /// How much.
        seconds: i64,
    },
    /// Entra keeps an issuer's key set for this long, and sees no newer key meanwhile (AADSTS7000272).
    MetadataCache {
        /// How long.
        seconds: u64,
    },
    /// A federated credential is not seen for a while, as just after it was made.
    Propagation {
        /// The credential's name.
        credential: String,
        /// How long, from the moment that the fault is set.
        seconds: u64,
        /// The error meanwhile; default 70021.
        #[serde(default = "generic_mismatch")]
        aadsts: u32,
    },
    /// A federated credential is seen by every second request only, as when Entra's nodes differ.
    Flapping {
        /// The credential's name.
        credential: String,
        /// The error in between; default 700213.
        #[serde(default = "subject_mismatch")]
        aadsts: u32,
    },
    /// An issuer's metadata cannot be fetched (AADSTS501661).
    IssuerUnreachable {
        /// The issuer's name.
        issuer: String,
    },
    /// An issuer's key set cannot be parsed (AADSTS900612).
    IssuerKeysBroken {
        /// The issuer's name.
        issuer: String,
    },
}

fn throttle_seconds() -> u64 {
    THROTTLE_SECONDS
}
fn huge_bytes() -> u64 {
    HUGE_BYTES
}
fn bad_request() -> u16 {
    400
}
fn server_error() -> u16 {
    500
}
fn not_found() -> u16 {
    404
}
fn generic_mismatch() -> u32 {
    70021
}
fn subject_mismatch() -> u32 {
    700213
}

impl FaultKind {
    /// Whether it answers in place of the endpoint.
    pub(super) fn is_answer(&self) -> bool {
        matches!(
            self,
            Self::Aadsts(_)
                | Self::Throttle { .. }
                | Self::Unavailable { .. }
                | Self::Backup { .. }
                | Self::Hang
                | Self::Reset
                | Self::HtmlBody { .. }
                | Self::EmptyBody { .. }
                | Self::HugeBody { .. }
                | Self::Redirect { .. }
        )
    }
}

/// A fault, and the requests that meet it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub fault: FaultKind,
    /// How many requests still meet it; without it, every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Only requests with this client id, in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Only requests with exactly this scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

impl From<FaultKind> for Fault {
    /// A fault for every request.
    fn from(fault: FaultKind) -> Self {
        Self { fault, requests: None, client_id: None, scope: None }
    }
}

impl Fault {
    /// The same for the next `requests` requests only.
    #[must_use]
    pub fn times(self, requests: u64) -> Self {
        Self { requests: Some(requests), ..self }
    }

    /// The same for one client id only.
    #[must_use]
    pub fn client(self, client_id: impl Into<String>) -> Self {
        Self { client_id: Some(client_id.into()), ..self }
    }

    /// The same for one scope only.
    #[must_use]
    pub fn scope(self, scope: impl Into<String>) -> Self {
        Self { scope: Some(scope.into()), ..self }
    }

    /// Whether its values can be used.
    pub fn check(&self) -> Result<(), String> {
        match &self.fault {
            FaultKind::Aadsts(code)
            | FaultKind::Propagation { aadsts: code, .. }
            | FaultKind::Flapping { aadsts: code, .. }
                if errors::find(*code).is_none() =>
            {
                let known: Vec<_> = errors::ROWS
                    .iter()
                    .map(|row| row.code.to_string())
                    .collect();
                Err(format!("AADSTS{code} is not known; known are {}", known.join(", ")))
            }
            FaultKind::HtmlBody { status }
            | FaultKind::EmptyBody { status }
            | FaultKind::Backup { status }
                if !(200..=599).contains(status) =>
            {
                Err(format!("status {status} is not in 200 to 599"))
            }
            _ => Ok(()),
        }
    }

    /// Whether it meets whoever asks.
    pub(super) fn fits_all(&self) -> bool {
        self.requests != Some(0) && self.client_id.is_none() && self.scope.is_none()
    }

    pub(super) fn fits(&self, client_id: &str, scope: &str) -> bool {
        self.requests != Some(0)
            && self
                .client_id
                .as_ref()
                .is_none_or(|id| id.eq_ignore_ascii_case(client_id))
            && self.scope.as_ref().is_none_or(|expected| expected == scope)
    }
}
