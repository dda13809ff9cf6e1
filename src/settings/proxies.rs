//! The ways to Entra: the proxy's exceptions, and the token proxy, which has four settings.

use super::{key::Key, loader::Loader, parse, read::one};
use crate::entra::{NoProxy, never_matches, token_proxy::Config};

/// The hosts that are reached directly. An entry that matches none is worth a warning, no more: other programs read the
/// variable too, and some may understand it.
pub(super) fn no_proxy(loader: &mut Loader<'_>, key: &Key) -> NoProxy {
    let entries = loader.list(key, |text| Ok(text.to_owned()));
    for entry in &entries {
        if let Some(meant) = never_matches(entry) {
            loader.warn(key, entry, &format!("has no effect, because it matches no host: {meant}"));
        }
    }
    NoProxy::new(entries)
}

/// The token proxy, to which the other settings add theirs.
pub(super) fn token_proxy(loader: &mut Loader<'_>, key: &Key) -> Option<Config> {
    let endpoint = one(parse::name)(loader, key)?;
    loader.settings.rules.via_token_proxy = true;
    Some(Config { endpoint, sni_name: None, ca_file: None, ca_data: None })
}

/// The token proxy with the name in its certificate.
pub(super) fn sni_name(loader: &mut Loader<'_>, key: &Key) -> Option<Config> {
    let sni_name = one(parse::name)(loader, key);
    Some(Config { sni_name, ..loader.settings.entra.token_proxy.take()? })
}

/// The token proxy with the file of its roots.
pub(super) fn ca_file(loader: &mut Loader<'_>, key: &Key) -> Option<Config> {
    let ca_file = one(parse::path)(loader, key);
    Some(Config { ca_file, ..loader.settings.entra.token_proxy.take()? })
}

/// The token proxy with its roots.
pub(super) fn ca_data(loader: &mut Loader<'_>, key: &Key) -> Option<Config> {
    let ca_data = one(parse::name)(loader, key);
    Some(Config { ca_data, ..loader.settings.entra.token_proxy.take()? })
}
