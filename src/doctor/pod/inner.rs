//! Hosts that only a cluster or a private network knows.

use std::net::IpAddr;

use url::{Host, Url};

/// Where names of services end.
const CLUSTER: [&str; 3] = [".svc", ".cluster.local", ".internal"];

/// Whether the host of `url` is none that the internet knows: a service's name, a name without a dot, a private address.
pub(super) fn is_inner(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            !name.contains('.') || CLUSTER.iter().any(|end| name.ends_with(end))
        }
        Some(Host::Ipv4(address)) => is_private(address.into()),
        Some(Host::Ipv6(address)) => is_private(address.into()),
        None => false,
    }
}

/// Whether `address` is one of a private network, of a link, or of this machine.
fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_private() || address.is_loopback() || address.is_link_local(),
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_inner;

    #[test]
    fn what_only_a_cluster_knows_is_told_from_what_everybody_knows() {
        for inner in [
            "https://kubernetes.default.svc.cluster.local",
            "https://kubernetes.default.svc",
            "https://localhost:8443/issuer/",
            "https://10.0.0.1",
            "https://[fd00::1]/",
            "https://oidc.corp.internal/",
        ] {
            assert!(is_inner(inner), "{inner}");
        }
        for outer in
            ["https://eastus.oic.prod-aks.azure.com/t/i/", "https://8.8.8.8", "https://svc.example", "x"]
        {
            assert!(!is_inner(outer), "{outer}");
        }
    }
}
