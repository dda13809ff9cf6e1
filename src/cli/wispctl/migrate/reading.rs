//! What the steps of a migration read, and the arguments that name it.

use std::{
    io::{self, IsTerminal as _, Read, Write as _},
    path::PathBuf,
};

use anyhow::Context as _;
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};

use crate::{
    cli::{
        args::{option, switch},
        command::CliError,
        wispctl::terminal,
    },
    operator::{
        cluster::{Access, Client, Source, Stored},
        migrate::{
            inventory::{Inventory, KeptObject, Progress, Reader, Request},
            tables::Form,
        },
        pod_identity::Matching,
        workload::{Custom, Which},
    },
    settings::Env,
};

const INPUTS: &str = "inputs";
pub(in crate::cli::wispctl) const KUBECONFIG: &str = "kubeconfig";
pub(in crate::cli::wispctl) const IN_CLUSTER: &str = "in-cluster";
const WITH_SECRETS: &str = "with-secrets";
const NAMESPACE: &str = "namespace";
const MATCHING: &str = "matching";
const PATH: &str = "path";
const OUTPUT: &str = "output";
const PROGRESS: &str = "progress";

/// Where bindings are looked for, by name. `auto` finds it out.
const MATCHINGS: [(&str, Option<Matching>); 3] =
    [("auto", None), ("standard", Some(Matching::Standard)), ("namespaced", Some(Matching::Namespaced))];

/// Adds the arguments that name what is read, and the form of what is written, to `command`. `what` is what it writes.
pub(super) fn arguments(command: Command, what: &str) -> Command {
    inputs(command)
        .arg(form_argument(what))
        .arg(progress_switch())
}

/// Says how far the reading is.
pub(super) fn progress_switch() -> Arg {
    switch(PROGRESS, "Say on standard error how far the reading is, as on a terminal")
}

/// Adds the arguments that name what is read to `command`.
pub(super) fn inputs(command: Command) -> Command {
    let files = files_argument("Files, folders (.yaml, .yml and .json in them), `-` for standard input");
    let command = command.arg(files.required_unless_present_any([KUBECONFIG, IN_CLUSTER]));
    cluster_arguments(command)
        .arg(
            option(
                NAMESPACE,
                "NAME",
                "Workloads of this namespace alone; what names none is in it [default: all]",
            )
            .short('n'),
        )
        .args(how())
}

/// Adds the arguments that name a live cluster, whole as it is, to `command`.
pub(super) fn live_arguments(command: Command) -> Command {
    let cluster = ArgGroup::new("cluster").args([KUBECONFIG, IN_CLUSTER]);
    command
        .arg(files_argument("What `az aks show` prints, and other files that the plan was made with"))
        .arg(kubeconfig("The cluster of this kubeconfig's current context"))
        .arg(switch(IN_CLUSTER, "The cluster that this process is a pod of"))
        .args(how())
        .group(cluster.required(true))
}

fn files_argument(help: &'static str) -> Arg {
    Arg::new(INPUTS)
        .value_name("FILE")
        .num_args(1..)
        .value_parser(value_parser!(PathBuf))
        .help(help)
}

fn kubeconfig(help: &'static str) -> Arg {
    option(KUBECONFIG, "FILE", help)
        .value_parser(value_parser!(PathBuf))
        .conflicts_with(IN_CLUSTER)
}

/// How what is read is understood.
fn how() -> [Arg; 2] {
    [
        words(
            option(
                MATCHING,
                "WORD",
                "Where pod-managed identity looks for bindings: auto, standard (in all namespaces) or namespaced [default: auto]",
            ),
            MATCHINGS.iter().map(|(name, _)| *name).collect(),
        ),
        option(
            PATH,
            "KIND=PATH",
            "A kind of your own and where its pod template is, such as Rollout=spec.template; may be given again",
        )
        .action(ArgAction::Append),
    ]
}

/// Adds the arguments that name a cluster to `command`.
pub(in crate::cli::wispctl) fn cluster_arguments(command: Command) -> Command {
    command
        .arg(kubeconfig("Read the cluster of this kubeconfig's current context as well"))
        .arg(switch(IN_CLUSTER, "Read the cluster that this process is a pod of"))
        .arg(switch(
            WITH_SECRETS,
            "Read the Secrets of the cluster too, for their names; values are not kept",
        ))
}

/// The argument that chooses the form of `what` is written.
pub(in crate::cli::wispctl) fn form_argument(what: &str) -> Arg {
    words(
        option(OUTPUT, "FORM", format!("Form of the {what}: text, json or markdown [default: text]"))
            .short('o'),
        Form::ALL.iter().map(|(name, _)| *name).collect(),
    )
}

/// A word out of a few, which the help names.
pub(super) fn words(arg: Arg, words: Vec<&'static str>) -> Arg {
    arg.value_parser(words).hide_possible_values(true)
}

/// The inventory of what the arguments name. What is wrong with them is the inner error.
pub(super) fn read(
    matches: &ArgMatches,
    env: &Env,
    stdin: impl Read,
) -> Result<Result<Inventory, Vec<String>>, CliError> {
    Ok(reader(matches, env, stdin, |reader| reader)?.map(Reader::finish))
}

/// An inventory, with workloads and objects of pod-managed identity as they were read.
pub(super) type WithObjects = (Inventory, Vec<KeptObject>);

/// The same, with workloads and objects of pod-managed identity as they were read.
pub(super) fn read_with_objects(
    matches: &ArgMatches,
    env: &Env,
    stdin: impl Read,
) -> Result<Result<WithObjects, Vec<String>>, CliError> {
    Ok(reader(matches, env, stdin, Reader::keeping)?.map(Reader::finish_with_objects))
}

/// The same, and what shows how far workloads are moved.
pub(super) fn read_with_stored(
    matches: &ArgMatches,
    env: &Env,
    stdin: impl Read,
) -> Result<Result<(Inventory, Stored), Vec<String>>, CliError> {
    Ok(reader(matches, env, stdin, Reader::storing)?.map(Reader::finish_with_stored))
}

/// Files, folders and `-` among the arguments.
pub(super) fn files(matches: &ArgMatches) -> Vec<PathBuf> {
    matches
        .get_many(INPUTS)
        .into_iter()
        .flatten()
        .cloned()
        .collect()
}

/// Kinds of the user's own, and the namespace of what names none. What is wrong is the error.
pub(super) fn which(matches: &ArgMatches) -> Result<(Which, Option<String>), Vec<String>> {
    request(matches).map(|request| (request.which, request.namespace))
}

/// Has read what the arguments name, by a reader that is made for what is wanted of it.
fn reader(
    matches: &ArgMatches,
    env: &Env,
    stdin: impl Read,
    made: impl FnOnce(Reader) -> Reader,
) -> Result<Result<Reader, Vec<String>>, CliError> {
    let request = match request(matches) {
        Ok(request) => request,
        Err(errors) => return Ok(Err(errors)),
    };
    let client = client(matches, env)?;
    let mut reader = made(Reader::new(request, progress(matches.get_flag(PROGRESS))));
    reader.files(&files(matches), stdin);
    if let Some(client) = client {
        wait_for(reader.cluster(&client, matches.get_flag(WITH_SECRETS)))?;
    }
    Ok(Ok(reader))
}

/// Waits for calls to an API server.
pub(in crate::cli::wispctl) fn wait_for<T>(calls: impl Future<Output = T>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let answer = runtime.block_on(calls);
    // A name look-up that hangs must not hold up the end.
    runtime.shutdown_background();
    Ok(answer)
}

/// Whether the Secrets of the cluster are read.
pub(in crate::cli::wispctl) fn has_secrets(matches: &ArgMatches) -> bool {
    matches.get_flag(WITH_SECRETS)
}

/// The form that is asked for.
pub(in crate::cli::wispctl) fn form(matches: &ArgMatches) -> Form {
    word(matches, OUTPUT, &Form::ALL)
}

/// The one namespace whose workloads are read, if it is one.
pub(super) fn namespace(matches: &ArgMatches) -> Option<&str> {
    // Commands on a live cluster have it not: they may choose several.
    let namespace = matches.try_get_one::<String>(NAMESPACE).ok().flatten();
    namespace.map(String::as_str)
}

/// The way to the cluster that is read, if one is.
pub(in crate::cli::wispctl) fn client(matches: &ArgMatches, env: &Env) -> Result<Option<Client>, CliError> {
    let file = matches.get_one::<PathBuf>(KUBECONFIG).cloned();
    let source = match (file, matches.get_flag(IN_CLUSTER)) {
        (Some(file), _) => Source::Kubeconfig(file),
        (None, true) => Source::Pod,
        (None, false) => return Ok(None),
    };
    let access = Access::find(&source, env).map_err(|error| CliError::Usage(error.to_string()))?;
    let client = Client::new(access).map_err(|error| CliError::Usage(error.to_string()))?;
    Ok(Some(client))
}

fn request(matches: &ArgMatches) -> Result<Request, Vec<String>> {
    Ok(Request {
        which: custom_kinds(matches)?,
        namespace: namespace(matches).map(str::to_owned),
        matching: word(matches, MATCHING, &MATCHINGS),
    })
}

/// Kinds of the user's own.
pub(super) fn custom_kinds(matches: &ArgMatches) -> Result<Which, Vec<String>> {
    let given = matches.get_many::<String>(PATH).into_iter().flatten();
    let (mut custom, mut errors) = (Vec::new(), Vec::new());
    for text in given {
        match Custom::parse(text) {
            Ok(kind) => custom.push(kind),
            Err(error) => errors.push(format!("`--{PATH}` {error}")),
        }
    }
    if errors.is_empty() { Ok(Which::from(custom)) } else { Err(errors) }
}

/// The inventory of a whole live cluster, of which commands choose namespaces afterwards. The error is what is wrong with the arguments.
pub(super) async fn live(matches: &ArgMatches, client: &Client) -> Result<Inventory, Vec<String>> {
    let mut reader = Reader::new(request(matches)?, progress(false));
    reader.files(&files(matches), io::empty());
    reader.cluster(client, false).await;
    Ok(reader.finish())
}

/// What a word means.
pub(super) fn word<T: Copy + Default>(matches: &ArgMatches, flag: &str, known: &[(&str, T)]) -> T {
    let given = matches.get_one::<String>(flag);
    let found = given.and_then(|given| known.iter().find(|(name, _)| name == given));
    found.map(|(_, value)| *value).unwrap_or_default()
}

/// On a terminal one line that changes, else lines where they are asked for.
pub(in crate::cli::wispctl) fn progress(is_asked_for: bool) -> Progress {
    let is_terminal = io::stderr().is_terminal();
    if !is_terminal && !is_asked_for {
        return Progress::silent();
    }
    Progress::new(move |line| {
        let mut stderr = io::stderr().lock();
        // Nothing is left to do when the terminal is gone.
        let shown = terminal::visible(line);
        let _ = match (is_terminal, shown.as_str()) {
            (true, line) => write!(stderr, "\r\u{1b}[K{line}"),
            (false, "") => Ok(()),
            (false, line) => writeln!(stderr, "{line}"),
        };
        let _ = stderr.flush();
    })
}
