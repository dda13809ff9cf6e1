//! `wisp`, the sidecar: arguments, settings, start, end.

use std::process::ExitCode;

#[cfg(target_os = "linux")]
use wisp::cli::redirect;
use wisp::{
    cli::{
        probe, serve, try_token,
        wisp::{Action, parse},
    },
    settings::Env,
};

fn main() -> ExitCode {
    let action = match parse(std::env::args_os()) {
        Ok(action) => action,
        Err(end) => return end.report(),
    };
    let outcome = match action {
        Action::Probe(arguments) => probe::run(arguments, environment()),
        Action::TryToken(arguments) => try_token::run(arguments, environment()),
        #[cfg(target_os = "linux")]
        Action::Redirect(arguments) => redirect::run(arguments, &environment()),
        Action::Serve(arguments) => serve::run(arguments, environment(), wisp::serve::run),
    };
    outcome.report()
}

/// The process's environment. What is not UTF-8 is replaced, and then refused where it matters.
fn environment() -> Env {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads it")]
    let variables = std::env::vars_os();
    variables
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect()
}
