//! `wisp serve` as a process: started, told, ended, and everything it writes.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use serde_json::Value;

use crate::kit::signal;

/// Start, reload and end are over long before, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(15);

/// A running sidecar. Dropping it kills it.
pub(super) struct Sidecar {
    child: Child,
    pub(super) address: SocketAddr,
    log: Arc<Log>,
    stdout: Option<JoinHandle<String>>,
}

#[derive(Default)]
struct Log {
    written: Mutex<Written>,
    more: Condvar,
}

#[derive(Default)]
struct Written {
    lines: Vec<String>,
    ended: bool,
}

impl Sidecar {
    pub(super) fn start(environment: &BTreeMap<String, String>) -> Result<Self, String> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wisp"))
            .arg("serve")
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| format!("wisp does not start: {e}"))?;
        let log = Arc::new(Log::default());
        let (to, stderr) = (Arc::clone(&log), child.stderr.take());
        thread::spawn(move || to.follow(stderr));
        let stdout = child.stdout.take().map(|mut stdout| {
            thread::spawn(move || {
                let mut text = String::new();
                let _ = stdout.read_to_string(&mut text);
                text
            })
        });
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut sidecar = Self { child, address: nowhere, log, stdout };
        let serving = |line: &Value| line["message"] == "wisp is serving";
        let line = sidecar.wait_for(1, serving).ok_or_else(|| {
            format!("wisp does not serve; it wrote:\n{}", sidecar.log.written().lines.join("\n"))
        })?;
        let listens = line["listen"].as_str().unwrap_or_default();
        let first = listens.split(',').next().unwrap_or_default();
        sidecar.address = first
            .parse()
            .map_err(|e| format!("it listens on {listens:?}: {e}"))?;
        Ok(sidecar)
    }

    /// Sends SIGHUP and waits until it has been obeyed.
    pub(super) fn hang_up(&self) -> Result<(), String> {
        let reload = |line: &Value| line["operation"] == "reload";
        let before = self.log.written().lines().filter(reload).count();
        signal::send(&self.child, "HUP");
        let line = self.wait_for(before + 1, reload);
        line.map(drop)
            .ok_or_else(|| "SIGHUP had no effect".to_owned())
    }

    /// Sends SIGTERM, and gives back all that was written to standard output and standard error.
    pub(super) fn end(mut self) -> Result<(String, Vec<String>), String> {
        signal::send(&self.child, "TERM");
        let written = self.log.written();
        let (written, waited) = self
            .log
            .more
            .wait_timeout_while(written, PATIENCE, |written| !written.ended)
            .unwrap_or_else(PoisonError::into_inner);
        let lines = written.lines.clone();
        drop(written);
        if waited.timed_out() {
            return Err(format!("it does not end on SIGTERM; it wrote:\n{}", lines.join("\n")));
        }
        let status = self.child.wait().map_err(|e| e.to_string())?;
        let stdout = self
            .stdout
            .take()
            .and_then(|thread| thread.join().ok())
            .unwrap_or_default();
        if !status.success() {
            return Err(format!("it ended with {status}; it wrote:\n{}", lines.join("\n")));
        }
        Ok((stdout, lines))
    }

    /// The `n`-th line that is as wanted.
    fn wait_for(&self, n: usize, wanted: impl Fn(&Value) -> bool) -> Option<Value> {
        let found = |written: &Written| written.lines().filter(&wanted).nth(n - 1);
        let (written, _) = self
            .log
            .more
            .wait_timeout_while(self.log.written(), PATIENCE, |written| {
                !written.ended && found(written).is_none()
            })
            .unwrap_or_else(PoisonError::into_inner);
        found(&written)
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Log {
    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn follow(&self, stderr: Option<impl std::io::Read>) {
        for line in stderr
            .into_iter()
            .flat_map(|stderr| BufReader::new(stderr).lines())
        {
            self.written()
                .lines
                .push(line.unwrap_or_else(|e| format!("unreadable: {e}")));
            self.more.notify_all();
        }
        self.written().ended = true;
        self.more.notify_all();
    }
}

impl Written {
    fn lines(&self) -> impl Iterator<Item = Value> {
        self.lines
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok())
    }
}
