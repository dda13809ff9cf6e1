//! Running one case from its start to its last check.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::time::Instant;
use wisp::clock::{Clock as _, System};

use super::{
    check,
    entra::{self, Entra},
    format::{Before, Case, Connection, LogLine, Request, TokenFile},
    http::{Client, Message},
    pki::pki,
    sidecar::Sidecar,
    template::Known,
};

/// The identity and the tenant of a case that says nothing of them.
const CLIENT_ID: &str = "11111111-1111-4111-8111-111111111111";
const TENANT_ID: &str = "22222222-2222-4222-8222-222222222222";

/// Where tokens are asked for, up to what a request says itself.
const IMDS: &str = "/metadata/identity/oauth2/token?api-version=2018-02-01&";

/// The world of one case.
struct World<'a> {
    case: &'a Case,
    folder: TempDir,
    entra: Entra,
    /// Assertions and other texts from the token file, each a mark that must never be seen again.
    marks: Vec<String>,
    known: Known,
    /// Bodies of failures: they must hold no token at all.
    failures: Vec<String>,
    problems: Vec<String>,
    /// Whether to print what happens.
    show: bool,
}

/// Everything that is wrong, nothing if all is well.
pub(super) fn run(case: &Case, show: bool) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let mut known = Known { dir: folder.path().to_str().unwrap().to_owned(), ..Known::default() };
    let mut script = case.entra.clone();
    for body in script
        .iter_mut()
        .filter_map(|reaction| reaction.body.as_mut())
    {
        *body = known.fill(body);
    }
    let entra = Entra::start(script);
    known.entra = entra.address.to_string();
    let (marks, failures, problems) = (Vec::new(), Vec::new(), Vec::new());
    let mut world = World { case, folder, entra, marks, known, failures, problems, show };
    if let Err(problem) = world.live() {
        world.problems.push(problem);
    }
    world.problems
}

impl World<'_> {
    fn live(&mut self) -> Result<(), String> {
        let case = self.case;
        self.write("ca.pem", &pki().trusted_pem);
        self.write("other-ca.pem", &pki().other_pem);
        self.put_token(&case.token_file);
        if let Some(settings) = &case.settings {
            self.write("wisp.toml", &self.known.fill(settings));
        }
        let sidecar = Sidecar::start(&self.environment())?;
        self.known.wisp = sidecar.address.to_string();

        let asked = self.ask_all(&sidecar);
        let (stdout, log) = sidecar.end()?;
        asked?;
        self.refresh();
        let wrong = self.entra.record().problems.clone();
        self.problems.extend(wrong);
        let (found, expected) = (self.entra.record().requests, case.entra.len());
        if found != expected {
            self.problems
                .push(format!("Entra was asked {found} times, expected {expected}"));
        }
        for line in &case.log {
            self.find(line, &log);
        }
        self.search(&stdout, &log);
        if self.show {
            println!("{}", log.join("\n"));
        }
        Ok(())
    }

    fn environment(&self) -> BTreeMap<String, String> {
        let file = |name: &str| self.path(name).to_str().unwrap().to_owned();
        let usual = [
            ("AZURE_CLIENT_ID", CLIENT_ID.to_owned()),
            ("AZURE_TENANT_ID", TENANT_ID.to_owned()),
            ("AZURE_FEDERATED_TOKEN_FILE", file("token")),
            ("AZURE_AUTHORITY_HOST", format!("https://{}", self.known.entra)),
            ("SSL_CERT_FILE", file("ca.pem")),
            ("WISP_LISTEN", "127.0.0.1:0".into()),
            ("WISP_IMDS_LISTEN", "off".into()),
            ("WISP_ADMIN_LISTEN", "off".into()),
        ];
        let mut environment: BTreeMap<_, _> = usual
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        if self.case.settings.is_some() {
            environment.insert("WISP_CONFIG".into(), file("wisp.toml"));
        }
        for (name, value) in &self.case.environment {
            environment.insert(name.clone(), self.known.fill(value));
        }
        environment
    }

    fn ask_all(&mut self, sidecar: &Sidecar) -> Result<(), String> {
        let mut connection = None;
        let mut waiting = Vec::new();
        let requests = &self.case.request;
        let mut next = 0;
        while let Some(first) = requests.get(next) {
            let with = requests[next + 1..]
                .iter()
                .take_while(|r| r.connection == Connection::Pipelined)
                .count();
            let batch = &requests[next..=next + with];
            self.prepare(&first.before, sidecar)
                .map_err(|e| format!("before request {}: {e}", next + 1))?;
            let each = if first.each.is_empty() { &[String::new()] } else { first.each.as_slice() };
            for each in each
                .iter()
                .flat_map(|each| std::iter::repeat_n(each, first.repeat))
            {
                self.known.each = self.known.fill(each);
                if first.connection == Connection::New {
                    connection = None;
                }
                let asked = if first.left_waiting {
                    self.leave(first, sidecar)
                        .map(|client| waiting.push(client))
                } else if first.at_once > 1 {
                    self.ask_at_once(first, next, sidecar)
                } else {
                    self.ask(batch, next, sidecar, &mut connection)
                };
                asked.map_err(|e| format!("request {} {each:?}: {e}", next + 1))?;
            }
            self.known.each.clear();
            next += batch.len();
        }
        Ok(())
    }

    fn prepare(&mut self, before: &Before, sidecar: &Sidecar) -> Result<(), String> {
        if let Some(file) = &before.token_file {
            self.put_token(file);
        }
        if let Some(settings) = &before.settings {
            self.write("wisp.toml", &self.known.fill(settings));
        }
        if before.hangup { sidecar.hang_up() } else { Ok(()) }
    }

    /// Sends requests in one write over one connection, and checks the answers in their order.
    fn ask(
        &mut self,
        batch: &[Request],
        index: usize,
        sidecar: &Sidecar,
        connection: &mut Option<Client>,
    ) -> io::Result<()> {
        let started = Instant::now();
        let client = match connection {
            Some(client) => client,
            None => connection.insert(Client::connect(sidecar.address)?),
        };
        let bytes: Vec<u8> = batch
            .iter()
            .flat_map(|request| self.bytes(request))
            .collect();
        client.send(&bytes)?;
        for (i, request) in batch.iter().enumerate() {
            let answer = client.answer(request.method == "HEAD")?;
            self.check(request, index + i, &answer, started);
            let expected = request.expect.as_ref().and_then(|expect| expect.closed);
            if let Some(expected) = expected
                && client.is_closed()? != expected
            {
                self.problem(index + i, &format!("the connection: expected closed = {expected}"));
            }
        }
        Ok(())
    }

    fn ask_at_once(&mut self, request: &Request, index: usize, sidecar: &Sidecar) -> io::Result<()> {
        let started = Instant::now();
        let clients: io::Result<Vec<_>> = (0..request.at_once)
            .map(|_| self.leave(request, sidecar))
            .collect();
        for mut client in clients? {
            let answer = client.answer(request.method == "HEAD")?;
            self.check(request, index, &answer, started);
        }
        Ok(())
    }

    fn leave(&self, request: &Request, sidecar: &Sidecar) -> io::Result<Client> {
        let mut client = Client::connect(sidecar.address)?;
        client.send(&self.bytes(request))?;
        Ok(client)
    }

    fn bytes(&self, request: &Request) -> Vec<u8> {
        if let Some(raw) = &request.raw {
            return self.known.fill(raw).replace('\n', "\r\n").into_bytes();
        }
        let query = request.query.as_ref().map(|query| format!("{IMDS}{query}"));
        let target = request.target.clone().or(query).unwrap_or_default();
        let mut headers: BTreeMap<&str, String> =
            BTreeMap::from([("Host", "169.254.169.254".into()), ("Metadata", "true".into())]);
        if !request.body.is_empty() {
            headers.insert("Content-Length", self.known.fill(&request.body).len().to_string());
        }
        let given: Vec<_> = request
            .headers
            .iter()
            .map(|(name, value)| (self.known.fill(name), self.known.fill(value)))
            .collect();
        headers.extend(
            given
                .iter()
                .map(|(name, value)| (name.as_str(), value.clone())),
        );
        let headers: String = headers
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let target = self.known.fill(&target);
        let body = self.known.fill(&request.body);
        let method = self.known.fill(&request.method);
        format!("{method} {target} {}\r\n{headers}\r\n{body}", request.version).into_bytes()
    }

    fn check(&mut self, request: &Request, index: usize, answer: &Message, started: Instant) {
        let took = started.elapsed();
        self.refresh();
        if self.show {
            println!("{} → {} {}", index + 1, answer.first, answer.body);
        }
        if !answer.first.contains(" 200 ") {
            self.failures.push(answer.body.clone());
        }
        if let Some(mark) = self
            .marks
            .iter()
            .find(|mark| answer.body.contains(mark.as_str()))
        {
            let problem = format!("the answer holds what was in the token file: {mark}");
            self.problem(index, &problem);
        }
        let Some(expect) = &request.expect else { return };
        for wrong in check::answer(expect, answer, took, &self.known) {
            self.problem(index, &wrong);
        }
        let found = self.entra.record().requests;
        if let Some(expected) = expect.exchanges
            && found != expected
        {
            self.problem(index, &format!("Entra was asked {found} times so far, expected {expected}"));
        }
    }

    fn problem(&mut self, index: usize, problem: &str) {
        let each = &self.known.each;
        let each = if each.is_empty() { String::new() } else { format!(" with {each:?}") };
        self.problems
            .push(format!("request {}{each}: {problem}", index + 1));
    }

    /// Learns what Entra has seen and issued meanwhile.
    fn refresh(&mut self) {
        let record = self.entra.record();
        self.known.issued.clone_from(&record.issued);
        self.known.correlation_id.clone_from(&record.correlation_id);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Puts a token file in place as the kubelet does, at once and whole.
    fn put_token(&mut self, file: &TokenFile) {
        let path = self.path("token");
        if file.absent {
            let _ = fs::remove_file(&path);
            return;
        }
        if file.directory {
            fs::create_dir(&path).unwrap();
            return;
        }
        let content = self.token_content(file);
        let text = String::from_utf8_lossy(&content).trim().to_owned();
        // Each part of a token is a mark of its own; what is short is no secret and may occur anywhere.
        self.marks.extend(
            text.split('.')
                .filter(|part| part.len() >= 16)
                .map(str::to_owned),
        );
        self.entra.record().assertion = text;
        self.write("token.new", content);
        fs::rename(self.path("token.new"), path).unwrap();
    }

    fn token_content(&self, file: &TokenFile) -> Vec<u8> {
        if let Some(text) = &file.text {
            return text.clone().into_bytes();
        }
        if let Some(bytes) = &file.bytes {
            return bytes.clone();
        }
        if let Some(letters) = file.letters {
            return vec![b'a'; letters];
        }
        let now = System.wall().secs().cast_signed();
        let begins = now + file.begins.unwrap_or(-60);
        let mut claims = Map::from_iter([
            ("iss".to_owned(), json!("https://issuer.example/cluster/")),
            ("sub".to_owned(), json!("system:serviceaccount:shop:cart")),
            ("aud".to_owned(), json!(["api://AzureADTokenExchange"])),
            ("iat".to_owned(), json!(begins)),
            ("nbf".to_owned(), json!(begins)),
            ("exp".to_owned(), json!(now + file.ends.unwrap_or(3540))),
        ]);
        claims.extend(file.claims.clone());
        // As some tools write it, with a line end.
        let mark = format!("ASSERTION-{:x}-{:x}", fastrand::u64(..), fastrand::u64(..));
        format!("{}\n", entra::jwt(&claims, &mark)).into_bytes()
    }

    /// Looks for a line of the log.
    fn find(&mut self, line: &LogLine, log: &[String]) {
        let as_wanted = |found: &Value| {
            line.fields
                .iter()
                .all(|(name, wanted)| match (wanted, &found[name]) {
                    (Value::String(wanted), Value::String(found)) => {
                        self.known.compare(wanted, found).is_ok()
                    }
                    (wanted, found) => wanted == found,
                })
        };
        let parsed = log
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok());
        let found = parsed.filter(as_wanted).count();
        let right = line.lines.map_or(found > 0, |lines| found == lines);
        if !right {
            let fields = Value::Object(line.fields.clone());
            let expected = line
                .lines
                .map_or("at least one".into(), |lines| lines.to_string());
            let problem = format!(
                "log: expected {expected} line(s) with {fields}, found {found} in\n  {}",
                log.join("\n  ")
            );
            self.problems.push(problem);
        }
    }

    /// Searches everything that was written for what must not be seen.
    fn search(&mut self, stdout: &str, log: &[String]) {
        let issued = self
            .known
            .issued
            .iter()
            .flat_map(|issued| issued.token.split('.'));
        let secrets: Vec<&str> = issued
            .chain(self.marks.iter().map(String::as_str))
            .collect();
        let outputs = [
            ("standard output", stdout),
            ("the log", &log.join("\n")),
            ("a failure", &self.failures.join("\n")),
        ];
        let never = self.case.never.iter().map(String::as_str);
        let mut problems = Vec::new();
        for secret in secrets.into_iter().chain(never) {
            for (name, text) in &outputs {
                if text.contains(secret) {
                    problems.push(format!("{name} holds {secret:?}, which must never be seen:\n  {text}"));
                }
            }
        }
        if !stdout.is_empty() {
            problems.push(format!("standard output is not empty: {stdout}"));
        }
        for line in log {
            if !serde_json::from_str(line).is_ok_and(|json: Value| json.is_object()) {
                problems.push(format!("a line of the log is not JSON: {line}"));
            }
        }
        self.problems.extend(problems);
    }
}

/// The names of all cases below `root`, sorted.
pub(super) fn names(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root).unwrap().map(Result::unwrap);
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
