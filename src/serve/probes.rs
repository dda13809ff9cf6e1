//! Probes at a socket of their own, named by the address of the admin listener.

use std::{net::SocketAddr, sync::Arc};

use tokio::task::JoinSet;

#[cfg(target_os = "linux")]
use crate::endpoint::{ProbeSocket, probe_socket_name};
use crate::{endpoint::Admin, settings::Settings};

/// Answers probes there too, until what is returned is dropped.
#[cfg(target_os = "linux")]
pub(super) fn answer(settings: &Settings, bound: Option<SocketAddr>, admin: &Arc<Admin>) -> JoinSet<()> {
    let mut probes = JoinSet::new();
    // The name is made of the address as it is configured, for `wisp probe` knows no other; but a port that the kernel chose
    // has to be told to it.
    let configured = settings.admin_listen.filter(|address| address.port() != 0);
    let Some(address) = configured.or(bound) else { return probes };
    match ProbeSocket::bind(address) {
        Ok(socket) => {
            probes.spawn(socket.serve(Arc::clone(admin)));
        }
        Err(error) => tracing::warn!(
            %error,
            name = probe_socket_name(address),
            "cannot listen at the socket for probes; `wisp probe` asks the admin listener instead"
        ),
    }
    probes
}

#[cfg(not(target_os = "linux"))]
pub(super) fn answer(_: &Settings, _: Option<SocketAddr>, _: &Arc<Admin>) -> JoinSet<()> {
    JoinSet::new()
}
