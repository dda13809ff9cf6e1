//! The URL of an issuer, as tokens and federated credentials have to spell it: to the letter.

use url::{Host, Url};

use crate::names::web;

/// The longest issuer, subject or audience that a federated credential takes.
pub(super) const MAX_LENGTH: usize = 600;

/// Whether issuers of a kind end in a slash.
struct Known {
    /// What the host ends in.
    host: &'static str,
    /// Whose they are.
    of: &'static str,
    /// Whether they end in a slash.
    slash: bool,
}

/// Clouds whose issuers are all spelt one way.
const KNOWN: [Known; 4] = [
    Known { host: ".oic.prod-aks.azure.com", of: "AKS", slash: true },
    Known { host: ".oic.prod-aks.azure.us", of: "AKS", slash: true },
    Known { host: "oidc.eks.", of: "EKS", slash: false },
    Known { host: "container.googleapis.com", of: "GKE", slash: false },
];

/// Hosts that Entra cannot reach.
const INSIDE: [&str; 5] = ["localhost", ".svc", ".cluster.local", ".local", ".internal"];

/// What is wrong with an issuer, to follow its name. The way out is named.
pub(crate) fn check(issuer: &str) -> Result<(), String> {
    let url = address(issuer)?;
    if issuer.len() > MAX_LENGTH {
        return Err(format!(
            "is longer than {MAX_LENGTH} characters, the most that a federated credential takes"
        ));
    }
    if let Some(base) = issuer.strip_suffix("/.well-known/openid-configuration") {
        return Err(format!(
            "is the address of the discovery document; the issuer is what stands in it, such as {base}"
        ));
    }
    let host = url.host_str().unwrap_or_default();
    let ends = issuer.ends_with('/');
    match KNOWN
        .iter()
        .find(|known| host.ends_with(known.host) || host.starts_with(known.host))
    {
        Some(known) if known.slash && !ends => Err(format!(
            "has to end with a slash: issuers of {} do, and Entra compares each letter (AADSTS700211); write {issuer}/",
            known.of
        )),
        Some(known) if !known.slash && ends => Err(format!(
            "must not end with a slash: issuers of {} do not, and Entra compares each letter (AADSTS700211); write {}",
            known.of,
            issuer.trim_end_matches('/')
        )),
        _ => Ok(()),
    }
}

/// An address that Entra reads from, be it an issuer's or a key set's. The error follows its name.
pub(super) fn address(text: &str) -> Result<Url, String> {
    let url = web::url(text, &["https"]).map_err(|error| match error {
        web::SCHEMES => "must begin with https://, for Entra reads its keys over TLS".to_owned(),
        other => format!("cannot be `{}`: {other}", text.escape_debug()),
    })?;
    if !text.starts_with("https://") || web::has_login(text) || text.contains(['\'', '"', '`', '$', '\\']) {
        return Err(
            "must be spelt as in `iss` of the cluster's tokens: https://, a host and a path".to_owned()
        );
    }
    let host = url.host_str().unwrap_or_default();
    let written = text
        .trim_start_matches("https://")
        .split('/')
        .next()
        .unwrap_or_default();
    if written.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(format!(
            "has capital letters in its host, and Entra compares each letter with `iss` of the token; write {host}"
        ));
    }
    if is_inside(&url) {
        return Err(format!(
            "is inside the cluster or its network (`{host}`), where Entra cannot read its keys; publish them with `wispctl identity \
             issuer`, and have the API server sign with that issuer"
        ));
    }
    Ok(url)
}

/// Whether the host of `url` has a meaning only in some network.
fn is_inside(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(host)) => INSIDE
            .iter()
            .any(|inside| host == inside.trim_start_matches('.') || host.ends_with(inside)),
        Some(Host::Ipv4(address)) => address.is_private() || address.is_loopback() || address.is_link_local(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unique_local(),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn issuers() {
        for good in [
            "https://westeurope.oic.prod-aks.azure.com/t/i/",
            "https://oidc.eks.eu-west-1.amazonaws.com/id/ABC",
            "https://issuer.example",
            "https://issuer.example/",
            "https://storage.example/clusters/One",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        let wrong: Vec<_> = [
            "http://issuer.example/",
            "issuer.example",
            "HTTPS://issuer.example/",
            "https://Issuer.example/",
            "https://issuer.example/?a=b",
            "https://user@issuer.example/",
            "https://issuer.example/$(id)",
            "https://issuer.example/.well-known/openid-configuration",
            "https://kubernetes.default.svc.cluster.local",
            "https://localhost:6443",
            "https://10.0.0.1:6443",
            "https://[fd00::1]",
            "https://westeurope.oic.prod-aks.azure.com/t/i",
            "https://container.googleapis.com/v1/projects/p/locations/l/clusters/c/",
        ]
        .map(|issuer| format!("{issuer} {}", check(issuer).unwrap_err()))
        .to_vec();
        insta::assert_snapshot!(wrong.join("\n"), @"
        http://issuer.example/ must begin with https://, for Entra reads its keys over TLS
        issuer.example must begin with https://, for Entra reads its keys over TLS
        HTTPS://issuer.example/ must be spelt as in `iss` of the cluster's tokens: https://, a host and a path
        https://Issuer.example/ has capital letters in its host, and Entra compares each letter with `iss` of the token; write issuer.example
        https://issuer.example/?a=b cannot be `https://issuer.example/?a=b`: expected a URL without query and fragment
        https://user@issuer.example/ must be spelt as in `iss` of the cluster's tokens: https://, a host and a path
        https://issuer.example/$(id) must be spelt as in `iss` of the cluster's tokens: https://, a host and a path
        https://issuer.example/.well-known/openid-configuration is the address of the discovery document; the issuer is what stands in it, such as https://issuer.example
        https://kubernetes.default.svc.cluster.local is inside the cluster or its network (`kubernetes.default.svc.cluster.local`), where Entra cannot read its keys; publish them with `wispctl identity issuer`, and have the API server sign with that issuer
        https://localhost:6443 is inside the cluster or its network (`localhost`), where Entra cannot read its keys; publish them with `wispctl identity issuer`, and have the API server sign with that issuer
        https://10.0.0.1:6443 is inside the cluster or its network (`10.0.0.1`), where Entra cannot read its keys; publish them with `wispctl identity issuer`, and have the API server sign with that issuer
        https://[fd00::1] is inside the cluster or its network (`[fd00::1]`), where Entra cannot read its keys; publish them with `wispctl identity issuer`, and have the API server sign with that issuer
        https://westeurope.oic.prod-aks.azure.com/t/i has to end with a slash: issuers of AKS do, and Entra compares each letter (AADSTS700211); write https://westeurope.oic.prod-aks.azure.com/t/i/
        https://container.googleapis.com/v1/projects/p/locations/l/clusters/c/ must not end with a slash: issuers of GKE do not, and Entra compares each letter (AADSTS700211); write https://container.googleapis.com/v1/projects/p/locations/l/clusters/c
        ");
    }
}
