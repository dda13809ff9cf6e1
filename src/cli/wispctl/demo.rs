//! `wispctl demo`: the way of a token, told hop by hop, and then a place to play.

use std::{
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use anyhow::{Context as _, anyhow};
use clap::{ArgMatches, Command};
use tracing::Level;
use tracing_subscriber::filter::Targets;

use super::{signals::End, terminal};
use crate::{
    cli::{
        args::switch,
        command::{CliCommand, CliError, help_end},
        exit::Exit,
    },
    emulator::demo::{Page, Stage, playground, tour},
    observe::log::{self, Log},
    settings::Env,
};

const NAME: &str = "demo";

pub(super) const COMMAND: CliCommand =
    CliCommand { name: NAME, arguments, run: |matches, env| run(matches, &env) };

const ONCE: &str = "once";
const STAY: &str = "stay";

const EXAMPLES: &[&str] = &["wispctl demo", "wispctl demo --once > tour.txt"];

fn arguments() -> Command {
    Command::new(NAME)
        .about("Watch a token on its way: application, wisp, Entra emulator, and back")
        .arg(switch(ONCE, "End after the tour, as it does where there is no terminal"))
        .arg(
            switch(STAY, "Run on after the tour until a signal comes, as it does on a terminal")
                .conflicts_with(ONCE),
        )
        .after_help(help_end("", EXAMPLES, &[(Exit::Failure, "a step did not go as it should")]))
}

fn run(matches: &ArgMatches, env: &Env) -> Result<ExitCode, CliError> {
    let look = log::Format::Text.look(io::stderr().is_terminal(), env.get("NO_COLOR"));
    let (log, subscriber) = log::new(look, Targets::new(), io::stderr);
    tracing::subscriber::set_global_default(subscriber).context("a log is already running")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    // Where nobody watches, nobody would end it either.
    let watched = io::stdin().is_terminal() && io::stdout().is_terminal();
    let stays = matches.get_flag(STAY) || (watched && !matches.get_flag(ONCE));
    let outcome = runtime.block_on(play(&log, stays));
    // Nothing that still runs is worth waiting for.
    runtime.shutdown_background();
    outcome?;
    Ok(ExitCode::SUCCESS)
}

/// Whatever the end is, dropping the stage on the way out removes its files.
async fn play(log: &Log, stays: bool) -> anyhow::Result<()> {
    let mut end = End::new()?;
    let mut out = io::stdout();
    let coloured = terminal::is_coloured();
    let page = &mut Page::new(&mut out, coloured);
    let stage = tokio::select! {
        stage = Stage::start(log.context.clone()) => stage?,
        _ = end.asked_for() => return Err(interrupted()),
    };
    tokio::select! {
        toured = tour(&stage, page) => toured?,
        _ = end.asked_for() => return Err(interrupted()),
    }
    if !stays {
        return Ok(());
    }
    playground(&stage, page)?;
    log.set_filter(Targets::new().with_default(Level::INFO));
    writeln!(io::stdout(), "\nCtrl-C ends all of it. From here on, the log of wisp:\n")?;
    end.asked_for().await;
    Ok(())
}

fn interrupted() -> anyhow::Error {
    anyhow!("a signal ended the demo before the tour was over")
}
