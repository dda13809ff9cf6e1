//! `wispctl migrate report`.

use std::io::{self, Read};

use clap::{ArgMatches, Command};

use super::{live, plan as planning, reading};
use crate::{
    cli::{
        args::option,
        command::{CliCommand, CliError, help_end},
        exit::{Exit, Outcome},
        wispctl::terminal,
    },
    operator::migrate::{
        execute::{
            Facts, Scope, Unplanned,
            status::{Standing, Standings, standings},
        },
        report::{
            render::{Form, render},
            report,
        },
        tables::count,
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
needed, workloads and how far each is moved, bindings, stages, static secrets, and what could not be read. How far a workload is follows from
what `wispctl migrate apply` has recorded and from what its objects show: of the cluster, or of dumps with ConfigMaps and ServiceAccounts.
The page of HTML needs nothing else: it loads nothing and runs nothing. Nothing is changed, and no value of a secret is written. While
something is open, the exit code says so.";

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
    let (which, namespace) = match reading::which(matches) {
        Ok(found) => found,
        Err(errors) => return usage(errors),
    };
    let (inventory, stored) = match reading::read_with_stored(matches, env, stdin)? {
        Ok(read) => read,
        Err(errors) => return usage(errors),
    };
    let scope = Scope { namespaces: namespace.into_iter().collect(), ..Scope::default() };
    let found = reading::wait_for(async {
        let facts = Facts::find(&stored, inventory, request).await?;
        let standings = standings(&stored, &facts, &scope, &which).await;
        Ok::<_, Unplanned>((facts, standings))
    })?;
    let (facts, standings) = match found {
        Ok(found) => found,
        Err(unplanned) => return Ok(live::without_plan(unplanned)),
    };
    let mut open = facts.plan.open_ends();
    open.extend(of_records(&standings));
    let report = report(facts, standings, matches.get_one::<String>(CLUSTER).cloned());
    let output = render(&report, reading::word(matches, OUTPUT, &Form::ALL));
    Ok(if open.is_empty() {
        Outcome::success(output)
    } else {
        Outcome { output, ..Outcome::errors(Exit::Failure, open) }
    })
}

/// What has to be looked at of what is recorded.
fn of_records(standings: &Standings) -> Vec<String> {
    let differs = |one: &&Standing| one.state.is_some() && one.drift.is_some();
    let ends = [
        (standings.unread.len(), "record", "not read: see `Not read` (`unread` in JSON) in the report"),
        (
            standings.all.iter().filter(differs).count(),
            "workload",
            "not what is recorded: see `Workloads` (`drift` in JSON) in the report",
        ),
    ];
    ends.into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, name, what)| {
            let verb = if number == 1 { "is" } else { "are" };
            format!("{} {verb} {what}", count(number, name))
        })
        .collect()
}
