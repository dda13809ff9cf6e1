//! `wispctl webhook`: injection at admission, until a signal ends it.

mod arguments;
#[cfg(test)]
mod tests;

use std::{fs::File, io::IsTerminal as _, os::fd::AsFd as _, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use clap::ArgMatches;

use self::arguments::{Arguments, arguments};
use super::signals::End;
use crate::{
    cli::command::{CliCommand, CliError},
    clock::System,
    observe::{Queued, log},
    operator::{
        cluster::{Access, Client},
        webhook,
    },
    settings::Env,
};

pub(super) const COMMAND: CliCommand =
    CliCommand { name: arguments::NAME, arguments, run: |matches, env| run(matches, &env) };

/// How long the end waits for the last log lines to be read.
const FLUSH: Duration = Duration::from_millis(200);

/// Threads for looking up the API server's name, where it has one.
const BLOCKING_THREADS: usize = 2;

fn run(matches: &ArgMatches, env: &Env) -> Result<ExitCode, CliError> {
    let arguments = Arguments::read(matches, env).map_err(|errors| CliError::Usage(errors.join("; ")))?;
    let access = Access::find(&arguments.source, env).map_err(|error| CliError::Usage(error.to_string()))?;
    let config = arguments.config(&access).map_err(CliError::Usage)?;
    let client = Client::new(access).map_err(|error| CliError::Usage(error.to_string()))?;
    // A handle of its own: the lock of `std::io::stderr` would be held while the pipe is full, and the end waits for it.
    let stderr = std::io::stderr()
        .as_fd()
        .try_clone_to_owned()
        .context("standard error is not open")?;
    let lines = Queued::start(File::from(stderr)).context("cannot start the thread of the log")?;
    let look = arguments
        .log_format
        .look(std::io::stderr().is_terminal(), env.get("NO_COLOR"));
    let (_log, subscriber) = log::new(look, arguments.log, lines.clone());
    tracing::subscriber::set_global_default(subscriber).context("a log is already running")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let outcome = runtime.block_on(async {
        let mut end = End::new()?;
        let ended = async {
            end.asked_for().await;
        };
        webhook::run(config, Arc::new(client), Arc::new(System), ended).await?;
        anyhow::Ok(())
    });
    // A name look-up that hangs must not hold up the end.
    runtime.shutdown_background();
    lines.finish(FLUSH);
    outcome?;
    Ok(ExitCode::SUCCESS)
}
