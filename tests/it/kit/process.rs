//! Programs that run while a test goes on.

use std::{
    io::Write as _,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::time::Instant;

pub(crate) use super::record::Stream;
use super::{
    record::{PATIENCE, Record},
    signal,
};

/// How often the end of a program is looked for when nothing announces it.
const LOOK: Duration = Duration::from_millis(5);

/// A running program, of which everything written is kept. It is killed when this is dropped.
pub(crate) struct Process {
    child: Mutex<Child>,
    record: Arc<Record>,
}

impl Process {
    /// Starts `command`, whose outputs are followed from now on.
    pub(crate) fn start(command: &mut Command) -> Self {
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Self::of(child.unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    /// A child that runs already. An output that somebody else has taken is theirs to read.
    pub(crate) fn of(mut child: Child) -> Self {
        let record = Arc::<Record>::default();
        if let Some(stdout) = child.stdout.take() {
            record.follow(Stream::Stdout, stdout);
        }
        if let Some(stderr) = child.stderr.take() {
            record.follow(Stream::Stderr, stderr);
        }
        Self { child: Mutex::new(child), record }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child().id()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.child().try_wait().unwrap().is_none()
    }

    /// Sends a signal, by its name without `SIG`.
    pub(crate) fn signal(&self, name: &str) {
        signal::send(&self.child(), name);
    }

    /// Writes to its standard input, which must be piped.
    pub(crate) fn feed(&self, bytes: &[u8]) {
        self.child()
            .stdin
            .as_mut()
            .unwrap()
            .write_all(bytes)
            .unwrap();
    }

    /// Waits for the `n`-th line that `wanted` makes something of. An error tells all that was written instead.
    pub(crate) fn find<T>(&self, n: usize, pick: impl Fn(&str) -> Option<T>) -> Result<T, String> {
        let found = self.record.find(n, pick);
        found.ok_or_else(|| format!("what was waited for never came; it wrote:\n{}", self.written()))
    }

    /// Waits for a line with `words` in it.
    pub(crate) fn line(&self, words: &str) -> Result<String, String> {
        let found = self.find(1, |line| line.contains(words).then(|| line.to_owned()));
        found.map_err(|error| format!("{words:?}: {error}"))
    }

    /// Waits for the `n`-th line that is JSON as `wanted`.
    pub(crate) fn json(&self, n: usize, pick: impl Fn(&Value) -> bool) -> Result<Value, String> {
        self.find(n, |line| serde_json::from_str(line).ok().filter(&pick))
    }

    /// Waits for its end and for the last that it wrote; how it ended, and how long that took.
    pub(crate) fn ended(&self) -> Result<(ExitStatus, Duration), String> {
        let waiting = Instant::now();
        let status = loop {
            let ended = self.child().try_wait();
            if let Some(status) = ended.map_err(|error| error.to_string())? {
                break status;
            }
            if waiting.elapsed() > PATIENCE {
                return Err(format!("it does not end; it wrote:\n{}", self.written()));
            }
            // Mostly the end of its outputs is its own.
            self.record.wait(LOOK);
        };
        let took = waiting.elapsed();
        self.record.read_out()?;
        Ok((status, took))
    }

    /// Kills it if it still runs, and waits for the last that it wrote.
    pub(crate) fn kill(&self) -> Result<(), String> {
        end(&mut self.child());
        self.record.read_out()
    }

    /// The lines of one output up to now.
    pub(crate) fn lines(&self, of: Stream) -> Vec<String> {
        self.record.lines(|stream| stream == of)
    }

    /// The text of one output up to now.
    pub(crate) fn text(&self, of: Stream) -> String {
        text(&self.lines(of))
    }

    /// Both outputs up to now.
    pub(crate) fn written(&self) -> String {
        text(&self.record.lines(|_| true))
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&mut self.child());
    }
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn text(lines: &[String]) -> String {
    lines
        .iter()
        .fold(String::new(), |text, line| text + line + "\n")
}
