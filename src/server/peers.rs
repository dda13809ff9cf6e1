//! Who may connect where only processes of this pod may.
//!
//! The kernel keeps others off a loopback address already, and off the metadata service's address by the binding to `lo`.
//! This is the second check, for the day when somebody turns one of those off (`route_localnet` does for loopback).

use std::net::{IpAddr, UdpSocket};

use crate::names::IMDS_ADDRESS;

/// The other ends that a set of listeners takes connections from.
#[derive(Debug)]
pub(super) enum Peers {
    /// Anyone.
    All,
    /// Whoever has an address of this pod. The last one that needed looking up is kept: it is the pod's own, from which
    /// every connection through a redirect comes.
    Local(Option<IpAddr>),
}

impl Peers {
    /// Whether a connection from `peer` is taken.
    pub(super) fn admit(&mut self, peer: IpAddr) -> bool {
        let Self::Local(known) = self else { return true };
        let peer = peer.to_canonical();
        if peer.is_loopback() || peer == IMDS_ADDRESS || *known == Some(peer) {
            return true;
        }
        let is_local = is_local(peer);
        if is_local {
            *known = Some(peer);
        }
        is_local
    }
}

/// Whether `address` is one of this machine's: only to those can a socket be bound.
fn is_local(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::Peers;

    #[test]
    fn only_addresses_of_this_machine_are_let_in() {
        let mut peers = Peers::Local(None);
        for own in ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "169.254.169.254"] {
            assert!(peers.admit(own.parse().unwrap()), "{own}");
        }
        for foreign in ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "169.254.169.253"] {
            assert!(!peers.admit(foreign.parse().unwrap()), "{foreign}");
            assert!(Peers::All.admit(foreign.parse().unwrap()), "{foreign}");
        }
        assert!(matches!(peers, Peers::Local(None)));
    }
}
