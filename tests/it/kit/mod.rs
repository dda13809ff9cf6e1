//! What every suite needs: programs that run, HTTP byte by byte, servers, certificates, network namespaces.
//!
//! Nothing in it knows what is tested; what a suite says and expects stays with the suite.

pub(crate) mod answer;
pub(crate) mod client;
#[cfg(target_os = "linux")]
pub(crate) mod entra;
pub(crate) mod http;
#[cfg(target_os = "linux")]
pub(crate) mod namespace;
pub(crate) mod pki;
pub(crate) mod process;
pub(crate) mod programs;
mod record;
pub(crate) mod run;
pub(crate) mod server;
pub(crate) mod signal;
#[cfg(target_os = "linux")]
pub(crate) mod stub;
