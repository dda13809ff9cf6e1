//! What a program writes, read on threads of their own.

use std::{
    io::{BufRead as _, BufReader, Read},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// Longer than anything here takes on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// What a program may write. More is an error, so that nobody takes a part for the whole.
const MOST: usize = 64 << 20;

/// An output of a program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

/// What a program has written up to now.
#[derive(Default)]
pub(super) struct Record {
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

impl Record {
    /// Reads `output` to its end, on a thread of its own.
    pub(super) fn follow(self: &Arc<Self>, stream: Stream, output: impl Read + Send + 'static) {
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

    /// Waits for the `n`-th line that `wanted` makes something of, or for the end of all outputs.
    pub(super) fn find<T>(&self, n: usize, pick: impl Fn(&str) -> Option<T>) -> Option<T> {
        let (mut seen, mut left, mut found) = (0, n, None);
        let look = |written: &mut Written| {
            // Each line is looked at once, however many come.
            for (_, line) in &written.lines[seen..] {
                seen += 1;
                if let Some(made) = pick(line) {
                    left -= 1;
                    if left == 0 {
                        found = Some(made);
                        break;
                    }
                }
            }
            found.is_none() && written.open > 0
        };
        drop(self.news.wait_timeout_while(self.written(), PATIENCE, look));
        found
    }

    /// Waits for news, so long at most.
    pub(super) fn wait(&self, long: Duration) {
        drop(self.news.wait_timeout(self.written(), long));
    }

    /// Waits for the end of all outputs; an error if not everything was kept.
    pub(super) fn read_out(&self) -> Result<(), String> {
        let (written, waited) = self
            .news
            .wait_timeout_while(self.written(), PATIENCE, |written| written.open > 0)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err("it ended, and somebody else still has its outputs".into());
        }
        if written.bytes > MOST {
            return Err(format!("it wrote {} bytes, of which {MOST} are kept", written.bytes));
        }
        Ok(())
    }

    /// The lines up to now of the outputs that `of` names.
    pub(super) fn lines(&self, of: impl Fn(Stream) -> bool) -> Vec<String> {
        let written = self.written();
        let lines = written.lines.iter().filter(|(stream, _)| of(*stream));
        lines.map(|(_, line)| line.clone()).collect()
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
