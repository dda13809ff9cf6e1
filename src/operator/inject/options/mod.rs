//! What can be chosen for a pod: by a flag for all pods of a run, by an annotation `wisp/…` for one. One table has both.

mod choices;
mod enums;
mod opt_in;
mod parse;

use serde_json::{Map, Value};

pub(crate) use choices::CHOICES;
pub(crate) use enums::{Audience, EndpointVariables, Mode, Redirect, Sidecar, Token};
pub(crate) use opt_in::opt_in;

use crate::settings::{
    self,
    keys::{KEYS, Key, TOKEN_PROXY, VERIFY},
};

use super::{
    Diagnostic,
    settings::{ChosenSettings, Kind, Object, SetBy, SettingFlag, Text},
    taken::Taken,
};
use crate::operator::edit::{Path, join};
use parse::expiration;
pub(super) use parse::object_name;

/// The prefix of annotations and labels that mean wisp.
pub(crate) const PREFIX: &str = "wisp/";

/// Annotation or label: whether a pod is to have wisp at all.
pub(crate) const INJECT: &str = "wisp/inject";

// What holds unless somebody chooses.
pub(crate) use crate::names::{ADMIN_PORT, SIDECAR_UID as USER, TOKEN_PORT};

/// Choices for a pod.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Options {
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
    /// The ConfigMap of the pod's namespace that has these three, and other settings if it likes, under the names of the
    /// variables.
    pub config_map: Option<String>,
    /// What else has settings, under the names of the variables.
    pub settings_from: Vec<Object>,
    /// Settings of wisp.
    pub settings: ChosenSettings,
    /// The audience of our own token volume; none for that of whoever takes its tokens. See [`Self::audience`].
    pub audience: Option<String>,
    /// How long a token of our own volume lives, in seconds. The kubelet replaces it at 80 % of that.
    pub token_lifetime: u32,
    /// The port of loopback where the application asks for tokens.
    pub token_port: u16,
    /// The port of the pod where metrics and probes are answered.
    pub admin_port: u16,
    /// The user of the sidecar; that of the init container is the next one.
    pub user: u32,
    /// The variables that mode `env` sets.
    pub variables: Vec<EndpointVariables>,
    /// The containers that get environment variables; all when none are named.
    pub containers: Vec<String>,
    /// Containers whose requests mean an identity of their own, and its name or client id.
    pub container_identities: Vec<(String, String)>,
    /// Hosts that are reached without `http_proxy`, besides those of every cluster.
    pub no_proxy: String,
    /// What is taken over of the application's proxy and certificates; none when nothing may be.
    pub taken: Option<Taken>,
    /// CPU of each of our containers, requested and limited; none for what fits the pod's class.
    pub cpu: Option<String>,
    /// Memory of each of our containers, requested and limited; none for what fits the pod's class.
    pub memory: Option<String>,
    /// `WISP_VERIFY`, unless it is `off`
    pub verify: Option<String>,
    /// Pods that cannot be served are left alone instead of refused.
    pub skip_unsupported: bool,
    /// What people changed in the injected parts may be lost.
    pub discard_edits: bool,
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
            settings_from: Vec::new(),
            settings: ChosenSettings::default(),
            audience: None,
            token_lifetime: 3600,
            token_port: TOKEN_PORT,
            admin_port: ADMIN_PORT,
            user: USER,
            variables: EndpointVariables::ALL.to_vec(),
            containers: Vec::new(),
            container_identities: Vec::new(),
            no_proxy: String::new(),
            taken: Some(Taken::default()),
            cpu: None,
            memory: None,
            verify: None,
            skip_unsupported: false,
            discard_edits: false,
        }
    }
}

/// One thing that an identity is named by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IdentityField<'a> {
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

/// The annotation of [`Options::token_lifetime`].
const TOKEN_LIFETIME: &str = "wisp/token-lifetime";
/// That of the workload identity webhook for its own token. It says what the owner of the pod wants of any such token.
pub(crate) const EXPIRATION: &str = "azure.workload.identity/service-account-token-expiration";

/// Annotations of service accounts that name an identity to the workload identity webhook, and the choice that each is. On a pod
/// they say the same, where wisp's own say nothing.
pub(crate) const STANDARD: [(&str, &str); 2] =
    [("azure.workload.identity/client-id", "client-id"), ("azure.workload.identity/tenant-id", "tenant-id")];

/// What an annotation of the webhook's own proxy is called while wisp stands in for it, without our prefix.
pub(crate) const REPLACED: &str = "was-inject-proxy-sidecar";

/// Annotations under our prefix that are no choices.
pub(crate) const OTHERS: [&str; 3] = ["inject", "injected", REPLACED];

impl Options {
    /// What the identity is named by.
    pub(crate) fn identity(&self) -> [IdentityField<'_>; 3] {
        let field = |what, variable, choice, required, value| IdentityField {
            what,
            variable,
            choice,
            required,
            value,
        };
        [
            field("client id", "AZURE_CLIENT_ID", "client-id", true, self.client_id.as_deref()),
            field("tenant", "AZURE_TENANT_ID", "tenant-id", true, self.tenant_id.as_deref()),
            field("authority", "AZURE_AUTHORITY_HOST", "authority", false, self.authority.as_deref()),
        ]
    }

    /// Takes back what was chosen of the identity by `choice`.
    pub(crate) fn forget(&mut self, choice: &str) {
        match choice {
            "client-id" => self.client_id = None,
            "tenant-id" => self.tenant_id = None,
            _ => {}
        }
    }

    /// The audience of our own token volume: the chosen one, or that of the token proxy where a setting names one, else that of
    /// Entra.
    pub(crate) fn audience(&self) -> &str {
        let proxy = self.settings.get(&TOKEN_PROXY);
        let is_bound = proxy.is_some_and(|(text, _)| !matches!(text, Text::Value(url) if url.is_empty()));
        let usual = if is_bound { Audience::Binding } else { Audience::Exchange };
        self.audience.as_deref().unwrap_or_else(|| usual.name())
    }

    /// Whether no object and no setting names an identity, so that the choices have to.
    pub(crate) fn names_identity_alone(&self) -> bool {
        self.sources().is_empty() && !self.settings.lists_identities()
    }

    /// What has variables of the sidecar, in the order in which later ones win.
    pub(crate) fn sources(&self) -> Vec<Object> {
        let identity = self
            .config_map
            .iter()
            .map(|name| Object { kind: Kind::ConfigMap, name: name.clone() });
        let others = self.settings_from.iter().cloned();
        let mut all: Vec<_> = identity.collect();
        all.extend(
            others
                .filter(|object| !all.contains(object))
                .collect::<Vec<_>>(),
        );
        all
    }

    /// Sets the choice `name`. What becomes a setting of the sidecar is read by the sidecar's own parser.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
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
        if name == VERIFY.flag {
            return Some(&VERIFY);
        }
        let field = self
            .identity()
            .into_iter()
            .find(|field| field.choice == name)?;
        KEYS.iter()
            .copied()
            .find(|key| key.env.contains(&field.variable))
    }

    /// These options as the annotations of a pod change them.
    pub(crate) fn with_annotations(&self, annotations: &Map<String, Value>) -> Result<Self, Vec<Diagnostic>> {
        let mut options = self.clone();
        let mut diagnostics = Vec::new();
        for (key, value) in annotations {
            let Some(name) = key.strip_prefix(PREFIX) else { continue };
            if OTHERS.contains(&name) {
                continue;
            }
            if let Err(text) = options.annotated(key, name, value) {
                diagnostics.push(Diagnostic::new(annotation(key), text));
            }
        }
        for (key, name) in STANDARD {
            if !annotations.contains_key(&format!("{PREFIX}{name}"))
                && let Some(value) = annotations.get(key)
                && let Err(text) = options.annotated(key, name, value)
            {
                diagnostics.push(Diagnostic::new(annotation(key), text));
            }
        }
        if !annotations.contains_key(TOKEN_LIFETIME)
            && let Some(value) = annotations.get(EXPIRATION)
        {
            match value.as_str().and_then(expiration) {
                Some(seconds) => options.token_lifetime = seconds,
                None => diagnostics.push(Diagnostic::new(
                    annotation(EXPIRATION),
                    format!("annotation `{EXPIRATION}` cannot be {value}: expected a number of seconds from 3600 to 86400, as text"),
                )),
            }
        }
        if diagnostics.is_empty() { Ok(options) } else { Err(diagnostics) }
    }

    /// Takes the annotation `key`, whose name after our prefix is `name`.
    fn annotated(&mut self, key: &str, name: &str, value: &Value) -> Result<(), String> {
        let error = |text: String| format!("annotation `{key}` {text}");
        let setting = SettingFlag::ALL
            .into_iter()
            .find_map(|flag| Some((flag, name.strip_prefix(flag.name())?.strip_prefix('.')?)));
        if setting.is_none() && !CHOICES.iter().any(|choice| choice.name == name) {
            let known: Vec<_> = CHOICES.iter().map(|choice| choice.name).collect();
            return Err(error(format!(
                "is not known; known are `inject`, `set.` and `file.` with a setting behind it, {}",
                known.join(", ")
            )));
        }
        let Value::String(text) = value else { return Err(error(NOT_TEXT.to_owned())) };
        match setting {
            Some((flag, setting)) => {
                self.settings
                    .set(flag, setting, text, SetBy::Annotation(key.to_owned()))
            }
            None => self.set(name, text).map_err(error),
        }
    }
}

/// Kubernetes refuses annotations and labels that are no strings.
const NOT_TEXT: &str = "must be text; put its value in quotes";

/// The path of an annotation.
pub(crate) fn annotation(key: &str) -> Path {
    join(&join(&join(&[], "metadata"), "annotations"), key)
}
