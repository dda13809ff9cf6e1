//! `wispctl identity review`.

use std::io::{self, Read};

use clap::{ArgMatches, Command};

use super::reading;
use crate::{
    cli::{
        command::{CliCommand, CliError},
        exit::Outcome,
        wispctl::{migrate::reading::form, terminal},
    },
    operator::audit::review::{render, review},
    settings::Env,
};

pub(super) const COMMAND: CliCommand = CliCommand {
    name: "review",
    arguments,
    run: |matches, env| Ok(terminal::report(run(matches, &env, io::stdin())?)),
};

const REVIEW: &str = "\
It also looks at what is known of rights, admission policies, monitoring, `az aks show`, `az keyvault show`, `az ad app list`, `az monitor
diagnostic-settings subscription list`, at claims, and at answers of people (docs/identity.md). What it cannot see is told with what to give.";

const EXAMPLES: &[&str] = &[
    "wispctl identity review cluster.json identities.json credentials.json roles.json aks.json orders.yaml answers.yaml",
    "wispctl identity review --output markdown --kubeconfig ~/.kube/config identities.json credentials.json roles.json > review.md",
];

fn arguments() -> Command {
    let about = "Answer the checklists of a review, of a finished move and of an incident, with evidence";
    reading::command(
        (COMMAND.name, about),
        &format!("{}\n{REVIEW}", reading::MORE),
        EXAMPLES,
        "an answer is no or cannot be seen, or something could not be read",
    )
}

fn run(matches: &ArgMatches, env: &Env, stdin: impl Read) -> Result<Outcome, CliError> {
    let facts = reading::read_for_review(matches, env, stdin)?;
    let found = review(&facts);
    let output = render(&found, form(matches));
    Ok(reading::outcome(output, found.is_passed(), found.not_read.len()))
}
