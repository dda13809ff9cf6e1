//! The programs under test.

use wisp::emulator::Emulator;

pub(crate) const WISP: &str = env!("CARGO_BIN_EXE_wisp");
pub(crate) const WISPCTL: &str = env!("CARGO_BIN_EXE_wispctl");

/// What wisp has to know of `emulator`, as variables.
pub(crate) fn variables(emulator: &Emulator) -> Vec<(&'static str, String)> {
    let mut variables = emulator.environment();
    variables.retain(|(name, _)| name.starts_with("AZURE_") || *name == "SSL_CERT_FILE");
    variables
}
