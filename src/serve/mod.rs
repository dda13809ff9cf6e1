//! The life of the sidecar: listeners up, requests served, signals obeyed, drained.
//!
//! - `sidecar`: the running program as one value that starts, reads its configuration again, and ends; it is made of the parts
//!   that `build` puts together: `listeners` bound, `tokens` with all that is below the cache, and what `startup` waits for
//! - `identity_listeners`: further listeners, each with an identity of its own; `probes`: another way for probes
//! - `linger`: the time in which an application that ends too still gets its tokens
//! - `prepared`: files read, before anything listens, or else a `prepare_error`; `config`: those files, and which tokens are wanted
//! - `seal`: memory that nobody else reads
//! - `open_files`: space for its connections among the files it may have open
//! - `verify`: the proof at start that a token is available; `introduction`: the first line of the log; `location`: where wisp runs
//! - `reloadable`: what new configuration replaces
//! - `report`: what the modules know, as metrics; `resource_labels`: resources as they may stand there

mod build;
mod config;
mod identity_listeners;
mod introduction;
mod linger;
mod listeners;
mod listening;
mod location;
mod open_files;
mod prepare_error;
mod prepared;
mod probes;
mod reloadable;
mod report;
mod resource_labels;
mod seal;
mod sidecar;
mod startup;
mod tokens;
mod verify;

pub(crate) use open_files::needed as files_needed;
pub use prepare_error::PrepareErrors;
pub use prepared::Prepared;
pub use sidecar::Sidecar;

use std::{fs::File, io::IsTerminal as _, net::SocketAddr, os::fd::AsFd as _, time::Duration};

use anyhow::Context as _;
use linger::linger;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    clock::System,
    observe::{Dropped, Queued, log},
    settings::{Settings, Sources},
};

/// How long the end waits for the last log lines to be read. With the drain it stays within two seconds.
const FLUSH: Duration = Duration::from_millis(200);

/// Threads for what cannot be waited for otherwise: looking up names, which has a bound of its own and may hang, reading
/// root certificates, rendering metrics. Each costs memory, so what comes beyond them waits.
const BLOCKING_THREADS: usize = 6;

/// Runs `wisp serve` until SIGTERM or SIGINT. SIGHUP reads `sources` again.
pub fn run(sources: &Sources, settings: &Settings, prepared: Prepared) -> anyhow::Result<()> {
    let sealed = seal::seal();
    let (log, lines) = start_log(settings, sources.no_color())?;
    if let Err(error) = sealed {
        tracing::warn!(
            operation = "start",
            "cannot keep the memory of this process from others of its user: {error}"
        );
    }
    let end = run_until_signal(sources, settings, prepared, &log, lines.dropped());
    lines.finish(FLUSH);
    end
}

fn run_until_signal(
    sources: &Sources,
    settings: &Settings,
    prepared: Prepared,
    log: &log::Log,
    dropped: Dropped,
) -> anyhow::Result<()> {
    // One thread: a second one costs memory and tail latency, and the work is waiting.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()?;
    let end = runtime.block_on(live(sources, settings, prepared, log, dropped));
    // A name look-up that hangs must not hold up the end.
    runtime.shutdown_background();
    end
}

async fn live(
    sources: &Sources,
    settings: &Settings,
    prepared: Prepared,
    log: &log::Log,
    dropped: Dropped,
) -> anyhow::Result<()> {
    let mut signals = Signals {
        term: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
        hangup: signal(SignalKind::hangup())?,
    };
    tracing::info!("{}", introduction::introduce(settings));
    let mut sidecar = Sidecar::start(settings, prepared, log.context.clone(), dropped, System, System)?;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        listen = comma_separated(sidecar.addresses()),
        admin = comma_separated(sidecar.admin_address().as_slice()),
        "wisp is serving"
    );
    warn(settings);
    let end = signals.end(sources, settings, &mut sidecar, log).await;
    if end == End::Terminate && !settings.linger.is_zero() {
        tracing::info!(at_most_seconds = settings.linger.as_secs_f64(), "SIGTERM received, still answering");
        let lingered = linger(settings.linger, signals.end(sources, settings, &mut sidecar, log)).await;
        tracing::info!(because = lingered.as_str(), "ending");
    } else {
        tracing::info!("ending");
    }
    let cut_off = sidecar.drain().await;
    tracing::info!(connections_cut_off = cut_off, "ended");
    Ok(())
}

/// The signals that are listened to.
struct Signals {
    term: Signal,
    interrupt: Signal,
    hangup: Signal,
}

/// Who wants the end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    /// The kubelet, or whoever else supervises: SIGTERM.
    Terminate,
    /// Somebody at a terminal, who waits for it: SIGINT.
    Interrupt,
}

impl Signals {
    /// Waits until the end is wanted, and reads the configuration again whenever that is.
    async fn end(
        &mut self,
        sources: &Sources,
        started: &Settings,
        sidecar: &mut Sidecar,
        log: &log::Log,
    ) -> End {
        loop {
            tokio::select! {
                _ = self.hangup.recv() => reload(sources, started, sidecar, log).await,
                _ = self.term.recv() => return End::Terminate,
                _ = self.interrupt.recv() => return End::Interrupt,
            }
        }
    }
}

fn comma_separated(addresses: &[SocketAddr]) -> String {
    addresses
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(",")
}

/// Says what of the configuration is probably not what was meant.
fn warn(settings: &Settings) {
    for warning in &settings.warnings {
        tracing::warn!(errorCategory = "configuration", "{warning}");
    }
}

/// Says which settings have new values that nothing uses yet.
fn warn_of_restart(changed: &[&str]) {
    if !changed.is_empty() {
        tracing::warn!(
            errorCategory = "configuration",
            "these changed settings take effect only after a restart: `{}`",
            changed.join("`, `")
        );
    }
}

fn start_log(settings: &Settings, no_color: Option<&str>) -> anyhow::Result<(log::Log, Queued)> {
    // A handle of its own: the lock of `std::io::stderr` would be held while the pipe is full, and the end waits for it.
    let stderr = std::io::stderr()
        .as_fd()
        .try_clone_to_owned()
        .context("standard error is not open")?;
    let lines = Queued::start(File::from(stderr)).context("cannot start the thread of the log")?;
    let look = settings
        .log_format
        .look(std::io::stderr().is_terminal(), no_color);
    let (log, subscriber) = log::new(look, settings.log.clone(), lines.clone());
    tracing::subscriber::set_global_default(subscriber).context("a log is already running")?;
    Ok((log, lines))
}

/// Configuration that cannot be used changes nothing: what runs goes on.
async fn reload(sources: &Sources, started: &Settings, sidecar: &mut Sidecar, log: &log::Log) {
    let settings = match sources.load() {
        Ok(settings) => settings,
        Err(errors) => {
            tracing::error!(
                operation = "reload",
                result = "failure",
                errorCategory = "configuration",
                "{}; the running configuration stays",
                errors.joined("; ")
            );
            return;
        }
    };
    match sidecar.reload(&settings).await {
        Ok(()) => {
            log.set_filter(settings.log.clone());
            warn(&settings);
            warn_of_restart(&started.fixed_but_changed_in(&settings));
            tracing::info!(operation = "reload", result = "success", "configuration reloaded");
        }
        Err(error) => tracing::error!(
            operation = "reload",
            result = "failure",
            errorCategory = "configuration",
            "{error:#}; the running configuration stays"
        ),
    }
}
