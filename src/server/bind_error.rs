//! What is said where wisp cannot listen.

use std::{io, net::SocketAddr};

/// Why an address cannot be listened on. Each text names the address, the port and the setting.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BindError {
    /// Another process has the port.
    #[error(
        "cannot listen on {address}: port {port} is taken by another process of this pod; free it, or set {setting} to \
         another port",
        port = address.port()
    )]
    Taken {
        /// The address that was wanted.
        address: SocketAddr,
        /// The setting it came from.
        setting: &'static str,
    },
    /// The port is privileged.
    #[error(
        "cannot listen on {address}: port {port} needs the capability NET_BIND_SERVICE here; set {setting} to a port \
         above 1023",
        port = address.port()
    )]
    Forbidden {
        /// The address that was wanted.
        address: SocketAddr,
        /// The setting it came from.
        setting: &'static str,
    },
    /// None of the addresses is there.
    #[error("cannot listen on {addresses}: no such address here; set {setting} to one that exists")]
    NoAddress {
        /// The addresses that were wanted.
        addresses: String,
        /// The setting they came from.
        setting: &'static str,
    },
    /// Anything else.
    #[error("cannot listen on {address} (port {port}, setting {setting})", port = address.port())]
    Other {
        /// The address that was wanted.
        address: SocketAddr,
        /// The setting it came from.
        setting: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

impl BindError {
    /// What the kernel said about `address`, which comes from `setting`.
    pub(super) fn new(source: io::Error, address: SocketAddr, setting: &'static str) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::Taken { address, setting },
            io::ErrorKind::PermissionDenied => Self::Forbidden { address, setting },
            _ => Self::Other { address, setting, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BindError;
    use std::io;

    #[test]
    fn a_privileged_port_is_named() {
        let denied = BindError::new(
            io::ErrorKind::PermissionDenied.into(),
            "127.0.0.1:80".parse().unwrap(),
            "WISP_LISTEN",
        );
        insta::assert_snapshot!(denied, @"cannot listen on 127.0.0.1:80: port 80 needs the capability NET_BIND_SERVICE here; set WISP_LISTEN to a port above 1023");
        assert!(matches!(denied, BindError::Forbidden { .. }));
    }
}
