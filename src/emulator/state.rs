//! The state folder: the CA, the projected tokens, and whatever else others read from disk.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use super::StartError;
use crate::clock::Random;

/// A folder, removed at the end if it was made here.
#[derive(Debug)]
pub(super) struct StateFolder {
    path: PathBuf,
    ours: bool,
}

impl StateFolder {
    /// The folder at `path`, made if it is missing; without a path, a new one among the temporary files.
    pub(super) fn new(path: Option<PathBuf>, random: &dyn Random) -> Result<Self, StartError> {
        let ours = path.is_none();
        let path = path
            .unwrap_or_else(|| std::env::temp_dir().join(format!("wisp-emulator-{:016x}", random.bits())));
        let made =
            if ours { fs::DirBuilder::new().mode(0o755).create(&path) } else { fs::create_dir_all(&path) };
        made.map_err(|error| StartError::Folder { path: path.clone(), error })?;
        // Others are told about this path, from wherever they run.
        let path = path.canonicalize().unwrap_or(path);
        Ok(Self { path, ours })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the file `name` by rename, so that whoever waits for it never reads a part.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<PathBuf, StartError> {
        write(&self.path, name, text)
    }
}

/// Writes the file `name` in `folder` by rename.
pub(super) fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf, StartError> {
    let path = folder.join(name);
    let new = folder.join(format!(".{name}.new"));
    let written: io::Result<()> = fs::write(&new, text).and_then(|()| fs::rename(&new, &path));
    written.map_err(|error| StartError::Folder { path: path.clone(), error })?;
    Ok(path)
}

impl Drop for StateFolder {
    fn drop(&mut self) {
        if self.ours {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
