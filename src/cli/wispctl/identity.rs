//! `wispctl identity`: what has to exist in Azure.

mod audit;
mod claims;
mod expand;
pub(super) mod input;
mod inventory;
mod issuer;
mod reading;
mod review;

use std::process::ExitCode;

use clap::{ArgMatches, Command};

use crate::{
    cli::{
        command::{CliCommand, CliError, help_end},
        exit::Exit,
    },
    settings::Env,
};

const NAME: &str = "identity";

pub(super) const COMMAND: CliCommand = CliCommand { name: NAME, arguments, run };

/// The commands below it.
const COMMANDS: &[CliCommand] =
    &[audit::COMMAND, expand::COMMAND, inventory::COMMAND, issuer::COMMAND, review::COMMAND];

const MORE: &str =
    "`wispctl identity COMMAND --help` has the arguments, examples and exit codes of a command.";

const EXAMPLES: &[&str] = &[
    "wispctl identity expand orders.yaml > identities.sh",
    "wispctl identity issuer --issuer https://oidc.example/shop/ --write public sa.pub",
    "wispctl identity inventory cluster.json identities.json credentials.json roles.json",
    "wispctl identity audit cluster.json identities.json credentials.json roles.json",
    "wispctl identity review cluster.json identities.json credentials.json roles.json answers.yaml",
];

fn arguments() -> Command {
    Command::new(NAME)
        .about("Write and check what has to exist in Azure: identities, federated credentials, roles")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(COMMANDS.iter().map(|command| (command.arguments)()))
        .after_help(help_end(
            MORE,
            EXAMPLES,
            &[(Exit::Failure, "something is wrong, as the command's own help says")],
        ))
}

fn run(matches: &ArgMatches, env: Env) -> Result<ExitCode, CliError> {
    let chosen = matches.subcommand().and_then(|(name, matches)| {
        let command = COMMANDS.iter().find(|command| command.name == name)?;
        Some((command, matches))
    });
    match chosen {
        Some((command, matches)) => (command.run)(matches, env),
        // One is required.
        None => Err(CliError::Usage("a command is missing".into())),
    }
}
