//! Where wisp listens for requests for tokens, and for probes.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use crate::{
    names::IMDS_ADDRESS,
    server::{BindError, Bound},
};

/// Where the metadata service answers.
const IMDS_PORT: u16 = 80;

/// The interface that only this pod's own processes send by.
const LOOPBACK: &[u8] = b"lo";

/// Error number of Linux that has no kind of its own.
const EPERM: i32 = 1;

/// How many connections the kernel keeps ready while the cap is reached. mssql-jdbc opens twenty within 20 ms.
const BACKLOG: u32 = 1024;

/// How many of those that probe and scrape. Who has to wait longer than for these asks again.
const ADMIN_BACKLOG: u32 = 128;

/// Where the old extension for virtual machines listened; its clients have the port built in.
const VM_EXTENSION: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 50_342);

const TOKEN_SETTING: &str = "WISP_LISTEN";
const ADMIN_SETTING: &str = "WISP_ADMIN_LISTEN";
const IDENTITY_SETTING: &str = "WISP_IDENTITY_LISTEN";

/// Why wisp cannot listen for requests for tokens.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListenError {
    /// Tokens are for this pod only.
    #[error(
        "cannot listen on {address}: tokens are handed out on loopback only; set {setting} to a loopback address"
    )]
    NotLoopback {
        /// The address that was wanted.
        address: SocketAddr,
        /// The setting it came from.
        setting: &'static str,
    },
    /// The one port of the VM extension is not available.
    #[error(
        "cannot listen on {VM_EXTENSION}, where clients of the VM extension ask; free that port, or turn off \
         WISP_LISTEN_VM_EXTENSION"
    )]
    VmExtension {
        /// What the kernel said.
        source: io::Error,
    },
    /// The address cannot be listened on.
    #[error(transparent)]
    Bind(#[from] BindError),
}

/// Listens for token requests on `addresses`, all loopback. One that this machine does not have (no IPv6) is left
/// out with a warning.
pub(crate) fn tokens(addresses: &[SocketAddr]) -> Result<Bound, ListenError> {
    on_loopback(addresses, TOKEN_SETTING)
}

/// Listens for the token requests of one identity.
pub(crate) fn identity(address: SocketAddr) -> Result<Bound, ListenError> {
    on_loopback(&[address], IDENTITY_SETTING)
}

fn on_loopback(addresses: &[SocketAddr], setting: &'static str) -> Result<Bound, ListenError> {
    if let Some(address) = addresses.iter().find(|a| !a.ip().is_loopback()) {
        return Err(ListenError::NotLoopback { address: *address, setting });
    }
    Ok(Bound::bind(addresses, setting, BACKLOG)?.for_this_pod())
}

/// Listens for token requests on the metadata service's own address, which must be on `lo`. Only what comes by `lo` is
/// taken: the address is this pod's for everyone who has a route to it, and the pod's neighbours could make one.
pub(crate) fn imds() -> io::Result<Bound> {
    let address = SocketAddr::from((IMDS_ADDRESS, IMDS_PORT));
    Bound::bind_one(address, Some(LOOPBACK), BACKLOG).map(Bound::for_this_pod)
}

/// Listens on the metadata service's own address too, if someone put it on `lo` for us.
///
/// Most pods reach wisp otherwise, so it not being there is the normal case and no error.
pub(crate) fn add_imds(bound: &mut Bound) {
    let address = SocketAddr::from((IMDS_ADDRESS, IMDS_PORT));
    match imds() {
        Ok(imds) => {
            tracing::info!(%address, "listening on the metadata service's address");
            bound.add(imds);
        }
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
            tracing::debug!(%address, "the metadata service's address is not on this pod's loopback");
        }
        // Naming the interface needs a right before Linux 5.7; whether the address is there was not looked at.
        Err(error) if error.raw_os_error() == Some(EPERM) => {
            tracing::info!(%address, %error, "may not listen on the metadata service's address");
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            tracing::warn!(
                %address,
                "the metadata service's address is on this pod's loopback, and its port is for privileged users; set \
                 the pod's sysctl net.ipv4.ip_unprivileged_port_start to 80"
            );
        }
        Err(error) => {
            tracing::warn!(%address, %error, "cannot listen on the metadata service's address");
        }
    }
}

/// Listens where the old extension for virtual machines did.
pub(crate) fn add_vm_extension(bound: &mut Bound) -> Result<(), ListenError> {
    let extension =
        Bound::bind_one(VM_EXTENSION, None, BACKLOG).map_err(|source| ListenError::VmExtension { source })?;
    bound.add(extension);
    Ok(())
}

/// Listens for probes and scrapes, on loopback or not. `[::]` becomes `0.0.0.0` where there is no IPv6.
pub(crate) fn admin(address: SocketAddr) -> Result<Bound, BindError> {
    let result = Bound::bind(&[address], ADMIN_SETTING, ADMIN_BACKLOG);
    if matches!(result, Err(BindError::NoAddress { .. })) && address.ip() == Ipv6Addr::UNSPECIFIED {
        let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), address.port());
        return Bound::bind(&[address], ADMIN_SETTING, ADMIN_BACKLOG);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::{add_imds, admin, identity, tokens};

    #[test]
    fn tokens_stay_on_loopback() {
        let error = tokens(&["0.0.0.0:4254".parse().unwrap()]).unwrap_err();
        insta::assert_snapshot!(error, @"cannot listen on 0.0.0.0:4254: tokens are handed out on loopback only; set WISP_LISTEN to a loopback address");
        let error = identity("192.0.2.1:4256".parse().unwrap()).unwrap_err();
        insta::assert_snapshot!(error, @"cannot listen on 192.0.2.1:4256: tokens are handed out on loopback only; set WISP_IDENTITY_LISTEN to a loopback address");
    }

    #[tokio::test]
    async fn the_metadata_address_is_used_only_if_it_is_there() {
        let mut bound = tokens(&["127.0.0.1:0".parse().unwrap()]).unwrap();
        add_imds(&mut bound);
        match bound.addresses()[..] {
            [_] => {}
            [_, second] => assert_eq!(second, "169.254.169.254:80".parse().unwrap()),
            ref other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn the_admin_listener_falls_back_where_ipv6_is_off() {
        // On a machine with IPv6 the first address is taken as it is; either way there is one listener.
        let bound = admin("[::]:0".parse().unwrap()).unwrap();
        let address = bound.addresses()[0];
        assert!(address.ip().is_unspecified(), "{address}");
        let loopback = std::net::SocketAddr::from(([127, 0, 0, 1], address.port()));
        tokio::net::TcpStream::connect(loopback).await.unwrap();
        let error = admin("192.0.2.1:4255".parse().unwrap()).unwrap_err();
        insta::assert_snapshot!(error, @"cannot listen on 192.0.2.1:4255: no such address here; set WISP_ADMIN_LISTEN to one that exists");
    }
}
