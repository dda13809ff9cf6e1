//! `wispctl migrate verify`.

use std::{
    io::{self, Read},
    path::PathBuf,
    time::Duration,
};

use anyhow::Context as _;
use clap::{Arg, ArgMatches, Command, value_parser};

use super::{live, plan, reading};
use crate::{
    cli::{
        args::{duration, option, switch},
        command::{CliCommand, CliError, help_end},
        exit::{Exit, Outcome},
        wispctl::{signals::End, terminal},
    },
    clock::System,
    entra::{Config, Entra, NoProxy, ProxyUrl, authority::cloud},
    names::{Authority, Resource},
    operator::{
        cluster::Client,
        migrate::{
            execute::Facts,
            verify::{Jobs, Request, Stage, Verification, World, render::render, verify},
        },
    },
    settings::Env,
};

const NAME: &str = "verify";

pub(super) const COMMAND: CliCommand = CliCommand {
    name: NAME,
    arguments,
    run: |matches, env| Ok(terminal::report(outcome(matches, &env, io::stdin())?)),
};

const STAGE: &str = "stage";
const BY_JOB: &str = "by-job";
const OLD_BY_POD: &str = "old-by-pod";
const IMAGE: &str = "image";
const NMI_PORT: &str = "nmi-metrics-port";
const TIMEOUT: &str = "timeout";

/// The names of the arguments that say how Entra is asked, which Jobs have too.
pub(super) const AUTHORITY: &str = "authority";
pub(super) const RESOURCE: &str = "resource";
pub(super) const CA_FILE: &str = "ca-file";

/// Entra of the public cloud.
pub(super) const DEFAULT_AUTHORITY: &str = "https://login.microsoftonline.com";

/// What every identity may get a token for, and which gives no right by itself.
const DEFAULT_RESOURCE: &str = "https://management.azure.com/";

/// Credentials are known everywhere within minutes as a rule.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

/// A new issuer takes half an hour.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(45 * 60);

const MORE: &str = "\
Makes the plan of a live cluster as `wispctl migrate plan` does, and proves it workload by workload. Before the cut-over: the service
account, a token of it by TokenRequest, issuer, audience, subject and clocks, and that Entra gives a token for it to each identity. In
parallel: that both ways give tokens of the same identity. Afterwards: that nobody goes the old way. Workloads are not touched; Jobs are
made with `--by-job` and `--old-by-pod` alone, and removed. Tokens are never printed, only whose they are. What fails, and what nobody could
look at, is listed with what to do.";

const EXAMPLES: &[&str] = &[
    "wispctl migrate verify --kubeconfig ~/.kube/config aks.json",
    "wispctl migrate verify --kubeconfig ~/.kube/config --namespace shop --by-job --image registry.example/wispctl:1 aks.json",
    "wispctl migrate verify --kubeconfig ~/.kube/config --stage parallel --old-by-pod --image registry.example/wispctl:1 aks.json",
    "wispctl migrate verify --kubeconfig ~/.kube/config --stage after --output json aks.json",
];

const CODES: [(Exit, &str); 1] =
    [(Exit::Failure, "a check failed or could not be made; the verification has the rest")];

fn arguments() -> Command {
    let command = Command::new(NAME)
        .about("Prove of each workload that it gets its tokens without pod-managed identity");
    let stages: Vec<_> = Stage::ALL.iter().map(|(name, _)| *name).collect();
    reading::arguments(plan::decided(command), "verification")
        .arg(
            option(
                STAGE,
                "WORD",
                "When: before, parallel (wisp and the label) or after the label is gone [default: before]",
            )
            .value_parser(stages)
            .hide_possible_values(true),
        )
        .arg(authority())
        .arg(resource())
        .arg(ca_file())
        .arg(duration(
            TIMEOUT,
            LONGEST_TIMEOUT,
            "How long in all to wait for what may still spread through Entra, up to 45m [default: 2m]",
        ))
        .arg(
            switch(BY_JOB, "Have a Job of each service account ask, where TokenRequest is not allowed")
                .requires(IMAGE),
        )
        .arg(
            switch(OLD_BY_POD, "Have a Job with the label `aadpodidbinding` ask the old way, in parallel")
                .requires(IMAGE),
        )
        .arg(option(IMAGE, "IMAGE", "Image of such Jobs: that of wispctl, of this version"))
        .arg(
            option(
                NMI_PORT,
                "PORT",
                "Where NMI gives its metrics [default: what `--prometheus-port` of its pods says, or 9090]",
            )
            .value_parser(value_parser!(u16).range(1..)),
        )
        .after_help(help_end(MORE, EXAMPLES, &CODES))
}

/// Where Entra is.
pub(super) fn authority() -> Arg {
    let help =
        "Where Entra is, such as an emulator [default: that of the cloud, https://login.microsoftonline.com]";
    option(AUTHORITY, "URL", help)
}

/// What tokens are asked for.
pub(super) fn resource() -> Arg {
    option(
        RESOURCE,
        "URI",
        "What to ask tokens for [default: the cloud's Resource Manager, https://management.azure.com/.default]",
    )
}

/// Roots beside the system's.
pub(super) fn ca_file() -> Arg {
    option(
        CA_FILE,
        "FILE",
        "PEM file with roots that are trusted for Entra beside the system's, for an emulator",
    )
    .value_parser(value_parser!(PathBuf))
}

/// The verification of what the arguments name.
fn outcome(matches: &ArgMatches, env: &Env, stdin: impl Read) -> Result<Outcome, CliError> {
    let Some(client) = reading::client(matches, env)? else {
        let text = "a live cluster is verified: give `--kubeconfig FILE`, or `--in-cluster` in a pod; files may say more of it";
        return Err(CliError::Usage(text.to_owned()));
    };
    // What is wrong with them is told before a cluster is read.
    request(matches, DEFAULT_AUTHORITY)?;
    let entra = entra(matches, env)?;
    let decided = match plan::request(matches) {
        Ok(decided) => decided,
        Err(errors) => return Ok(Outcome::errors(Exit::Usage, errors)),
    };
    let inventory = match reading::read(matches, env, stdin)? {
        Ok(inventory) => inventory,
        Err(errors) => return Ok(Outcome::errors(Exit::Usage, errors)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    // As the commands that change the cluster: what was decided of workloads that are moved is about nothing that is left to plan.
    let (inventory, plan) = match runtime.block_on(Facts::find(&client, inventory, decided)) {
        Ok(Facts { inventory, plan }) => (inventory, plan),
        Err(unplanned) => return Ok(live::without_plan(unplanned)),
    };
    let request = request(matches, plan.cluster.authority)?;
    let verification = runtime.block_on(until_end(&client, &entra, async |world, jobs| {
        verify(world, jobs, (&inventory, &plan), &request).await
    }))?;
    // A name look-up that hangs must not hold up the end.
    runtime.shutdown_background();
    let verification = match verification {
        Ok(verification) => verification,
        Err(errors) => return Ok(Outcome::errors(Exit::Failure, errors)),
    };
    let output = render(&verification, reading::form(matches));
    let open = verification.open_ends();
    Ok(if open.is_empty() {
        Outcome::success(output)
    } else {
        Outcome { output, ..Outcome::errors(Exit::Failure, open) }
    })
}

type Around<'a> = World<'a, Client, Entra<System, System>, System>;

/// Runs `verify` until its end, or until a signal comes. Jobs that it has made are removed either way.
async fn until_end<'a>(
    api: &'a Client,
    outside: &'a Entra<System, System>,
    verify: impl AsyncFnOnce(Around<'a>, &Jobs) -> Verification,
) -> Result<Result<Verification, Vec<String>>, CliError> {
    let mut end = End::new()?;
    let jobs = Jobs::default();
    let world = World { api, outside, time: &System };
    tokio::select! {
        verification = verify(world, &jobs) => return Ok(Ok(verification)),
        _ = end.asked_for() => {}
    }
    let mut errors = vec!["ended by a signal; nothing is proven".to_owned()];
    errors.extend(jobs.sweep(api).await);
    Ok(Err(errors))
}

/// What is asked for, of Entra at `authority` where no other is named.
fn request(matches: &ArgMatches, authority: &str) -> Result<Request, CliError> {
    let stage = matches.get_one::<String>(STAGE);
    let stage = stage.and_then(|given| Stage::ALL.iter().find(|(name, _)| name == given));
    let authority = authority_of(matches, authority)?;
    let resource = resource_of(matches, &authority)?;
    Ok(Request {
        stage: stage.map(|(_, stage)| *stage).unwrap_or_default(),
        namespace: reading::namespace(matches).map(str::to_owned),
        authority,
        resource,
        timeout: matches.get_one(TIMEOUT).copied().unwrap_or(DEFAULT_TIMEOUT),
        by_job: matches.get_flag(BY_JOB),
        old_by_pod: matches.get_flag(OLD_BY_POD),
        image: matches.get_one::<String>(IMAGE).cloned(),
        nmi_port: matches.get_one(NMI_PORT).copied(),
    })
}

/// The authority that is given, or `default`.
pub(super) fn authority_of(matches: &ArgMatches, default: &str) -> Result<Authority, CliError> {
    let text = matches
        .get_one::<String>(AUTHORITY)
        .map_or(default, String::as_str);
    text.parse()
        .map_err(|error| invalid(AUTHORITY, text, &error))
}

/// The resource that is given, or the Resource Manager of the authority's cloud.
pub(super) fn resource_of(matches: &ArgMatches, authority: &Authority) -> Result<Resource, CliError> {
    let manager = cloud(authority).and_then(|cloud| cloud.resource_manager);
    let default = format!("{}/.default", manager.unwrap_or(DEFAULT_RESOURCE).trim_end_matches('/'));
    let text = matches.get_one::<String>(RESOURCE).unwrap_or(&default);
    text.parse()
        .map_err(|error| invalid(RESOURCE, text, &error))
}

fn invalid(name: &str, text: &str, error: &dyn std::fmt::Display) -> CliError {
    CliError::Usage(format!("`--{name}` cannot be `{}`: {error}", text.escape_debug()))
}

/// How Entra is asked: by the same variables as wisp, and with the roots that are given.
pub(super) fn entra(matches: &ArgMatches, env: &Env) -> Result<Entra<System, System>, CliError> {
    let variable = |names: [&str; 2]| {
        names
            .into_iter()
            .find_map(|name| env.get(name))
            .filter(|text| !text.is_empty())
    };
    let proxy = variable(["HTTPS_PROXY", "https_proxy"])
        .map(str::parse::<ProxyUrl>)
        .transpose();
    let proxy = proxy.map_err(|error| CliError::Usage(format!("HTTPS_PROXY cannot be used: {error}")))?;
    let direct = variable(["NO_PROXY", "no_proxy"])
        .unwrap_or_default()
        .split(',');
    let direct = direct
        .map(|entry| entry.trim().to_owned())
        .filter(|entry| !entry.is_empty());
    let config = Config {
        ca_file: matches.get_one::<PathBuf>(CA_FILE).cloned(),
        ssl_cert_file: env
            .get("SSL_CERT_FILE")
            .filter(|text| !text.is_empty())
            .map(PathBuf::from),
        https_proxy: proxy,
        no_proxy: NoProxy::new(direct.collect()),
        connect_timeout: Duration::from_secs(10),
        attempt_timeout: Duration::from_secs(30),
        ..Config::placeholder()
    };
    Entra::new(config, System, System).map_err(|error| CliError::Usage(error.to_string()))
}
