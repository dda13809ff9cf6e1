//! What can be chosen for a pod: by a flag for all pods of a run, by an annotation `wisp/…` for one. One table has both.

mod choices;
mod parse;
mod wanted;
mod words;

use serde_json::{Map, Value};

pub use choices::{CHOICES, Choice};
pub use wanted::wanted;
pub use words::{Mode, Redirect, Sidecar, Token};

use crate::settings::{
    self,
    keys::{KEYS, Key},
};

use super::{
    Problem,
    edit::{Path, below},
    record,
};

/// The prefix of annotations and labels that mean wisp.
pub const PREFIX: &str = "wisp/";

/// Annotation or label: whether a pod is to have wisp at all.
pub const INJECT: &str = "wisp/inject";

// What holds unless somebody chooses.
pub use crate::names::{ADMIN_PORT, SIDECAR_UID as USER, TOKEN_PORT};

/// Choices for a pod.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Options {
    /// How requests get to wisp.
    pub mode: Mode,
    /// How the init container of mode `redirect` does it.
    pub redirect: Redirect,
    /// The image of wisp.
    pub image: String,
    /// How the sidecar runs.
    pub sidecar: Sidecar,
    /// Where its token comes from.
    pub token: Token,
    /// The application may mount the webhook's token as well.
    pub share_token: bool,
    /// `AZURE_CLIENT_ID`
    pub client_id: Option<String>,
    /// `AZURE_TENANT_ID`
    pub tenant_id: Option<String>,
    /// `AZURE_AUTHORITY_HOST`
    pub authority: Option<String>,
    /// The ConfigMap of the pod's namespace that has these three, under the names of the variables.
    pub config_map: Option<String>,
    /// The audience of our own token volume.
    pub audience: String,
    /// The port of loopback where the application asks for tokens.
    pub token_port: u16,
    /// The port of the pod where metrics and probes are answered.
    pub admin_port: u16,
    /// The user of the sidecar; that of the init container is the next one.
    pub user: u32,
    /// The containers that get environment variables; all when none are named.
    pub containers: Vec<String>,
    /// Hosts that are reached without `http_proxy`, besides those of every cluster.
    pub no_proxy: String,
    /// CPU of each of our containers, requested and limited; none for what fits the pod's class.
    pub cpu: Option<String>,
    /// Memory of each of our containers, requested and limited; none for what fits the pod's class.
    pub memory: Option<String>,
    /// Pods that cannot be served are left alone instead of refused.
    pub skip_unsupported: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            redirect: Redirect::default(),
            image: concat!("wisp:", env!("CARGO_PKG_VERSION")).to_owned(),
            sidecar: Sidecar::default(),
            token: Token::default(),
            share_token: false,
            client_id: None,
            tenant_id: None,
            authority: None,
            config_map: None,
            audience: "api://AzureADTokenExchange".to_owned(),
            token_port: TOKEN_PORT,
            admin_port: ADMIN_PORT,
            user: USER,
            containers: Vec::new(),
            no_proxy: String::new(),
            cpu: None,
            memory: None,
            skip_unsupported: false,
        }
    }
}

/// One thing that an identity is named by.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// What it is, for people.
    pub what: &'static str,
    /// The variable of the sidecar, and the key in a ConfigMap.
    pub variable: &'static str,
    /// The choice.
    pub choice: &'static str,
    /// Nothing works without it.
    pub required: bool,
    /// What is chosen.
    pub value: Option<&'a str>,
}

/// Annotations under our prefix that are no choices.
const OTHERS: [&str; 3] = ["inject", "injected", record::REPLACED];

impl Options {
    /// What the identity is named by.
    pub fn identity(&self) -> [Part<'_>; 3] {
        let part = |what, variable, choice, required, value| Part { what, variable, choice, required, value };
        [
            part("client id", "AZURE_CLIENT_ID", "client-id", true, self.client_id.as_deref()),
            part("tenant", "AZURE_TENANT_ID", "tenant-id", true, self.tenant_id.as_deref()),
            part("authority", "AZURE_AUTHORITY_HOST", "authority", false, self.authority.as_deref()),
        ]
    }

    /// Sets the choice `name`. What becomes a setting of the sidecar is read by the sidecar's own parser.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let Some(choice) = CHOICES.iter().find(|choice| choice.name == name) else {
            return Err(format!("there is no choice `{name}`"));
        };
        if let Some(setting) = self.setting(name) {
            settings::check(setting, value).map_err(|reason| format!("cannot be `{value}`: {reason}"))?;
        }
        (choice.set)(self, value).ok_or_else(|| format!("cannot be `{value}`: expected {}", choice.accepts))
    }

    /// The setting of the sidecar that the choice `name` gives a value to.
    fn setting(&self, name: &str) -> Option<&'static Key> {
        let part = self
            .identity()
            .into_iter()
            .find(|part| part.choice == name)?;
        KEYS.iter()
            .copied()
            .find(|key| key.env.contains(&part.variable))
    }

    /// These options as the annotations of a pod change them.
    pub fn with_annotations(&self, annotations: &Map<String, Value>) -> Result<Self, Vec<Problem>> {
        let mut options = self.clone();
        let mut problems = Vec::new();
        for (key, value) in annotations {
            let Some(name) = key.strip_prefix(PREFIX) else { continue };
            if OTHERS.contains(&name) {
                continue;
            }
            if let Err(text) = options.annotated(name, value) {
                problems.push(Problem::new(annotation(key), format!("annotation `{key}` {text}")));
            }
        }
        if problems.is_empty() { Ok(options) } else { Err(problems) }
    }

    fn annotated(&mut self, name: &str, value: &Value) -> Result<(), String> {
        if !CHOICES.iter().any(|choice| choice.name == name) {
            let known: Vec<_> = CHOICES.iter().map(|choice| choice.name).collect();
            return Err(format!("is not known; known are `inject`, {}", known.join(", ")));
        }
        let Value::String(text) = value else { return Err(NOT_TEXT.to_owned()) };
        self.set(name, text)
    }
}

/// Kubernetes refuses annotations and labels that are no strings.
const NOT_TEXT: &str = "is no text; put its value in quotes";

/// The path of an annotation.
pub fn annotation(key: &str) -> Path {
    below(&below(&below(&[], "metadata"), "annotations"), key)
}
