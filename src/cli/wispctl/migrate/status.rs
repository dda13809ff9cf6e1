//! `wispctl migrate status`.

use clap::Command;

use super::{live, reading};
use crate::{
    cli::{
        command::{CliCommand, help_end},
        exit::{Exit, Outcome},
    },
    operator::migrate::{
        execute::status::{Status, render},
        tables::Form,
    },
};

const NAME: &str = "status";

pub(super) const COMMAND: CliCommand = CliCommand {
    name: NAME,
    arguments,
    run: |matches, env| {
        let form = reading::form(matches);
        live::run(matches, &env, async move |run| outcome(&run.status().await, form))
    },
};

const MORE: &str = "\
Says of each workload how far it is (not started, prepared, parallel, cut over, cleaned), by what the cluster shows and not by the
record alone; what is next, and what stands in the way. What somebody has changed since is listed. Nothing is changed.";

const EXAMPLES: &[&str] = &[
    "wispctl migrate status --kubeconfig ~/.kube/config aks.json",
    "wispctl migrate status --kubeconfig ~/.kube/config --namespace shop --output json > status.json",
];

const CODES: [(Exit, &str); 1] =
    [(Exit::Failure, "something could not be read, or is not what is recorded; the status has the rest")];

fn arguments() -> Command {
    let command = Command::new(NAME).about("Say how far each workload of a live cluster is");
    let command = live::scoped(live::arguments(command)).arg(reading::form_argument(NAME));
    command.after_help(help_end(MORE, EXAMPLES, &CODES))
}

fn outcome(status: &Status, form: Form) -> Outcome {
    let mut errors = Vec::new();
    if !status.unread.is_empty() {
        errors.push(format!(
            "not everything could be read: {} under `Not read` (`unread` in JSON) in the status",
            status.unread.len()
        ));
    }
    if status.has_drift() {
        errors.push(
            "the cluster is not what is recorded: see `Changed by others` (`drift` in JSON) in the status"
                .to_owned(),
        );
    }
    let exit = if errors.is_empty() { Exit::Success } else { Exit::Failure };
    Outcome { output: render(status, form), ..Outcome::errors(exit, errors) }
}
