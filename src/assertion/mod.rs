//! The projected service-account token: read by path at each exchange, its claims peeked at to explain errors.
//!
//! wisp does not verify the token; Entra does. What is found here makes Entra's answer understandable.

mod claims;
mod file;

pub use claims::{Findings, Presented, TokenUse, human};
pub use file::{Assertion, MAX_FILE, SETTING, TokenFile, TokenFileError, TokenFileErrorKind, version};
