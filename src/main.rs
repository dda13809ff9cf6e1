//! `wisp`, the sidecar.

use std::process::ExitCode;

use wisp::{cli, settings::Env};

fn main() -> ExitCode {
    cli::wisp::main(std::env::args_os(), environment())
}

/// The process's environment. What is not UTF-8 is replaced, and then refused where it matters.
fn environment() -> Env {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads it")]
    let variables = std::env::vars_os();
    variables
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect()
}
