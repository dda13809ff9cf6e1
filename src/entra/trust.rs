//! Whom to trust: root certificates, read when they are first needed and again when their file changes.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Read},
    path::{Path, PathBuf},
};

use rustls::{RootCertStore, pki_types::CertificateDer};

use super::pem;
use crate::{
    assertion,
    failure::{Category, Class, Failure},
};

/// The setting that replaces the system's roots.
pub(super) const SYSTEM_SETTING: &str = "SSL_CERT_FILE";

/// The setting that adds roots to the system's.
pub(super) const EXTRA_SETTING: &str = "WISP_CA_FILE";

/// The largest bundle read, in bytes. Mozilla's whole list has 220 KiB.
const MAX_BUNDLE: u64 = 4 * 1024 * 1024;

/// Where Linux distributions keep their bundle, in the order in which they are tried; the first is that of wisp's image.
/// They are named here because the usual crates would read the environment to find them.
#[cfg(target_os = "linux")]
const SYSTEM_BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Which certificate authorities are trusted.
#[derive(Clone, Debug)]
pub(super) enum Trust {
    /// The system's, or `bundle` in their place, and those of `extra` besides.
    System {
        /// [`SYSTEM_SETTING`].
        bundle: Option<PathBuf>,
        /// [`EXTRA_SETTING`].
        extra: Option<PathBuf>,
    },
    /// Those in a file, and no others.
    File {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// Exactly these.
    Fixed(Vec<CertificateDer<'static>>),
}

/// What the files looked like when they were read. Equal contents have equal fingerprints.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Fingerprint(u64);

impl Trust {
    /// The roots, unless they are those `seen` already. Blocks: up to a few hundred KiB are read and parsed.
    ///
    /// A file that is gone, empty or cut off is an error even where roots were seen before: the caller keeps those.
    pub(super) fn load(
        &self,
        seen: Option<Fingerprint>,
    ) -> Result<Option<(Fingerprint, RootCertStore)>, RootsError> {
        let mut hasher = DefaultHasher::new();
        let mut files = Vec::new();
        for (setting, path) in self.files() {
            let pem = read(path).map_err(|error| RootsError::new(setting, path, error.kind().into()))?;
            if pem.trim_ascii().is_empty() {
                return Err(RootsError::new(setting, path, RootsErrorKind::Empty));
            }
            // Read for the first time, it may be all there is.
            if seen.is_some() && pem::is_cut_off(&pem) {
                return Err(RootsError::new(setting, path, RootsErrorKind::CutOff));
            }
            pem.hash(&mut hasher);
            files.push((setting, path, pem));
        }
        let fingerprint = Fingerprint(hasher.finish());
        if seen == Some(fingerprint) {
            return Ok(None);
        }
        let mut roots = RootCertStore::empty();
        match self {
            Self::System { bundle: None, .. } => {
                add_system_roots(&mut roots);
            }
            Self::Fixed(certificates) => {
                roots.add_parsable_certificates(certificates.iter().cloned());
            }
            _ => {}
        }
        for (setting, path, pem) in files {
            let added = roots.add_parsable_certificates(pem::certificates(&pem)).0;
            if added == 0 {
                return Err(RootsError::new(setting, path, RootsErrorKind::NoCertificate));
            }
        }
        if roots.is_empty() {
            return Err(RootsError::NoSystemRoots);
        }
        Ok(Some((fingerprint, roots)))
    }

    /// Whether both trust the same, in whatever order. What cannot be read says nothing.
    pub(super) fn has_same_content(&self, other: &Self) -> bool {
        let (Ok(Some((_, ours))), Ok(Some((_, theirs)))) = (self.load(None), other.load(None)) else {
            return false;
        };
        let within = |some: &RootCertStore, all: &RootCertStore| {
            some.roots.iter().all(|root| all.roots.contains(root))
        };
        within(&ours, &theirs) && within(&theirs, &ours)
    }

    /// A number for each file that changes with it.
    pub(super) fn versions(&self) -> impl Iterator<Item = u64> {
        self.files().map(|(_, path)| assertion::version(path))
    }

    /// Whether there is a file that may change after start.
    pub(super) fn may_change(&self) -> bool {
        self.files().next().is_some()
    }

    fn files(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let (first, second) = match self {
            Self::System { bundle, extra } => (
                bundle.as_deref().map(|path| (SYSTEM_SETTING, path)),
                extra.as_deref().map(|path| (EXTRA_SETTING, path)),
            ),
            Self::File { setting, path } => (Some((*setting, path.as_path())), None),
            Self::Fixed(_) => (None, None),
        };
        first.into_iter().chain(second)
    }
}

/// Why `setting` cannot name `path` as its roots: something is there that never will be, or no certificate is in it. A file
/// that is not there, or empty, may still be written. Cheap: it stops at the first certificate that can be trusted.
pub(super) fn check_roots(setting: &'static str, path: &Path) -> Result<(), RootsError> {
    let refuse = |kind| Err(RootsError::new(setting, path, kind));
    match read(path) {
        Ok(pem) if pem.trim_ascii().is_empty() => Ok(()),
        Ok(pem) if pem::certificates(&pem).any(|der| is_root(&der)) => Ok(()),
        Ok(_) => refuse(RootsErrorKind::NoCertificate),
        Err(error) => match error.kind() {
            kind @ (io::ErrorKind::InvalidInput | io::ErrorKind::FileTooLarge) => refuse(kind.into()),
            _ => Ok(()),
        },
    }
}

/// Whether `der` can serve as a root.
pub(super) fn is_root(der: &CertificateDer<'static>) -> bool {
    RootCertStore::empty().add(der.clone()).is_ok()
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let found = fs::metadata(path)?;
    // A pipe would block for ever.
    if !found.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // In one piece: what grows step by step leaves its steps behind in the heap.
    let expected = usize::try_from(found.len().min(MAX_BUNDLE)).unwrap_or_default();
    let mut pem = Vec::with_capacity(expected + 1);
    fs::File::open(path)?
        .take(MAX_BUNDLE + 1)
        .read_to_end(&mut pem)?;
    if pem.len() as u64 > MAX_BUNDLE { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(pem) }
}

#[cfg(target_os = "linux")]
fn add_system_roots(roots: &mut RootCertStore) {
    let bundles = SYSTEM_BUNDLES
        .iter()
        .filter_map(|path| read(Path::new(path)).ok());
    for bundle in bundles {
        let (added, _) = roots.add_parsable_certificates(pem::certificates(&bundle));
        if added > 0 {
            return;
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn add_system_roots(roots: &mut RootCertStore) {
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
}

/// Why there are no roots to trust.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum RootsError {
    /// A file that should have them does not.
    #[error("The root certificates in {} ({setting}) {kind}. Fix: name a readable PEM file of CA certificates.", path.display())]
    File {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        kind: RootsErrorKind,
    },
    /// The system has none.
    #[error(
        "No root certificates were found on this system. Fix: mount a bundle and name it in SSL_CERT_FILE, or name your own in \
         WISP_CA_FILE."
    )]
    NoSystemRoots,
}

/// What can be wrong with a file of root certificates.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum RootsErrorKind {
    /// There is no such file.
    #[error("do not exist")]
    Missing,
    /// The path is a directory, a pipe or a device.
    #[error("cannot be read: not a regular file")]
    Special,
    /// Reading failed otherwise.
    #[error("cannot be read: {0}")]
    Io(io::ErrorKind),
    /// There is nothing in it.
    #[error("cannot be used: the file is empty")]
    Empty,
    /// It is being written.
    #[error("cannot be used: the file ends within a certificate")]
    CutOff,
    /// Nothing in it can be trusted.
    #[error("cannot be used: the file holds no valid certificate")]
    NoCertificate,
}

impl From<io::ErrorKind> for RootsErrorKind {
    fn from(kind: io::ErrorKind) -> Self {
        match kind {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::InvalidInput => Self::Special,
            other => Self::Io(other),
        }
    }
}

impl RootsError {
    fn new(setting: &'static str, path: &Path, kind: RootsErrorKind) -> Self {
        Self::File { setting, path: path.to_owned(), kind }
    }
}

impl From<RootsError> for Failure {
    /// A file may still be mounted or completed, hence the retryable class; a system without roots stays without.
    fn from(error: RootsError) -> Self {
        let (class, code) = match error {
            RootsError::NoSystemRoots => (Class::Permanent, "invalid_request"),
            RootsError::File { .. } => (Class::Transient, "temporarily_unavailable"),
        };
        Self::new(class, Category::Configuration, code, error.to_string())
    }
}

#[cfg(test)]
#[cfg(feature = "wispctl")]
mod tests;
