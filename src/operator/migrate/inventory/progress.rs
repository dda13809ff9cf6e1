//! How far the reading is, for who waits for it.

/// So many objects are read between two reports.
const EVERY: usize = 1000;

/// Tells how far the reading is.
pub(crate) struct Progress {
    report: Box<dyn FnMut(&str) + Send>,
    objects: usize,
}

impl Progress {
    /// Gives a line to `report` now and then.
    pub(crate) fn new(report: impl FnMut(&str) + Send + 'static) -> Self {
        Self { report: Box::new(report), objects: 0 }
    }

    /// Tells nobody.
    pub(crate) fn silent() -> Self {
        Self::new(|_| {})
    }

    /// Something is read now.
    pub(super) fn begin(&mut self, what: &str) {
        let line = format!("reading {what} ({} objects so far)", self.objects);
        (self.report)(&line);
    }

    /// Nothing is read any more: an empty line.
    pub(super) fn end(&mut self) {
        (self.report)("");
    }

    /// One more object was read.
    pub(super) fn count(&mut self, what: &str) {
        self.objects += 1;
        if self.objects.is_multiple_of(EVERY) {
            self.begin(what);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::Progress;

    #[test]
    fn every_thousandth_object_is_a_line() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = lines.clone();
        let mut progress = Progress::new(move |line| kept.lock().unwrap().push(line.to_owned()));
        progress.begin("a.yaml");
        for _ in 0..2500 {
            progress.count("a.yaml");
        }
        insta::assert_snapshot!(lines.lock().unwrap().join("\n"), @"
        reading a.yaml (0 objects so far)
        reading a.yaml (1000 objects so far)
        reading a.yaml (2000 objects so far)
        ");
    }
}
