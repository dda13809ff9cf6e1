//! Whether the pod has a network of its own. With `hostNetwork` a redirect would be the whole node's.

use std::net::IpAddr;

use super::error::RedirectError;

/// What the downward API says about the pod's addresses and its node's.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Network {
    pod: Vec<IpAddr>,
    host: Vec<IpAddr>,
}

/// Something that is not an IP address.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected an IP address, or several with commas between them")]
pub(crate) struct InvalidAddress;

impl Network {
    /// Reads the addresses of pod and node: one (`status.podIP`) or several with commas between them (`status.podIPs`).
    pub(crate) fn addresses(text: &str) -> Result<Vec<IpAddr>, InvalidAddress> {
        text.split(',')
            .map(str::trim)
            .filter(|address| !address.is_empty())
            .map(|address| address.parse().map_err(|_| InvalidAddress))
            .collect()
    }

    /// The addresses of the pod and of its node.
    pub(crate) const fn new(pod: Vec<IpAddr>, host: Vec<IpAddr>) -> Self {
        Self { pod, host }
    }

    /// Refuses the node's network, and in a cluster one that may be it.
    pub(crate) fn check(&self, is_in_cluster: bool) -> Result<(), RedirectError> {
        let Self { pod, host } = self;
        if let Some(address) = pod.iter().find(|address| {
            host.iter()
                .any(|host| host.to_canonical() == address.to_canonical())
        }) {
            return Err(RedirectError::HostNetwork { address: address.to_string() });
        }
        let is_known = !pod.is_empty() && !host.is_empty();
        if is_in_cluster && !is_known { Err(RedirectError::NetworkUnknown) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidAddress, Network, RedirectError};

    fn check(pod: &str, host: &str, is_in_cluster: bool) -> Result<(), RedirectError> {
        Network::new(Network::addresses(pod).unwrap(), Network::addresses(host).unwrap()).check(is_in_cluster)
    }

    #[test]
    fn an_address_that_pod_and_node_share_is_the_nodes_network() {
        let shared = |address: &str| Err(RedirectError::HostNetwork { address: address.into() });
        assert_eq!(check("10.0.0.4", "10.0.0.4", true), shared("10.0.0.4"));
        assert_eq!(check("10.0.0.4, fd00::4", "10.9.9.9,fd00:0::4", false), shared("fd00::4"));
        assert_eq!(check("::ffff:10.0.0.4", "10.0.0.4", false), shared("::ffff:10.0.0.4"));
        assert_eq!(check("10.244.0.7,fd00::7", "10.0.0.4,fd00::4", true), Ok(()));
    }

    #[test]
    fn in_a_cluster_both_must_be_known() {
        for (pod, host) in [("", ""), ("10.0.0.4", ""), ("", "10.0.0.4")] {
            assert_eq!(check(pod, host, true), Err(RedirectError::NetworkUnknown));
            assert_eq!(check(pod, host, false), Ok(()));
        }
    }

    #[test]
    fn addresses_are_addresses() {
        for text in ["localhost", "10.0.0", "10.0.0.1/24", "10.0.0.1 10.0.0.2"] {
            assert_eq!(Network::addresses(text), Err(InvalidAddress), "{text}");
        }
    }
}
