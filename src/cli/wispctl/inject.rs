//! `wispctl inject` and `wispctl uninject`.

use std::{
    io::{self, Read, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::{
    choices::{IMAGE, choices, chosen, image_of},
    terminal,
};
use crate::{
    cli::{
        args::{option, switch},
        command::{CliCommand, help_end},
        exit::{Exit, Outcome},
    },
    operator::{
        inject::Options,
        run::{Run, STDIN, Target, Task},
        workload::{Custom, Selector, Which},
    },
};

/// `wispctl inject`
pub(super) const INJECT: CliCommand = CliCommand {
    name: "inject",
    arguments: inject_arguments,
    run: |matches, env| Ok(run(inject_task(matches, env.get(IMAGE)), matches)),
};

/// `wispctl uninject`
pub(super) const UNINJECT: CliCommand = CliCommand {
    name: "uninject",
    arguments: uninject_arguments,
    run: |matches, _| Ok(run(Ok(uninject_task(matches)), matches)),
};

const DISCARD_EDITS: &str = "discard-edits";
const SKIP_UNSUPPORTED: &str = "skip-unsupported";

const CODES: [(Exit, &str); 3] = [
    (Exit::Failure, "something is wrong in the manifests, and nothing was written"),
    (Exit::NothingChanged, "nothing changed (with --require-change)"),
    (Exit::WouldChange, "something would change (with --check)"),
];

const INJECT_MORE: &str = "\
Each choice can also be made for one pod, by an annotation of its template such as `wisp/mode: env`; the annotation wins.
WISP_IMAGE in the environment is the image unless `--image` is given.
`wisp/inject: \"false\"` leaves a pod alone.";

const INJECT_EXAMPLES: &[&str] = &[
    "wispctl inject --mode env --client-id GUID --tenant-id GUID deployment.yaml | kubectl apply -f -",
    "helm template release chart | wispctl inject --config-map wisp -",
    "wispctl inject --write --set WISP_RESOURCES=https://vault.azure.net manifests/",
];

const UNINJECT_EXAMPLES: &[&str] = &["wispctl uninject --write manifests/"];

fn inject_arguments() -> Command {
    common(Command::new(INJECT.name).about("Put wisp into the pods of manifests"))
        .args(choices())
        .arg(switch(SKIP_UNSUPPORTED, "Leave pods alone that wisp cannot serve, instead of refusing them"))
        .after_help(help_end(INJECT_MORE, INJECT_EXAMPLES, &CODES))
}

fn uninject_arguments() -> Command {
    common(Command::new(UNINJECT.name).about("Take wisp out of the pods of manifests again"))
        .after_help(help_end("", UNINJECT_EXAMPLES, &CODES))
}

fn common(command: Command) -> Command {
    command
        .arg(
            Arg::new("inputs")
                .value_name("FILE")
                .required(true)
                .num_args(1..)
                .value_parser(value_parser!(PathBuf))
                .help("Files, folders (.yaml, .yml and .json in them), `-` for standard input"),
        )
        .arg(
            switch("write", "Replace the files, all of them or none, instead of writing to standard output")
                .short('w'),
        )
        .arg(switch("check", "Write nothing; exit code 4 says that something would change"))
        .arg(switch(
            DISCARD_EDITS,
            "Discard what was changed by hand in the injected parts, instead of refusing",
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

fn inject_task(matches: &ArgMatches, image: Option<&str>) -> Result<Task, Vec<String>> {
    let mut options = Options {
        skip_unsupported: matches.get_flag(SKIP_UNSUPPORTED),
        discard_edits: matches.get_flag(DISCARD_EDITS),
        ..Options::default()
    };
    let image = image_of(matches, image, &mut options).err();
    let errors: Vec<_> = image
        .into_iter()
        .chain(chosen(matches, &mut options))
        .collect();
    if errors.is_empty() { Ok(Task::Inject(Box::new(options))) } else { Err(errors) }
}

fn uninject_task(matches: &ArgMatches) -> Task {
    Task::Uninject { discard_edits: matches.get_flag(DISCARD_EDITS) }
}

/// Does `task` with the process's own streams.
fn run(task: Result<Task, Vec<String>>, matches: &ArgMatches) -> ExitCode {
    terminal::report(outcome(task, matches, io::stdin(), io::stdout()))
}

/// Does `task`; the manifests go to `stdout`.
fn outcome(
    task: Result<Task, Vec<String>>,
    matches: &ArgMatches,
    stdin: impl Read,
    stdout: impl Write,
) -> Outcome {
    let run = match prepared(task, matches) {
        Ok(run) => run,
        Err(errors) => return Outcome::errors(Exit::Usage, errors),
    };
    let report = run.run(&inputs(matches), stdin, stdout);
    let exit = if !report.errors.is_empty() {
        Exit::Failure
    } else if run.target == Target::Nowhere && report.changed > 0 {
        Exit::WouldChange
    } else if matches.get_flag("require-change") && report.changed == 0 {
        Exit::NothingChanged
    } else {
        Exit::Success
    };
    let is_json = matches
        .get_one::<String>("output")
        .is_some_and(|form| form == "json");
    let messages = if is_json { report.json() } else { report.text() };
    Outcome { exit, output: String::new(), messages }
}

/// All that is wrong with the arguments is said at once.
fn prepared(task: Result<Task, Vec<String>>, matches: &ArgMatches) -> Result<Run, Vec<String>> {
    let (task, task_errors) = split(task);
    let (which, which_errors) = which(matches);
    let (target, target_errors) = split(target(matches));
    match (task, target) {
        (Some(task), Some(target)) if which_errors.is_empty() => Ok(Run { task, which, target }),
        _ => Err([task_errors, which_errors, target_errors].concat()),
    }
}

fn split<T>(result: Result<T, Vec<String>>) -> (Option<T>, Vec<String>) {
    match result {
        Ok(value) => (Some(value), Vec::new()),
        Err(errors) => (None, errors),
    }
}

fn inputs(matches: &ArgMatches) -> Vec<PathBuf> {
    let inputs = matches.get_many("inputs").into_iter().flatten();
    inputs.cloned().collect()
}

fn which(matches: &ArgMatches) -> (Which, Vec<String>) {
    let mut errors = Vec::new();
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
    (Which { custom, selector }, errors)
}

fn target(matches: &ArgMatches) -> Result<Target, Vec<String>> {
    let (write, check) = (matches.get_flag("write"), matches.get_flag("check"));
    let from_stdin = inputs(matches)
        .iter()
        .any(|input| input.as_os_str() == STDIN);
    let mut errors = Vec::new();
    if write && from_stdin {
        errors.push("`--write` needs files: standard input (`-`) cannot be replaced".to_owned());
    }
    if write && check {
        errors.push("`--write` and `--check` exclude each other".to_owned());
    }
    match (check, write) {
        _ if !errors.is_empty() => Err(errors),
        (true, _) => Ok(Target::Nowhere),
        (false, true) => Ok(Target::InPlace),
        (false, false) => Ok(Target::Stdout),
    }
}
