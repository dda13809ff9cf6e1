//! `wisp`, the sidecar: its commands, and what it says about wrong arguments.

use std::{ffi::OsString, process::ExitCode};

use clap::{
    Command,
    error::{ContextKind, ContextValue, ErrorKind},
};

#[cfg(target_os = "linux")]
use super::redirect;
use super::{
    azwi,
    command::{Program, help_with},
    doctor,
    exit::{Exit, Outcome},
    probe, serve,
};
use crate::{
    settings::{Env, suggest, suggest_word},
    visible::without_tokens,
};

const PROGRAM: Program = Program {
    about,
    commands: &[
        serve::COMMAND,
        probe::COMMAND,
        doctor::COMMAND,
        #[cfg(target_os = "linux")]
        redirect::COMMAND,
    ],
    explain: |error| explained(error).report(),
    report: Outcome::report,
};

/// Runs `wisp` with `arguments`, the program's name first; as another proxy where they are that one's.
pub fn main(arguments: impl IntoIterator<Item = OsString>, env: Env) -> ExitCode {
    let arguments: Vec<_> = arguments.into_iter().collect();
    match azwi::Call::of(&arguments, &env) {
        Some(call) => call.run(env),
        None => PROGRAM.run(arguments, env),
    }
}

/// All arguments of `wisp`.
pub fn arguments() -> Command {
    PROGRAM.arguments()
}

const MORE: &str = "`wisp COMMAND --help` has the arguments, examples and exit codes of a command.";

const EXAMPLES: &[&str] = &["wisp serve --check", "wisp probe ready", "wisp redirect --dry-run"];

fn about() -> Command {
    Command::new("wisp")
        .about("Workload Identity Sidecar Proxy: Azure's managed-identity endpoint on loopback")
        .after_help(help_with(MORE, EXAMPLES))
        .disable_help_subcommand(true)
}

/// What clap says of a wrong argument, with guesses that know the settings.
fn explained(error: &mut clap::Error) -> Outcome {
    let unknown = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            return Outcome::success(error.render().to_string());
        }
        ErrorKind::InvalidSubcommand => unknown_command(error),
        ErrorKind::UnknownArgument => unknown_argument(error),
        _ => {
            // `wispctl` has clap's own guesses, and so has a `wisp` that is built together with it.
            error.remove(ContextKind::SuggestedValue);
            let messages = without_tokens(&error.render().to_string());
            return Outcome { exit: Exit::Usage, output: String::new(), messages };
        }
    };
    Outcome::errors(Exit::Usage, [unknown])
}

fn unknown_command(error: &clap::Error) -> String {
    let name = context(error, ContextKind::InvalidSubcommand);
    let names: Vec<_> = PROGRAM
        .commands
        .iter()
        .map(|command| command.name)
        .collect();
    unknown("command", name, suggest_word(name, &names), "wisp --help")
}

fn unknown_argument(error: &clap::Error) -> String {
    let name = context(error, ContextKind::InvalidArg);
    let command = PROGRAM
        .commands
        .iter()
        .find(|command| is_about(command.name, error));
    let Some(command) = command else { return unknown("argument", name, None, "wisp --help") };
    let arguments = (command.arguments)();
    let flags: Vec<_> = arguments
        .get_arguments()
        .filter_map(clap::Arg::get_long)
        .collect();
    let flag = match command.name {
        // A setting may be spelt as in the file or as a variable.
        serve::NAME => suggest(name).map(|key| key.flag),
        _ => suggest_word(name.trim_start_matches('-'), &flags),
    };
    let meant = flag.map(|flag| format!("--{flag}"));
    unknown("argument", name, meant.as_deref(), &format!("wisp {} --help", command.name))
}

fn unknown(what: &str, name: &str, meant: Option<&str>, help: &str) -> String {
    let name = name.escape_debug();
    match meant {
        Some(meant) => format!("unknown {what}: `{name}`; did you mean `{meant}`?"),
        None => format!("unknown {what}: `{name}`; `{help}` lists them"),
    }
}

fn context(error: &clap::Error, kind: ContextKind) -> &str {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text,
        _ => "",
    }
}

/// Whether it was said to this command.
fn is_about(command: &str, error: &clap::Error) -> bool {
    let usage = format!("wisp {command} ");
    matches!(error.get(ContextKind::Usage), Some(ContextValue::StyledStr(text)) if text.to_string().contains(&usage))
}
