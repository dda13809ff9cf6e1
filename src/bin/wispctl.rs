//! `wispctl`, the operator's program.

use std::process::ExitCode;

use wisp::{cli::wispctl, settings::Env};

fn main() -> ExitCode {
    wispctl::main(std::env::args_os(), environment())
}

/// The process's environment. What is not UTF-8 is replaced, and then refused where it matters.
fn environment() -> Env {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads it")]
    let variables = std::env::vars_os();
    variables
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect()
}
