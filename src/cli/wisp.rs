//! The arguments of `wisp`. The flags of `wisp serve` come from the table of settings.

use std::{ffi::OsString, time::Duration};

use clap::{
    Arg, ArgAction, ArgMatches, Command,
    builder::PossibleValuesParser,
    error::{ContextKind, ContextValue, ErrorKind},
};

#[cfg(target_os = "linux")]
use super::redirect::{self, Redirect};
use super::{
    exit::{Exit, Outcome},
    probe::{self, MAX_WAIT, Probe},
    serve::Serve,
    try_token::TryToken,
};
use crate::names::Resource;
use crate::settings::{
    Flags, SettingError,
    keys::{Accepts, CONFIG, KEYS, Key},
    parse_duration, show_duration, suggest,
};

/// What `wisp` is asked to do.
pub enum Action {
    /// `wisp probe`
    Probe(Probe),
    /// `wisp probe token`
    TryToken(TryToken),
    /// `wisp redirect`
    #[cfg(target_os = "linux")]
    Redirect(Redirect),
    /// `wisp serve`
    Serve(Serve),
}

/// The flags of `serve` that are no settings.
const PRINT_CONFIG: &str = "print-config";
const CHECK: &str = "check";

/// The question that is no question about wisp itself.
const TOKEN: &str = "token";

/// Reads the arguments, the program's name first. The error is the end of the program: help, version, or what is wrong.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Action, Outcome> {
    let matches = command()
        .try_get_matches_from(arguments)
        .map_err(|error| outcome(&error))?;
    match matches.subcommand() {
        Some(("probe", matches)) if asks_for_a_token(matches) => Ok(Action::TryToken(try_token(matches)?)),
        Some(("probe", matches)) => Ok(Action::Probe(probe(matches)?)),
        #[cfg(target_os = "linux")]
        Some((redirect::NAME, matches)) => Ok(Action::Redirect(redirect::read(matches))),
        Some((_, matches)) => Ok(Action::Serve(serve(matches))),
        // The command requires one.
        None => Err(Outcome::errors(Exit::Usage, ["a command is missing"])),
    }
}

fn command() -> Command {
    let command = Command::new("wisp")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Workload Identity Sidecar Proxy: Azure's managed-identity endpoint on loopback")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(serve_command())
        .subcommand(probe_command());
    #[cfg(target_os = "linux")]
    let command = command.subcommand(redirect::command());
    command
}

fn serve_command() -> Command {
    let switch = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .action(ArgAction::SetTrue)
            .help(help)
            .display_order(0)
    };
    Command::new("serve")
        .about("Answer token requests of the application beside it")
        .arg(flag(&CONFIG).display_order(0))
        .arg(switch(PRINT_CONFIG, "Print every effective setting and where it came from, then end"))
        .arg(switch(CHECK, "Validate the configuration, then end"))
        .args(
            KEYS.iter()
                .map(|key| flag(key).help_heading(key.group.title())),
        )
}

fn probe_command() -> Command {
    Command::new("probe")
        .about("Ask a running wisp how it is; exit code 0 means well, 1 means not")
        .arg(
            Arg::new("question")
                .required(true)
                .value_parser(PossibleValuesParser::new(
                    probe::QUESTIONS.iter().map(|(word, _)| *word).chain([TOKEN]),
                ))
                .help("What to ask: has it started, is it ready, is it alive; or for a token, which is not shown"),
        )
        .arg(
            Arg::new("resource")
                .long("resource")
                .value_name("RESOURCE")
                .value_parser(|text: &str| text.parse::<Resource>())
                .help("What the token is for [default: the first of WISP_PREFETCH, of WISP_RESOURCES, or Azure Resource Manager]"),
        )
        .arg(
            Arg::new("admin")
                .long("admin")
                .value_name("ADDR")
                .value_parser(clap::value_parser!(std::net::SocketAddr))
                .help("Address of the admin listener [default: where the settings say]"),
        )
        .arg(
            Arg::new("wait")
                .long("wait")
                .value_name("DURATION")
                .value_parser(wait)
                .help("How long to ask again while the answer is no [default: 0s]"),
        )
        .arg(flag(&CONFIG))
}

fn flag(key: &'static Key) -> Arg {
    let default = match key.default {
        None | Some("") => String::new(),
        Some(default) => format!(" [default: {default}]"),
    };
    let help = format!("{} [env: {}]{default}", key.help, key.variable());
    let arg = Arg::new(key.name)
        .long(key.flag)
        .value_name(key.placeholder)
        .help(help);
    match key.accepts {
        Accepts::Bool => arg.num_args(0..=1).default_missing_value("true"),
        Accepts::List(_) => arg.action(ArgAction::Append),
        _ => arg,
    }
}

fn serve(matches: &ArgMatches) -> Serve {
    Serve {
        flags: flags(matches),
        print_config: matches.get_flag(PRINT_CONFIG),
        check: matches.get_flag(CHECK),
    }
}

/// The settings among the flags; a list flag that is repeated adds to its list.
fn flags(matches: &ArgMatches) -> Flags {
    let given = |key: &&'static Key| {
        let values: Vec<_> = matches
            .get_many::<String>(key.name)?
            .map(String::as_str)
            .collect();
        Some((*key, values.join(",")))
    };
    [&CONFIG].iter().chain(KEYS).filter_map(given).collect()
}

fn probe(matches: &ArgMatches) -> Result<Probe, Outcome> {
    let word = matches.get_one::<String>("question").map(String::as_str);
    let question = probe::QUESTIONS
        .into_iter()
        .find(|(name, _)| Some(*name) == word);
    let Some((_, path)) = question else {
        return Err(Outcome::errors(Exit::Usage, ["a question is missing"]));
    };
    Ok(Probe {
        path,
        admin: matches.get_one("admin").copied(),
        wait: matches.get_one("wait").copied().unwrap_or_default(),
        flags: config(matches),
    })
}

fn asks_for_a_token(matches: &ArgMatches) -> bool {
    matches
        .get_one::<String>("question")
        .is_some_and(|word| word == TOKEN)
}

fn try_token(matches: &ArgMatches) -> Result<TryToken, Outcome> {
    if ["admin", "wait"]
        .iter()
        .any(|name| matches.contains_id(name))
    {
        return Err(Outcome::errors(Exit::Usage, ["`wisp probe token` takes neither --admin nor --wait"]));
    }
    Ok(TryToken { resource: matches.get_one("resource").cloned(), flags: config(matches) })
}

/// `--config`, for those that read nothing else from flags.
fn config(matches: &ArgMatches) -> Flags {
    let given = matches.get_one::<String>(CONFIG.name);
    given
        .map(|path| (&CONFIG, path.clone()))
        .into_iter()
        .collect()
}

fn wait(text: &str) -> Result<Duration, String> {
    let expected = || format!("expected a duration up to {}, such as 1m", show_duration(MAX_WAIT));
    parse_duration(text)
        .filter(|wait| *wait <= MAX_WAIT)
        .ok_or_else(expected)
}

fn outcome(error: &clap::Error) -> Outcome {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Outcome::success(text),
        #[cfg(target_os = "linux")]
        ErrorKind::UnknownArgument if is_about(redirect::NAME, error) => Outcome::errors(
            Exit::Usage,
            [format!("unknown argument: `{}`; `wisp {} --help` lists them", argument(error), redirect::NAME)],
        ),
        ErrorKind::UnknownArgument => Outcome::errors(Exit::Usage, [unknown_flag(error)]),
        _ => Outcome { exit: Exit::Usage, output: String::new(), messages: text },
    }
}

fn unknown_flag(error: &clap::Error) -> SettingError {
    let name = argument(error);
    let meant = suggest(&name).map(|key| format!("--{}", key.flag));
    SettingError::Unknown { what: "argument".into(), name, meant }
}

fn argument(error: &clap::Error) -> String {
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(name)) => name.clone(),
        _ => String::new(),
    }
}

/// Whether it was said to this subcommand, whose arguments are no settings.
#[cfg(target_os = "linux")]
fn is_about(subcommand: &str, error: &clap::Error) -> bool {
    let usage = format!("wisp {subcommand} ");
    matches!(error.get(ContextKind::Usage), Some(ContextValue::StyledStr(text)) if text.to_string().contains(&usage))
}
