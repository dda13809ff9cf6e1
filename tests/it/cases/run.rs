//! Running one case from its start to its last check.

use std::{collections::BTreeMap, fs, os::unix::fs::symlink, path::PathBuf};

use tempfile::TempDir;

use super::{
    entra::Entra,
    format::{Before, Case, Reaction, TokenFile},
    node::Node,
    sidecar::Sidecar,
    template::Known,
};
use crate::kit::pki::pki;

/// The identity and the tenant of a case that says nothing of them.
const CLIENT_ID: &str = "11111111-1111-4111-8111-111111111111";
const TENANT_ID: &str = "22222222-2222-4222-8222-222222222222";

/// What came of a case.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Everything that is wrong; nothing if all is well.
    pub(super) problems: Vec<String>,
    /// What happened, line by line.
    pub(super) log: Vec<String>,
}

/// The world of one case.
pub(super) struct World<'a> {
    pub(super) case: &'a Case,
    folder: TempDir,
    pub(super) entra: Entra,
    node: Option<Node>,
    /// Assertions and other texts from the token file, each a mark that must never be seen again.
    pub(super) marks: Vec<String>,
    pub(super) known: Known,
    /// Bodies of failures: they must hold no token at all.
    pub(super) failures: Vec<String>,
    pub(super) outcome: Outcome,
}

/// Runs `case`.
pub(super) fn run(case: &Case) -> Outcome {
    let folder = TempDir::new().unwrap();
    let mut known = Known { dir: folder.path().to_str().unwrap().to_owned(), ..Known::default() };
    let filled = |script: &[Reaction]| -> Vec<Reaction> {
        let fill = |reaction: &Reaction| Reaction {
            body: reaction.body.as_ref().map(|body| known.fill(body)),
            ..reaction.clone()
        };
        script.iter().map(fill).collect()
    };
    let entra = Entra::start(filled(&case.entra));
    let node = case
        .node
        .as_ref()
        .filter(|node| !node.absent)
        .map(|node| Node::start(filled(&node.answer)));
    known.entra = entra.address.to_string();
    let (marks, failures) = (Vec::new(), Vec::new());
    let mut world = World { case, folder, entra, node, marks, known, failures, outcome: Outcome::default() };
    if let Err(error) = world.live() {
        world.outcome.problems.push(error);
    }
    world.outcome
}

impl World<'_> {
    fn live(&mut self) -> Result<(), String> {
        let case = self.case;
        self.write("ca.pem", &pki().trusted_pem);
        self.write("other-ca.pem", &pki().other_pem);
        self.put_token(&case.token_file);
        if let Some(settings) = &case.settings {
            self.write("wisp.toml", self.known.fill(settings));
        }
        self.write_all(&case.files);
        let sidecar = Sidecar::start(&self.environment())?;
        self.known.wisp = sidecar.address.to_string();

        let asked = self.ask_all(&sidecar);
        let (stdout, log) = sidecar.end()?;
        asked?;
        self.refresh();
        let wrong = self.entra.record().problems.clone();
        self.outcome.problems.extend(wrong);
        let (found, expected) = (self.entra.record().requests, case.entra.len());
        if found != expected {
            self.outcome
                .problems
                .push(format!("Entra was asked {found} times, expected {expected}"));
        }
        let of_node = self.node.iter().flat_map(Node::problems);
        self.outcome.problems.extend(of_node);
        for line in &case.log {
            self.find(line, &log);
        }
        self.search(&stdout, &log);
        self.outcome.log.extend(log);
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

    pub(super) fn prepare(&mut self, before: &Before, sidecar: &Sidecar) -> Result<(), String> {
        if let Some(file) = &before.token_file {
            self.put_token(file);
        }
        if let Some(settings) = &before.settings {
            self.write("wisp.toml", self.known.fill(settings));
        }
        self.write_all(&before.files);
        if before.hangup { sidecar.hang_up() } else { Ok(()) }
    }

    /// Learns what Entra has seen and issued meanwhile.
    pub(super) fn refresh(&mut self) {
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

    fn write_all(&self, files: &BTreeMap<String, String>) {
        for (name, content) in files {
            self.write(name, self.known.fill(content));
        }
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
        if let Some(link) = &file.link {
            symlink(self.known.fill(link), &path).unwrap();
            return;
        }
        let content = file.content();
        let text = String::from_utf8_lossy(&content).trim().to_owned();
        // Each part of a token is a mark of its own; what is short is no secret and may occur anywhere.
        self.marks.extend(
            text.split('.')
                .filter(|secret| secret.len() >= 16)
                .map(str::to_owned),
        );
        self.entra.record().assertion = text;
        self.write("token.new", content);
        fs::rename(self.path("token.new"), path).unwrap();
    }
}
