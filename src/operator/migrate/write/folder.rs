//! The folder that files are written to. Only what wispctl wrote there before is replaced.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::File;

/// The file that lists what wispctl wrote, with a digest of each.
const LIST: &str = ".wispctl-migration";
/// Its first line.
const TITLE: &str = "# Written by `wispctl migrate write`: the files of this folder and their SHA-256.";
/// The lines of a list that are read.
const MOST: usize = 100_000;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    /// What is there was not written by wispctl.
    #[error(
        "there is something in {} that wispctl did not write; choose an empty folder, or `--force`", .0.display()
    )]
    Foreign(PathBuf),
    /// Files were changed since.
    #[error("changed since wispctl wrote them: {0}; move them away, or give `--force`")]
    Changed(String),
    /// The folder is among what is read.
    #[error("{} is in {}, which is read, so the next run would read what this one writes; choose another folder", .0.display(), .1.display())]
    Within(PathBuf, PathBuf),
    /// A file would be somewhere else.
    #[error("the path of a file leads out of the folder: {}; please report this", .0.escape_debug())]
    Outside(String),
    /// The file system refuses.
    #[error("cannot write {}: {}", .0.display(), .1)]
    Io(PathBuf, io::Error),
}

/// A folder that may be written to.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// What wispctl wrote there, with digests.
    known: BTreeMap<String, String>,
}

impl Folder {
    /// The folder at `path`, which need not be there. `is_forced` replaces what people changed, and allows for what others wrote.
    pub(crate) fn open(path: &Path, inputs: &[PathBuf], is_forced: bool) -> Result<Self, FolderError> {
        let failed = |error| FolderError::Io(path.to_owned(), error);
        within(path, inputs)?;
        let is_empty = match fs::read_dir(path) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(error) => return Err(failed(error)),
        };
        let known = match fs::read_to_string(path.join(LIST)) {
            Ok(text) => listed(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        let known = match known {
            Some(known) => known,
            None if is_empty || is_forced => BTreeMap::new(),
            None => return Err(FolderError::Foreign(path.to_owned())),
        };
        let folder = Self { path: path.to_owned(), known };
        if !is_forced {
            folder.check_known()?;
        }
        Ok(folder)
    }

    /// Whether what wispctl wrote is as it was.
    fn check_known(&self) -> Result<(), FolderError> {
        let changed: Vec<_> = self
            .known
            .iter()
            .filter(|(name, known)| match fs::read(self.path.join(name)) {
                Ok(bytes) => hash(&bytes) != **known,
                // What is gone is written anew.
                Err(_) => false,
            })
            .map(|(name, _)| name.clone())
            .collect();
        if changed.is_empty() { Ok(()) } else { Err(FolderError::Changed(changed.join(", "))) }
    }

    /// Writes `files`, and removes what wispctl wrote before and does not write now. Unless `is_forced`, what others wrote is not
    /// replaced.
    pub(crate) fn write(&self, files: &[File], is_forced: bool) -> Result<(), FolderError> {
        if let Some(file) = files.iter().find(|file| !is_below(&file.path)) {
            return Err(FolderError::Outside(file.path.clone()));
        }
        let foreign = files.iter().find(|file| {
            !is_forced && !self.known.contains_key(&file.path) && self.path.join(&file.path).exists()
        });
        if let Some(file) = foreign {
            return Err(FolderError::Foreign(self.path.join(&file.path)));
        }
        // The list comes first: what is there after an interruption is known as wispctl's.
        let mut all = self.known.clone();
        all.extend(
            files
                .iter()
                .map(|file| (file.path.clone(), hash(file.text.as_bytes()))),
        );
        self.put(LIST, &list(&all), false)?;
        for file in files {
            self.put(&file.path, &file.text, file.is_script)?;
        }
        let is_written = |name: &str| files.iter().any(|file| file.path == name);
        for name in self.known.keys().filter(|name| !is_written(name)) {
            let path = self.path.join(name);
            if let Err(error) = fs::remove_file(&path)
                && error.kind() != io::ErrorKind::NotFound
            {
                return Err(FolderError::Io(path, error));
            }
            // Folders that are empty now go too; those that are not stay.
            for above in path.ancestors().skip(1) {
                if above == self.path || fs::remove_dir(above).is_err() {
                    break;
                }
            }
        }
        all.retain(|name, _| is_written(name));
        self.put(LIST, &list(&all), false)
    }

    /// Puts a file in place at once.
    fn put(&self, name: &str, text: &str, is_script: bool) -> Result<(), FolderError> {
        let path = self.path.join(name);
        let put = || -> io::Result<()> {
            let folder = path.parent().unwrap_or(&self.path);
            fs::create_dir_all(folder)?;
            let mut file = tempfile::Builder::new()
                .prefix(".wispctl-")
                .tempfile_in(folder)?;
            io::Write::write_all(&mut file, text.as_bytes())?;
            set_mode(file.as_file(), is_script)?;
            file.persist(&path)?;
            Ok(())
        };
        put().map_err(|error| FolderError::Io(path.clone(), error))
    }
}

/// As a new file is, and for scripts with the right to be run.
fn set_mode(file: &fs::File, is_script: bool) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = if is_script { 0o755 } else { 0o644 };
        file.set_permissions(fs::Permissions::from_mode(mode))?;
    }
    #[cfg(not(unix))]
    let _ = (file, is_script);
    Ok(())
}

/// Whether the folder would be read as one of `inputs`. What begins with a dot is not.
fn within(path: &Path, inputs: &[PathBuf]) -> Result<(), FolderError> {
    let Some(output) = resolved(path) else { return Ok(()) };
    for input in inputs.iter().filter(|input| input.is_dir()) {
        let Ok(folder) = input.canonicalize() else { continue };
        let Ok(below) = output.strip_prefix(&folder) else { continue };
        let is_hidden = below
            .components()
            .any(|name| name.as_os_str().to_string_lossy().starts_with('.'));
        if !is_hidden {
            return Err(FolderError::Within(path.to_owned(), input.clone()));
        }
    }
    Ok(())
}

/// `path` without links, though the last of it need not be there.
fn resolved(path: &Path) -> Option<PathBuf> {
    let whole = std::path::absolute(path).ok()?;
    let (there, rest) = whole.ancestors().find_map(|above| {
        let there = above.canonicalize().ok()?;
        Some((there, whole.strip_prefix(above).ok()?.to_owned()))
    })?;
    Some(if rest.as_os_str().is_empty() { there } else { there.join(rest) })
}

/// The names and digests of a list; none where it is none.
fn listed(text: &str) -> Option<BTreeMap<String, String>> {
    let rest = text.strip_prefix(TITLE)?;
    let entries = rest
        .lines()
        .filter_map(|line| line.split_once("  "))
        .take(MOST);
    // A list that was edited leads nowhere else.
    Some(
        entries
            .filter(|(_, name)| is_below(name))
            .map(|(digest, name)| (name.to_owned(), digest.to_owned()))
            .collect(),
    )
}

/// Whether the path of a file stays below the folder.
fn is_below(name: &str) -> bool {
    Path::new(name)
        .components()
        .all(|name| matches!(name, std::path::Component::Normal(_)))
}

fn list(files: &BTreeMap<String, String>) -> String {
    let mut text = format!("{TITLE}\n");
    for (name, digest) in files {
        let _ = writeln!(text, "{digest}  {name}");
    }
    text
}

fn hash(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{File, Folder};

    #[test]
    fn nothing_is_written_beside_the_folder() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("out");
        let folder = Folder::open(&path, &[], false).unwrap();
        for name in ["../a", "a/../../b", "/a"] {
            let file = File::new(name.to_owned(), String::new());
            insta::allow_duplicates! {
                insta::assert_snapshot!(
                    folder.write(&[file], false).unwrap_err().to_string().replace(name, "NAME"),
                    @"the path of a file leads out of the folder: NAME; please report this"
                );
            }
        }
        assert!(std::fs::read_dir(above.path()).unwrap().next().is_none());
    }
}
