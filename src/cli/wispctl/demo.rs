//! `wispctl demo`: the way of a token, told hop by hop, and then a place to play.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::{Context as _, anyhow};
use clap::{Arg, ArgAction, ArgMatches, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::Level;
use tracing_subscriber::filter::Targets;

use super::Failed;
use crate::{
    emulator::demo::{Page, Stage, playground, tour},
    observe::log::{self, Log},
};

/// The subcommand's name.
pub(super) const NAME: &str = "demo";

const ONCE: &str = "once";

/// Set to anything but nothing, it asks for no colour (<https://no-color.org>).
const NO_COLOUR: &str = "NO_COLOR";

pub(super) fn command() -> Command {
    Command::new(NAME)
        .about("Watch a token on its way: application, wisp, Entra emulator, and back")
        .arg(
            Arg::new(ONCE)
                .long(ONCE)
                .help("End after the tour; exit code 1 if a step did not go as told")
                .action(ArgAction::SetTrue),
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<(), Failed> {
    let (log, subscriber) = log::new(log::Format::Text, Targets::new(), io::stderr);
    tracing::subscriber::set_global_default(subscriber).context("a log is already running")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let outcome = runtime.block_on(play(&log, matches.get_flag(ONCE)));
    // Nothing that still runs is worth waiting for.
    runtime.shutdown_background();
    Ok(outcome?)
}

/// Whatever the end is, dropping the stage on the way out removes its files.
async fn play(log: &Log, once: bool) -> anyhow::Result<()> {
    let mut end = End::new()?;
    let mut out = io::stdout();
    let coloured = out.is_terminal() && !no_colour();
    let page = &mut Page::new(&mut out, coloured);
    let stage = tokio::select! {
        stage = Stage::start(log.place.clone()) => stage?,
        () = end.asked_for() => return Err(interrupted()),
    };
    tokio::select! {
        toured = tour(&stage, page) => toured?,
        () = end.asked_for() => return Err(interrupted()),
    }
    if once {
        return Ok(());
    }
    playground(&stage, page)?;
    log.set_filter(Targets::new().with_default(Level::INFO));
    writeln!(io::stdout(), "\nCtrl-C ends all of it. From here on, the log of wisp:\n")?;
    end.asked_for().await;
    Ok(())
}

/// The signals that end it: Ctrl-C, a supervisor's, a terminal that was closed.
struct End([Signal; 3]);

impl End {
    fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self([
            listen(SignalKind::interrupt())?,
            listen(SignalKind::terminate())?,
            listen(SignalKind::hangup())?,
        ]))
    }

    async fn asked_for(&mut self) {
        let Self([interrupt, terminate, hangup]) = self;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

fn interrupted() -> anyhow::Error {
    anyhow!("a signal ended the demo before the tour was over")
}

fn no_colour() -> bool {
    #[expect(clippy::disallowed_methods, reason = "it is about this terminal, no setting of wisp")]
    let value = std::env::var_os(NO_COLOUR);
    value.is_some_and(|value| !value.is_empty())
}
