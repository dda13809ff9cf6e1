//! What can be chosen for a pod: by a flag for all pods of a run, by an annotation `wisp/…` for one. One table has both.

use serde_json::{Map, Value};

use super::{
    Problem,
    edit::{Path, below},
};

/// The prefix of annotations and labels that mean wisp.
pub const PREFIX: &str = "wisp/";

/// Annotation or label: whether a pod is to have wisp at all.
pub const INJECT: &str = "wisp/inject";

/// How requests of the application get to wisp.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Mode {
    /// An init container redirects 169.254.169.254.
    #[default]
    Redirect,
    /// Environment variables that SDKs read.
    Env,
    /// `http_proxy`, for clients that know only 169.254.169.254.
    HttpProxy,
    /// Nothing: the application is told wisp's address, or something else redirects.
    None,
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 4] = [Self::Redirect, Self::Env, Self::HttpProxy, Self::None];

    /// Its name in flags and annotations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::Env => "env",
            Self::HttpProxy => "http-proxy",
            Self::None => "none",
        }
    }
}

/// How the sidecar runs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Sidecar {
    /// An init container that is restarted; Kubernetes 1.29 or newer.
    #[default]
    Native,
    /// One of the containers.
    Container,
}

/// Where the sidecar's service-account token comes from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Token {
    /// The webhook where the pod has its label, else a volume of our own.
    #[default]
    Auto,
    /// A projected volume that only the sidecar mounts.
    Own,
    /// The volume of the Azure workload identity webhook.
    Webhook,
}

/// Choices for a pod.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Options {
    /// How requests get to wisp.
    pub mode: Mode,
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
    /// The containers that get environment variables; all when none are named.
    pub containers: Vec<String>,
    /// Hosts that are reached without `http_proxy`, besides those of every cluster.
    pub no_proxy: String,
    /// CPU of each of our containers, requested and limited.
    pub cpu: String,
    /// Memory of each of our containers, requested and limited.
    pub memory: String,
    /// Pods that cannot be served are left alone instead of refused.
    pub skip_unsupported: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            image: concat!("wisp:", env!("CARGO_PKG_VERSION")).to_owned(),
            sidecar: Sidecar::default(),
            token: Token::default(),
            share_token: false,
            client_id: None,
            tenant_id: None,
            authority: None,
            config_map: None,
            audience: "api://AzureADTokenExchange".to_owned(),
            containers: Vec::new(),
            no_proxy: String::new(),
            cpu: "100m".to_owned(),
            memory: "32Mi".to_owned(),
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

/// One choice: flag `--name`, annotation `wisp/name`.
#[derive(Debug)]
pub struct Choice {
    /// The name.
    pub name: &'static str,
    /// What stands for the value in help.
    pub placeholder: &'static str,
    /// What it means.
    pub help: &'static str,
    /// What would be accepted.
    pub accepts: &'static str,
    /// The value when nobody chooses.
    pub default: &'static str,
    set: fn(&mut Options, &str) -> Option<()>,
}

/// Every choice.
pub const CHOICES: &[Choice] = &[
    Choice {
        name: "mode",
        placeholder: "MODE",
        help: "How requests of the application get to wisp",
        accepts: "`redirect`, `env`, `http-proxy` or `none`",
        default: "redirect",
        set: |options, value| {
            options.mode = Mode::ALL.into_iter().find(|mode| mode.name() == value)?;
            Some(())
        },
    },
    Choice {
        name: "image",
        placeholder: "IMAGE",
        help: "Image of wisp",
        accepts: "the reference of an image",
        default: concat!("wisp:", env!("CARGO_PKG_VERSION")),
        set: |options, value| {
            options.image = word(value)?;
            Some(())
        },
    },
    Choice {
        name: "sidecar",
        placeholder: "KIND",
        help: "Native sidecar (Kubernetes 1.29 or newer) or ordinary container",
        accepts: "`native` or `container`",
        default: "native",
        set: |options, value| {
            options.sidecar = match value {
                "native" => Sidecar::Native,
                "container" => Sidecar::Container,
                _ => return None,
            };
            Some(())
        },
    },
    Choice {
        name: "client-id",
        placeholder: "GUID",
        help: "Client id of the identity",
        accepts: "a GUID",
        default: "what the workload identity webhook says",
        set: |options, value| {
            options.client_id = Some(guid(value)?);
            Some(())
        },
    },
    Choice {
        name: "tenant-id",
        placeholder: "TENANT",
        help: "Tenant of the identity",
        accepts: "a tenant's GUID or its domain name",
        default: "what the workload identity webhook says",
        set: |options, value| {
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
            options.tenant_id = Some(word(value).filter(|tenant| tenant.chars().all(fits))?);
            Some(())
        },
    },
    Choice {
        name: "authority",
        placeholder: "URL",
        help: "Entra cloud that issues the tokens",
        accepts: "an https origin",
        default: "the public cloud",
        set: |options, value| {
            options.authority = Some(word(value).filter(|url| url.starts_with("https://"))?);
            Some(())
        },
    },
    Choice {
        name: "config-map",
        placeholder: "NAME",
        help: "ConfigMap with AZURE_CLIENT_ID, AZURE_TENANT_ID and, for another cloud, AZURE_AUTHORITY_HOST",
        accepts: "the name of a ConfigMap in the pod's namespace",
        default: "",
        set: |options, value| {
            options.config_map = Some(object_name(value)?);
            Some(())
        },
    },
    Choice {
        name: "token",
        placeholder: "SOURCE",
        help: "Whose token volume the sidecar uses: its own, or that of the workload identity webhook",
        accepts: "`auto`, `own` or `webhook`",
        default: "auto: the webhook's where the pod has its label",
        set: |options, value| {
            options.token = match value {
                "auto" => Token::Auto,
                "own" => Token::Own,
                "webhook" => Token::Webhook,
                _ => return None,
            };
            Some(())
        },
    },
    Choice {
        name: "audience",
        placeholder: "AUDIENCE",
        help: "Audience of the sidecar's own token volume",
        accepts: "an audience without spaces",
        default: "api://AzureADTokenExchange",
        set: |options, value| {
            options.audience = word(value)?;
            Some(())
        },
    },
    Choice {
        name: "share-token",
        placeholder: "BOOL",
        help: "Let the application have the webhook's token as well",
        accepts: "`true` or `false`",
        default: "false",
        set: |options, value| {
            options.share_token = strict_bool(value)?;
            Some(())
        },
    },
    Choice {
        name: "containers",
        placeholder: "NAMES",
        help: "Containers that get environment variables in the modes env and http-proxy",
        accepts: "a comma-separated list of container names",
        default: "all of the application's",
        set: |options, value| {
            let names: Vec<_> = value.split(',').map(str::trim).map(str::to_owned).collect();
            if names.iter().any(String::is_empty) {
                return None;
            }
            options.containers = names;
            Some(())
        },
    },
    Choice {
        name: "no-proxy",
        placeholder: "HOSTS",
        help: "Hosts and networks reached directly in mode http-proxy, besides localhost and the cluster's domains",
        accepts: "a comma-separated list without spaces",
        default: "",
        set: |options, value| {
            options.no_proxy = word(value)?;
            Some(())
        },
    },
    Choice {
        name: "cpu",
        placeholder: "QUANTITY",
        help: "CPU of each container of wisp, requested and limited",
        accepts: "a quantity such as 100m or 1",
        default: "100m",
        set: |options, value| {
            options.cpu = quantity(value, &["", "m"])?;
            Some(())
        },
    },
    Choice {
        name: "memory",
        placeholder: "QUANTITY",
        help: "Memory of each container of wisp, requested and limited",
        accepts: "a quantity such as 32Mi",
        default: "32Mi",
        set: |options, value| {
            options.memory = quantity(value, &["", "k", "M", "G", "Ki", "Mi", "Gi"])?;
            Some(())
        },
    },
];

/// Annotations under our prefix that are no choices.
const OTHERS: [&str; 3] = ["inject", "injected", super::record::REPLACED];

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

    /// Sets the choice `name`.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let Some(choice) = CHOICES.iter().find(|choice| choice.name == name) else {
            return Err(format!("there is no choice `{name}`"));
        };
        (choice.set)(self, value).ok_or_else(|| format!("cannot be `{value}`: expected {}", choice.accepts))
    }

    /// These options as the annotations of a pod change them.
    pub fn with_annotations(&self, annotations: &Map<String, Value>) -> Result<Self, Vec<Problem>> {
        let mut options = self.clone();
        let mut problems = Vec::new();
        for (key, value) in annotations {
            let Some(name) = key.strip_prefix(PREFIX) else { continue };
            if OTHERS
                .iter()
                .any(|other| name == *other || name.starts_with("was-"))
            {
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

/// Whether the annotation and the label [`INJECT`] want wisp in the pod; none when neither is there.
pub fn wanted(
    annotations: &Map<String, Value>,
    labels: &Map<String, Value>,
) -> Result<Option<bool>, Problem> {
    let read = |map: &Map<String, Value>, what: &str, at: Path| match map.get(INJECT) {
        None => Ok(None),
        Some(Value::String(text)) => strict_bool(text).map(Some).ok_or_else(|| {
            let text = format!("{what} `{INJECT}` cannot be `{text}`: expected `true` or `false`");
            Problem::new(at, text)
        }),
        Some(_) => Err(Problem::new(at, format!("{what} `{INJECT}` {NOT_TEXT}"))),
    };
    let label_at = below(&below(&below(&[], "metadata"), "labels"), INJECT);
    let annotation_says = read(annotations, "annotation", annotation(INJECT))?;
    let label_says = read(labels, "label", label_at)?;
    match (annotation_says, label_says) {
        (Some(a), Some(b)) if a != b => Err(Problem::new(
            annotation(INJECT),
            format!("annotation `{INJECT}` says `{a}` and the label of the same name `{b}`; keep one"),
        )),
        (a, b) => Ok(a.or(b)),
    }
}

fn strict_bool(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn word(text: &str) -> Option<String> {
    let fits = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
    fits.then(|| text.to_owned())
}

/// The name of an object, which for most kinds is an RFC 1123 subdomain.
fn object_name(text: &str) -> Option<String> {
    const LONGEST: usize = 253;
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let fits = |label: &str| {
        label.starts_with(inner) && label.ends_with(inner) && label.chars().all(|c| inner(c) || c == '-')
    };
    (text.len() <= LONGEST && text.split('.').all(fits)).then(|| text.to_owned())
}

fn guid(text: &str) -> Option<String> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let groups: Vec<_> = text.split('-').collect();
    let fits = groups.len() == GROUPS.len()
        && groups.iter().zip(GROUPS).all(|(group, length)| {
            group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
    fits.then(|| text.to_owned())
}

fn quantity(text: &str, units: &[&str]) -> Option<String> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = text.strip_suffix(unit)?;
    (digits.bytes().any(|digit| digit != b'0') && units.contains(&unit)).then(|| text.to_owned())
}
