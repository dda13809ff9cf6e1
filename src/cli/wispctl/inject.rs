//! `wispctl inject` and `wispctl uninject`.

use std::{
    io::{self, Read, Write},
    path::PathBuf,
};

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::option;
use crate::{
    cli::exit::{Exit, Outcome},
    operator::{
        inject::{
            Options,
            options::CHOICES,
            settings::{By, Way},
        },
        run::{Run, STDIN, Target, Task},
        workload::{Custom, Selector, Which},
    },
};

pub(super) const INJECT: &str = "inject";
/// The variable with the image that is taken unless an argument names one.
pub(super) const IMAGE: &str = "WISP_IMAGE";
pub(super) const UNINJECT: &str = "uninject";

const DISCARD_EDITS: &str = "discard-edits";

const CODES: &str = "\
Exit codes: 0 all is well; 1 something is wrong in the manifests and nothing was written; 2 the arguments are wrong;
3 nothing changed (with --require-change); 4 something would change (with --check).";

const INJECT_MORE: &str = "\
Each choice can also be made for one pod, by an annotation of its template such as `wisp/mode: env`; the annotation wins.
WISP_IMAGE in the environment is the image unless `--image` is given.
`wisp/inject: \"false\"` leaves a pod alone.";

/// `wispctl inject`
pub(super) fn inject_command() -> Command {
    common(Command::new(INJECT).about("Put wisp into the pods of manifests"))
        .args(choices())
        .arg(switch("skip-unsupported", "Leave pods alone that wisp cannot serve, instead of refusing them"))
        .after_help(format!("{INJECT_MORE}\n\n{CODES}"))
}

/// The choices and the settings as arguments.
pub(super) fn choices() -> impl Iterator<Item = Arg> {
    let settings = SETTINGS.into_iter().map(|(way, value, help)| {
        option(way.name(), value, help)
            .action(ArgAction::Append)
            .value_parser(clap::builder::NonEmptyStringValueParser::new())
    });
    let choices = CHOICES.iter().map(|choice| {
        let default = if choice.default.is_empty() { "none" } else { choice.default };
        let help = format!("{} [default: {default}]", choice.help);
        Arg::new(choice.name)
            .long(choice.name)
            .value_name(choice.placeholder)
            .help(help)
    });
    choices.chain(settings)
}

/// The flags that say settings of `wisp serve`.
pub(super) const SETTINGS: [(Way, &str, &str); 2] = [
    (Way::Set, "NAME=VALUE", "A setting of `wisp serve`, by its variable or its key; repeatable"),
    (
        Way::File,
        "NAME=OBJECT",
        "A setting that names a file, and the key of a ConfigMap or Secret that is the file, such as \
         WISP_CA_FILE=configmap/NAME/KEY; repeatable",
    ),
];

/// Sets in `options` what the arguments choose. The answer is what is wrong with them.
pub(super) fn chosen(matches: &ArgMatches, options: &mut Options) -> Vec<String> {
    let mut errors = Vec::new();
    for choice in CHOICES {
        if let Some(value) = matches.get_one::<String>(choice.name)
            && let Err(error) = options.set(choice.name, value)
        {
            errors.push(format!("`--{}` {error}", choice.name));
        }
    }
    for (way, form, _) in SETTINGS {
        for text in matches.get_many::<String>(way.name()).into_iter().flatten() {
            let said = match text.split_once('=') {
                Some((name, value)) => options
                    .settings
                    .say(way, name, value, By::Flag(way, name.to_owned())),
                None => Err(format!("`--{}` cannot be `{text}`: expected {form}", way.name())),
            };
            errors.extend(said.err());
        }
    }
    errors
}

/// Sets in `options` the `image` of the environment, unless there is an argument for it. The answer is that image, or what is
/// wrong with it.
pub(super) fn image_of<'a>(
    matches: &ArgMatches,
    image: Option<&'a str>,
    options: &mut Options,
) -> Result<Option<&'a str>, String> {
    let given = matches.get_one::<String>("image");
    let Some(image) = image.filter(|image| given.is_none() && !image.is_empty()) else { return Ok(None) };
    let set = options.set("image", image);
    set.map(|()| Some(image))
        .map_err(|error| format!("{IMAGE} {error}"))
}

/// `wispctl uninject`
pub(super) fn uninject_command() -> Command {
    common(Command::new(UNINJECT).about("Take wisp out of the pods of manifests again")).after_help(CODES)
}

fn common(command: Command) -> Command {
    command
        .arg(
            Arg::new("inputs")
                .value_name("FILE")
                .required(true)
                .num_args(1..)
                .value_parser(clap::value_parser!(PathBuf))
                .help("Files, folders (.yaml, .yml and .json in them), `-` for standard input"),
        )
        .arg(
            switch("write", "Replace the files, all of them or none, instead of writing to standard output")
                .short('w'),
        )
        .arg(switch("check", "Write nothing; exit code 4 says that something would change"))
        .arg(switch(
            DISCARD_EDITS,
            "Let go of what was changed by hand in the injected parts, instead of refusing",
        ))
        .arg(switch("require-change", "Exit code 3 when nothing changes"))
        .arg(
            option(
                "path",
                "KIND=PATH",
                "A kind of your own and where its pod template is, such as Rollout=spec.template; may be given again",
            )
            .action(ArgAction::Append),
        )
        .arg(
            option("selector", "LABELS", "Which objects, by their own labels, as for kubectl [default: all]").short('l'),
        )
        .arg(
            option("output", "FORM", "Form of the report on standard error: text or json [default: text]")
                .value_parser(["text", "json"])
                .hide_possible_values(true),
        )
}

fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help)
}

/// Runs `inject` or `uninject`; the manifests go to `stdout`.
pub(super) fn run(
    name: &str,
    matches: &ArgMatches,
    image: Option<&str>,
    stdin: impl Read,
    stdout: impl Write,
) -> Outcome {
    let run = match prepared(name, matches, image) {
        Ok(run) => run,
        Err(errors) => return Outcome::errors(Exit::Arguments, errors),
    };
    let inputs: Vec<PathBuf> = matches
        .get_many("inputs")
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    let report = run.run(&inputs, stdin, stdout);
    let is_json = matches
        .get_one::<String>("output")
        .is_some_and(|form| form == "json");
    let exit = if !report.faults.is_empty() {
        Exit::Failure
    } else if run.target == Target::Nowhere && report.changed > 0 {
        Exit::WouldChange
    } else if matches.get_flag("require-change") && report.changed == 0 {
        Exit::NothingChanged
    } else {
        Exit::Success
    };
    let messages = if is_json { report.json() } else { report.text() };
    Outcome { exit, output: String::new(), messages }
}

fn prepared(name: &str, matches: &ArgMatches, image: Option<&str>) -> Result<Run, Vec<String>> {
    let mut errors = Vec::new();
    let discard_edits = matches.get_flag(DISCARD_EDITS);
    let task = if name == INJECT {
        let mut options = Options {
            skip_unsupported: matches.get_flag("skip-unsupported"),
            discard_edits,
            ..Options::default()
        };
        errors.extend(image_of(matches, image, &mut options).err());
        errors.extend(chosen(matches, &mut options));
        Task::Inject(Box::new(options))
    } else {
        Task::Uninject { discard_edits }
    };
    let mut custom = Vec::new();
    for text in matches.get_many::<String>("path").into_iter().flatten() {
        match Custom::parse(text) {
            Ok(kind) => custom.push(kind),
            Err(error) => errors.push(format!("`--path` {error}")),
        }
    }
    let selector = matches.get_one::<String>("selector").and_then(|text| {
        let selector = Selector::parse(text);
        if selector.is_none() {
            errors.push(format!(
                "`--selector` cannot be `{}`: expected a label selector such as app=orders or `app in (orders,bills)`",
                text.escape_debug()
            ));
        }
        selector
    });
    let which = Which { custom, selector };
    let in_place = matches.get_flag("write");
    let from_stdin = matches
        .get_many::<PathBuf>("inputs")
        .into_iter()
        .flatten()
        .any(|input| input.as_os_str() == STDIN);
    if in_place && from_stdin {
        errors.push("`--write` needs files: standard input (`-`) cannot be replaced".to_owned());
    }
    if in_place && matches.get_flag("check") {
        errors.push("`--write` and `--check` exclude each other".to_owned());
    }
    let target = if matches.get_flag("check") {
        Target::Nowhere
    } else if in_place {
        Target::InPlace
    } else {
        Target::Stdout
    };
    if errors.is_empty() { Ok(Run { task, which, target }) } else { Err(errors) }
}

/// Runs with the process's own streams.
pub(super) fn main(name: &str, matches: &ArgMatches, image: Option<&str>) -> Outcome {
    run(name, matches, image, io::stdin(), io::stdout())
}
