//! Files: found, and replaced all together or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    process,
};

use super::{STDIN, report::FileDiagnostic};

/// The names of files that a folder is searched for.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// The deepest folder looked into.
const MAX_DEPTH: usize = 32;

/// The files among `inputs`, and those in the folders among them, in the order of their names.
pub(super) fn expand(inputs: &[PathBuf]) -> Result<Vec<PathBuf>, Vec<FileDiagnostic>> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut errors = Vec::new();
    for input in inputs {
        let mut found = Vec::new();
        if input != Path::new(STDIN) && input.is_dir() {
            if let Err((path, error)) = search(input, &mut found, 0) {
                errors.push(diagnostic(&path, &format!("cannot be read: {error}")));
            } else if found.is_empty() {
                errors.push(diagnostic(input, "there is no file in it that ends in .yaml, .yml or .json"));
            }
        } else {
            found.push(input.clone());
        }
        // A file that is named twice is read once.
        found.retain(|file| !files.contains(file));
        files.append(&mut found);
    }
    if errors.is_empty() { Ok(files) } else { Err(errors) }
}

fn diagnostic(path: &Path, text: &str) -> FileDiagnostic {
    FileDiagnostic { file: path.display().to_string(), line: None, text: text.to_owned() }
}

fn search(folder: &Path, found: &mut Vec<PathBuf>, depth: usize) -> Result<(), (PathBuf, io::Error)> {
    let failed = |error| (folder.to_owned(), error);
    if depth > MAX_DEPTH {
        return Err(failed(io::Error::other("folders are nested too deep")));
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        entries.push(entry.map_err(failed)?.path());
    }
    entries.sort();
    for path in entries {
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        let extension = path
            .extension()
            .map(|extension| extension.to_string_lossy().into_owned());
        if path.is_dir() {
            search(&path, found, depth + 1)?;
        } else if extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str())) {
            found.push(path);
        }
    }
    Ok(())
}

/// A file without a name, for what goes to standard output once all of it is known to be right.
pub(super) fn spool() -> io::Result<File> {
    let (path, file) = create_in(&std::env::temp_dir())?;
    fs::remove_file(path)?;
    Ok(file)
}

/// The new content of a file.
pub(super) struct Staged {
    temporary: PathBuf,
    target: PathBuf,
    done: bool,
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.done {
            // What cannot be removed is left behind; there is no better place to put it.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// New content that is kept in memory until it is known to differ.
pub(super) struct Staging<'a> {
    target: &'a Path,
    text: &'a mut Vec<u8>,
}

/// Collects the new content of `target`.
pub(super) fn staging<'a>(target: &'a Path, text: &'a mut Vec<u8>) -> Staging<'a> {
    Staging { target, text }
}

impl Write for Staging<'_> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Staging<'_> {
    /// Writes the content beside its file, where a rename can put it in place at once.
    pub(super) fn stage(self) -> io::Result<Option<Staged>> {
        // A symbolic link stays one.
        let target = fs::canonicalize(self.target)?;
        let folder = target.parent().unwrap_or_else(|| Path::new("/"));
        let (temporary, mut file) = create_in(folder)?;
        let staged = Staged { temporary, target, done: false };
        file.write_all(self.text)?;
        file.set_permissions(fs::metadata(&staged.target)?.permissions())?;
        file.sync_all()?;
        Ok(Some(staged))
    }
}

fn create_in(folder: &Path) -> io::Result<(PathBuf, File)> {
    loop {
        let path = folder.join(format!(".wispctl-{}-{:016x}", process::id(), fastrand::u64(..)));
        match OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
        {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Puts all files in place. When one of them cannot be, those before it are put back; the error names it.
pub(super) fn commit(mut staged: Vec<Staged>) -> Result<(), (String, io::Error)> {
    let mut kept: Vec<(PathBuf, PathBuf)> = Vec::new();
    let mut result = Ok(());
    for file in &mut staged {
        let backup = file.temporary.with_extension("old");
        let replaced = fs::hard_link(&file.target, &backup)
            .or_else(|_| fs::copy(&file.target, &backup).map(drop))
            .and_then(|()| {
                kept.push((backup, file.target.clone()));
                fs::rename(&file.temporary, &file.target)
            });
        match replaced {
            Ok(()) => file.done = true,
            Err(error) => {
                result = Err((file.target.display().to_string(), error));
                break;
            }
        }
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
    use std::{fs, path::PathBuf};

    use super::{commit, expand, staging};

    #[test]
    fn folders_are_searched_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("b")).unwrap();
        for name in ["c.yml", "a.json", "b/x.yaml", "b/y.txt", ".hidden.yaml"] {
            fs::write(at(name), "").unwrap();
        }
        let found = expand(&[folder.path().to_owned(), at("c.yml"), PathBuf::from("-")]).unwrap();
        assert_eq!(found, [at("a.json"), at("b/x.yaml"), at("c.yml"), PathBuf::from("-")]);
        fs::create_dir(at("empty")).unwrap();
        let errors = expand(&[at("empty")]).unwrap_err();
        insta::assert_snapshot!(errors[0].text, @"there is no file in it that ends in .yaml, .yml or .json");
    }

    #[test]
    fn files_are_replaced_all_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a", "b"].map(|name| folder.path().join(name));
        let stage = |text: &str| {
            paths
                .iter()
                .map(|path| {
                    staging(path, &mut text.as_bytes().to_vec())
                        .stage()
                        .unwrap()
                        .unwrap()
                })
                .collect()
        };
        for path in &paths {
            fs::write(path, "old").unwrap();
        }
        let staged: Vec<_> = stage("new");
        commit(staged).unwrap();
        let read = || {
            paths
                .each_ref()
                .map(|path| fs::read_to_string(path).unwrap_or_default())
        };
        assert_eq!(read(), ["new", "new"]);

        let staged: Vec<_> = stage("newer");
        fs::remove_file(&paths[1]).unwrap();
        let (file, _) = commit(staged).unwrap_err();
        assert!(file.ends_with("/b"), "{file}");
        assert_eq!(read(), ["new", ""]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }
}
