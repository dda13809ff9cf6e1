//! `wispctl identity audit`.

use std::io::{self, Read};

use clap::{ArgMatches, Command};

use super::reading;
use crate::{
    cli::{
        args::option,
        command::{CliCommand, CliError, help_end},
        exit::{Exit, Outcome},
        wispctl::terminal,
    },
    operator::audit::{audit, json, text},
    settings::Env,
};

pub(super) const COMMAND: CliCommand = CliCommand {
    name: "audit",
    arguments,
    run: |matches, env| Ok(terminal::report(run(matches, &env, io::stdin())?)),
};

const CHECKS: &str = "Checks that lack something are named with what they lack. docs/identity.md has the checks with their ids.";

const EXAMPLES: &[&str] = &[
    "wispctl identity audit cluster.json identities.json credentials.json roles.json",
    "wispctl identity audit --issuer https://oidc.example/shop/ --output json cluster.json credentials.json > audit.json",
    "wispctl identity audit --kubeconfig ~/.kube/config identities.json credentials.json roles.json",
];

fn arguments() -> Command {
    let command = Command::new(COMMAND.name)
        .about("Find what is wrong with identities, from a cluster or dumps of it, and dumps of Azure");
    reading::arguments(command)
        .arg(
            option("output", "FORM", "Form of the report: text or json [default: text]")
                .value_parser(["text", "json"])
                .hide_possible_values(true),
        )
        .after_help(help_end(
            &format!("{}\n{CHECKS}", reading::MORE),
            EXAMPLES,
            &[(Exit::Failure, "a finding is an error, or something could not be read")],
        ))
}

fn run(matches: &ArgMatches, env: &Env, stdin: impl Read) -> Result<Outcome, CliError> {
    let facts = reading::read(matches, env, stdin)?;
    let found = audit(&facts);
    let is_json = matches
        .get_one::<String>("output")
        .is_some_and(|form| form == "json");
    let output = if is_json { json(&found, &facts) } else { text(&found, &facts) };
    let is_right = facts.unread.is_empty() && !found.has_errors();
    let exit = if is_right { Exit::Success } else { Exit::Failure };
    Ok(Outcome { output, ..Outcome::errors(exit, &facts.unread) })
}
