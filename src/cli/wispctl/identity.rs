//! `wispctl identity`: what has to exist in Azure.

mod claims;
mod expand;
mod issuer;

use clap::Command;

use super::terminal;
use crate::cli::{
    command::{CliCommand, CliError, help_with},
    exit::{Exit, Outcome},
};

const NAME: &str = "identity";

pub(super) const COMMAND: CliCommand = CliCommand {
    name: NAME,
    arguments,
    run: |matches, _| {
        let (name, matches) = matches
            .subcommand()
            .ok_or_else(|| CliError::Usage("a command is missing".into()))?;
        let command = COMMANDS.iter().find(|command| command.name == name);
        let command =
            command.ok_or_else(|| CliError::Usage(format!("`{name}` is not a command of identity")))?;
        Ok(terminal::report((command.run)(matches)))
    },
};

/// A command below `wispctl identity`.
struct Subcommand {
    name: &'static str,
    arguments: fn() -> Command,
    run: fn(&clap::ArgMatches) -> Outcome,
}

const COMMANDS: &[Subcommand] = &[expand::COMMAND, issuer::COMMAND];

const MORE: &str =
    "`wispctl identity COMMAND --help` has the arguments, examples and exit codes of a command.";

const EXAMPLES: &[&str] = &[
    "wispctl identity expand orders.yaml > identities.sh",
    "wispctl identity issuer --issuer https://oidc.example/shop/ --write public sa.pub",
];

fn arguments() -> Command {
    Command::new(NAME)
        .about("Write and check what has to exist in Azure: identities, federated credentials, roles")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(COMMANDS.iter().map(|command| (command.arguments)()))
        .after_help(format!(
            "{}\n\n{}",
            help_with(MORE, EXAMPLES),
            Exit::help(&[(Exit::Failure, "something is wrong, as the command's own help says")])
        ))
}
