//! Files that are read from their start to their end.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use crate::operator::run::{STDIN, STDIN_NAME};

/// The name of the file at `path` in messages, and the file; `-` is `stdin`.
pub(in crate::cli::wispctl) fn input<'a>(
    path: &Path,
    stdin: &'a mut impl Read,
) -> (String, io::Result<Box<dyn Read + 'a>>) {
    if path == Path::new(STDIN) {
        return (STDIN_NAME.to_owned(), Ok(Box::new(stdin)));
    }
    let file = File::open(path).map(|file| Box::new(file) as Box<dyn Read>);
    (path.display().to_string(), file)
}
