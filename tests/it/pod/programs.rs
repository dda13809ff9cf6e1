//! `wisp` where every user can run it, once for each way of giving it the capability.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::Command,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tempfile::TempDir;

use crate::kit::{
    programs::WISP,
    run::{must, require},
};

/// Copies of the program.
#[derive(Debug)]
pub(super) struct Programs {
    folder: TempDir,
}

/// What the program's file permits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum File {
    /// Nothing: an image that lost its extended attributes.
    Plain,
    /// `cap_net_admin=p`, as in the image.
    Permitted,
    /// `cap_net_admin=ep`, as other images have it.
    Effective,
}

impl Programs {
    /// The copies that all tests of this process share; they go with the last test that uses them.
    pub(super) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Programs>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(programs) = shared.upgrade() {
            return programs;
        }
        let programs = Arc::new(Self::make());
        *shared = Arc::downgrade(&programs);
        programs
    }

    fn make() -> Self {
        require(&["setcap", "strip"]);
        let programs = Self {
            folder: tempfile::Builder::new()
                .prefix("wisp-pod-")
                .tempdir()
                .unwrap(),
        };
        fs::set_permissions(programs.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for (file, capability) in
            [(File::Plain, None), (File::Permitted, Some("=p")), (File::Effective, Some("=ep"))]
        {
            let path = programs.path(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            must(Command::new("strip").arg("-o").arg(&path).arg(WISP));
            if let Some(flags) = capability {
                must(
                    Command::new("setcap")
                        .arg(format!("cap_net_admin{flags}"))
                        .arg(&path),
                );
            }
        }
        programs
    }

    /// Where this one is.
    pub(super) fn path(&self, file: File) -> PathBuf {
        self.folder.path().join(format!("{file:?}")).join("wisp")
    }
}
