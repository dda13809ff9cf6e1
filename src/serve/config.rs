//! What serving takes from the settings, beyond what they have for each module below: files that they name, and keys of tokens.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
};

use super::prepare_error::{FileError, PrepareError};
use crate::{
    endpoint,
    exchange::Key,
    identity::Registry,
    names::Resource,
    observe::Identifiers,
    settings::{self, Settings},
    token::Secret,
};

/// What is answered besides tokens.
pub(super) fn metadata(settings: &Settings) -> Result<endpoint::Metadata, PrepareError> {
    let document = match &settings.instance_document {
        Some(path) => {
            let file = File { what: "the document", path, variable: "WISP_INSTANCE_DOCUMENT" };
            Some(file.read(endpoint::Document::parse)?)
        }
        None => None,
    };
    Ok(endpoint::Metadata::new(document, settings.passthrough.clone(), endpoint::Node::default()))
}

/// The secret of the App Service endpoint, from its setting or its file.
pub(super) fn identity_header(settings: &Settings) -> Result<Option<Secret>, PrepareError> {
    let Some(path) = &settings.identity_header_file else { return Ok(settings.identity_header.clone()) };
    let file = File { what: "the secret", path, variable: "WISP_IDENTITY_HEADER_FILE" };
    file.read(settings::identity_header).map(Some)
}

/// A file that a setting names.
struct File<'a> {
    what: &'static str,
    path: &'a Path,
    variable: &'static str,
}

impl File<'_> {
    /// What `parse` makes of its text.
    fn read<T>(&self, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<T, PrepareError> {
        let text = text_of(self.path).map_err(FileError::from);
        text.and_then(|text| parse(&text).map_err(FileError::Invalid))
            .map_err(|error| {
                let Self { what, path, variable } = *self;
                PrepareError::File { what, path: path.to_owned(), variable, error }
            })
    }
}

/// The text of a file that is small. What is no file would perhaps never end.
fn text_of(path: &Path) -> io::Result<String> {
    const MAX: u64 = 1 << 20;
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut text = String::new();
    let read = fs::File::open(path)?
        .take(MAX + 1)
        .read_to_string(&mut text)?;
    if read as u64 > MAX { Err(io::Error::other("it is larger than 1 MiB")) } else { Ok(text) }
}

/// What the operator listed, and nobody shall wait for.
pub(super) fn listed(settings: &Settings, registry: &Registry) -> Vec<Key> {
    [&settings.rules.resources, &settings.prefetch]
        .into_iter()
        .flat_map(|resources| registry.keys(resources))
        .chain(verified(settings, registry))
        .collect()
}

/// The tokens wanted from the start: each listed resource for the default identity.
pub(super) fn prefetch(settings: &Settings, registry: &Registry) -> Vec<Key> {
    let Some(identity) = registry.default_identity() else { return Vec::new() };
    settings
        .prefetch
        .iter()
        .map(|resource: &Resource| identity.key(resource.clone()))
        .collect()
}

/// The token whose exchange proves at start that one is available, if that is wanted.
pub(super) fn verified(settings: &Settings, registry: &Registry) -> Option<Key> {
    let is_verified = settings.verify != settings::Verify::Off;
    let identity = registry.default_identity().filter(|_| is_verified)?;
    Some(identity.key(settings.verified_resource()?))
}

pub(super) fn show_identity(identifiers: Identifiers) -> endpoint::ShowIdentity {
    Box::new(move |id| identifiers.show_asked(id))
}
