//! Rules between settings. Each is checked only when the values it is about are valid, so that one fault is one error.

mod identities;
mod listeners;
mod proxies;
mod resources;

pub(super) use proxies::excuse_unused;

use super::{Settings, loader::Loader};

/// Checks what the types cannot say.
pub(super) fn check(loader: &mut Loader<'_>) {
    let settings = std::mem::replace(&mut loader.settings, Settings::unset());
    identities::some_identity(loader, &settings);
    identities::distinct_identities(loader, &settings);
    listeners::ports(loader, &settings);
    listeners::identity_ports(loader, &settings);
    listeners::identity_header(loader, &settings);
    resources::prefetch(loader, &settings);
    resources::verify(loader, &settings);
    proxies::token_proxy(loader);
    loader.settings = settings;
}
