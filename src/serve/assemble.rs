//! What each room needs of the settings.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
    sync::Arc,
};

use anyhow::{Context as _, anyhow};

use crate::{
    broker, endpoint, entra,
    identity::{Entry, Learned, Registry, Rules},
    names::Resource,
    observe::Identifiers,
    settings::{self, LogIdentifiers, Settings},
    token::Secret,
};

pub(super) fn identifiers(settings: &Settings) -> Identifiers {
    match settings.log_identifiers {
        LogIdentifiers::Full => Identifiers::Full,
        LogIdentifiers::Hashed => Identifiers::Hashed,
    }
}

pub(super) fn broker(settings: &Settings) -> broker::Config {
    broker::Config {
        request_budget: settings.request_budget,
        propagation_grace: settings.propagation_grace,
        max_tokens: settings.cache_tokens,
        max_bytes: settings.cache_bytes,
        new_keys_burst: settings.new_keys_burst,
        new_keys_per_minute: settings.new_keys_per_minute,
    }
}

pub(super) fn limits(settings: &Settings) -> endpoint::Limits {
    endpoint::Limits {
        connections: settings.max_connections,
        connections_setting: Some("WISP_MAX_CONNECTIONS"),
        pace: None,
        idle: settings.header_timeout,
        drain: settings.drain_timeout,
    }
}

/// What is answered besides tokens.
pub(super) fn metadata(settings: &Settings) -> anyhow::Result<endpoint::Metadata> {
    let document = match &settings.instance_document {
        Some(file) => {
            let from = || format!("the document in {} (WISP_INSTANCE_DOCUMENT)", file.display());
            let text = text_of(file).with_context(from)?;
            let document = endpoint::Document::parse(&text)
                .map_err(|reason| anyhow!(reason))
                .with_context(from)?;
            Some(document)
        }
        None => None,
    };
    Ok(endpoint::Metadata::new(document, settings.passthrough.clone(), endpoint::Node::default()))
}

/// The secret of the App Service endpoint, from its setting or its file.
pub(super) fn identity_header(settings: &Settings) -> anyhow::Result<Option<Secret>> {
    let Some(file) = &settings.identity_header_file else { return Ok(settings.identity_header.clone()) };
    let from = || format!("the secret in {} (WISP_IDENTITY_HEADER_FILE)", file.display());
    let text = text_of(file).with_context(from)?;
    let secret = settings::identity_header(&text)
        .map_err(|reason| anyhow!(reason))
        .with_context(from)?;
    Ok(Some(secret))
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

pub(super) fn registry(settings: &Settings, learned: Arc<Learned>) -> anyhow::Result<Arc<Registry>> {
    let entries = settings.identities.iter().map(|identity| Entry {
        name: identity.name.clone(),
        client_id: identity.client_id.clone(),
        tenant: identity.tenant_id.clone(),
        object_id: identity.object_id.clone(),
        resource_id: identity.resource_id.clone(),
    });
    let rules = Rules {
        authority: settings.authority.clone(),
        via_token_proxy: settings.token_proxy.is_some(),
        default: settings.default_identity.clone(),
        resources: settings.resources.clone(),
    };
    Ok(Arc::new(Registry::new(entries.collect(), rules, learned)?))
}

pub(super) fn entra(settings: &Settings) -> entra::Config {
    entra::Config {
        ca_file: settings.ca_file.clone(),
        ssl_cert_file: settings.ssl_cert_file.clone(),
        https_proxy: settings.https_proxy.clone(),
        no_proxy: settings.no_proxy.clone(),
        connect_timeout: settings.connect_timeout,
        attempt_timeout: settings.attempt_timeout,
        token_proxy: settings.token_proxy.clone(),
        ..entra::Config::new(settings.token_file.clone())
    }
}

/// What the operator listed, and nobody shall wait for.
pub(super) fn listed(settings: &Settings, registry: &Registry) -> Vec<crate::exchange::Key> {
    [&settings.resources, &settings.prefetch]
        .into_iter()
        .flat_map(|resources| registry.keys(resources))
        .chain(verified(settings, registry))
        .collect()
}

/// The tokens wanted from the start: each listed resource for the default identity.
pub(super) fn prefetch(settings: &Settings, registry: &Registry) -> Vec<crate::exchange::Key> {
    let Some(identity) = registry.default_identity() else { return Vec::new() };
    settings
        .prefetch
        .iter()
        .map(|resource: &Resource| identity.key(resource.clone()))
        .collect()
}

/// The token whose exchange proves at start that one can be had, if that is wanted.
pub(super) fn verified(settings: &Settings, registry: &Registry) -> Option<crate::exchange::Key> {
    let wanted = settings.verify != settings::Verify::Off;
    let identity = registry.default_identity().filter(|_| wanted)?;
    Some(identity.key(settings.verified_resource()?))
}

pub(super) fn show_identity(identifiers: Identifiers) -> endpoint::ShowIdentity {
    Box::new(move |id| identifiers.show_asked(id))
}
