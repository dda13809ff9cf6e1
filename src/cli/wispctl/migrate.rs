//! `wispctl migrate`: the way off pod-managed identity and static secrets.

mod apply;
mod ask;
mod cleanup;
mod inventory;
mod live;
mod plan;
pub(super) mod reading;
mod report;
mod rollback;
mod status;
mod verify;
mod write;

use std::process::ExitCode;

use clap::{ArgMatches, Command};

use crate::{
    cli::{
        command::{CliCommand, CliError, help_end},
        exit::Exit,
    },
    settings::Env,
};

const NAME: &str = "migrate";

pub(super) const COMMAND: CliCommand = CliCommand { name: NAME, arguments, run };

/// The steps, each a command.
const STEPS: &[CliCommand] = &[
    inventory::COMMAND,
    plan::COMMAND,
    report::COMMAND,
    write::COMMAND,
    verify::COMMAND,
    apply::COMMAND,
    status::COMMAND,
    rollback::COMMAND,
    cleanup::COMMAND,
    ask::COMMAND,
];

const EXAMPLES: &[&str] = &[
    "wispctl migrate inventory manifests/",
    "wispctl migrate plan manifests/ aks.json",
    "wispctl migrate report manifests/ aks.json > report.html",
    "wispctl migrate write --output-dir migration manifests/ aks.json",
    "wispctl migrate apply --kubeconfig ~/.kube/config --namespace shop --to prepared aks.json",
];

fn arguments() -> Command {
    Command::new(NAME)
        .about("Lead a cluster off pod-managed identity and static secrets")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(STEPS.iter().map(|step| (step.arguments)()))
        .after_help(help_end("", EXAMPLES, &[(Exit::Failure, "a step did not do all of it")]))
}

fn run(matches: &ArgMatches, env: Env) -> Result<ExitCode, CliError> {
    let chosen = matches.subcommand().and_then(|(name, matches)| {
        let step = STEPS.iter().find(|step| step.name == name)?;
        Some((step, matches))
    });
    match chosen {
        Some((step, matches)) => (step.run)(matches, env),
        // One is required.
        None => Err(CliError::Usage("a step is missing".into())),
    }
}
