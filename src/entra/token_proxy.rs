//! AKS identity bindings: token requests that go to a proxy inside the cluster, not to Entra.
//!
//! The webhook of Azure workload identity sets four variables; Azure's SDK for Go is the reference for their rules. The
//! proxy is dialled by name each time, presents a certificate for another name (the SNI name), and is trusted through roots
//! of its own, which are read again before every request because they rotate.

use std::{fmt, path::PathBuf, sync::Arc};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};
use rustls::pki_types::{CertificateDer, DnsName};

use super::{
    lookup::Lookup,
    pem,
    trust::{self, BadRoots, Trust},
};

/// The setting with the proxy's URL. Empty means that this mode is off.
pub const PROXY: &str = "AZURE_KUBERNETES_TOKEN_PROXY";
/// The setting with the TLS server name.
pub const SNI_NAME: &str = "AZURE_KUBERNETES_SNI_NAME";
/// The setting with the file of roots.
pub const CA_FILE: &str = "AZURE_KUBERNETES_CA_FILE";
/// The setting with the roots themselves.
pub const CA_DATA: &str = "AZURE_KUBERNETES_CA_DATA";

/// The four settings, checked for their form.
#[derive(Clone, Debug)]
pub struct Config {
    url: Url,
    sni_name: Option<String>,
    roots: Roots,
}

#[derive(Clone, Debug)]
enum Roots {
    System,
    File(PathBuf),
    Data(String),
}

/// Why the settings of the token proxy cannot be used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum StartError {
    /// A setting makes sense only with the proxy's URL, which is not set.
    WithoutProxy(&'static str),
    /// Roots are given twice.
    TwoRoots,
    /// The URL is not one, or has parts that it must not have.
    Url(&'static str),
    /// The TLS server name is not a DNS name.
    SniName,
    /// The file of roots cannot be used.
    CaFile(BadRoots),
    /// The roots given as text hold no certificate.
    CaData,
}

impl Config {
    /// Checks the form of the four settings; an empty one counts as not set. `None` means that the mode is off.
    ///
    /// No file is read: [`super::Entra::new`] does that, and reports what is wrong with the roots.
    pub fn new(
        proxy: Option<&str>,
        sni_name: Option<&str>,
        ca_file: Option<PathBuf>,
        ca_data: Option<String>,
    ) -> Result<Option<Self>, StartError> {
        let sni_name = sni_name.filter(|name| !name.is_empty());
        let ca_file = ca_file.filter(|path| !path.as_os_str().is_empty());
        let ca_data = ca_data.filter(|data| !data.is_empty());
        let Some(proxy) = proxy.filter(|url| !url.is_empty()) else {
            let orphans =
                [(sni_name.is_some(), SNI_NAME), (ca_file.is_some(), CA_FILE), (ca_data.is_some(), CA_DATA)];
            let orphan = orphans.into_iter().find(|(set, _)| *set);
            return orphan.map_or(Ok(None), |(_, name)| Err(StartError::WithoutProxy(name)));
        };
        // The system's resolver is not asked for an address, so an address cannot be dialled under another name.
        if sni_name.is_some_and(|name| DnsName::try_from(name).is_err() || is_address(name)) {
            return Err(StartError::SniName);
        }
        let roots = match (ca_file, ca_data) {
            (Some(_), Some(_)) => return Err(StartError::TwoRoots),
            (Some(path), None) => Roots::File(path),
            (None, Some(data)) => Roots::Data(data),
            (None, None) => Roots::System,
        };
        Ok(Some(Self { url: parse(proxy)?, sni_name: sni_name.map(str::to_ascii_lowercase), roots }))
    }

    /// Reads the roots for the first time. `system` is trusted when the settings name none.
    pub(super) fn trust(&self, system: Trust) -> Result<Trust, StartError> {
        match &self.roots {
            Roots::System => Ok(system),
            Roots::File(path) => {
                let trust = Trust::File { setting: CA_FILE, path: path.clone() };
                trust.load(None).map_err(StartError::CaFile)?;
                Ok(trust)
            }
            Roots::Data(pem) => Ok(Trust::Fixed(roots_in(pem)?)),
        }
    }

    /// Looks the proxy up where the URL names the TLS server.
    pub(super) fn resolver(&self) -> Option<Arc<dyn Resolve>> {
        self.sni_name.as_ref()?;
        let host = self.url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']').into();
        Some(Arc::new(DialProxy { host, port: self.port() }))
    }

    /// The URL to send a request for `path` to. Its host is the TLS server name.
    pub(super) fn url(&self, path: &str) -> String {
        let host = self
            .sni_name
            .as_deref()
            .or_else(|| self.url.host_str())
            .unwrap_or_default();
        format!("https://{host}:{}{}{path}", self.port(), self.url.path().trim_end_matches('/'))
    }

    /// The proxy's host, and port where it is not the usual one, for the `Host` header and for messages.
    pub(super) fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    fn port(&self) -> u16 {
        const HTTPS: u16 = 443;
        self.url.port().unwrap_or(HTTPS)
    }
}

/// Whether `pem` can be the roots given as text.
pub fn check_data(pem: &str) -> Result<(), StartError> {
    roots_in(pem).map(drop)
}

fn roots_in(pem: &str) -> Result<Vec<CertificateDer<'static>>, StartError> {
    let certificates: Vec<_> = pem::certificates(pem.as_bytes())
        .filter(trust::is_root)
        .collect();
    if certificates.is_empty() { Err(StartError::CaData) } else { Ok(certificates) }
}

fn parse(text: &str) -> Result<Url, StartError> {
    let url = Url::parse(text).map_err(|_| StartError::Url("it is not a URL"))?;
    if url.scheme() != "https" {
        return Err(StartError::Url("its scheme is not https"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(StartError::Url("it has no host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(StartError::Url("it has user information"));
    }
    if url.query().is_some() {
        return Err(StartError::Url("it has a query"));
    }
    if url.fragment().is_some() {
        return Err(StartError::Url("it has a fragment"));
    }
    Ok(url)
}

fn is_address(name: &str) -> bool {
    name.parse::<std::net::IpAddr>().is_ok()
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

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithoutProxy(name) => {
                write!(f, "{name} is set, but {PROXY} is not. Fix: set {PROXY} too, or remove {name}.")
            }
            Self::TwoRoots => write!(f, "{CA_FILE} and {CA_DATA} are both set. Fix: remove one of them."),
            Self::Url(why) => write!(
                f,
                "{PROXY} cannot be used: {why}. Fix: give it the form https://host[:port][/path], without user, query \
                 or fragment."
            ),
            Self::SniName => {
                write!(f, "{SNI_NAME} is not a DNS name. Fix: set the name in the proxy's certificate.")
            }
            Self::CaFile(error) => error.fmt(f),
            Self::CaData => {
                write!(
                    f,
                    "{CA_DATA} holds no valid certificate. Fix: put PEM certificates into it, with line breaks."
                )
            }
        }
    }
}

impl std::error::Error for StartError {}

#[cfg(test)]
mod tests {
    use super::{Config, StartError};
    use crate::entra::trust::Trust;

    fn config(proxy: &str, sni: &str, file: &str, data: &str) -> Result<Option<Config>, StartError> {
        Config::new(Some(proxy), Some(sni), Some(file.into()), Some(data.into()))
    }

    fn complaint(proxy: &str, sni: &str, file: &str, data: &str) -> String {
        config(proxy, sni, file, data).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_url_turns_it_off() {
        assert!(config("", "", "", "").unwrap().is_none());
        assert!(Config::new(None, None, None, None).unwrap().is_none());
    }

    #[test]
    fn halves_and_doubles_are_refused() {
        insta::assert_snapshot!(complaint("", "sni", "", ""), @"AZURE_KUBERNETES_SNI_NAME is set, but AZURE_KUBERNETES_TOKEN_PROXY is not. Fix: set AZURE_KUBERNETES_TOKEN_PROXY too, or remove AZURE_KUBERNETES_SNI_NAME.");
        insta::assert_snapshot!(complaint("", "", "/ca", ""), @"AZURE_KUBERNETES_CA_FILE is set, but AZURE_KUBERNETES_TOKEN_PROXY is not. Fix: set AZURE_KUBERNETES_TOKEN_PROXY too, or remove AZURE_KUBERNETES_CA_FILE.");
        insta::assert_snapshot!(complaint("", "", "", "pem"), @"AZURE_KUBERNETES_CA_DATA is set, but AZURE_KUBERNETES_TOKEN_PROXY is not. Fix: set AZURE_KUBERNETES_TOKEN_PROXY too, or remove AZURE_KUBERNETES_CA_DATA.");
        insta::assert_snapshot!(complaint("https://p", "", "/ca", "pem"), @"AZURE_KUBERNETES_CA_FILE and AZURE_KUBERNETES_CA_DATA are both set. Fix: remove one of them.");
        insta::assert_snapshot!(complaint("http://p", "", "", ""), @"AZURE_KUBERNETES_TOKEN_PROXY cannot be used: its scheme is not https. Fix: give it the form https://host[:port][/path], without user, query or fragment.");
        insta::assert_snapshot!(complaint("https://p", "10.0.0.1", "", ""), @"AZURE_KUBERNETES_SNI_NAME is not a DNS name. Fix: set the name in the proxy's certificate.");
        for bad in
            ["https://u:p@h", "https://u@h", "https://h?q", "https://h#f", "p:443", "nothing", "https://"]
        {
            assert!(matches!(config(bad, "", "", ""), Err(StartError::Url(_))), "{bad}");
        }
    }

    #[test]
    fn roots_are_checked_at_start() {
        let system = || Trust::System { bundle: None, extra: None };
        let start = |file, data| {
            config("https://p", "", file, data)
                .unwrap()
                .unwrap()
                .trust(system())
                .unwrap_err()
                .to_string()
        };
        insta::assert_snapshot!(start("/does/not/exist", ""), @"The root certificates in /does/not/exist (AZURE_KUBERNETES_CA_FILE) do not exist. Fix: name a readable PEM file of CA certificates.");
        insta::assert_snapshot!(start("", "not pem"), @"AZURE_KUBERNETES_CA_DATA holds no valid certificate. Fix: put PEM certificates into it, with line breaks.");
    }

    #[test]
    fn paths_are_joined_and_the_server_name_stands_in_the_url() {
        let url = |proxy, sni| {
            config(proxy, sni, "", "")
                .unwrap()
                .unwrap()
                .url("/t/oauth2/v2.0/token")
        };
        assert_eq!(url("https://proxy", ""), "https://proxy:443/t/oauth2/v2.0/token");
        assert_eq!(
            url("https://proxy:8443/base/", "Sni.Test"),
            "https://sni.test:8443/base/t/oauth2/v2.0/token"
        );
        assert_eq!(url("https://[::1]:8443", ""), "https://[::1]:8443/t/oauth2/v2.0/token");
        let host = |proxy| config(proxy, "sni.test", "", "").unwrap().unwrap().host();
        assert_eq!(host("https://proxy.ns.svc:8443/x"), "proxy.ns.svc:8443");
        assert_eq!(host("https://proxy"), "proxy");
    }
}
