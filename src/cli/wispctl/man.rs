//! `wispctl man`: the manual of both programs, for who packages them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::{Arg, ArgMatches, Command, value_parser};
use clap_mangen::generate_to;

use crate::cli::{
    command::{CliCommand, CliError, help_end},
    exit::{Exit, Outcome},
    wisp,
};

const NAME: &str = "man";

pub(super) const COMMAND: CliCommand =
    CliCommand { name: NAME, arguments, run: |matches, _| Ok(super::terminal::report(run(matches)?)) };

const EXAMPLES: &[&str] = &["wispctl man /usr/local/share/man/man1"];

fn arguments() -> Command {
    Command::new(NAME)
        .about("Write the manual pages of wisp and wispctl into a folder")
        .arg(
            Arg::new("folder")
                .value_name("FOLDER")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("Where they go: a page for each program and each command; it is made if it is missing"),
        )
        .after_help(help_end("", EXAMPLES, &[(Exit::Failure, "a page cannot be written")]))
}

fn run(matches: &ArgMatches) -> Result<Outcome, CliError> {
    let folder = matches
        .get_one::<PathBuf>("folder")
        .ok_or_else(|| CliError::Usage("a folder is missing".into()))?;
    write(folder).map_err(|error| {
        let message = format!("cannot write to {}", folder.display());
        CliError::Failed(anyhow::Error::new(error).context(message))
    })?;
    Ok(Outcome::success(""))
}

fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    [wisp::arguments(), super::arguments()]
        .into_iter()
        .try_for_each(|program| generate_to(program, folder))
}
