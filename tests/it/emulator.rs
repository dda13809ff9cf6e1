//! The Entra emulator, asked over TLS as any client would ask it.

mod control;
mod faults;
mod proxy;
mod refusals;
mod tokens;

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use reqwest::{Response, redirect::Policy};
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer, pki_types::pem::PemObject as _};
use serde_json::Value;
use wisp::{
    clock::{Clock, UnixTime},
    emulator::{Config, Emulator},
};

const TENANT: &str = "11111111-aaaa-4aaa-8aaa-111111111111";
const CLIENT: &str = "22222222-bbbb-4bbb-8bbb-222222222222";
const VAULT: &str = "https://vault.azure.net/.default";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// 2026-01-02 03:04:05Z.
const START: u64 = 1_767_323_045;

/// A clock that tests set by hand.
#[derive(Debug)]
struct Hand(AtomicU64);

impl Hand {
    fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn wall(&self) -> UnixTime {
        UnixTime::from_secs(self.0.load(Ordering::Relaxed))
    }
}

/// A running emulator and a client that trusts it.
struct Fixture {
    emulator: Emulator,
    clock: Arc<Hand>,
    http: reqwest::Client,
}

impl Fixture {
    async fn new() -> Self {
        Self::with(Config::default()).await
    }

    async fn with(config: Config) -> Self {
        let clock = Arc::new(Hand(AtomicU64::new(START)));
        let emulator = Emulator::start(config, clock.clone()).await.unwrap();
        let http = client(&emulator, Policy::none());
        Self { emulator, clock, http }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.emulator.authority())
    }

    fn assertion(&self) -> String {
        fs::read_to_string(self.emulator.token_path().unwrap()).unwrap()
    }

    /// Asks for a token for Key Vault, with some fields changed (`None` leaves one out).
    async fn ask(&self, changes: &[(&str, Option<&str>)]) -> Answer {
        self.ask_tenant(TENANT, changes).await
    }

    async fn ask_tenant(&self, tenant: &str, changes: &[(&str, Option<&str>)]) -> Answer {
        Answer::read(self.send(tenant, changes).await.unwrap()).await
    }

    async fn send(&self, tenant: &str, changes: &[(&str, Option<&str>)]) -> reqwest::Result<Response> {
        let assertion = self.assertion();
        let form = form(&assertion, changes);
        self.http
            .post(self.url(&format!("{tenant}/oauth2/v2.0/token")))
            .header("client-request-id", "c0ffee00-0000-4000-8000-000000000000")
            .form(&form)
            .send()
            .await
    }

    async fn get(&self, path: &str) -> Answer {
        Answer::read(self.http.get(self.url(path)).send().await.unwrap()).await
    }
}

fn form<'a>(assertion: &'a str, changes: &[(&'a str, Option<&'a str>)]) -> Vec<(&'a str, &'a str)> {
    let usual = [
        ("client_id", CLIENT),
        ("scope", VAULT),
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
    ];
    let unchanged = usual
        .into_iter()
        .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    let changed = changes
        .iter()
        .filter_map(|(name, value)| Some((*name, (*value)?)));
    unchanged.chain(changed).collect()
}

fn client(emulator: &Emulator, redirects: Policy) -> reqwest::Client {
    builder(&emulator.ca_pem(), redirects).build().unwrap()
}

/// A client that trusts one authority.
fn builder(ca_pem: &str, redirects: Policy) -> reqwest::ClientBuilder {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(redirects)
        .no_proxy()
}

/// An answer, read to its end.
struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Answer {
    async fn read(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The only AADSTS number, or 0 for a token.
    fn code(&self) -> u64 {
        self.json()["error_codes"][0].as_u64().unwrap_or(0)
    }
}
