//! `wispctl identity audit`.

use std::{
    io::{self, Read},
    path::PathBuf,
};

use clap::{Arg, ArgMatches, Command, value_parser};

use super::input::input;
use crate::{
    cli::{
        args::option,
        command::{CliCommand, help_end},
        exit::{Exit, Outcome},
        wispctl::terminal,
    },
    operator::identity::audit::{Facts, audit, json, text},
};

pub(super) const COMMAND: CliCommand = CliCommand {
    name: "audit",
    arguments,
    run: |matches, _| Ok(terminal::report(run(matches, io::stdin()))),
};

const MORE: &str = "\
FILE is what `kubectl get serviceaccounts,pods -A -o json`, `az identity list`, `az identity federated-credential list` (for each identity)
and `az role assignment list --all` print, with `-o json`; they are told apart by what is in them. Workloads count as pods do. Checks that
lack a file are named. No value of a variable is kept or written. docs/identity.md has the checks with their ids.";

const EXAMPLES: &[&str] = &[
    "wispctl identity audit cluster.json identities.json credentials.json roles.json",
    "wispctl identity audit --issuer https://oidc.example/shop/ --output json cluster.json credentials.json > audit.json",
];

fn arguments() -> Command {
    Command::new(COMMAND.name)
        .about("Find what is wrong with identities, from dumps of a cluster and of Azure")
        .arg(
            Arg::new("files")
                .value_name("FILE")
                .required(true)
                .num_args(1..)
                .value_parser(value_parser!(PathBuf))
                .help("Dumps, `-` for standard input"),
        )
        .arg(option(
            "issuer",
            "URL",
            "The cluster's issuer [default: that of a discovery document, or the only one of credentials]",
        ))
        .arg(
            option("output", "FORM", "Form of the report: text or json [default: text]")
                .value_parser(["text", "json"])
                .hide_possible_values(true),
        )
        .after_help(help_end(
            MORE,
            EXAMPLES,
            &[(Exit::Failure, "a finding is an error, or something could not be read")],
        ))
}

fn run(matches: &ArgMatches, mut stdin: impl Read) -> Outcome {
    let option = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let mut facts = Facts::of(option("issuer"));
    let files: Vec<&PathBuf> = matches.get_many("files").into_iter().flatten().collect();
    for path in files {
        let (name, file) = input(path, &mut stdin);
        match file {
            Ok(file) => facts.read(&name, file),
            Err(error) => facts
                .unread
                .push(format!("{name}: cannot be opened: {error}")),
        }
    }
    let found = audit(&facts);
    let output = match option("output") {
        Some("json") => json(&found, &facts),
        _ => text(&found, &facts),
    };
    let is_right = facts.unread.is_empty() && !found.has_errors();
    let exit = if is_right { Exit::Success } else { Exit::Failure };
    Outcome { output, ..Outcome::errors(exit, &facts.unread) }
}
