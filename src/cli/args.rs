//! Arguments that several commands have, and how they are read.

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches};

use crate::settings::{
    Flags,
    keys::{Accepts, CONFIG, KEYS, Key},
    parse_duration, show_duration,
};
use crate::{
    names::{InvalidName, Resource},
    visible::holds_token,
};

/// `--name <VALUE>`
pub(super) fn option(name: &'static str, value: &'static str, help: impl Into<String>) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name(value)
        .help(help.into())
}

/// `--name`
pub(super) fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help)
}

/// `--name <DURATION>`, at most `max`.
pub(super) fn duration(name: &'static str, max: Duration, help: &'static str) -> Arg {
    option(name, "DURATION", help).value_parser(move |text: &str| {
        parse_duration(text)
            .filter(|duration| *duration <= max)
            .ok_or_else(|| format!("expected a duration up to {}, such as 1m", show_duration(max)))
    })
}

/// A resource that is named by an argument.
pub(super) fn resource(text: &str) -> Result<Resource, String> {
    name(text)?
        .parse()
        .map_err(|error: InvalidName| error.to_string())
}

/// A name that is given by an argument, and no token in its place: names are shown.
pub(super) fn name(text: &str) -> Result<String, String> {
    if holds_token(text) { Err("it holds a token".to_owned()) } else { Ok(text.to_owned()) }
}

/// The flag of a setting. What stands for the value names the words itself where there are only a few.
pub(super) fn setting(key: &'static Key) -> Arg {
    let value = match key.accepts {
        Accepts::OneOf(_) => String::new(),
        accepts => format!(" [value: {accepts:#}]"),
    };
    let default = match key.default {
        None | Some("") => String::new(),
        Some(default) => format!(" [default: {default}]"),
    };
    let help = format!("{}{value} [env: {}]{default}", key.help, key.variable());
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

/// The settings among the arguments; a list flag that is repeated adds to its list.
pub(super) fn settings(matches: &ArgMatches) -> Flags {
    let given = |key: &&'static Key| {
        // A command that has only some of them knows nothing of the others.
        let values = matches.try_get_many::<String>(key.name).ok()??;
        let values: Vec<_> = values.map(String::as_str).collect();
        Some((*key, values.join(",")))
    };
    [&CONFIG].iter().chain(KEYS).filter_map(given).collect()
}
