//! AKS identity bindings: token requests that go to a proxy inside the cluster, not to Entra.
//!
//! The webhook of Azure workload identity sets four variables; Azure's SDK for Go is the reference for their rules. The
//! proxy is dialled by name each time, presents a certificate for another name (the SNI name), and is trusted through roots
//! of its own, which are read again before every request because they rotate.

use std::{fmt, path::PathBuf, str::FromStr, sync::Arc};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};
use rustls::pki_types::{CertificateDer, DnsName};

use super::{
    lookup::Lookup,
    pem,
    trust::{self, RootsError, Trust},
};
use crate::names::{InvalidName, web};

/// The setting with the proxy's URL. Empty means that this mode is off.
pub(crate) const PROXY: &str = "AZURE_KUBERNETES_TOKEN_PROXY";
/// The setting with the file of roots.
pub(crate) const CA_FILE: &str = "AZURE_KUBERNETES_CA_FILE";
/// The setting with the roots themselves.
pub(crate) const CA_DATA: &str = "AZURE_KUBERNETES_CA_DATA";

/// The four settings.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Config {
    /// Where the proxy is.
    pub endpoint: Endpoint,
    /// The TLS server name, when it is not the endpoint's host.
    pub sni_name: Option<SniName>,
    /// A PEM file with the only roots trusted for the proxy. It may change while wisp runs.
    pub ca_file: Option<PathBuf>,
    /// The only roots trusted for the proxy, where that file is not there.
    pub ca_data: Option<Certificates>,
}

/// The URL of the proxy: https, without user information, query or fragment, perhaps with a path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Endpoint(Url);

/// The name in the proxy's certificate, a DNS name in lower case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SniName(String);

/// Certificates of authorities, at least one.
#[derive(Clone, Eq, PartialEq)]
pub struct Certificates(Vec<CertificateDer<'static>>);

/// Why roots cannot be used although nothing about them can come later.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum StartError {
    /// The file of roots cannot be used.
    #[error(transparent)]
    CaFile(RootsError),
    /// The file and the text name different roots.
    #[error(
        "The root certificates in {} ({CA_FILE}) differ from those in {CA_DATA}. Fix: remove one of the two.",
        .0.display()
    )]
    TwoRoots(PathBuf),
}

impl FromStr for Endpoint {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let url = web::url(text, &["https"]).map_err(|error| match error {
            web::SCHEMES => {
                InvalidName("expected an https URL such as https://proxy.example:443, without user info, query or fragment")
            }
            other => other,
        })?;
        if web::has_login(text) { Err(web::LOGIN) } else { Ok(Self(url)) }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for SniName {
    type Err = InvalidName;

    /// The system's resolver is not asked for an address, so an address cannot be dialled under another name.
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if DnsName::try_from(text).is_err() || text.parse::<std::net::IpAddr>().is_ok() {
            return Err(InvalidName("expected a DNS name: the one in the proxy's certificate"));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

impl FromStr for Certificates {
    type Err = InvalidName;

    fn from_str(pem: &str) -> Result<Self, InvalidName> {
        let certificates: Vec<_> = pem::certificates(pem.as_bytes())
            .filter(trust::is_root)
            .collect();
        if certificates.is_empty() {
            return Err(InvalidName(
                "expected certificates in PEM form, with line breaks; it holds no valid one",
            ));
        }
        Ok(Self(certificates))
    }
}

/// How many: the rest is no text.
impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificates({})", self.0.len())
    }
}

impl Config {
    /// Reads the roots for the first time. `system` is trusted when the settings name none. Where both are given, as the
    /// webhook does, the file is followed if it is there, and must say the same as the text.
    pub(super) fn trust(&self, system: Trust) -> Result<Trust, StartError> {
        let text = self
            .ca_data
            .clone()
            .map(|Certificates(roots)| Trust::Fixed(roots));
        let Some(path) = &self.ca_file else { return Ok(text.unwrap_or(system)) };
        let file = Trust::File { setting: CA_FILE, path: path.clone() };
        match (file.load(None), text) {
            (Ok(_), None) => Ok(file),
            (Err(error), None) => Err(StartError::CaFile(error)),
            (Err(_), Some(text)) => Ok(text),
            (Ok(_), Some(text)) if file.has_same_content(&text) => Ok(file),
            (Ok(_), Some(_)) => Err(StartError::TwoRoots(path.clone())),
        }
    }

    /// Looks the proxy up where the URL names the TLS server.
    pub(super) fn resolver(&self) -> Option<Arc<dyn Resolve>> {
        self.sni_name.as_ref()?;
        let host = self.endpoint.0.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']').into();
        Some(Arc::new(DialProxy { host, port: self.port() }))
    }

    /// The URL to send a request for `path` to. Its host is the TLS server name.
    pub(super) fn url(&self, path: &str) -> String {
        let host = self
            .sni_name
            .as_ref()
            .map(|SniName(name)| name.as_str())
            .or_else(|| self.endpoint.0.host_str())
            .unwrap_or_default();
        format!("https://{host}:{}{}{path}", self.port(), self.endpoint.0.path().trim_end_matches('/'))
    }

    /// The proxy's host, and port where it is not the usual one, for the `Host` header and for messages.
    pub(super) fn host(&self) -> String {
        let host = self.endpoint.0.host_str().unwrap_or_default();
        self.endpoint
            .0
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The host and the port that are connected to.
    pub(super) fn dialled(&self) -> (String, u16) {
        (self.endpoint.0.host_str().unwrap_or_default().to_owned(), self.port())
    }

    fn port(&self) -> u16 {
        const HTTPS: u16 = 443;
        self.endpoint.0.port().unwrap_or(HTTPS)
    }
}

/// Dials the proxy whatever name the TLS server goes by. Its service may change address, so nothing is remembered.
struct DialProxy {
    host: Arc<str>,
    port: u16,
}

impl Resolve for DialProxy {
    fn resolve(&self, _: Name) -> Resolving {
        let (host, port) = (Arc::clone(&self.host), self.port);
        Box::pin(async move {
            let addresses = Lookup::of_process()
                .addresses(host.to_string(), port)
                .await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Certificates, Config, Endpoint, SniName};
    use crate::entra::trust::Trust;

    fn config(endpoint: &str, sni: Option<&str>) -> Config {
        let sni_name = sni.map(|name| name.parse().unwrap());
        Config { endpoint: endpoint.parse().unwrap(), sni_name, ca_file: None, ca_data: None }
    }

    #[test]
    fn endpoints_are_plain_https_urls() {
        for good in ["https://proxy", "https://proxy:8443/base/path", "https://10.0.0.1:443/"] {
            assert!(good.parse::<Endpoint>().is_ok(), "{good}");
        }
        let login = "https://u:p@h";
        insta::assert_snapshot!(login.parse::<Endpoint>().unwrap_err(), @"expected a URL without user information before the host");
        for bad in [
            login,
            "http://p",
            "https://u@h",
            "https://h?q",
            "https://h#f",
            "p:443",
            "nothing",
            "https://",
            "https://h:99999",
        ] {
            assert!(bad.parse::<Endpoint>().is_err(), "{bad}");
        }
    }

    #[test]
    fn server_names_are_dns_names() {
        assert!("Sni.Test".parse::<SniName>().is_ok());
        for bad in ["10.0.0.1", "::1", "a..b", "a b", ""] {
            assert!(bad.parse::<SniName>().is_err(), "{bad}");
        }
    }

    #[cfg(feature = "wispctl")]
    #[test]
    fn the_text_stands_in_for_a_file_that_is_not_there() {
        let pem = || {
            rcgen::generate_simple_self_signed(["a".to_owned()])
                .unwrap()
                .cert
                .pem()
        };
        let (one, other) = (pem(), pem());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.crt");
        let trust = |data: &str| {
            let ca_data: Option<Certificates> = (!data.is_empty()).then(|| data.parse().unwrap());
            let config = Config { ca_file: Some(path.clone()), ca_data, ..config("https://p", None) };
            let trust = config.trust(Trust::System { bundle: None, extra: None });
            trust.map_err(|error| {
                error
                    .to_string()
                    .replace(&folder.path().display().to_string(), "DIR")
            })
        };
        insta::assert_snapshot!(trust("").unwrap_err(), @"The root certificates in DIR/ca.crt (AZURE_KUBERNETES_CA_FILE) do not exist. Fix: name a readable PEM file of CA certificates.");
        assert!(matches!(trust(&one), Ok(Trust::Fixed(_))));
        fs::write(&path, format!("{one}\n\n")).unwrap();
        assert!(matches!(trust(""), Ok(Trust::File { .. })));
        assert!(matches!(trust(&one), Ok(Trust::File { .. })));
        insta::assert_snapshot!(trust(&other).unwrap_err(), @"The root certificates in DIR/ca.crt (AZURE_KUBERNETES_CA_FILE) differ from those in AZURE_KUBERNETES_CA_DATA. Fix: remove one of the two.");
        insta::assert_snapshot!("not pem".parse::<Certificates>().unwrap_err(), @"expected certificates in PEM form, with line breaks; it holds no valid one");
    }

    #[test]
    fn paths_are_joined_and_the_server_name_stands_in_the_url() {
        let url = |endpoint, sni| config(endpoint, sni).url("/t/oauth2/v2.0/token");
        assert_eq!(url("https://proxy", None), "https://proxy:443/t/oauth2/v2.0/token");
        assert_eq!(
            url("https://proxy:8443/base/", Some("Sni.Test")),
            "https://sni.test:8443/base/t/oauth2/v2.0/token"
        );
        assert_eq!(url("https://[::1]:8443", None), "https://[::1]:8443/t/oauth2/v2.0/token");
        let host = |endpoint| config(endpoint, Some("sni.test")).host();
        assert_eq!(host("https://proxy.ns.svc:8443/x"), "proxy.ns.svc:8443");
        assert_eq!(host("https://proxy"), "proxy");
    }
}
