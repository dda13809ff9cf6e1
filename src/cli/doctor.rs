//! `wisp doctor`: what is wrong, link by link, from within the pod.

use std::{
    io::{self, IsTerminal as _},
    path::PathBuf,
    time::Duration,
};

use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValuesParser};
use url::Url;

use super::{
    args::{self, option, switch},
    command::{CliCommand, CliError, help_end},
    exit::{Exit, Outcome},
    serve::read_file,
};
use crate::{
    clock::System,
    doctor::{
        Choice, Finding,
        pod::{Context, Order, checks, examine},
        report::{self, Status, Style},
        resource::service,
    },
    names::Resource,
    settings::{
        Env, Flags, Sources,
        keys::{
            ADMIN_LISTEN, AUTHORITY, CA_FILE, CLIENT_ID, CONFIG, HTTPS_PROXY, Key, LISTEN, NO_PROXY,
            TENANT_ID, TOKEN_FILE,
        },
        parse_duration, show_duration,
    },
};

const NAME: &str = "doctor";

pub(super) const COMMAND: CliCommand =
    CliCommand { name: NAME, arguments, run: |matches, env| Ok(run(&Doctor::of(matches)?, env)?.report()) };

/// The settings that can be named where wisp's own are not at hand, as in a container that was added to debug.
const SETTINGS: [&Key; 10] = [
    &CONFIG,
    &CLIENT_ID,
    &TENANT_ID,
    &TOKEN_FILE,
    &AUTHORITY,
    &CA_FILE,
    &HTTPS_PROXY,
    &NO_PROXY,
    &LISTEN,
    &ADMIN_LISTEN,
];

/// The longest time for one question to the network, unless somebody says otherwise: all of them together stay below fifteen
/// seconds where nothing answers.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most that can be said.
const MAX_PATIENCE: Duration = Duration::from_secs(120);

/// Where the kernel shows the control group of this container.
const CONTROL_GROUP: &str = "/sys/fs/cgroup";

/// Threads for what blocks: looking up names.
const BLOCKING_THREADS: usize = 6;

const MORE: &str = "It reads the settings as `wisp serve` does, asks Entra for a token for each identity and resource, and shows none of \
                    them. A check that fails names what to do; those that rest on it are not run.";

const EXAMPLES: &[&str] = &[
    "wisp doctor --resource https://vault.azure.net",
    "wisp doctor --quiet --ignore node-endpoint",
    "wisp doctor --only network,exchange --output json",
    "wisp doctor --probe 'https://NAME.vault.azure.net/secrets?api-version=7.4'",
];

fn arguments() -> Command {
    Command::new(NAME)
        .about("Say what is wrong, from the settings to the token")
        .arg(
            option(
                "resource",
                "RESOURCE",
                "What to ask for a token for; may be repeated [default: those of the settings]",
            )
            .value_parser(args::resource)
            .action(ArgAction::Append),
        )
        .arg(
            option(
                "identity",
                "IDENTITY",
                "Name or client id of the one identity to ask for [default: each]",
            )
            .value_parser(args::name),
        )
        .arg(option("probe", "URL", "Ask this resource with a token too, and say what its answer means"))
        .arg(switch("redirected", "The pod is meant to be redirected: it fails if it is not"))
        .arg(choice("only", "Run these checks alone, by id or category"))
        .arg(choice("ignore", "Leave these checks out, by id or category"))
        .arg(
            option("output", "FORMAT", "How findings are written [default: text]")
                .value_parser(PossibleValuesParser::new(["text", "json"])),
        )
        .arg(switch("quiet", "Say nothing of what holds").short('q'))
        .arg(
            option("timeout", "DURATION", "Longest time for one question to the network [default: 5s]")
                .value_parser(patience),
        )
        .args(SETTINGS.map(|key| args::setting(key).help_heading("Settings, where they are not at hand")))
        .after_help(help_end(MORE, EXAMPLES, &[(Exit::Failure, "a check failed")]))
}

fn choice(name: &'static str, help: &'static str) -> Arg {
    option(name, "CHECK", help)
        .value_delimiter(',')
        .action(ArgAction::Append)
}

/// The arguments of `wisp doctor`.
struct Doctor {
    order: Order,
    as_json: bool,
    quiet: bool,
    flags: Flags,
}

impl Doctor {
    fn of(matches: &ArgMatches) -> Result<Self, CliError> {
        let list = |name: &str| -> Vec<String> {
            let values = matches.get_many::<String>(name);
            values.into_iter().flatten().cloned().collect()
        };
        let choice = Choice { only: list("only"), ignore: list("ignore") };
        let all: Vec<_> = checks().collect();
        if let Some(unknown) = choice.unknown(&all) {
            let known: Vec<_> = all.iter().map(|check| check.id).collect();
            return Err(CliError::Usage(format!(
                "no check and no category is called `{}`; the checks are {}",
                unknown.escape_debug(),
                known.join(", ")
            )));
        }
        let resources = matches.get_many::<Resource>("resource");
        let mut resources: Vec<_> = resources.into_iter().flatten().cloned().collect();
        // Not by clap, which would repeat a password or a signature in it.
        let probe = matches.get_one::<String>("probe").map(|text| https(text));
        let probe = probe
            .transpose()
            .map_err(|reason| CliError::Usage(format!("--probe has no usable URL: {reason}")))?;
        if let Some(url) = probe.as_ref().filter(|_| resources.is_empty()) {
            resources.push(resource_of(url)?);
        }
        let order = Order {
            choice,
            resources,
            probe,
            identity: matches.get_one("identity").cloned(),
            is_redirected: matches.get_flag("redirected"),
            patience: matches.get_one("timeout").copied().unwrap_or(PATIENCE),
        };
        let output = matches.get_one::<String>("output");
        Ok(Self {
            order,
            as_json: output.is_some_and(|format| format == "json"),
            quiet: matches.get_flag("quiet"),
            flags: args::settings(matches),
        })
    }
}

/// A time in which something can be answered.
fn patience(text: &str) -> Result<Duration, String> {
    parse_duration(text)
        .filter(|duration| !duration.is_zero() && *duration <= MAX_PATIENCE)
        .ok_or_else(|| format!("expected a duration from 1ms to {}, such as 5s", show_duration(MAX_PATIENCE)))
}

/// The address of a resource.
fn https(text: &str) -> Result<Url, String> {
    if !text.contains("://") {
        return Err("write https:// before it, or tcp:// before the name of a database".to_owned());
    }
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    // No token is sent to what speaks no HTTP.
    let is_other = || service::known(url.host_str()?)?.service.port;
    if (url.scheme() != "https" && is_other().is_none()) || url.host_str().is_none() {
        return Err("it has to be an https URL: a token is sent there".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it must have no user and no password: the token says who asks".to_owned());
    }
    Ok(url)
}

/// What a token for this address is asked for by. A token goes nowhere that nobody said it is for.
fn resource_of(url: &Url) -> Result<Resource, CliError> {
    let host = url.host_str().unwrap_or_default();
    let unknown = || {
        CliError::Usage(format!(
            "{host} is none of the services of Azure that are known here; name what its tokens are for with --resource"
        ))
    };
    let audience = service::known(host).ok_or_else(unknown)?.audience();
    audience
        .parse()
        .map_err(|error| CliError::Usage(format!("{audience}: {error}")))
}

/// Runs the command.
fn run(arguments: &Doctor, env: Env) -> Result<Outcome, CliError> {
    let colour = io::stdout().is_terminal() && !has(&env, "NO_COLOR");
    let sources = Sources::new(arguments.flags.clone(), env, Box::new(read_file));
    let context = Context {
        clock: System,
        random: System,
        control_group: PathBuf::from(CONTROL_GROUP),
        open_files: open_files(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)?;
    let findings = runtime.block_on(examine(&arguments.order, &sources, &context));
    // A name look-up that hangs must not hold up the end.
    runtime.shutdown_background();
    Ok(outcome(&findings, arguments, colour))
}

fn outcome(findings: &[Finding], arguments: &Doctor, colour: bool) -> Outcome {
    let output = if arguments.as_json {
        report::json(findings)
    } else {
        report::text(findings, Style { colour, quiet: arguments.quiet })
    };
    let exit = match report::status(findings) {
        Status::Well | Status::Warnings => Exit::Success,
        Status::Failures => Exit::Failure,
    };
    Outcome { exit, output, messages: String::new() }
}

fn has(env: &Env, name: &str) -> bool {
    env.get(name).is_some_and(|value| !value.is_empty())
}

/// How many files a process may have open, once it has raised its limit.
#[cfg(target_os = "linux")]
fn open_files() -> Option<u64> {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::Nofile).maximum
}

#[cfg(not(target_os = "linux"))]
fn open_files() -> Option<u64> {
    None
}
