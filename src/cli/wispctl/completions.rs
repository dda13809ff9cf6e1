//! `wispctl completions`.

use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::{Shell, generate};

use crate::cli::{
    command::{CliCommand, CliError, help_end},
    exit::Outcome,
};

const NAME: &str = "completions";

pub(super) const COMMAND: CliCommand =
    CliCommand { name: NAME, arguments, run: |matches, _| Ok(super::terminal::report(run(matches)?)) };

const EXAMPLES: &[&str] = &["source <(wispctl completions bash)"];

fn arguments() -> Command {
    Command::new(NAME)
        .about("Print what completes wispctl's commands and flags in a shell")
        .arg(
            Arg::new("shell")
                .value_name("SHELL")
                .required(true)
                .value_parser(value_parser!(Shell))
                .help("The shell"),
        )
        .after_help(help_end("", EXAMPLES, &[]))
}

fn run(matches: &ArgMatches) -> Result<Outcome, CliError> {
    let shell = matches
        .get_one::<Shell>("shell")
        .ok_or_else(|| CliError::Usage("a shell is missing".into()))?;
    let mut script = Vec::new();
    generate(*shell, &mut super::arguments(), "wispctl", &mut script);
    Ok(Outcome::success(String::from_utf8_lossy(&script)))
}
