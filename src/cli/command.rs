//! The one shape of a command, and what a program does with its commands.

use std::{ffi::OsString, process::ExitCode};

use clap::{ArgMatches, Command};

use super::exit::{Exit, Outcome};
use crate::settings::Env;

/// A command of a program.
pub(super) struct CliCommand {
    /// Its name.
    pub(super) name: &'static str,
    /// Its arguments and its help.
    pub(super) arguments: fn() -> Command,
    /// Runs it, once its arguments are read.
    pub(super) run: fn(&ArgMatches, Env) -> Result<ExitCode, CliError>,
}

/// The end of a command's help: what else is worth knowing, examples, and its exit codes.
pub(super) fn help_end(more: &str, examples: &[&str], codes: &[(Exit, &str)]) -> String {
    format!("{}\n\n{}", help_with(more, examples), Exit::help(codes))
}

/// What else is worth knowing, and examples.
pub(super) fn help_with(more: &str, examples: &[&str]) -> String {
    let between = if more.is_empty() { "" } else { "\n\n" };
    format!("{more}{between}Examples:\n  {}", examples.join("\n  "))
}

/// Why a command failed, and so with which exit code. What it had to say before that is already written.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// The caller has to change arguments or configuration.
    #[error("{0}")]
    Usage(String),
    /// Something did not work.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

impl From<CliError> for Outcome {
    fn from(error: CliError) -> Self {
        let exit = match error {
            CliError::Usage(_) => Exit::Usage,
            CliError::Failed(_) => Exit::Failure,
        };
        Self::errors(exit, [format!("{error:#}")])
    }
}

/// A program.
pub(super) struct Program {
    /// Its name and help, without its commands.
    pub(super) about: fn() -> Command,
    /// Its commands.
    pub(super) commands: &'static [CliCommand],
    /// Says what is wrong with arguments, or shows the help that they ask for.
    pub(super) explain: fn(&mut clap::Error) -> ExitCode,
    /// Writes an outcome.
    pub(super) report: fn(Outcome) -> ExitCode,
}

impl Program {
    /// All its arguments.
    pub(super) fn arguments(&self) -> Command {
        let about = (self.about)()
            .version(env!("WISP_VERSION"))
            .subcommand_required(true)
            .arg_required_else_help(true);
        about.subcommands(self.commands.iter().map(|command| (command.arguments)()))
    }

    /// Runs the command that `arguments` name; the program's own name comes first.
    pub(super) fn run(&self, arguments: impl IntoIterator<Item = OsString>, env: Env) -> ExitCode {
        let matches = match self.arguments().try_get_matches_from(arguments) {
            Ok(matches) => matches,
            Err(mut error) => return (self.explain)(&mut error),
        };
        let named = matches.subcommand().and_then(|(name, matches)| {
            let command = self.commands.iter().find(|command| command.name == name)?;
            Some((command, matches))
        });
        let outcome = match named {
            Some((command, matches)) => (command.run)(matches, env),
            // One is required.
            None => Err(CliError::Usage("a command is missing".into())),
        };
        outcome.unwrap_or_else(|error| (self.report)(error.into()))
    }
}
