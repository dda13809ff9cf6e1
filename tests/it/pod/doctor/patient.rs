//! A pod with wisp in it, as `wisp doctor` meets it, and what that says.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::Command,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::{
    kit::{entra::Entra, run::run},
    pod::{
        programs::File,
        stage::{Pod, SIDECAR, Sidecar},
    },
    serve::secrets::leaked,
};

pub(super) const VAULT: &str = "https://vault.azure.net";

/// A redirected pod, wisp in it, and an emulator on its node.
pub(super) struct Patient {
    pub(super) pod: Pod,
    pub(super) entra: Entra,
    folder: TempDir,
    _sidecar: Sidecar,
}

/// What the doctor said.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) code: i32,
    pub(super) output: String,
    pub(super) took: Duration,
    /// Id and result of each finding.
    pub(super) findings: Vec<(String, String)>,
}

impl Patient {
    pub(super) fn new() -> Self {
        let pod = Pod::new();
        pod.redirected(&[]);
        let entra = pod.entra();
        let sidecar = pod.serve(SIDECAR, &entra, &[("WISP_RESOURCES", VAULT)]);
        let folder = tempfile::Builder::new()
            .prefix("wisp-doctor-")
            .tempdir()
            .unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Self { pod, entra, folder, _sidecar: sidecar }
    }

    /// `wisp doctor` in wisp's container, with these variables besides its own and these arguments.
    pub(super) fn command(&self, variables: &[(&str, String)], arguments: &[&str]) -> Command {
        let mut command = self.pod.wisp(SIDECAR, &[]);
        command
            .arg("doctor")
            .args(arguments)
            .envs(self.entra.environment().iter().cloned())
            .env("WISP_RESOURCES", VAULT)
            .envs(variables.iter().cloned());
        command
    }

    /// The program.
    pub(super) fn program(&self) -> PathBuf {
        self.pod.programs.path(File::Plain)
    }

    /// What it says as JSON.
    pub(super) fn doctor(&self, variables: &[(&str, String)], arguments: &[&str]) -> Answered {
        let mut command = self.command(variables, arguments);
        self.answered(command.args(["--output", "json"]))
    }

    /// What a command that writes JSON says. It holds no secret.
    pub(super) fn answered(&self, command: &mut Command) -> Answered {
        let before = Instant::now();
        let ran = run(command);
        let took = before.elapsed();
        let secrets = [self.assertion()];
        let written = format!("{}{}", ran.output, ran.messages);
        let leaked = leaked(&written, &secrets);
        assert!(leaked.is_none() && !written.contains("hunter2"), "{leaked:?} in {written}");
        let document: Value = serde_json::from_str(&ran.output).unwrap_or_default();
        let categories = document["categories"].as_array().cloned();
        let findings = categories.into_iter().flatten().flat_map(|category| {
            let checks = category["checks"].as_array().cloned();
            checks.unwrap_or_default()
        });
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let findings = findings
            .map(|check| (text(&check["id"]), text(&check["result"])))
            .collect();
        Answered { code: ran.code, output: written, took, findings }
    }

    /// The projected token.
    pub(super) fn assertion(&self) -> String {
        let file = self
            .entra
            .environment()
            .iter()
            .find(|(name, _)| *name == "AZURE_FEDERATED_TOKEN_FILE");
        fs::read_to_string(&file.unwrap().1).unwrap()
    }

    /// Where Entra is.
    pub(super) fn authority(&self) -> String {
        self.entra.with(|emulator| emulator.authority().to_owned())
    }

    /// The claims of a token that is as it should be.
    pub(super) fn claims(&self) -> Value {
        let issuer = self
            .entra
            .with(|emulator| emulator.issuer_url("cluster").unwrap().to_owned());
        let now = now();
        json!({
            "iss": issuer, "sub": "system:serviceaccount:default:app", "aud": ["api://AzureADTokenExchange"],
            "iat": now, "nbf": now, "exp": now + 3600,
        })
    }

    /// A token of the cluster's issuer with these claims in place of the usual ones, in a file; the variable that names it.
    pub(super) fn token(&self, changes: &Value) -> (&'static str, String) {
        let mut claims = self.claims();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let token = self
            .entra
            .with(move |emulator| emulator.sign("cluster", &claims).unwrap());
        self.token_file(token.as_bytes())
    }

    /// A file with these bytes; the variable that names it as the token file.
    pub(super) fn token_file(&self, bytes: &[u8]) -> (&'static str, String) {
        ("AZURE_FEDERATED_TOKEN_FILE", self.file("token", bytes).display().to_string())
    }

    /// A file that wisp can read.
    pub(super) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        path
    }
}

impl Answered {
    /// The first that failed.
    pub(super) fn first_failure(&self) -> Option<&str> {
        self.first("error")
    }

    /// The first finding that ended like this.
    pub(super) fn first(&self, result: &str) -> Option<&str> {
        self.findings
            .iter()
            .find(|(_, ended)| ended == result)
            .map(|(id, _)| id.as_str())
    }
}

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "tokens are dated by the real clock")]
pub(super) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}
