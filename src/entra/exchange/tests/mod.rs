//! Exchanges over real sockets, with a server that plays Entra.

mod answers;
mod assertion;
mod roots;
mod route;
mod token_proxy;

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tempfile::TempDir;

use super::{Config, Entra};
use crate::{
    clock::{Clock, Random, UnixTime},
    entra::testing::{Authority, Reaction, Server},
    exchange::{Exchange, Key},
    failure::Failure,
    token::Token,
};

const NOW: u64 = 1_700_000_000;
const LONG: Duration = Duration::from_secs(60);
const TOKEN: &str =
    r#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"issued"}"#;

struct Noon;

impl Clock for Noon {
    fn wall(&self) -> UnixTime {
        UnixTime::from_secs(NOW)
    }
}

#[derive(Default)]
struct Counting(AtomicU64);

impl Random for Counting {
    fn bits(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

fn jwt(subject: &str) -> String {
    let claims = format!(
        r#"{{"iss":"https://oidc.example/","sub":"{subject}","aud":["api://AzureADTokenExchange"],"iat":{NOW},"exp":{}}}"#,
        NOW + 3600
    );
    format!("eyJhbGciOiJSUzI1NiJ9.{}.{}", URL_SAFE_NO_PAD.encode(claims), "s".repeat(64))
}

/// A certificate authority that is trusted, and a token file.
struct Pod {
    directory: TempDir,
    authority: Authority,
}

impl Pod {
    fn new() -> Self {
        let pod = Self { directory: TempDir::new().unwrap(), authority: Authority::new() };
        fs::write(pod.path("ca.pem"), pod.authority.pem()).unwrap();
        fs::write(pod.path("token"), jwt("first")).unwrap();
        pod
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn config(&self) -> Config {
        Config {
            token_file: self.path("token"),
            ssl_cert_file: Some(self.path("ca.pem")),
            connect_timeout: Duration::from_secs(5),
            attempt_timeout: Duration::from_secs(15),
            ..Config::placeholder()
        }
    }

    fn entra(&self) -> Entra<Noon, Counting> {
        entra(self.config())
    }

    async fn server(&self, script: Vec<Reaction>) -> Server {
        Server::start(&self.authority, &["127.0.0.1", "login.test"], script).await
    }

    /// The outcome of one exchange that the server answers so.
    async fn ask(&self, reaction: Reaction) -> Result<Token, Failure> {
        let server = self.server(vec![reaction]).await;
        self.entra().exchange(&key(&server.url())).await
    }
}

fn entra(config: Config) -> Entra<Noon, Counting> {
    Entra::new(config, Noon, Counting::default()).unwrap()
}

fn key(authority: &str) -> Key {
    Key {
        authority: authority.parse().unwrap(),
        via_token_proxy: false,
        tenant: "contoso.onmicrosoft.com".parse().unwrap(),
        client_id: "aaaaaaaa-1111-2222-3333-444444444444".parse().unwrap(),
        resource: "https://database.windows.net/".parse().unwrap(),
    }
}

fn error_reply(code: u32) -> String {
    format!(r#"{{"error":"invalid_client","error_description":"AADSTS{code}: No.","error_codes":[{code}]}}"#)
}

/// The description with the port taken out.
fn described(server: &Server, failure: &Failure) -> String {
    failure
        .description
        .replace(&server.address.port().to_string(), "PORT")
}
