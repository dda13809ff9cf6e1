//! `wispctl migrate inventory`.

use std::io::{self, Read};

use clap::{ArgMatches, Command};

use super::reading;
use crate::{
    cli::{
        command::{CliCommand, CliError, help_end},
        exit::{Exit, Outcome},
        wispctl::terminal,
    },
    operator::migrate::inventory::render::render,
    settings::Env,
};

const NAME: &str = "inventory";

pub(super) const COMMAND: CliCommand = CliCommand {
    name: NAME,
    arguments,
    run: |matches, env| Ok(terminal::report(outcome(matches, &env, io::stdin())?)),
};

const MORE: &str = "\
Files are manifests, rendered charts, dumps (`kubectl get … -o yaml` or json) and what `az aks show` prints. Nothing is changed, and
no value of a secret is written. A cluster is only read, in pages; it needs the right to list what is asked for. What cannot be read is
listed, and the exit code says so; all else is in the inventory.";

const EXAMPLES: &[&str] = &[
    "wispctl migrate inventory manifests/ aks.json",
    "helm template release chart | wispctl migrate inventory --namespace shop -",
    "wispctl migrate inventory --output json dump.yaml > inventory.json",
    "wispctl migrate inventory --kubeconfig ~/.kube/config aks.json",
];

const CODES: [(Exit, &str); 1] = [(Exit::Failure, "something could not be read; the inventory has the rest")];

fn arguments() -> Command {
    let command =
        Command::new(NAME).about("List what a cluster has of pod-managed identity, and static secrets");
    reading::arguments(command, NAME).after_help(help_end(MORE, EXAMPLES, &CODES))
}

/// The inventory of what the arguments name.
fn outcome(matches: &ArgMatches, env: &Env, stdin: impl Read) -> Result<Outcome, CliError> {
    let inventory = match reading::read(matches, env, stdin)? {
        Ok(inventory) => inventory,
        Err(errors) => return Ok(Outcome::errors(Exit::Usage, errors)),
    };
    let output = render(&inventory, reading::form(matches));
    Ok(match inventory.unread.len() {
        0 => Outcome::success(output),
        count => {
            let error = format!(
                "not everything could be read: {count} under `Not read` (`unread` in JSON) in the inventory"
            );
            Outcome { output, ..Outcome::errors(Exit::Failure, [error]) }
        }
    })
}
