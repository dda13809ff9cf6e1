//! `wispctl doctor`.

#[cfg(test)]
mod tests;

use std::{
    io::{self, Read},
    path::PathBuf,
    time::Duration,
};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::{
    identity::input::input,
    migrate::reading::{IN_CLUSTER, KUBECONFIG, wait_for},
    terminal,
};
use crate::{
    cli::{
        args::{duration, option, switch},
        command::{CliCommand, CliError, help_end},
        exit::{Exit, Outcome},
    },
    clock::System,
    doctor::{
        Choice,
        report::{Status, Style, json, status, text},
        table::{cluster::ALL, link_of_page},
    },
    operator::{
        cluster::{Access, Client, Source},
        doctor::{Facts, Request, diagnose, until_well},
    },
    settings::Env,
};

const WHAT: &str = "what";
const NAMESPACE: &str = "namespace";
const EVERYWHERE: &str = "all-namespaces";
const CONTEXT: &str = "context";
const LOGS: &str = "logs";
const ISSUER: &str = "issuer";
const ROLE_AT: &str = "role-at";
const WAIT: &str = "wait";
const OUTPUT: &str = "output";
const ONLY: &str = "only";
const IGNORE: &str = "ignore";
const QUIET: &str = "quiet";

/// The longest `--wait`.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) const COMMAND: CliCommand = CliCommand {
    name: "doctor",
    arguments,
    run: |matches, env| {
        let style = Style { colour: terminal::is_coloured(), quiet: matches.get_flag(QUIET) };
        Ok(terminal::report(run(matches, &env, io::stdin(), style)?))
    },
};

const MORE: &str = "\
KIND is deployment, statefulset, daemonset, replicaset, job, cronjob or pod, or its short form. Without KIND/NAME all workloads of the
namespace are looked at that have to do with identities. FILE is what `kubectl get pods,serviceaccounts,namespaces,events,deployments,
replicasets,mutatingwebhookconfigurations -A -o json`, `az identity list`, `az identity federated-credential list`, `az role assignment
list`, `az keyvault show` and `az aks show` print, with `-o json`; `-` is standard input. With FILEs no cluster is asked, unless one is
named; without, it is that of KUBECONFIG, of ~/.kube/config, or the one that this process is a pod of. A cluster is only read; what may
not be read is named. docs/doctor.md has the checks with their ids.";

const EXAMPLES: &[&str] = &[
    "wispctl doctor deployment/orders -n shop",
    "wispctl doctor -A --quiet",
    "wispctl doctor deployment/orders -n shop --wait 2m --ignore logs",
    "wispctl doctor deployment/orders -n shop --kubeconfig ~/.kube/config identities.json credentials.json roles.json",
    "wispctl doctor --output json cluster.json identities.json credentials.json > doctor.json",
];

fn arguments() -> Command {
    let file = |name, help| option(name, "FILE", help).value_parser(value_parser!(PathBuf));
    let names = |name, help| {
        option(name, "CHECK", help)
            .action(ArgAction::Append)
            .value_delimiter(',')
    };
    Command::new(COMMAND.name)
        .about("Find what is wrong with a workload's identity, from a cluster or dumps of it")
        .arg(
            Arg::new(WHAT)
                .value_name("KIND/NAME|FILE")
                .num_args(0..)
                .help("A workload, and dumps"),
        )
        .arg(
            option(NAMESPACE, "NAME", "The namespace [default: that of the context, or all of FILEs]")
                .short('n'),
        )
        .arg(
            switch(EVERYWHERE, "All namespaces")
                .short('A')
                .conflicts_with(NAMESPACE),
        )
        .arg(file(KUBECONFIG, "The cluster of this kubeconfig").conflicts_with(IN_CLUSTER))
        .arg(
            option(CONTEXT, "NAME", "This context of the kubeconfig [default: its current one]")
                .conflicts_with(IN_CLUSTER),
        )
        .arg(switch(IN_CLUSTER, "The cluster that this process is a pod of"))
        .arg(file(LOGS, "What `kubectl logs` printed of wisp; may be given again").action(ArgAction::Append))
        .arg(option(ISSUER, "URL", "The cluster's issuer [default: as the cluster or a FILE says]"))
        .arg(option(ROLE_AT, "ID", "The Azure resource that the identity needs a role at"))
        .arg(duration(WAIT, LONGEST_WAIT, "Ask the cluster again until nothing fails, at most so long"))
        .arg(
            option(OUTPUT, "FORM", "Form of the report: text or json [default: text]")
                .short('o')
                .value_parser(["text", "json"])
                .hide_possible_values(true),
        )
        .arg(names(ONLY, "These checks alone, by id or category; several with commas"))
        .arg(names(IGNORE, "Not these checks, by id or category; several with commas"))
        .arg(switch(QUIET, "Only what is wrong; nothing where all is well").short('q'))
        .after_help(help_end(MORE, EXAMPLES, &[(Exit::Failure, "a check failed, or nothing could be read")]))
}

fn run(matches: &ArgMatches, env: &Env, mut stdin: impl Read, style: Style) -> Result<Outcome, CliError> {
    let given = |name: &str| matches.get_one::<String>(name).cloned();
    let choice = choice(matches)?;
    let (workload, files) = what(matches)?;
    let mut request = Request { workload, namespace: given(NAMESPACE), resource: given(ROLE_AT) };
    let client = client(matches, env, files.is_empty())?;
    let wait = matches.get_one::<Duration>(WAIT).copied();
    if client.is_none() && wait.is_some() {
        return Err(CliError::Usage(format!("`--{WAIT}` is for a cluster; files stay as they are")));
    }
    let mut facts = Facts::new(given(ISSUER).as_deref());
    for path in &files {
        let (name, file) = input(path, &mut stdin);
        match file {
            Ok(file) => facts.file(&name, file, request.namespace.as_deref()),
            Err(error) => facts
                .unread
                .push(format!("{name}: cannot be opened: {error}")),
        }
    }
    for path in matches.get_many::<PathBuf>(LOGS).into_iter().flatten() {
        let (name, file) = input(path, &mut stdin);
        match file {
            Ok(file) => facts.log(&name, file),
            Err(error) => facts
                .unread
                .push(format!("{name}: cannot be opened: {error}")),
        }
    }
    let findings = match client {
        Some((client, namespace)) => {
            if !matches.get_flag(EVERYWHERE) && request.namespace.is_none() {
                request.namespace = Some(namespace);
            }
            let wait = wait.unwrap_or_default();
            wait_for(until_well(&client, &mut facts, (&request, &choice), wait, &System))?
        }
        None => diagnose(&facts, &request, &choice),
    };
    let is_json = given(OUTPUT).is_some_and(|form| form == "json");
    let output = if is_json { json(&findings) } else { text(&findings, style) };
    let exit = if status(&findings) == Status::Failures { Exit::Failure } else { Exit::Success };
    Ok(Outcome { exit, output, messages: String::new() })
}

/// The checks that are wanted.
fn choice(matches: &ArgMatches) -> Result<Choice, CliError> {
    let names = |flag: &str| {
        let given = matches.get_many::<String>(flag);
        given.into_iter().flatten().cloned().collect()
    };
    let choice = Choice { only: names(ONLY), ignore: names(IGNORE) };
    match choice.unknown(ALL) {
        Some(word) => {
            let page = link_of_page();
            Err(CliError::Usage(format!(
                "`{word}` is neither the id of a check nor a category; {page} has them"
            )))
        }
        None => Ok(choice),
    }
}

/// Kind and name of a workload, if one is named, and files.
type What = (Option<(String, String)>, Vec<PathBuf>);

/// The workload and the files among the arguments.
fn what(matches: &ArgMatches) -> Result<What, CliError> {
    let (mut workload, mut files) = (None, Vec::new());
    for word in matches.get_many::<String>(WHAT).into_iter().flatten() {
        match Request::parse(word) {
            Some(_) if workload.is_some() => {
                let text =
                    format!("`{word}` is a second workload; name one, or a namespace by `--{NAMESPACE}`");
                return Err(CliError::Usage(text));
            }
            Some(parsed) => workload = Some(parsed),
            None => {
                let path = PathBuf::from(word);
                let wrong = Request::wrong(word).filter(|_| !path.exists());
                if let Some(wrong) = wrong {
                    return Err(CliError::Usage(wrong));
                }
                files.push(path);
            }
        }
    }
    Ok((workload, files))
}

/// The way to the cluster, and the namespace to look at there; none where files alone are read.
fn client(matches: &ArgMatches, env: &Env, is_alone: bool) -> Result<Option<(Client, String)>, CliError> {
    let context = matches.get_one::<String>(CONTEXT).cloned();
    let named = matches.get_one::<PathBuf>(KUBECONFIG).cloned();
    let is_named = named.is_some() || context.is_some() || matches.get_flag(IN_CLUSTER);
    if !is_named && !is_alone {
        return Ok(None);
    }
    let file = match named {
        _ if matches.get_flag(IN_CLUSTER) => None,
        Some(file) => Some(file),
        None => kubeconfig(env)?,
    };
    let source = match (file, context) {
        (Some(file), Some(context)) => Source::Context(file, context),
        (Some(file), None) => Source::Kubeconfig(file),
        (None, Some(_)) => {
            return Err(CliError::Usage(format!(
                "`--{CONTEXT}` needs a kubeconfig; name it by `--{KUBECONFIG}`"
            )));
        }
        (None, None) => Source::Pod,
    };
    let usage = |error: crate::operator::cluster::AccessError| CliError::Usage(error.to_string());
    let access = Access::find(&source, env).map_err(usage)?;
    let namespace = access
        .namespace
        .clone()
        .unwrap_or_else(|| "default".to_owned());
    Ok(Some((Client::new(access).map_err(usage)?, namespace)))
}

/// The kubeconfig that kubectl would take.
fn kubeconfig(env: &Env) -> Result<Option<PathBuf>, CliError> {
    if let Some(named) = env.get("KUBECONFIG").filter(|named| !named.is_empty()) {
        if named.contains(':') {
            let text = format!(
                "KUBECONFIG names several files, which are not put together here; name one by `--{KUBECONFIG}`"
            );
            return Err(CliError::Usage(text));
        }
        return Ok(Some(PathBuf::from(named)));
    }
    let home = env
        .get("HOME")
        .map(|home| PathBuf::from(home).join(".kube/config"));
    Ok(home.filter(|path| path.exists()))
}
