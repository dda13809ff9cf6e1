//! `wisp serve` as a process: started, told, ended, and everything it writes.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::kit::{
    process::{Process, Stream},
    programs::WISP,
};

/// A running sidecar. Dropping it kills it.
pub(super) struct Sidecar {
    process: Process,
    pub(super) address: SocketAddr,
}

impl Sidecar {
    pub(super) fn start(environment: &BTreeMap<String, String>) -> Result<Self, String> {
        let process = Process::start(
            Command::new(WISP)
                .arg("serve")
                .env_clear()
                .envs(environment)
                .stdin(Stdio::null()),
        );
        let line = process
            .json(1, |line| line["message"] == "wisp is serving")
            .map_err(|error| format!("wisp does not serve: {error}"))?;
        let listens = line["listen"].as_str().unwrap_or_default();
        let first = listens.split(',').next().unwrap_or_default();
        let address = first
            .parse()
            .map_err(|e| format!("it listens on {listens:?}: {e}"))?;
        Ok(Self { process, address })
    }

    /// Sends SIGHUP and waits until it has been obeyed.
    pub(super) fn hang_up(&self) -> Result<(), String> {
        let reload = |line: &Value| line["operation"] == "reload";
        let log = self.process.lines(Stream::Stderr);
        let parsed = log
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok());
        let before = parsed.filter(reload).count();
        self.process.signal("HUP");
        match self.process.json(before + 1, reload) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("SIGHUP had no effect: {error}")),
        }
    }

    /// Sends SIGTERM, and gives back all that was written to standard output and standard error.
    pub(super) fn end(self) -> Result<(String, Vec<String>), String> {
        self.process.signal("TERM");
        let (status, _) = self
            .process
            .ended()
            .map_err(|error| format!("on SIGTERM: {error}"))?;
        if !status.success() {
            return Err(format!("it ended with {status}; it wrote:\n{}", self.process.written()));
        }
        Ok((self.process.text(Stream::Stdout), self.process.lines(Stream::Stderr)))
    }
}
