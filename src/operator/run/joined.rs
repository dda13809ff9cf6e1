//! Several files in one stream.

use std::{
    fs::File,
    io::{self, BufWriter, Seek, Write},
};

/// Several files in one stream, with separators between them where they bring none.
pub(super) struct JoinedStream {
    out: BufWriter<File>,
    /// Something was written, and whether it ended its line.
    ended: Option<bool>,
    /// A file begins.
    fresh: bool,
}

impl JoinedStream {
    /// Writes to `out`.
    pub(super) fn new(out: BufWriter<File>) -> Self {
        Self { out, ended: None, fresh: true }
    }

    /// Another file begins.
    pub(super) fn next(&mut self) {
        self.fresh = true;
    }

    /// All of it, from the start.
    pub(super) fn into_file(self) -> io::Result<File> {
        let mut file = self
            .out
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(file)
    }
}

impl Write for JoinedStream {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if text.is_empty() {
            return Ok(0);
        }
        if self.fresh
            && let Some(ended) = self.ended
        {
            if !ended {
                self.out.write_all(b"\n")?;
            }
            if !text.starts_with(b"---") {
                self.out.write_all(b"---\n")?;
            }
        }
        self.fresh = false;
        self.ended = Some(text.ends_with(b"\n"));
        self.out.write_all(text)?;
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
