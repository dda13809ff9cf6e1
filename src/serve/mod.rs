//! The life of the sidecar: listeners up, requests served, signals obeyed, drained.
//!
//! - `sidecar`: the running program as one value that starts, reads its configuration again, and ends
//! - `assemble`: what each room needs of the settings
//! - `replaceable`: an exchange that new configuration can replace
//! - `report`: what the rooms know, as metrics; `resource_labels`: resources as they may stand there

mod assemble;
mod listening;
mod replaceable;
mod report;
mod resource_labels;
mod sidecar;

pub use sidecar::Sidecar;

use std::{fs::File, net::SocketAddr, os::fd::AsFd as _, time::Duration};

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    clock::System,
    observe::{Dropped, Queued, log},
    settings::{LogFormat, Settings, Sources},
};

/// How long the end waits for the last log lines to be read. With the drain it stays within two seconds.
const FLUSH: Duration = Duration::from_millis(200);

/// Runs `wisp serve` until SIGTERM or SIGINT. SIGHUP reads `sources` again.
pub fn run(sources: &Sources, settings: &Settings) -> anyhow::Result<()> {
    let (log, lines) = start_log(settings)?;
    let end = run_until_told(sources, settings, &log, lines.dropped());
    lines.finish(FLUSH);
    end
}

fn run_until_told(
    sources: &Sources,
    settings: &Settings,
    log: &log::Log,
    dropped: Dropped,
) -> anyhow::Result<()> {
    // One thread: a second one costs memory and tail latency, and the work is waiting.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let end = runtime.block_on(live(sources, settings, log, dropped));
    // A name look-up that hangs must not hold up the end.
    runtime.shutdown_background();
    end
}

async fn live(
    sources: &Sources,
    settings: &Settings,
    log: &log::Log,
    dropped: Dropped,
) -> anyhow::Result<()> {
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut sidecar = Sidecar::start(settings, log.place.clone(), dropped, System, System)?;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        listen = comma_separated(sidecar.addresses()),
        admin = comma_separated(sidecar.admin_address().as_slice()),
        "wisp is serving"
    );
    loop {
        tokio::select! {
            _ = hangup.recv() => read_again(sources, &mut sidecar, log).await,
            _ = term.recv() => break,
            _ = interrupt.recv() => break,
        }
    }
    tracing::info!("ending");
    let cut_off = sidecar.drain().await;
    tracing::info!(connections_cut_off = cut_off, "ended");
    Ok(())
}

fn comma_separated(addresses: &[SocketAddr]) -> String {
    addresses
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(",")
}

fn start_log(settings: &Settings) -> anyhow::Result<(log::Log, Queued)> {
    let format = match settings.log_format {
        LogFormat::Json => log::Format::Json,
        LogFormat::Text => log::Format::Text,
    };
    // A handle of its own: the lock of `std::io::stderr` would be held while the pipe is full, and the end waits for it.
    let stderr = std::io::stderr()
        .as_fd()
        .try_clone_to_owned()
        .context("standard error is not open")?;
    let lines = Queued::start(File::from(stderr)).context("cannot start the thread of the log")?;
    let (log, subscriber) = log::new(format, settings.log.clone(), lines.clone());
    tracing::subscriber::set_global_default(subscriber).context("a log is already running")?;
    Ok((log, lines))
}

/// Configuration that cannot be used changes nothing: what runs goes on.
async fn read_again(sources: &Sources, sidecar: &mut Sidecar, log: &log::Log) {
    let settings = match sources.load() {
        Ok(settings) => settings,
        Err(errors) => {
            let problems: Vec<_> = errors.0.iter().map(ToString::to_string).collect();
            tracing::error!(
                operation = "reload",
                result = "failure",
                errorCategory = "configuration",
                "{}; the running configuration stays",
                problems.join("; ")
            );
            return;
        }
    };
    match sidecar.reload(&settings).await {
        Ok(()) => {
            log.set_filter(settings.log.clone());
            tracing::info!(operation = "reload", result = "success", "configuration was read again");
        }
        Err(error) => tracing::error!(
            operation = "reload",
            result = "failure",
            errorCategory = "configuration",
            "{error:#}; the running configuration stays"
        ),
    }
}
