//! `wispctl`, the operator's program. Each command has a file of its own.

mod audience;
mod choices;
mod completions;
mod component;
mod demo;
mod doctor;
mod emulator;
mod explain;
mod identity;
mod inject;
mod man;
mod migrate;
mod policy;
mod signals;
mod terminal;
mod webhook;

use std::{ffi::OsString, process::ExitCode};

use clap::Command;

use super::{
    command::{Program, help_with},
    exit::Exit,
};
use crate::settings::Env;

const PROGRAM: Program = Program {
    about,
    commands: &[
        completions::COMMAND,
        component::COMMAND,
        demo::COMMAND,
        doctor::COMMAND,
        emulator::COMMAND,
        explain::COMMAND,
        identity::COMMAND,
        inject::INJECT,
        man::COMMAND,
        migrate::COMMAND,
        policy::COMMAND,
        inject::UNINJECT,
        webhook::COMMAND,
    ],
    explain,
    report: terminal::report,
};

/// Runs `wispctl` with `arguments`, the program's name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>, env: Env) -> ExitCode {
    PROGRAM.run(arguments, env)
}

/// All arguments of `wispctl`.
pub fn arguments() -> Command {
    PROGRAM.arguments()
}

const MORE: &str = "`wispctl COMMAND --help` has the arguments, examples and exit codes of a command.";

const EXAMPLES: &[&str] = &[
    "wispctl demo",
    "wispctl inject --mode env --client-id GUID --tenant-id GUID deployment.yaml",
    "wispctl emulator -- bash",
];

fn about() -> Command {
    Command::new("wispctl")
        .about("The operator's side of wisp, the Workload Identity Sidecar Proxy")
        .after_help(help_with(MORE, EXAMPLES))
}

/// What clap says, without what an argument may have of secrets and of orders to a terminal.
fn explain(error: &mut clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Nothing is left to do when the terminal is gone.
        let _ = error.print();
        return (Exit::Success as u8).into();
    }
    let messages = error.render();
    terminal::report_styled(Exit::Usage, &messages.ansi().to_string(), &messages.to_string())
}
