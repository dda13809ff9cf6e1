//! `wispctl identity expand`.

use std::{io, path::PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};

use super::claims;
use crate::{
    cli::{
        args::option,
        command::{CliCommand, help_end},
        exit::{Exit, Outcome},
        wispctl::{
            audience::{audience, audience_argument},
            terminal,
        },
    },
    operator::identity::{
        Plans, plan,
        write::{Azurerm, bicep, manifests, script, terraform},
    },
};

pub(super) const COMMAND: CliCommand = CliCommand {
    name: "expand",
    arguments,
    run: |matches, _| Ok(terminal::report(run(matches, io::stdin()))),
};

const MORE: &str = "\
A claim says for a service account which identity it is, of which clusters, and what it may do; docs/identity.md has its fields.
It never asks Azure: `--output az` is a script that makes what is missing and changes nothing that is there, and with --check only
looks. `--output manifests` needs the client id, which Azure makes up with the identity.";

const EXAMPLES: &[&str] = &[
    "wispctl identity expand orders.yaml > identities.sh",
    "wispctl identity expand --output bicep orders.yaml bills.yaml > identities.bicep",
    "wispctl identity expand --output terraform --azurerm 4 orders.yaml > identities.tf",
    "wispctl identity expand --audience AzureUSGovernment orders.yaml > identities.sh",
    "wispctl identity expand --output manifests orders.yaml | kubectl apply -f -",
];

/// The languages, as the flag takes them.
const LANGUAGES: [&str; 4] = ["az", "bicep", "terraform", "manifests"];

fn arguments() -> Command {
    Command::new(COMMAND.name)
        .about("Turn claims into identities, federated credentials, roles and service accounts")
        .arg(
            Arg::new("claims")
                .value_name("CLAIM")
                .required(true)
                .num_args(1..)
                .value_parser(value_parser!(PathBuf))
                .help("Files of claims, `-` for standard input"),
        )
        .arg(
            option("output", "LANGUAGE", "az, bicep, terraform or manifests [default: az]")
                .value_parser(LANGUAGES)
                .hide_possible_values(true),
        )
        .arg(
            option("azurerm", "MAJOR", "Major version of Terraform's provider azurerm: 4 or 5 [default: 5]")
                .value_parser(Azurerm::ALL.map(Azurerm::name))
                .hide_possible_values(true),
        )
        .arg(audience_argument("credentials whose claim names none"))
        .after_help(help_end(
            MORE,
            EXAMPLES,
            &[(Exit::Failure, "a claim is wrong, or the language cannot say it")],
        ))
}

fn run(matches: &ArgMatches, stdin: impl io::Read) -> Outcome {
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let language = text("output").unwrap_or(LANGUAGES[0]);
    if text("azurerm").is_some() && language != "terraform" {
        return Outcome::errors(Exit::Usage, ["`--azurerm` is for `--output terraform`"]);
    }
    let azurerm = Azurerm::ALL
        .into_iter()
        .find(|version| Some(version.name()) == text("azurerm"));
    let files: Vec<PathBuf> = matches
        .get_many("claims")
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    let cloud = match audience(matches) {
        Ok(cloud) => cloud,
        Err(error) => return Outcome::errors(Exit::Usage, [error]),
    };
    let plans = match claims::read(&files, cloud, stdin).and_then(|claims| plan(&claims)) {
        Ok(plans) => plans,
        Err(errors) => return Outcome::errors(Exit::Failure, errors),
    };
    match write(&plans, language, azurerm.unwrap_or_default()) {
        Ok(text) => Outcome::success(text).with_warnings(plans.warnings),
        Err(errors) => Outcome::errors(Exit::Failure, errors).with_warnings(plans.warnings),
    }
}

fn write(plans: &Plans, language: &str, azurerm: Azurerm) -> Result<String, Vec<String>> {
    match language {
        "bicep" => bicep(&plans.identities),
        "terraform" => terraform(&plans.identities, azurerm),
        "manifests" => manifests(&plans.accounts),
        _ => Ok(script(&plans.identities)),
    }
}
