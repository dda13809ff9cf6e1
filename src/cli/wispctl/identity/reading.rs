//! What is read of a cluster and of Azure, and the arguments that name it.

use std::{io::Read, path::PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};

use super::input::input;
use crate::{
    cli::{
        args::option,
        command::{CliError, help_end},
        exit::{Exit, Outcome},
        wispctl::migrate::reading::{
            IN_CLUSTER, KUBECONFIG, client, cluster_arguments, form_argument, has_secrets, progress, wait_for,
        },
    },
    operator::audit::{Extent, Facts, Reading},
    settings::Env,
};

const FILES: &str = "files";
const ISSUER: &str = "issuer";
const NAMESPACE: &str = "namespace";
const ENVIRONMENT_LABEL: &str = "environment-label";

/// Which files are meant, for the help of each command.
pub(super) const MORE: &str = "\
FILE is what `kubectl get serviceaccounts,namespaces,pods -A -o json`, `az identity list`, `az identity federated-credential list` (for each
identity) and `az role assignment list --all` print, with `-o json`; they are told apart by what is in them. Workloads count as pods do.
A cluster is only read, in pages; what may not be read is listed, and the exit code says so. No value of a secret is kept or written.";

/// Adds the arguments that name what is read to `command`.
pub(super) fn arguments(command: Command) -> Command {
    let command = command.arg(
        Arg::new(FILES)
            .value_name("FILE")
            .required_unless_present_any([KUBECONFIG, IN_CLUSTER])
            .num_args(1..)
            .value_parser(value_parser!(PathBuf))
            .help("Dumps, `-` for standard input"),
    );
    cluster_arguments(command)
        .arg(option(NAMESPACE, "NAME", "Read this namespace of the cluster alone [default: all]").short('n'))
        .arg(option(
            ISSUER,
            "URL",
            "The cluster's issuer [default: that of a discovery document, or the only one of credentials]",
        ))
        .arg(option(
            ENVIRONMENT_LABEL,
            "KEY",
            "The label of namespaces that names their environment [default: environment, or env]",
        ))
}

/// A command that writes what it makes of all that in a form that is asked for: its name and what it does, what else there is to know,
/// examples, and when it ends with exit code 1.
pub(super) fn command(
    (name, about): (&'static str, &'static str),
    more: &str,
    examples: &[&str],
    failure: &str,
) -> Command {
    arguments(Command::new(name).about(about))
        .arg(form_argument(name))
        .after_help(help_end(more, examples, &[(Exit::Failure, failure)]))
}

/// What the arguments name.
pub(super) fn read(matches: &ArgMatches, env: &Env, stdin: impl Read) -> Result<Facts, CliError> {
    read_extent(matches, env, stdin, Extent::default())
}

/// The same, and what only reviews look at.
pub(super) fn read_for_review(matches: &ArgMatches, env: &Env, stdin: impl Read) -> Result<Facts, CliError> {
    read_extent(matches, env, stdin, Extent { is_for_review: true, ..Extent::default() })
}

fn read_extent(
    matches: &ArgMatches,
    env: &Env,
    mut stdin: impl Read,
    extent: Extent<'_>,
) -> Result<Facts, CliError> {
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let extent = Extent { namespace: text(NAMESPACE), has_secrets: has_secrets(matches), ..extent };
    let client = client(matches, env)?;
    if client.is_none() && extent.namespace.is_some() {
        let text = format!(
            "`--{NAMESPACE}` is for a cluster (`--{KUBECONFIG}` or `--{IN_CLUSTER}`); files are read as they are"
        );
        return Err(CliError::Usage(text));
    }
    let mut reading = Reading::new(text(ISSUER), text(ENVIRONMENT_LABEL), progress(false));
    for path in matches.get_many::<PathBuf>(FILES).into_iter().flatten() {
        let (name, file) = input(path, &mut stdin);
        match file {
            Ok(file) => reading.file(&name, file),
            Err(error) => reading.fail(format!("{name}: cannot be opened: {error}")),
        }
    }
    if let Some(client) = client {
        wait_for(reading.cluster(&client, extent))?;
    }
    Ok(reading.finish())
}

/// How a command ends that writes `output`, with what could not be read in it.
pub(super) fn outcome(output: String, is_well: bool, unread: usize) -> Outcome {
    let error = (unread > 0)
        .then(|| format!("not everything could be read: {unread} under `Not read` (`notRead` in JSON)"));
    let exit = if is_well && unread == 0 { Exit::Success } else { Exit::Failure };
    Outcome { output, ..Outcome::errors(exit, error) }
}
