//! The token file, as the kubelet keeps it.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::{
    failure::{Category, Class, Failure},
    jwt::{self, Claims, NotAJwt},
    token::Secret,
};

/// The setting that names the file.
pub(crate) const SETTING: &str = "AZURE_FEDERATED_TOKEN_FILE";

/// The largest file taken for a token, in bytes. A projected token has 1 to 2 KiB; whatever is larger is another file.
pub(crate) const MAX_FILE: u64 = 64 * 1024;

/// A projected token, ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Assertion {
    /// The token, without surrounding white space.
    pub secret: Secret,
    /// Its claims, unverified.
    pub claims: Claims,
}

/// The path of the projected token.
///
/// The path is all that is kept. The kubelet replaces the token by swapping a symbolic link above it, so an open file
/// would show the old token for ever.
#[derive(Clone, Debug)]
pub(crate) struct TokenFile(PathBuf);

impl TokenFile {
    /// The token at `path`.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Reads the token that is there now.
    ///
    /// This blocks, on purpose: a projected volume lives in memory, and reading 1 KiB from there costs less than handing
    /// the work to another thread. What could wait (a pipe, a device) is refused before it is opened.
    pub(crate) fn read(&self) -> Result<Assertion, TokenFileError> {
        self.read_now()
            .map_err(|kind| TokenFileError { path: self.0.clone(), kind })
    }

    /// A number that changes when the file is replaced or rewritten; zero while there is none.
    pub(crate) fn version(&self) -> u64 {
        version(&self.0)
    }

    fn read_now(&self) -> Result<Assertion, TokenFileErrorKind> {
        let meta = fs::metadata(&self.0)?;
        if meta.is_dir() {
            return Err(TokenFileErrorKind::Directory);
        }
        if !meta.is_file() {
            return Err(TokenFileErrorKind::Special);
        }
        // Wiped when it goes, and large enough from the start: growing would leave a copy behind.
        let capacity = usize::try_from(meta.len().min(MAX_FILE)).unwrap_or_default() + 1;
        let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
        fs::File::open(&self.0)?
            .take(MAX_FILE + 1)
            .read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(TokenFileErrorKind::TooLarge);
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| TokenFileErrorKind::NotUtf8)?;
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(TokenFileErrorKind::Empty);
        }
        let claims = jwt::peek(trimmed)?;
        Ok(Assertion { secret: Secret::new(trimmed.to_owned()), claims })
    }
}

/// A number that changes when the file at `path` is replaced or rewritten; zero while there is none.
pub(crate) fn version(path: &Path) -> u64 {
    let Ok(meta) = fs::metadata(path) else {
        return 0;
    };
    let mut hasher = DefaultHasher::new();
    (meta.dev(), meta.ino(), meta.mtime(), meta.mtime_nsec(), meta.len()).hash(&mut hasher);
    hasher.finish().max(1)
}

/// Why the token file cannot be used now.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("The token file {} ({SETTING}) {kind}. Fix: {}", path.display(), kind.fix())]
pub(crate) struct TokenFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub kind: TokenFileErrorKind,
}

/// What can be wrong with the token file.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum TokenFileErrorKind {
    /// There is no such file.
    #[error("does not exist")]
    Missing,
    /// There is nothing in it.
    #[error("is empty")]
    Empty,
    /// The path is a directory.
    #[error("is a directory")]
    Directory,
    /// The path is a pipe, a socket or a device.
    #[error("is not a regular file")]
    Special,
    /// It may not be read by this user.
    #[error("cannot be read: permission denied")]
    Forbidden,
    /// More than [`MAX_FILE`] bytes.
    #[error("is larger than {} KiB", MAX_FILE / 1024)]
    TooLarge,
    /// Not UTF-8.
    #[error("is not a JWT: it is not text")]
    NotUtf8,
    /// Not a JWT.
    #[error("is not a JWT: {0}")]
    NotAJwt(NotAJwt),
    /// Reading failed otherwise.
    #[error("cannot be read: {0}")]
    Io(io::ErrorKind),
}

impl From<io::Error> for TokenFileErrorKind {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing,
            io::ErrorKind::PermissionDenied => Self::Forbidden,
            io::ErrorKind::IsADirectory => Self::Directory,
            other => Self::Io(other),
        }
    }
}

impl From<NotAJwt> for TokenFileErrorKind {
    fn from(error: NotAJwt) -> Self {
        Self::NotAJwt(error)
    }
}

impl TokenFileErrorKind {
    /// What to do about it.
    pub(crate) const fn fix(&self) -> &'static str {
        match self {
            Self::Missing => {
                "mount the projected service-account token into this container (the workload identity webhook does where the pod \
                 template has the label azure.workload.identity/use=true), or correct the setting."
            }
            Self::Empty => {
                "wait for the kubelet to write it; if it stays empty, mount the projected token itself."
            }
            Self::Directory => "name the file in that directory, usually azure-identity-token.",
            Self::Special => "name a regular file: the projected service-account token.",
            Self::Forbidden => {
                "let this user read it: set fsGroup in the pod's securityContext, or run as the pod's user."
            }
            Self::TooLarge | Self::NotUtf8 | Self::NotAJwt(_) => {
                "point the setting at the projected service-account token, not at another file."
            }
            Self::Io(_) => "check the volume that holds it.",
        }
    }
}

impl From<TokenFileError> for Failure {
    /// The kubelet may repair it any moment, hence the retryable OAuth error.
    fn from(error: TokenFileError) -> Self {
        Self::new(Class::Assertion, Category::Assertion, "temporarily_unavailable", error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink, path::Path};

    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use tempfile::tempdir;

    use super::{MAX_FILE, TokenFile};
    use crate::failure::{Category, Class, Failure};

    fn jwt(payload: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload))
    }

    /// The description, with the directory's name taken out.
    fn complaint(directory: &Path, name: &str) -> String {
        let failure = Failure::from(TokenFile::new(directory.join(name)).read().unwrap_err());
        assert_eq!((failure.class, failure.category), (Class::Assertion, Category::Assertion));
        failure
            .description
            .replace(&directory.display().to_string(), "DIR")
    }

    #[test]
    fn reads_and_trims_and_hides() {
        let dir = tempdir().unwrap();
        let path = dir.path().join("token");
        fs::write(&path, format!("\n {}\r\n", jwt(r#"{"iss":"https://i/"}"#))).unwrap();
        let read = TokenFile::new(path).read().unwrap();
        assert_eq!(read.secret.expose(), jwt(r#"{"iss":"https://i/"}"#));
        assert_eq!(read.claims.issuer.as_deref(), Some("https://i/"));
        assert!(!format!("{read:?}").contains("c2ln"));
    }

    #[test]
    fn follows_the_kubelets_swap() {
        let dir = tempdir().unwrap();
        for (version, payload) in [("..1", r#"{"sub":"old"}"#), ("..2", r#"{"sub":"new"}"#)] {
            fs::create_dir(dir.path().join(version)).unwrap();
            fs::write(dir.path().join(version).join("token"), jwt(payload)).unwrap();
        }
        symlink("..1", dir.path().join("..data")).unwrap();
        symlink("..data/token", dir.path().join("token")).unwrap();
        let file = TokenFile::new(dir.path().join("token"));
        assert_eq!(file.read().unwrap().claims.subject.as_deref(), Some("old"));
        let before = file.version();
        assert_eq!(before, file.version());

        symlink("..2", dir.path().join("..data_tmp")).unwrap();
        fs::rename(dir.path().join("..data_tmp"), dir.path().join("..data")).unwrap();
        assert_eq!(file.read().unwrap().claims.subject.as_deref(), Some("new"));
        assert_ne!(before, file.version());

        fs::remove_file(dir.path().join("..data")).unwrap();
        assert_eq!(file.version(), 0);
    }

    #[test]
    fn says_what_is_wrong_and_what_to_do() {
        let dir = tempdir().unwrap();
        let write = |name: &str, content: &[u8]| fs::write(dir.path().join(name), content).unwrap();
        write("empty", b" \n");
        write("binary", &[0xff, 0xfe, 0x00]);
        write("text", b"hello");
        write(
            "large",
            "x".repeat(usize::try_from(MAX_FILE).unwrap() + 1)
                .as_bytes(),
        );
        let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();

        insta::assert_snapshot!(complaint(dir.path(), "missing"), @"The token file DIR/missing (AZURE_FEDERATED_TOKEN_FILE) does not exist. Fix: mount the projected service-account token into this container (the workload identity webhook does where the pod template has the label azure.workload.identity/use=true), or correct the setting.");
        insta::assert_snapshot!(complaint(dir.path(), "empty"), @"The token file DIR/empty (AZURE_FEDERATED_TOKEN_FILE) is empty. Fix: wait for the kubelet to write it; if it stays empty, mount the projected token itself.");
        insta::assert_snapshot!(complaint(dir.path(), "."), @"The token file DIR/. (AZURE_FEDERATED_TOKEN_FILE) is a directory. Fix: name the file in that directory, usually azure-identity-token.");
        insta::assert_snapshot!(complaint(dir.path(), "socket"), @"The token file DIR/socket (AZURE_FEDERATED_TOKEN_FILE) is not a regular file. Fix: name a regular file: the projected service-account token.");
        insta::assert_snapshot!(complaint(dir.path(), "large"), @"The token file DIR/large (AZURE_FEDERATED_TOKEN_FILE) is larger than 64 KiB. Fix: point the setting at the projected service-account token, not at another file.");
        insta::assert_snapshot!(complaint(dir.path(), "binary"), @"The token file DIR/binary (AZURE_FEDERATED_TOKEN_FILE) is not a JWT: it is not text. Fix: point the setting at the projected service-account token, not at another file.");
        insta::assert_snapshot!(complaint(dir.path(), "text"), @"The token file DIR/text (AZURE_FEDERATED_TOKEN_FILE) is not a JWT: it is not three parts joined by dots. Fix: point the setting at the projected service-account token, not at another file.");
    }

    #[test]
    fn a_forbidden_file_names_the_remedy() {
        // Root may read everything, so the error is made rather than met.
        let kind =
            super::TokenFileErrorKind::from(std::io::Error::from(std::io::ErrorKind::PermissionDenied));
        let error = super::TokenFileError { path: "/t".into(), kind };
        insta::assert_snapshot!(error, @"The token file /t (AZURE_FEDERATED_TOKEN_FILE) cannot be read: permission denied. Fix: let this user read it: set fsGroup in the pod's securityContext, or run as the pod's user.");
    }

    #[test]
    fn a_file_of_exactly_the_limit_is_still_read() {
        let dir = tempdir().unwrap();
        let path = dir.path().join("token");
        let head = jwt("{}");
        let padded = format!("{head}{}", " ".repeat(usize::try_from(MAX_FILE).unwrap() - head.len()));
        fs::write(&path, padded).unwrap();
        assert_eq!(TokenFile::new(path).read().unwrap().secret.expose(), head);
    }
}
