//! Arguments and exit codes of `wispctl`. Each subcommand has a file of its own.

mod component;
mod demo;
mod emulator;
mod inject;
mod signals;

use std::{ffi::OsString, process::ExitCode};

use clap::{Arg, Command};

use super::exit::{Exit, Outcome};
use crate::settings::Env;
use inject::IMAGE;

/// Why a subcommand failed, and so with which exit code. What it had to say before that is already written.
#[derive(Debug, thiserror::Error)]
enum Failed {
    /// The caller has to change arguments or configuration.
    #[error("{0}")]
    Usage(String),
    /// Something did not work.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl From<Failed> for Outcome {
    fn from(failed: Failed) -> Self {
        let exit = match failed {
            Failed::Usage(_) => Exit::Usage,
            Failed::Other(_) => Exit::Failure,
        };
        Self::errors(exit, [format!("{failed:#}")])
    }
}

fn command() -> Command {
    Command::new("wispctl")
        .about("The operator's side of wisp, the Workload Identity Sidecar Proxy")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(component::command())
        .subcommand(demo::command())
        .subcommand(emulator::command())
        .subcommand(inject::inject_command())
        .subcommand(inject::uninject_command())
}

/// Runs `wispctl` with `args`, the program's name first.
pub fn main(args: impl IntoIterator<Item = OsString>, environment: &Env) -> ExitCode {
    let args: Vec<_> = args.into_iter().collect();
    let wrong_arguments = match args.get(1).and_then(|name| name.to_str()) {
        Some(component::NAME | inject::INJECT | inject::UNINJECT) => Exit::Arguments,
        _ => Exit::Usage,
    };
    let matches = match command().try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => {
            let is_answer = !error.use_stderr();
            // Nothing is left to do when the terminal is gone.
            let _ = error.print();
            return if is_answer { ExitCode::SUCCESS } else { (wrong_arguments as u8).into() };
        }
    };
    let outcome = match matches.subcommand() {
        Some((component::NAME, matches)) => return component::run(matches, environment.get(IMAGE)).report(),
        Some((demo::NAME, matches)) => demo::run(matches),
        Some((emulator::NAME, matches)) => {
            return emulator::run(matches).unwrap_or_else(|failed| Outcome::from(failed).report());
        }
        Some((name @ (inject::INJECT | inject::UNINJECT), matches)) => {
            return inject::main(name, matches, environment.get(IMAGE)).report();
        }
        _ => Err(Failed::Usage("a subcommand is needed".into())),
    };
    outcome
        .map_or_else(Outcome::from, |()| Outcome::success(""))
        .report()
}

/// An argument that takes a value, `--name <VALUE>`.
fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}
