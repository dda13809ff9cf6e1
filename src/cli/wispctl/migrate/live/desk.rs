//! The user at a terminal.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead as _, Write as _},
    path::PathBuf,
};

use crate::{
    cli::wispctl::terminal,
    operator::migrate::execute::{Desk, Line},
};

/// Standard error for what is going on, standard output or a file for what was changed, standard input for what is agreed.
#[derive(Debug, Default)]
pub(in super::super) struct Terminal {
    audit: Option<File>,
}

impl Terminal {
    /// With the audit in `file`, which grows, where one is named.
    pub(super) fn new(file: Option<&PathBuf>) -> Result<Self, String> {
        let Some(path) = file else { return Ok(Self::default()) };
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.map_err(|error| format!("`--audit-log` cannot be {}: {error}", path.display()))?;
        Ok(Self { audit: Some(file) })
    }
}

impl Desk for Terminal {
    fn say(&mut self, text: &str) {
        // Nothing is left to do when the terminal is gone.
        let _ = writeln!(io::stderr(), "{}", terminal::visible(text));
    }

    fn audit(&mut self, line: &Line) {
        let text = line.json();
        let _ = match &mut self.audit {
            Some(file) => writeln!(file, "{text}"),
            None => writeln!(io::stdout(), "{text}"),
        };
    }

    fn allows(&mut self, prompt: &str) -> bool {
        let _ = write!(io::stderr(), "{prompt} [y/N] ");
        let _ = io::stderr().flush();
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }
}
