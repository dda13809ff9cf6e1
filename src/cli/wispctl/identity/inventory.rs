//! `wispctl identity inventory`.

use std::io::{self, Read};

use clap::{ArgMatches, Command};

use super::reading;
use crate::{
    cli::{
        command::{CliCommand, CliError},
        exit::Outcome,
        wispctl::{migrate::reading::form, terminal},
    },
    operator::audit::inventory::{inventory, render},
    settings::Env,
};

pub(super) const COMMAND: CliCommand = CliCommand {
    name: "inventory",
    arguments,
    run: |matches, env| Ok(terminal::report(run(matches, &env, io::stdin())?)),
};

const EXAMPLES: &[&str] = &[
    "wispctl identity inventory cluster.json identities.json credentials.json roles.json",
    "wispctl identity inventory --output markdown --kubeconfig ~/.kube/config identities.json credentials.json roles.json > identities.md",
];

fn arguments() -> Command {
    let about = "List identities with credentials, service accounts, workloads and roles, from a cluster or dumps of it, and dumps of Azure";
    reading::command(
        (COMMAND.name, about),
        reading::MORE,
        EXAMPLES,
        "something could not be read; the inventory has the rest",
    )
}

fn run(matches: &ArgMatches, env: &Env, stdin: impl Read) -> Result<Outcome, CliError> {
    let facts = reading::read(matches, env, stdin)?;
    let output = render(&inventory(&facts), form(matches));
    Ok(reading::outcome(output, true, facts.unread.len()))
}
