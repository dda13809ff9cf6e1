//! The sockets that wisp listens at, bound all together before anything serves.

use std::net::SocketAddr;

use super::open_files;
use crate::{
    endpoint::{Admin, listen},
    names::ClientId,
    server::{Bound, Limits},
    settings::{ImdsListen, Settings},
};

/// Bound sockets.
pub(super) struct Listeners {
    /// Where tokens are asked for.
    pub(super) token: Bound,
    /// Where requests that name no identity mean this one.
    pub(super) identities: Vec<(ClientId, Bound)>,
    /// Where metrics and probes are answered.
    pub(super) admin: Option<Bound>,
}

/// Bounds of each of them.
#[derive(Clone, Copy)]
pub(super) struct AllLimits {
    /// Of `token`, and of each of `identities`.
    pub(super) token: Limits,
    pub(super) admin: Limits,
}

impl AllLimits {
    /// What `settings` say, as far as this process may have files open. The listeners of identities share the connections
    /// evenly, so that more of them take no more memory and no more files.
    pub(super) fn that_fit(settings: &Settings) -> Self {
        let (mut token, mut admin) = (settings.connections, Admin::limits());
        open_files::fit(&mut token, &mut admin);
        token.connections = (token.connections / (settings.identity_listen.len() + 1)).max(1);
        Self { token, admin }
    }
}

impl Listeners {
    /// Binds what `settings` name. Connections wait in them until somebody serves.
    pub(super) fn bind(settings: &Settings) -> anyhow::Result<Self> {
        let mut token = listen::tokens(&settings.listen)?;
        let admin = settings.admin_listen.map(listen::admin).transpose()?;
        if settings.imds_listen == ImdsListen::Auto {
            listen::add_imds(&mut token);
        }
        if settings.listen_vm_extension {
            listen::add_vm_extension(&mut token)?;
        }
        let identity =
            |(id, address): &(ClientId, SocketAddr)| anyhow::Ok((id.clone(), listen::identity(*address)?));
        let identities = settings.identity_listen.iter().map(identity);
        Ok(Self { token, identities: identities.collect::<anyhow::Result<_>>()?, admin })
    }

    /// Where tokens are asked for, with the real port where port 0 was asked for.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        let identities = self.identities.iter();
        let mut addresses = self.token.addresses();
        addresses.extend(identities.flat_map(|(_, bound)| bound.addresses()));
        addresses
    }

    /// Where metrics and probes are answered.
    pub(super) fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref()?.addresses().first().copied()
    }
}
