//! `wispctl migrate ask`: what Jobs of `wispctl migrate verify` run.

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;
use clap::{ArgAction, ArgMatches, Command, value_parser};

use super::verify::{DEFAULT_AUTHORITY, authority, authority_of, ca_file, entra, resource, resource_of};
use crate::{
    cli::{
        args::{duration, option, switch},
        command::{CliCommand, CliError, help_end},
        exit::{Exit, Outcome},
        wispctl::terminal,
    },
    clock::System,
    names::{ClientId, TenantId},
    operator::migrate::verify::ask::{Needs, OLD_ADDRESS, new_way, old_way},
    settings::Env,
};

const NAME: &str = "ask";

pub(super) const COMMAND: CliCommand =
    CliCommand { name: NAME, arguments, run: |matches, env| Ok(terminal::report(outcome(matches, &env)?)) };

const IDENTITY: &str = "identity";
const OLD_WAY: &str = "old-way";
const TOKEN_FILE: &str = "token-file";
const TIMEOUT: &str = "timeout";

/// As long as `wispctl migrate verify` waits at most.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(45 * 60);

const MORE: &str =
    "Prints one line of JSON: whose tokens were given, or why none was. Tokens are never printed.";

const EXAMPLES: &[&str] = &[
    "wispctl migrate ask --old-way --identity TENANT/CLIENT-ID",
    "wispctl migrate ask --token-file /var/run/secrets/wisp/token --identity TENANT/CLIENT-ID",
];

fn arguments() -> Command {
    Command::new(NAME)
        .about("Ask for tokens as the pod that this is: what Jobs of `migrate verify` run")
        .arg(
            option(IDENTITY, "TENANT/CLIENT-ID", "An identity to ask for; may be given again")
                .required(true)
                .action(ArgAction::Append),
        )
        .arg(switch(OLD_WAY, "Ask pod-managed identity, at 169.254.169.254"))
        .arg(
            option(TOKEN_FILE, "FILE", "Ask Entra with this token of the service account")
                .value_parser(value_parser!(PathBuf))
                .required_unless_present(OLD_WAY)
                .conflicts_with(OLD_WAY),
        )
        .arg(authority())
        .arg(resource())
        .arg(ca_file())
        .arg(duration(
            TIMEOUT,
            LONGEST_TIMEOUT,
            "How long to wait for what may still spread through Entra [default: 0s]",
        ))
        .after_help(help_end(MORE, EXAMPLES, &[(Exit::Failure, "an identity got no token")]))
}

fn outcome(matches: &ArgMatches, env: &Env) -> Result<Outcome, CliError> {
    let given = matches.get_many::<String>(IDENTITY).into_iter().flatten();
    let identities = given.map(|text| identity(text)).collect::<Result<_, _>>()?;
    let authority = authority_of(matches, DEFAULT_AUTHORITY)?;
    let needs = Needs { identities, resource: resource_of(matches, &authority)? };
    let entra = entra(matches, env)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let asked = runtime.block_on(async {
        match matches.get_one::<PathBuf>(TOKEN_FILE) {
            Some(file) => {
                let timeout = matches.get_one(TIMEOUT).copied().unwrap_or_default();
                new_way(&entra, &System, &needs, (file.clone(), authority, timeout)).await
            }
            None => old_way(&System, &needs, OLD_ADDRESS).await,
        }
    });
    runtime.shutdown_background();
    let has_all = asked.tokens.iter().all(|token| token.claims.is_some());
    let line = serde_json::to_string(&asked).context("cannot be written as JSON")?;
    let exit = if has_all { Exit::Success } else { Exit::Failure };
    Ok(Outcome { exit, ..Outcome::success(line + "\n") })
}

fn identity(text: &str) -> Result<(ClientId, TenantId), CliError> {
    let wrong = |error: &dyn std::fmt::Display| {
        CliError::Usage(format!("`--{IDENTITY}` cannot be `{}`: {error}", text.escape_debug()))
    };
    let (tenant, client_id) = text
        .split_once('/')
        .ok_or_else(|| wrong(&"expected TENANT/CLIENT-ID"))?;
    let client_id = client_id.parse().map_err(|error| wrong(&error))?;
    Ok((client_id, tenant.parse().map_err(|error| wrong(&error))?))
}
