//! What a run reads, twice: once for what stands beside the pods, once for the pods.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek},
    path::{Path, PathBuf},
};

use super::{STDIN, STDIN_NAME, files, report::Report};
use crate::operator::{
    inject::surroundings::Surroundings,
    manifest::{stream::Documents, values},
};

/// A file of a run.
pub(crate) struct Source {
    /// Its name in messages.
    pub name: String,
    /// Where it is; of standard input there is no path.
    pub path: PathBuf,
    /// What it said, if it can be read only once: a pipe.
    kept: Option<File>,
}

impl Source {
    /// The file at `path`, or `stdin`, which is there once.
    fn new(path: PathBuf, stdin: Option<impl Read>) -> io::Result<Self> {
        let is_stdin = path == Path::new(STDIN);
        let name = if is_stdin { STDIN_NAME.to_owned() } else { path.display().to_string() };
        let kept = match stdin {
            Some(input) if is_stdin => Some(keep(input)?),
            _ => {
                let file = File::open(&path)?;
                if file.metadata()?.is_file() { None } else { Some(keep(file)?) }
            }
        };
        Ok(Self { name, path, kept })
    }

    /// Its text, from the start.
    pub(crate) fn open(&self) -> io::Result<File> {
        match &self.kept {
            Some(file) => {
                let mut file = file.try_clone()?;
                file.rewind()?;
                Ok(file)
            }
            None => File::open(&self.path),
        }
    }
}

fn keep(mut input: impl Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut input, &mut file)?;
    Ok(file)
}

/// The files of a run. Those that cannot be opened are told in `report`.
pub(crate) fn sources(inputs: &[PathBuf], stdin: impl Read, report: &mut Report) -> Vec<Source> {
    let files = match files::expand(inputs) {
        Ok(files) => files,
        Err(errors) => {
            report.errors.extend(errors);
            return Vec::new();
        }
    };
    let mut stdin = Some(stdin);
    let mut sources = Vec::new();
    for path in files {
        let is_stdin = path == Path::new(STDIN);
        let input = if is_stdin { stdin.take() } else { None };
        let name = if is_stdin { STDIN_NAME.to_owned() } else { path.display().to_string() };
        match Source::new(path, input) {
            Ok(source) => sources.push(source),
            Err(error) => report.error(&name, None, format!("cannot be opened: {error}")),
        }
    }
    sources
}

/// What stands beside the pods of `sources`. What cannot be read is told when the pods are looked for.
pub(crate) fn surroundings(sources: &[Source]) -> Surroundings {
    const MARK: char = '\u{feff}';
    let mut all = Surroundings::default();
    for (number, source) in sources.iter().enumerate() {
        let Ok(file) = source.open() else { continue };
        for document in Documents::new(BufReader::new(file)).map_while(Result::ok) {
            if Surroundings::may_take(&document.text)
                && let Ok((document, _)) = values::read(document.text.trim_start_matches(MARK))
            {
                all.add(&document, number);
            }
        }
    }
    all
}
