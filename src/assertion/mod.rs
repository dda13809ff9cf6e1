//! The projected service-account token: read by path at each exchange, its claims peeked at to explain errors.
//!
//! wisp does not verify the token; Entra does. What is found here makes Entra's answer understandable.

mod claims;
mod file;

pub(crate) use claims::{Findings, Presented, TokenUse, human, odd_audience, too_long, wrong_issuer};
pub(crate) use file::{Assertion, TokenFile, TokenFileError, TokenFileErrorKind, version};
