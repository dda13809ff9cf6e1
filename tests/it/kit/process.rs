//! Programs that run while a test goes on.

use std::{
    io::{BufRead as _, BufReader, Read, Write as _},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use serde_json::Value;
use tokio::time::Instant;

use super::signal;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often the end of a program is looked for when nothing announces it.
const LOOK: Duration = Duration::from_millis(5);

/// What a program may write. More is an error, so that nobody takes a part for the whole.
const MOST: usize = 64 << 20;

/// A running program, of which everything written is kept. It is killed when this is dropped.
pub(crate) struct Process {
    child: Mutex<Child>,
    record: Arc<Record>,
}

/// One of its outputs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

#[derive(Default)]
struct Record {
    written: Mutex<Written>,
    news: Condvar,
}

#[derive(Default)]
struct Written {
    /// Lines in the order in which they were read.
    lines: Vec<(Stream, String)>,
    bytes: usize,
    /// How many outputs have not ended.
    open: usize,
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
    pub(crate) fn find<T>(&self, n: usize, wanted: impl Fn(&str) -> Option<T>) -> Result<T, String> {
        let (mut seen, mut left, mut found) = (0, n, None);
        let look = |written: &mut Written| {
            // Each line is looked at once, however many come.
            for (_, line) in &written.lines[seen..] {
                seen += 1;
                if let Some(made) = wanted(line) {
                    left -= 1;
                    if left == 0 {
                        found = Some(made);
                        break;
                    }
                }
            }
            found.is_none() && written.open > 0
        };
        drop(
            self.record
                .news
                .wait_timeout_while(self.record.written(), PATIENCE, look)
                .unwrap_or_else(PoisonError::into_inner),
        );
        found.ok_or_else(|| format!("what was waited for never came; it wrote:\n{}", self.written()))
    }

    /// Waits for a line with `words` in it.
    pub(crate) fn line(&self, words: &str) -> Result<String, String> {
        let found = self.find(1, |line| line.contains(words).then(|| line.to_owned()));
        found.map_err(|error| format!("{words:?}: {error}"))
    }

    /// Waits for the `n`-th line that is JSON as `wanted`.
    pub(crate) fn json(&self, n: usize, wanted: impl Fn(&Value) -> bool) -> Result<Value, String> {
        self.find(n, |line| serde_json::from_str(line).ok().filter(&wanted))
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
            drop(self.record.news.wait_timeout(self.record.written(), LOOK));
        };
        let took = waiting.elapsed();
        self.read_out()?;
        Ok((status, took))
    }

    /// Kills it if it still runs, and waits for the last that it wrote.
    pub(crate) fn kill(&self) -> Result<(), String> {
        end(&mut self.child());
        self.read_out()
    }

    /// The lines of one output up to now.
    pub(crate) fn lines(&self, of: Stream) -> Vec<String> {
        let written = self.record.written();
        let lines = written.lines.iter().filter(|(stream, _)| *stream == of);
        lines.map(|(_, line)| line.clone()).collect()
    }

    /// The text of one output up to now.
    pub(crate) fn text(&self, of: Stream) -> String {
        text(self.lines(of).iter())
    }

    /// Both outputs up to now.
    pub(crate) fn written(&self) -> String {
        text(self.record.written().lines.iter().map(|(_, line)| line))
    }

    fn read_out(&self) -> Result<(), String> {
        let (written, waited) = self
            .record
            .news
            .wait_timeout_while(self.record.written(), PATIENCE, |written| written.open > 0)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err("it ended, and somebody else still has its outputs".into());
        }
        if written.bytes > MOST {
            return Err(format!("it wrote {} bytes, of which {MOST} are kept", written.bytes));
        }
        Ok(())
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

impl Record {
    /// Reads `output` to its end, on a thread of its own.
    fn follow(self: &Arc<Self>, stream: Stream, output: impl Read + Send + 'static) {
        self.written().open += 1;
        let record = Arc::clone(self);
        thread::spawn(move || {
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8(line).unwrap_or_else(|error| format!("unreadable: {error}"));
                record.add(stream, line);
            }
            record.written().open -= 1;
            record.news.notify_all();
        });
    }

    fn add(&self, stream: Stream, line: String) {
        let mut written = self.written();
        written.bytes += line.len();
        if written.bytes <= MOST {
            written.lines.push((stream, line));
        }
        drop(written);
        self.news.notify_all();
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn text<'a>(lines: impl Iterator<Item = &'a String>) -> String {
    lines.fold(String::new(), |text, line| text + line + "\n")
}
