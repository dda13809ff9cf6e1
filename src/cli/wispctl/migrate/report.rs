//! `wispctl migrate report`.

use std::io::{self, Read};

use clap::{ArgMatches, Command};

use super::{plan as planning, reading};
use crate::{
    cli::{
        args::option,
        command::{CliCommand, CliError, help_end},
        exit::{Exit, Outcome},
        wispctl::terminal,
    },
    operator::migrate::{
        plan::plan,
        report::{
            render::{Form, render},
            report,
        },
    },
    settings::Env,
};

const NAME: &str = "report";

pub(super) const COMMAND: CliCommand = CliCommand {
    name: NAME,
    arguments,
    run: |matches, env| Ok(terminal::report(outcome(matches, &env, io::stdin())?)),
};

const CLUSTER: &str = "cluster";
const OUTPUT: &str = "output";

const MORE: &str = "\
Reads what `wispctl migrate plan` reads, and writes one document of it for those who decide and those who do it: figures, risks, decisions
needed, workloads, bindings, stages, static secrets, and what could not be read. The page of HTML needs nothing else: it loads nothing and
runs nothing. Nothing is changed, and no value of a secret is written. While something is open, the exit code says so.";

const EXAMPLES: &[&str] = &[
    "wispctl migrate report dump.yaml aks.json > report.html",
    "wispctl migrate report --output markdown --decisions decisions.yaml dump.yaml aks.json > report.md",
    "wispctl migrate report --kubeconfig ~/.kube/config --cluster shop-aks aks.json > report.html",
];

const CODES: [(Exit, &str); 1] =
    [(Exit::Failure, "decisions are missing, or something cannot be moved or read; the report has the rest")];

fn arguments() -> Command {
    let command = Command::new(NAME)
        .about("Write one document of all that there is, and of all that is to be done")
        .arg(option(CLUSTER, "NAME", "Name of the cluster [default: what `az aks show` says]"));
    let form = reading::words(
        option(OUTPUT, "FORM", format!("Form of the {NAME}: html, markdown or json [default: html]"))
            .short('o'),
        Form::ALL.iter().map(|(name, _)| *name).collect(),
    );
    reading::inputs(planning::decided(command))
        .arg(form)
        .arg(reading::progress_switch())
        .after_help(help_end(MORE, EXAMPLES, &CODES))
}

/// The report of what the arguments name.
fn outcome(matches: &ArgMatches, env: &Env, stdin: impl Read) -> Result<Outcome, CliError> {
    let usage = |errors: Vec<String>| Ok(Outcome::errors(Exit::Usage, errors));
    let request = match planning::request(matches) {
        Ok(request) => request,
        Err(errors) => return usage(errors),
    };
    let inventory = match reading::read(matches, env, stdin)? {
        Ok(inventory) => inventory,
        Err(errors) => return usage(errors),
    };
    let plan = match plan(&inventory, &request) {
        Ok(plan) => plan,
        Err(errors) => return usage(errors),
    };
    let open = plan.open_ends();
    let report = report(inventory, plan, matches.get_one::<String>(CLUSTER).cloned());
    let output = render(&report, reading::word(matches, OUTPUT, &Form::ALL));
    Ok(if open.is_empty() {
        Outcome::success(output)
    } else {
        Outcome { output, ..Outcome::errors(Exit::Failure, open) }
    })
}
