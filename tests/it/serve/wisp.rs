//! A running `wisp serve`, how to ask it, and the check that it kept its secrets.

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use ::wisp::{
    clock::System,
    emulator::{Config, Emulator, Entry},
};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::secrets::{is_jwt, leaked};
use crate::kit::{
    client::Client,
    http::{self, Message},
    process::Process,
    programs::{WISP, variables},
};

const TOKEN: &str = "/metadata/identity/oauth2/token?api-version=2018-02-01";

pub(super) const VAULT: &str = "https://vault.azure.net";
pub(super) const STORAGE: &str = "https://storage.azure.com";

/// The built-in identity of the emulator.
pub(super) const CLIENT_ID: &str = "22222222-bbbb-4bbb-8bbb-222222222222";

/// An emulator with the built-in configuration, in which `change` may change something.
pub(super) async fn emulator(change: impl FnOnce(&mut Config)) -> Emulator {
    let mut config = Config::default();
    change(&mut config);
    Emulator::start(config, Arc::new(System)).await.unwrap()
}

/// The token requests that came in.
pub(super) fn exchanges(emulator: &Emulator) -> Vec<Entry> {
    let mut requests = emulator.requests();
    requests.retain(|request| request.tenant.is_some());
    requests
}

/// A `wisp serve` that is not started yet, with an environment of its own and every port free.
pub(super) fn command(emulator: &Emulator, more: &[(&str, &str)]) -> Command {
    let mut command = Command::new(WISP);
    command
        .arg("serve")
        .env_clear()
        .envs(variables(emulator))
        .env("WISP_LISTEN", "127.0.0.1:0")
        .env("WISP_ADMIN_LISTEN", "127.0.0.1:0")
        .env("WISP_IMDS_LISTEN", "off")
        // Secrets must not be written at any level.
        .env("WISP_LOG", "trace")
        .envs(more.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A running wisp. At its end it is checked for secrets in what it wrote.
pub(super) struct Wisp {
    process: Arc<Process>,
    /// Bodies of errors, metrics and probes.
    answered: Mutex<String>,
    /// Assertions that it could read, and tokens that it handed out.
    secrets: Mutex<Vec<String>>,
    token_file: Option<PathBuf>,
    /// Where tokens are asked for.
    pub(super) listen: Vec<SocketAddr>,
    /// Where metrics and probes are answered.
    pub(super) admin: SocketAddr,
}

impl Wisp {
    /// Starts one that exchanges at `emulator`, and waits until it serves.
    pub(super) async fn start(emulator: &Emulator, more: &[(&str, &str)]) -> Self {
        Self::run(emulator, command(emulator, more)).await
    }

    /// The same with a command that is made already.
    pub(super) async fn run(emulator: &Emulator, mut command: Command) -> Self {
        let mut wisp = Self {
            process: Arc::new(Process::start(&mut command)),
            answered: Mutex::default(),
            secrets: Mutex::default(),
            token_file: emulator.token_path(),
            listen: Vec::new(),
            admin: ([0, 0, 0, 0], 0).into(),
        };
        let line = wisp.line("wisp is serving").await;
        wisp.listen = addresses(line["listen"].as_str().unwrap());
        wisp.admin = addresses(line["admin"].as_str().unwrap())[0];
        wisp.remember_assertion();
        wisp
    }

    /// Asks for a token for `resource`.
    pub(super) async fn token(&self, resource: &str) -> Message {
        self.ask(&format!("resource={resource}")).await
    }

    /// Asks for a token with a query of one's own, which follows the version.
    pub(super) async fn ask(&self, query: &str) -> Message {
        self.ask_at(self.listen[0], &format!("{TOKEN}&{query}"), "Metadata: true\r\n")
            .await
    }

    /// Asks the admin listener.
    pub(super) async fn admin(&self, path: &str) -> Message {
        self.ask_at(self.admin, path, "").await
    }

    /// Sends a request with any target and headers.
    pub(super) async fn ask_at(&self, to: SocketAddr, target: &str, headers: &str) -> Message {
        self.remember_assertion();
        let answer = http::get(to, target, headers).await;
        match answer.json()["access_token"].as_str() {
            Some(token) => self.secrets.lock().unwrap().push(token.into()),
            None => self.answered.lock().unwrap().push_str(&answer.body),
        }
        answer
    }

    /// Waits until the log has a line with this message, and returns it.
    pub(super) async fn line(&self, message: &str) -> Value {
        self.lines(message, 1).await.swap_remove(0)
    }

    /// Waits until the log has `count` lines with this message, and returns all of them.
    pub(super) async fn lines(&self, message: &str, count: usize) -> Vec<Value> {
        let message = message.to_owned();
        let has_it = move |line: &Value| {
            line["message"]
                .as_str()
                .is_some_and(|text| text.contains(&message))
        };
        let found = has_it.clone();
        self.wait(move |process| process.json(count, found)).await;
        let mut lines = self.log();
        lines.retain(has_it);
        lines
    }

    /// The log up to now.
    pub(super) fn log(&self) -> Vec<Value> {
        let written = self.process.written();
        written
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_default())
            .collect()
    }

    /// The id of its process.
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends a signal, by its name without `SIG`.
    pub(super) fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    /// Waits for the end of the process; its exit code, and how long that took.
    pub(super) async fn ended(&self) -> (Option<i32>, Duration) {
        let (status, took) = self.wait(Process::ended).await;
        (status.code(), took)
    }

    /// Reads the configuration again, and waits until that is done. Failures are forgotten by it.
    pub(super) async fn reload(&self) {
        let before = self
            .log()
            .iter()
            .filter(|line| line["operation"] == "reload")
            .count();
        self.signal("HUP");
        self.lines("configuration", before + 1).await;
    }

    /// Waits on another thread: the emulator lives on this one.
    async fn wait<T: Send + 'static>(
        &self,
        until: impl FnOnce(&Process) -> Result<T, String> + Send + 'static,
    ) -> T {
        let process = Arc::clone(&self.process);
        let waited = tokio::task::spawn_blocking(move || until(&process));
        waited
            .await
            .unwrap()
            .unwrap_or_else(|error| panic!("{error}"))
    }

    fn remember_assertion(&self) {
        let text = self
            .token_file
            .as_ref()
            .and_then(|path| fs::read_to_string(path).ok());
        let mut secrets = self.secrets.lock().unwrap();
        if let Some(text) = text
            && is_jwt(&text)
            && secrets.last() != Some(&text)
        {
            secrets.push(text);
        }
    }

    /// The metrics, asked for by blocking: at the end there may be no runtime to wait in.
    fn last_metrics(&self) -> String {
        let asked = Client::connect(self.admin).and_then(|mut client| {
            client.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
            client.answer(false)
        });
        asked.map(|answer| answer.body).unwrap_or_default()
    }
}

impl Drop for Wisp {
    #[expect(clippy::print_stderr, reason = "the log explains why the test failed")]
    fn drop(&mut self) {
        let metrics = self.last_metrics();
        let read = self.process.kill();
        let written = self.process.written();
        if thread::panicking() {
            eprintln!("{written}");
            return;
        }
        read.unwrap();
        let messages = [written.as_str(), &self.answered.lock().unwrap(), &metrics].concat();
        let secrets = self.secrets.lock().unwrap();
        let leaked = leaked(&messages, &secrets);
        assert!(leaked.is_none(), "a secret was written: {leaked:?} in\n{messages}");
    }
}

/// The addresses in a log field.
fn addresses(text: &str) -> Vec<SocketAddr> {
    text.split(',')
        .map(|address| address.parse().unwrap())
        .collect()
}

/// Waits until wisp is ready: it serves some milliseconds before it has read the root certificates.
pub(super) async fn until_ready(wisp: &Wisp) {
    let waiting = Instant::now();
    while wisp.admin("/readyz").await.status() != 200 {
        assert!(waiting.elapsed() < Duration::from_secs(20), "wisp never gets ready");
        sleep(Duration::from_millis(2)).await;
    }
}

/// Waits until Entra has been asked.
pub(super) async fn until_asked(emulator: &Emulator) {
    let waiting = Instant::now();
    while exchanges(emulator).is_empty() {
        assert!(waiting.elapsed() < Duration::from_secs(20), "Entra is never asked");
        sleep(Duration::from_millis(2)).await;
    }
}
