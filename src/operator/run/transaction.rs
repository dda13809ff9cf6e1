//! What a run writes: all of it at its end, or nothing.

use std::{
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::{joined::JoinedStream, report::FileDiagnostic};

/// What is to be written once all of it is known to be right.
pub(super) struct Transaction {
    files: Vec<Replacement>,
    stream: Option<JoinedStream>,
}

impl Transaction {
    /// Nothing to be written yet; with a stream if there will be something for standard output.
    pub(super) fn begin(has_stream: bool) -> io::Result<Self> {
        let stream =
            has_stream.then(|| Ok::<_, io::Error>(JoinedStream::new(BufWriter::new(tempfile::tempfile()?))));
        Ok(Self { files: Vec::new(), stream: stream.transpose()? })
    }

    /// Where the next file's text for standard output goes, if it goes anywhere.
    pub(super) fn next_file(&mut self) -> Option<&mut JoinedStream> {
        let stream = self.stream.as_mut()?;
        stream.next();
        Some(stream)
    }

    /// Has the file at `path` replaced by `text`.
    pub(super) fn replace(&mut self, path: &Path, text: &[u8]) -> io::Result<()> {
        self.files.push(Replacement::new(path, text)?);
        Ok(())
    }

    /// Replaces the files, then writes to `stdout`. What the error says of, and all else, is as it was.
    pub(super) fn commit(self, stdout: impl Write) -> Result<(), FileDiagnostic> {
        replace_all(self.files)?;
        let Some(stream) = self.stream else { return Ok(()) };
        match copy(stream, stdout) {
            // A reader that has gone away, as `head` does, is its own business.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(FileDiagnostic {
                file: "stdout".to_owned(),
                line: None,
                text: format!("cannot be written: {error}"),
            }),
            _ => Ok(()),
        }
    }
}

fn copy(stream: JoinedStream, mut stdout: impl Write) -> io::Result<()> {
    io::copy(&mut stream.into_file()?, &mut stdout)?;
    stdout.flush()
}

/// The new content of a file, beside it, where a rename puts it in place at once. It is gone with this unless it was put there.
struct Replacement {
    content: NamedTempFile,
    target: PathBuf,
}

impl Replacement {
    fn new(path: &Path, text: &[u8]) -> io::Result<Self> {
        Self::beside(path, text).map_err(unnamed)
    }

    fn beside(path: &Path, text: &[u8]) -> io::Result<Self> {
        // A symbolic link stays one.
        let target = fs::canonicalize(path)?;
        let folder = target.parent().unwrap_or_else(|| Path::new("/"));
        let mut content = tempfile::Builder::new()
            .prefix(".wispctl-")
            .tempfile_in(folder)?;
        content.write_all(text)?;
        let file = content.as_file();
        file.set_permissions(fs::metadata(&target)?.permissions())?;
        file.sync_all()?;
        Ok(Self { content, target })
    }
}

/// `error` without the name of the temporary file, which is gone by then.
fn unnamed(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.split_once(" at path ") {
        Some((text, _)) => io::Error::new(error.kind(), text.to_owned()),
        None => error,
    }
}

/// Puts all files in place. When one of them cannot be, those before it are put back.
fn replace_all(files: Vec<Replacement>) -> Result<(), FileDiagnostic> {
    let mut kept: Vec<(PathBuf, PathBuf)> = Vec::new();
    let mut result = Ok(());
    for Replacement { content, target } in files {
        let backup = content.path().with_extension("old");
        let replaced = fs::hard_link(&target, &backup)
            .or_else(|_| fs::copy(&target, &backup).map(drop))
            .and_then(|()| content.persist(&target).map_err(io::Error::from));
        if let Err(error) = replaced {
            // This one is as it was: its backup is another name of it, which a rename would leave, or a copy.
            drop(fs::remove_file(&backup));
            let text = format!("cannot be replaced: {}; nothing was written", unnamed(error));
            result = Err(FileDiagnostic { file: target.display().to_string(), line: None, text });
            break;
        }
        kept.push((backup, target));
    }
    for (backup, target) in kept {
        let tidied = if result.is_err() { fs::rename(&backup, &target) } else { fs::remove_file(&backup) };
        // A backup that cannot be moved stays beside its file, where it can be found.
        drop(tidied);
    }
    result
}

#[cfg(test)]
mod tests {
    use std::{fs, io};

    use super::{FileDiagnostic, Transaction};

    #[test]
    fn files_are_replaced_all_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a", "b"].map(|name| folder.path().join(name));
        let replace = |text: &str| {
            let mut transaction = Transaction::begin(false).unwrap();
            for path in &paths {
                transaction.replace(path, text.as_bytes()).unwrap();
            }
            transaction
        };
        for path in &paths {
            fs::write(path, "old").unwrap();
        }
        replace("new").commit(io::sink()).unwrap();
        let read = || {
            paths
                .each_ref()
                .map(|path| fs::read_to_string(path).unwrap_or_default())
        };
        assert_eq!(read(), ["new", "new"]);

        let transaction = replace("newer");
        fs::remove_file(&paths[1]).unwrap();
        let FileDiagnostic { file, text, .. } = transaction.commit(io::sink()).unwrap_err();
        assert!(file.ends_with("/b") && text.starts_with("cannot be replaced: "), "{file}: {text}");
        assert_eq!(read(), ["new", ""]);
        fs::write(&paths[1], "new").unwrap();

        // The file is there, and what is to replace it is not.
        let transaction = replace("newest");
        fs::remove_file(transaction.files[1].content.path()).unwrap();
        let FileDiagnostic { text, .. } = transaction.commit(io::sink()).unwrap_err();
        assert!(text.starts_with("cannot be replaced: ") && !text.contains(".wispctl-"), "{text}");
        assert_eq!(read(), ["new", "new"]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "something is left behind");
    }
}
