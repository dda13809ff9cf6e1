//! `--audience`: the cloud in which federated credentials are.

use clap::{Arg, ArgMatches};

use crate::{cli::args::option, operator::identity::Cloud};

const AUDIENCE: &str = "audience";

/// The argument, which is about `what`.
pub(super) fn audience_argument(what: &str) -> Arg {
    let help = format!(
        "Audience of {what}, or the cloud: AzureCloud, AzureUSGovernment or AzureChinaCloud [default: api://AzureADTokenExchange]"
    );
    option(AUDIENCE, "AUDIENCE", help)
}

/// The cloud that is meant. The error says what is wrong.
pub(super) fn audience(matches: &ArgMatches) -> Result<Cloud, String> {
    let Some(text) = matches.get_one::<String>(AUDIENCE) else { return Ok(Cloud::default()) };
    Cloud::parse(text).map_err(|error| format!("`--{AUDIENCE}` {error}"))
}
