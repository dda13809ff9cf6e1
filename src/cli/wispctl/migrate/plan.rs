//! `wispctl migrate plan`.

use std::{
    fs,
    io::{self, Read},
    path::PathBuf,
};

use clap::{ArgMatches, Command, value_parser};

use super::reading;
use crate::{
    cli::{
        args::option,
        command::{CliCommand, CliError, help_end},
        exit::{Exit, Outcome},
        wispctl::{
            audience::{audience, audience_argument},
            terminal,
        },
    },
    names::TenantId,
    operator::{
        identity::{Cloud, check_issuer},
        migrate::{
            inventory::Inventory,
            plan::{Decisions, Plan, Request, plan, read_decisions, render::render},
        },
    },
    settings::Env,
};

const NAME: &str = "plan";

pub(super) const COMMAND: CliCommand = CliCommand {
    name: NAME,
    arguments,
    run: |matches, env| Ok(terminal::report(outcome(matches, &env, io::stdin())?)),
};

const DECISIONS: &str = "decisions";
const ISSUER: &str = "issuer";
const TENANT: &str = "tenant";

const MORE: &str = "\
Reads what `wispctl migrate inventory` reads, and says what becomes of each workload: identity, service account, federated credential,
mode of wisp, road, order, steps and risks. Nothing is changed, and a plan never changes what an identity may do. What needs a decision
is listed with what to write into the file of decisions; what cannot be moved is listed with the reason. While there is any of it, the
exit code says so.";

const EXAMPLES: &[&str] = &[
    "wispctl migrate plan dump.yaml aks.json",
    "wispctl migrate plan --decisions decisions.yaml --output markdown dump.yaml aks.json > plan.md",
    "wispctl migrate plan --kubeconfig ~/.kube/config --issuer https://issuer.example/ --tenant contoso.com",
];

const CODES: [(Exit, &str); 1] =
    [(Exit::Failure, "decisions are missing, or something cannot be moved or read; the plan has the rest")];

fn arguments() -> Command {
    let command =
        Command::new(NAME).about("Plan the way of each workload off pod-managed identity and static secrets");
    reading::arguments(decided(command), NAME).after_help(help_end(MORE, EXAMPLES, &CODES))
}

/// Adds what a plan is made of beside an inventory to `command`.
pub(super) fn decided(command: Command) -> Command {
    command
        .arg(
            option(DECISIONS, "FILE", "What you have decided; docs/migrate.md has its fields")
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(option(ISSUER, "URL", "Who signs the cluster's tokens [default: what `az aks show` says]"))
        .arg(option(TENANT, "ID", "Tenant of its identities [default: what `az aks show` says]"))
        .arg(audience_argument("federated credentials"))
}

/// The plan for what the arguments name.
fn outcome(matches: &ArgMatches, env: &Env, stdin: impl Read) -> Result<Outcome, CliError> {
    let (_, plan) = match planned(matches, env, stdin)? {
        Ok(found) => found,
        Err(errors) => return Ok(Outcome::errors(Exit::Usage, errors)),
    };
    let output = render(&plan, reading::form(matches));
    let open = plan.open_ends();
    Ok(if open.is_empty() {
        Outcome::success(output)
    } else {
        Outcome { output, ..Outcome::errors(Exit::Failure, open) }
    })
}

/// The inventory of what the arguments name, and the plan for it. What is wrong with them is the inner error.
pub(super) fn planned(
    matches: &ArgMatches,
    env: &Env,
    stdin: impl Read,
) -> Result<Result<(Inventory, Plan), Vec<String>>, CliError> {
    let request = match request(matches) {
        Ok(request) => request,
        Err(errors) => return Ok(Err(errors)),
    };
    let inventory = match reading::read(matches, env, stdin)? {
        Ok(inventory) => inventory,
        Err(errors) => return Ok(Err(errors)),
    };
    Ok(plan(&inventory, &request).map(|plan| (inventory, plan)))
}

/// What the user says beside the inventory. The error is all that is wrong with it.
pub(super) fn request(matches: &ArgMatches) -> Result<Request, Vec<String>> {
    let mut errors = Vec::new();
    let issuer = matches.get_one::<String>(ISSUER).cloned();
    if let Some(Err(error)) = issuer.as_deref().map(check_issuer) {
        errors.push(format!("`--{ISSUER}` {error}"));
    }
    let tenant = matches
        .get_one::<String>(TENANT)
        .map(|text| {
            text.parse::<TenantId>()
                .map_err(|error| format!("`--{TENANT}` cannot be `{}`: {error}", text.escape_debug()))
        })
        .transpose()
        .unwrap_or_else(|error| {
            errors.push(error);
            None
        });
    let cloud = audience(matches).unwrap_or_else(|error| {
        errors.push(error);
        Cloud::default()
    });
    let decisions = decisions(matches).unwrap_or_else(|more| {
        errors.extend(more);
        Decisions::default()
    });
    if errors.is_empty() { Ok(Request { issuer, tenant, cloud, decisions }) } else { Err(errors) }
}

/// The name of the file of decisions and what is in it, if one is named.
pub(super) fn decisions_text(matches: &ArgMatches) -> Result<Option<(String, String)>, Vec<String>> {
    let Some(file) = matches.get_one::<PathBuf>(DECISIONS) else { return Ok(None) };
    let name = file.display().to_string();
    let text = fs::read_to_string(file)
        .map_err(|error| vec![format!("cannot read {name}, which `--{DECISIONS}` names: {error}")])?;
    Ok(Some((name, text)))
}

fn decisions(matches: &ArgMatches) -> Result<Decisions, Vec<String>> {
    let Some((name, text)) = decisions_text(matches)? else { return Ok(Decisions::default()) };
    let decisions = read_decisions(&name, &text)?;
    Ok(match reading::namespace(matches) {
        Some(namespace) => decisions.within(namespace),
        None => decisions,
    })
}
