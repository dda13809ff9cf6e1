//! Whether the pod has a network of its own. With `hostNetwork` a redirect would be the whole node's.

use std::net::IpAddr;

use super::error::RedirectError;

/// What the downward API says about the pod's addresses and its node's, and the kubelet in the hosts file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Network {
    pod: Vec<IpAddr>,
    host: Vec<IpAddr>,
    hosts_file: Option<String>,
}

/// The file of host names that the kubelet mounts into each container.
pub(crate) const HOSTS_FILE: &str = "/etc/hosts";

/// How that file begins, in a pod with a network of its own and in one with the node's (`pkg/kubelet/kubelet_pods.go`).
const OWN_NETWORK: &str = "# Kubernetes-managed hosts file.";
const NODES_NETWORK: &str = "# Kubernetes-managed hosts file (host network).";

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
        Self { pod, host, hosts_file: None }
    }

    /// Takes what `hosts_file`, the text of [`HOSTS_FILE`], says too, for pods that were not given their addresses.
    #[must_use]
    pub(crate) fn with_hosts_file(self, hosts_file: &str) -> Self {
        Self { hosts_file: hosts_file.lines().next().map(str::to_owned), ..self }
    }

    /// Refuses the node's network, and in a cluster one that may be it.
    pub(crate) fn check(&self, is_in_cluster: bool) -> Result<(), RedirectError> {
        let Self { pod, host, hosts_file } = self;
        if let Some(address) = pod.iter().find(|address| {
            host.iter()
                .any(|host| host.to_canonical() == address.to_canonical())
        }) {
            return Err(RedirectError::HostNetwork { evidence: format!("both have the address {address}") });
        }
        let header = hosts_file.as_deref().unwrap_or_default();
        if header == NODES_NETWORK {
            let evidence = format!("{HOSTS_FILE} says so: `{NODES_NETWORK}`");
            return Err(RedirectError::HostNetwork { evidence });
        }
        let is_known = header == OWN_NETWORK || (!pod.is_empty() && !host.is_empty());
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
        let shared = |address: &str| {
            Err(RedirectError::HostNetwork { evidence: format!("both have the address {address}") })
        };
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
    fn the_hosts_file_says_it_where_addresses_are_not_known() {
        let says = |text: &str| Network::default().with_hosts_file(text).check(true);
        assert_eq!(says("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n"), Ok(()));
        assert_eq!(
            says("127.0.0.1\tlocalhost\n# Kubernetes-managed hosts file."),
            Err(RedirectError::NetworkUnknown)
        );
        assert_eq!(says(""), Err(RedirectError::NetworkUnknown));
        let error =
            says("# Kubernetes-managed hosts file (host network).\n127.0.0.1\tlocalhost\n").unwrap_err();
        insta::assert_snapshot!(error.cause(), @"this pod uses the network of its node (/etc/hosts says so: `# Kubernetes-managed hosts file (host network).`): a redirect would take the metadata service away from the whole node");
    }

    #[test]
    fn addresses_are_addresses() {
        for text in ["localhost", "10.0.0", "10.0.0.1/24", "10.0.0.1 10.0.0.2"] {
            assert_eq!(Network::addresses(text), Err(InvalidAddress), "{text}");
        }
    }
}
