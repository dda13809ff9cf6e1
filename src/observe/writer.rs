//! Log lines on their way out, written by a thread of their own.
//!
//! Standard error is a pipe in a container, and a full pipe that nobody reads blocks who writes to it. The one thread that
//! answers requests never waits for it: lines queue up to a bound, and what does not fit is dropped and counted.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use parking_lot::{Condvar, Mutex, MutexGuard};
use tracing_subscriber::fmt::MakeWriter;

/// The most that waits, in bytes: some 250 lines. As much again may be on its way out at the same time.
const MAX_QUEUED: usize = 128 * 1024;

/// What is kept allocated of a queue that was long for a moment.
const KEPT: usize = 8 * 1024;

/// Only the pages that are touched cost memory.
const STACK: usize = 128 * 1024;

/// How many lines were lost since start.
#[derive(Clone, Debug, Default)]
pub struct Dropped(Arc<AtomicU64>);

impl Dropped {
    /// The count.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The way into the queue. Clones are handles to the same one.
#[derive(Clone)]
pub struct Queued(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    filled: Condvar,
    emptied: Condvar,
    dropped: Dropped,
}

#[derive(Default)]
struct Queue {
    lines: Vec<u8>,
    /// Whether lines were taken out that are not written yet.
    is_writing: bool,
}

impl Queued {
    /// Starts the thread that writes to `sink`. Fails if there cannot be one more thread.
    pub fn start(sink: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            filled: Condvar::new(),
            emptied: Condvar::new(),
            dropped: Dropped::default(),
        });
        let writing = Arc::clone(&shared);
        thread::Builder::new()
            .name("log".into())
            .stack_size(STACK)
            .spawn(move || writing.write_for_ever(sink))?;
        Ok(Self(shared))
    }

    /// The lines that were lost.
    pub fn dropped(&self) -> Dropped {
        self.0.dropped.clone()
    }

    /// Waits until everything is written, but no longer than `at_most`: nobody may be reading.
    pub fn finish(&self, at_most: Duration) {
        let mut queue = self.0.queue();
        let is_unfinished = |queue: &mut Queue| queue.is_writing || !queue.lines.is_empty();
        self.0
            .emptied
            .wait_while_for(&mut queue, is_unfinished, at_most);
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock()
    }

    fn put(&self, line: &[u8]) {
        let mut queue = self.queue();
        if queue.lines.len() + line.len() > MAX_QUEUED {
            self.dropped.0.fetch_add(1, Ordering::Relaxed);
            return;
        }
        // The thread waits only for an empty queue.
        let was_empty = queue.lines.is_empty();
        queue.lines.extend_from_slice(line);
        drop(queue);
        if was_empty {
            self.filled.notify_one();
        }
    }

    fn write_for_ever(&self, mut sink: impl Write) {
        let mut lines = Vec::new();
        let mut reported = 0;
        let mut writable = true;
        loop {
            self.take(&mut lines);
            // Now, because there is room in the queue that was just emptied; but not after a failed write: the line that
            // tells of it would fail too, and so on for ever.
            if writable {
                self.report_dropped(&mut reported);
            }
            writable = sink.write_all(&lines).is_ok();
            if !writable {
                let lost = lines.split_inclusive(|byte| *byte == b'\n').count();
                self.dropped.0.fetch_add(lost as u64, Ordering::Relaxed);
            }
            lines.clear();
            lines.shrink_to(KEPT);
            self.queue().is_writing = false;
            self.emptied.notify_all();
        }
    }

    /// Waits for lines and exchanges the empty `lines` for them, so that this thread need not allocate.
    fn take(&self, lines: &mut Vec<u8>) {
        let mut queue = self.queue();
        self.filled
            .wait_while(&mut queue, |queue| queue.lines.is_empty());
        std::mem::swap(&mut queue.lines, lines);
        queue.is_writing = true;
    }

    fn report_dropped(&self, reported: &mut u64) {
        let dropped = self.dropped.count();
        if dropped > *reported {
            tracing::warn!(
                operation = "log",
                result = "failure",
                log_lines_dropped = dropped - *reported,
                "log lines were dropped, because they came faster than they were read"
            );
            *reported = dropped;
        }
    }
}

/// One event is one call, with its whole line.
impl Write for Queued {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Queued {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    /// A sink in which each write waits until it is let through.
    struct Gate {
        through: Receiver<()>,
        written: Sender<Vec<u8>>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.through.recv().map_err(io::Error::other)?;
            self.written
                .send(bytes.to_vec())
                .map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn gate() -> (Queued, Sender<()>, Receiver<Vec<u8>>) {
        let ((open, through), (written, read)) = (channel(), channel());
        (Queued::start(Gate { through, written }).unwrap(), open, read)
    }

    #[test]
    fn a_sink_that_blocks_holds_nobody_up_and_memory_is_bounded() {
        let (mut queued, open, read) = gate();
        let line = [[b'x'; 1023].as_slice(), b"\n"].concat();
        let many = 10 * MAX_QUEUED / line.len();
        for _ in 0..many {
            queued.write_all(&line).unwrap();
        }
        let dropped = queued.dropped().count();
        let kept = many - usize::try_from(dropped).unwrap();
        assert!(kept >= MAX_QUEUED / line.len() && kept <= 2 * MAX_QUEUED / line.len(), "{kept} of {many}");
        // What was kept comes out whole once somebody reads.
        let mut bytes = 0;
        while bytes < kept * line.len() {
            open.send(()).unwrap();
            bytes += read.recv_timeout(PATIENCE).unwrap().len();
        }
        assert_eq!(bytes, kept * line.len());
    }

    #[test]
    fn flushing_waits_for_the_last_line_but_not_for_ever() {
        let (mut queued, open, read) = gate();
        queued.write_all(b"last words\n").unwrap();
        queued.finish(Duration::from_millis(1));
        assert!(read.try_recv().is_err(), "nothing was let through");
        open.send(()).unwrap();
        queued.finish(PATIENCE);
        assert_eq!(read.try_recv().unwrap(), b"last words\n");
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted() {
        let (mut queued, open, _) = gate();
        drop(open);
        queued.write_all(b"one\n").unwrap();
        queued.finish(PATIENCE);
        queued.write_all(b"two\n").unwrap();
        queued.finish(PATIENCE);
        assert_eq!(queued.dropped().count(), 2);
    }
}
