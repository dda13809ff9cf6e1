//! Where the API server is, whom to trust there, and who is asking.
//!
//! - `pod`: as the kubelet tells a pod
//! - `kubeconfig`: as kubectl reads it

mod kubeconfig;
mod pod;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};

use crate::{settings::Env, token::Secret};

/// Where to look.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Source {
    /// What the kubelet gives to a pod.
    Pod,
    /// This file, and its current context.
    Kubeconfig(PathBuf),
    /// This file, and this context of it.
    Context(PathBuf, String),
}

/// The API server and how to speak to it.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// Its address, `https://` and a host, without a slash at the end.
    pub(super) server: String,
    /// Whose certificates it may have; PEM.
    pub(super) roots: Content,
    /// Who is asking.
    pub(super) credential: Credential,
    /// The namespace to work in, where nothing else names one.
    pub(crate) namespace: Option<String>,
}

/// Who is asking.
#[derive(Clone, Debug)]
pub(super) enum Credential {
    /// Whoever has this token.
    Token(Content),
    /// Whoever has this certificate and its key; PEM.
    Certificate {
        /// The certificate and those between it and the authority.
        chain: Content,
        /// Its key.
        key: Content,
    },
}

/// Something that stands in a file or beside its name. Files are read anew for each use: whoever wrote them replaces them.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// What stands in this file.
    File(PathBuf),
    /// This.
    Inline(Secret),
}

/// There is no way to the API server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccessError {
    /// Not in a pod.
    #[error(
        "no API server is known: KUBERNETES_SERVICE_HOST is not set, so this is no pod; give `--kubeconfig FILE`"
    )]
    NoPod,
    /// A file cannot be read.
    #[error("cannot read {}, which should have {what}: {source}", path.display())]
    File {
        /// What should be in it.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A kubeconfig does not say what it has to.
    #[error("kubeconfig {}: {text}", path.display())]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        text: String,
    },
    /// What was read is of no use.
    #[error("{what} cannot be used: {reason}")]
    Malformed {
        /// What it should be.
        what: &'static str,
        /// Why it is not.
        reason: String,
    },
}

impl Access {
    /// What `source` says. `env` is the environment of this process.
    pub(crate) fn find(source: &Source, env: &Env) -> Result<Self, AccessError> {
        match source {
            Source::Pod => pod::access(env, Path::new(pod::FOLDER)),
            Source::Kubeconfig(path) => kubeconfig::access(path, None),
            Source::Context(path, context) => kubeconfig::access(path, Some(context)),
        }
    }
}

impl Content {
    /// What stands there. `what` names it in errors.
    pub(super) fn read(&self, what: &'static str) -> Result<Secret, AccessError> {
        match self {
            Self::Inline(text) => Ok(text.clone()),
            Self::File(path) => fs::read_to_string(path)
                .map(Secret::new)
                .map_err(|source| AccessError::File { what, path: path.clone(), source }),
        }
    }

    /// What stands in base64 in `text`.
    fn of_base64(what: &'static str, text: &str) -> Result<Self, AccessError> {
        let malformed = |reason: String| AccessError::Malformed { what, reason };
        let bytes = STANDARD
            .decode(text)
            .map_err(|_| malformed("expected base64".to_owned()))?;
        let text = String::from_utf8(bytes).map_err(|_| malformed("expected PEM in base64".to_owned()))?;
        Ok(Self::Inline(Secret::new(text)))
    }
}

/// The certificates in a text of PEM, of which there has to be one.
pub(super) fn certificates(
    what: &'static str,
    pem: &Secret,
) -> Result<Vec<CertificateDer<'static>>, AccessError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.expose().as_bytes()).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(AccessError::Malformed { what, reason: "there is no certificate in it".to_owned() }),
        Err(error) => Err(AccessError::Malformed { what, reason: error.to_string() }),
    }
}

/// The private key in a text of PEM.
pub(super) fn private_key(what: &'static str, pem: &Secret) -> Result<PrivateKeyDer<'static>, AccessError> {
    PrivateKeyDer::from_pem_slice(pem.expose().as_bytes())
        .map_err(|error| AccessError::Malformed { what, reason: error.to_string() })
}
