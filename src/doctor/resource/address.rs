//! Where the name of a resource leads.

use std::net::IpAddr;

use super::service;
use crate::doctor::{Diagnosis, Finding, table::pod::PROBE_NAME};

/// A resource's name, and what a lookup gave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'a> {
    /// The host.
    pub(crate) host: &'a str,
    /// Its addresses; none if the name was not found.
    pub(crate) addresses: &'a [IpAddr],
    /// Whether its [private name](service::Known::private_name) was found: whether it has a private endpoint.
    pub(crate) has_private_endpoint: bool,
}

/// What is to be said of a host that is in another cloud than the authority, before anything is asked.
pub(crate) fn elsewhere(host: &str, authority: &str) -> Option<Finding> {
    let home = service::known(host)?.authority();
    if !is_authority(authority) || home == authority.trim_end_matches('/') {
        return None;
    }
    let found = format!("{host} is in another cloud than {authority}");
    let fix = format!(
        "use the name that the resource has in the cloud of {authority}, or set AZURE_AUTHORITY_HOST to {home}."
    );
    Some(failed(found, "", fix))
}

/// What is to be said of it.
pub(crate) fn judge(names: Names<'_>) -> Finding {
    let known = service::known(names.host);
    let addresses = names
        .addresses
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    if names.addresses.is_empty() {
        let found = format!("the name {} was not found", names.host);
        let fix = match known {
            Some(_) if names.has_private_endpoint => {
                "add the resource to the private DNS zone that is linked to the cluster's network: the zone hides the public name."
            }
            Some(_) => {
                "check the resource's name: it is part of the host; a resource that was deleted has none."
            }
            None => "check the host, and that the pod's DNS answers for names outside of the cluster.",
        };
        return failed(found, &addresses, fix.to_owned());
    }
    if names.addresses.iter().all(is_private) {
        return PROBE_NAME.passed(format!("private: {addresses}"));
    }
    if names.has_private_endpoint {
        let found =
            format!("{} has a private endpoint, and its name leads to a public address here", names.host);
        let fix = "link the private DNS zone of the endpoint to the cluster's network, or have the network's own DNS forward to 168.63.129.16.";
        return PROBE_NAME.warned(Diagnosis::new(found).evidence(addresses).fix(fix));
    }
    PROBE_NAME.passed(addresses)
}

fn failed(found: String, addresses: &str, fix: String) -> Finding {
    let mut diagnosis = Diagnosis::new(found).fix(fix);
    if !addresses.is_empty() {
        diagnosis = diagnosis.evidence(addresses);
    }
    PROBE_NAME.failed(diagnosis)
}

/// Whether it is one of Entra's own, so that its cloud is known.
fn is_authority(authority: &str) -> bool {
    authority.contains("://login.")
}

fn is_private(address: &IpAddr) -> bool {
    match address {
        // 100.64.0.0/10 is for carriers, and for clusters whose networks ran out of others.
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || matches!(v4.octets(), [100, 64..=127, ..]),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_loopback(),
    }
}
