//! What the commands on a live cluster share: arguments, the cluster and its plan, and who is told.

mod arguments;
mod desk;

use std::process::ExitCode;

use clap::ArgMatches;

use super::{plan, reading};
use crate::{
    cli::{
        command::CliError,
        exit::{Exit, Outcome},
        wispctl::terminal,
    },
    clock::System,
    operator::{
        cluster::Client,
        migrate::execute::{Facts, Report, Run, Unplanned},
    },
    settings::Env,
};
use arguments::{Arguments, read};
pub(super) use arguments::{changing, injecting, scoped};
use desk::Terminal;

/// What the fields that are written are marked with as their owner.
const FIELD_MANAGER: &str = "wispctl-migrate";

/// What a command does with a cluster.
pub(super) type Started<'a> = Run<'a, Client, Terminal>;

/// Runs a command on the live cluster that the arguments name; `act` is what it does.
pub(super) fn run(
    matches: &ArgMatches,
    env: &Env,
    act: impl AsyncFnOnce(Started<'_>) -> Outcome,
) -> Result<ExitCode, CliError> {
    let arguments = match read(matches, env) {
        Ok(arguments) => arguments,
        Err(errors) => return Ok(terminal::report(Outcome::errors(Exit::Usage, errors))),
    };
    let Arguments { request, scope, settings, consent, mut desk } = arguments;
    let Some(client) = reading::client(matches, env)? else {
        return Err(CliError::Usage("a cluster is missing".into()));
    };
    let client = client.named(FIELD_MANAGER);
    let outcome = reading::wait_for(async {
        let inventory = match reading::live(matches, &client).await {
            Ok(inventory) => inventory,
            Err(errors) => return Outcome::errors(Exit::Usage, errors),
        };
        let facts = match Facts::find(&client, inventory, request).await {
            Ok(facts) => facts,
            Err(unplanned) => return without_plan(unplanned),
        };
        act(Run::new(&client, (&facts, &scope), (&settings, consent), &mut desk, &System)).await
    })?;
    Ok(terminal::report(outcome))
}

/// How a command ends that has no plan.
pub(super) fn without_plan(Unplanned { errors, is_read }: Unplanned) -> Outcome {
    Outcome::errors(if is_read { Exit::Usage } else { Exit::Failure }, errors)
}

/// How a command ends that changes a cluster.
pub(super) fn outcome(report: &Report) -> Outcome {
    let by_hand = report.by_hand.iter().map(|text| format!("by hand: {text}"));
    let errors: Vec<_> = report.failed.iter().cloned().chain(by_hand).collect();
    let exit = if report.is_whole() { Exit::Success } else { Exit::Failure };
    Outcome::errors(exit, errors).with_warnings(&report.notes)
}

/// The plan's own arguments, and those of a live cluster.
pub(super) fn arguments(command: clap::Command) -> clap::Command {
    reading::live_arguments(plan::decided(command))
}
