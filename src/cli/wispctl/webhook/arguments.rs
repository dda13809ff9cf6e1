//! What `wispctl webhook` is given.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Arg, ArgMatches, Command, value_parser};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

use crate::{
    cli::{
        args::{duration, option, switch},
        command::help_end,
        exit::Exit,
        wispctl::choices::{IMAGE, choices, chosen, image_of},
    },
    clock::{Random as _, System},
    observe::{Identifiers, log},
    operator::{
        cluster::{Access, Source},
        inject::{Mode, Options},
        pod_identity::Matching,
        webhook::{AdoptionConfig, CertificateSource, Config, FileNames, Names},
    },
    settings::Env,
};

pub(super) const NAME: &str = "webhook";

const LISTEN: &str = "[::]:8443";
const ADMIN_LISTEN: &str = "[::]:8081";

const KUBECONFIG: &str = "kubeconfig";
const NAMESPACE: &str = "namespace";
const SERVICE: &str = "service";
const CONFIGURATION: &str = "configuration";
const SECRET: &str = "secret";
const LEASE: &str = "lease";
const CERTIFICATE: &str = "certificate";
const FOLDER: &str = "certificate-folder";
const LIFE: &str = "certificate-life";
const IGNORE_ACCOUNTS: &str = "ignore-service-accounts";
const ADOPT: &str = "adopt-pod-identity";
const ADOPT_MODE: &str = "adopt-mode";
const SKIP_UNSUPPORTED: &str = "skip-unsupported";
const DRAIN_DELAY: &str = "drain-delay";

/// Where bindings are looked for, by the words of pod-managed identity.
const MATCHINGS: [(&str, Matching); 3] = [
    ("standard", Matching::Standard),
    ("namespaced", Matching::Namespaced),
    ("managed", Matching::Namespaced),
];

/// The shortest life of a certificate. A third of it is what an API server has to hear of a new one.
const SHORTEST_LIFE: Duration = Duration::from_secs(10);
/// The longest: ten times as long lives the authority, and what lives for decades is never changed in time.
const LONGEST_LIFE: Duration = Duration::from_secs(366 * 24 * 60 * 60);
const DEFAULT_LIFE: Duration = Duration::from_secs(90 * 24 * 60 * 60);
const LONGEST_DELAY: Duration = Duration::from_secs(300);
const DEFAULT_DELAY: Duration = Duration::from_secs(5);

const MORE: &str = "\
It answers AdmissionReviews of admission.k8s.io/v1 at POST /mutate over TLS, for pods with the label `wisp/inject: \"true\"` and
pods of namespaces with it; deploy/webhook has the manifests. The identity of a pod is named by its own annotations, else by those
of its service account, else by --client-id and --tenant-id. Each choice can be made for one pod by an annotation, as for inject.
With --adopt-pod-identity, pods with the label `aadpodidbinding` get the identities that their bindings name, where the label
`wisp/adopt: \"true\"` is on pod or namespace; deploy/webhook/adopt has the manifests.
WISP_IMAGE in the environment is the image unless `--image` is given. In a pod it finds the API server by itself.";

const EXAMPLES: &[&str] = &[
    "wispctl webhook --image registry.example/wisp@sha256:DIGEST --tenant-id GUID",
    "wispctl webhook --certificate files --certificate-folder /etc/wisp/tls --mode env",
    "wispctl webhook --tenant-id GUID --adopt-pod-identity",
    "wispctl webhook --kubeconfig ~/.kube/config --namespace wisp-system",
];

/// The command line.
pub(super) fn arguments() -> Command {
    let address = |name, help, default| {
        option(name, "ADDRESS:PORT", help)
            .default_value(default)
            .value_parser(value_parser!(SocketAddr))
    };
    let word = |arg: Arg, words: &'static [&'static str]| {
        arg.value_parser(words.to_vec())
            .default_value(words[0])
            .hide_possible_values(true)
    };
    Command::new(NAME)
        .about("Put wisp into pods as an API server admits them")
        .arg(address("listen", "Where API servers connect", LISTEN))
        .arg(address("admin-listen", "Where /livez, /readyz and /metrics are, without TLS", ADMIN_LISTEN))
        .arg(
            option(KUBECONFIG, "FILE", "The API server, outside of a pod [default: what a pod is told]")
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(option(NAMESPACE, "NAME", "The namespace of Service, Secret and Lease [default: the pod's own]"))
        .arg(option(SERVICE, "NAME", "The Service by which API servers call").default_value("wisp-webhook"))
        .arg(option(CONFIGURATION, "NAME", "The MutatingWebhookConfiguration").default_value("wisp-webhook"))
        .arg(word(
            option(
                CERTIFICATE,
                "own|files",
                "Where the certificate comes from: made here and kept in a Secret, or somebody else's files",
            ),
            &["own", "files"],
        ))
        .arg(option(SECRET, "NAME", "The Secret with an own certificate").default_value("wisp-webhook-tls"))
        .arg(option(LEASE, "NAME", "The Lease of the replica that makes it").default_value("wisp-webhook"))
        .arg(duration(
            LIFE,
            LONGEST_LIFE,
            "How long an own certificate lives; at two thirds there is a new one [default: 2160h]",
        ))
        .arg(
            option(FOLDER, "FOLDER", "The files tls.crt and tls.key, of `--certificate files`")
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(switch(IGNORE_ACCOUNTS, "Do not ask the API server which identity a service account names"))
        .arg(switch(
            SKIP_UNSUPPORTED,
            "Admit pods that wisp cannot serve without it, instead of refusing them",
        ))
        .arg(
            option(
                ADOPT,
                "SCOPE",
                "Adopt pods of pod-managed identity: by bindings of all namespaces (standard) or their own (namespaced)",
            )
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value(MATCHINGS[0].0)
            .value_parser(MATCHINGS.map(|(name, _)| name).to_vec())
            .hide_possible_values(true),
        )
        .arg(option(ADOPT_MODE, "MODE", "How requests of adopted pods get to wisp [default: redirect]"))
        .arg(duration(
            DRAIN_DELAY,
            LONGEST_DELAY,
            "How long it answers on at the end, while API servers hear that it is not ready [default: 5s]",
        ))
        .arg(word(
            option("log", "LEVEL", "What is logged, at least: off, error, warn, info, debug or trace"),
            &["info", "off", "error", "warn", "debug", "trace"],
        ))
        .arg(word(
            option(
                "log-format",
                "auto|json|text",
                "How log lines look; `auto` is text on a terminal and JSON elsewhere",
            ),
            &["auto", "json", "text"],
        ))
        .arg(word(
            option("log-identifiers", "hashed|full", "Client ids in logs: a short hash, or in full"),
            &["hashed", "full"],
        ))
        .args(choices())
        .after_help(help_end(MORE, EXAMPLES, &[(Exit::Failure, "it could not start")]))
}

/// What was given, read.
#[derive(Debug)]
pub(super) struct Arguments {
    /// Where the API server is looked for.
    pub(super) source: Source,
    /// The levels of the log.
    pub(super) log: Targets,
    /// The form of its lines.
    pub(super) log_format: log::Format,
    namespace: Option<String>,
    config: Config,
}

impl Arguments {
    /// Reads them, and says all that is wrong at once.
    pub(super) fn read(matches: &ArgMatches, env: &Env) -> Result<Self, Vec<String>> {
        let text = |name: &str| matches.get_one::<String>(name).cloned();
        let named = |name: &str| text(name).unwrap_or_default();
        let mut options =
            Options { skip_unsupported: matches.get_flag(SKIP_UNSUPPORTED), ..Options::default() };
        let image = image_of(matches, env.get(IMAGE), &mut options).err();
        let mut errors: Vec<_> = image
            .into_iter()
            .chain(chosen(matches, &mut options))
            .collect();
        let life = matches
            .get_one::<Duration>(LIFE)
            .copied()
            .unwrap_or(DEFAULT_LIFE);
        if life < SHORTEST_LIFE {
            errors.push(format!("`--{LIFE}` cannot be less than {} s", SHORTEST_LIFE.as_secs()));
        }
        let folder = matches.get_one::<PathBuf>(FOLDER);
        let certificate = match (named(CERTIFICATE).as_str(), folder) {
            ("files", Some(folder)) => CertificateSource::Files(FileNames {
                chain: folder.join("tls.crt"),
                key: folder.join("tls.key"),
            }),
            ("files", None) => {
                errors.push(format!(
                    "`--{CERTIFICATE} files` needs `--{FOLDER}`, the folder with tls.crt and tls.key"
                ));
                CertificateSource::Own(life)
            }
            (_, Some(_)) => {
                errors.push(format!("`--{FOLDER}` is of no use without `--{CERTIFICATE} files`"));
                CertificateSource::Own(life)
            }
            (_, None) => CertificateSource::Own(life),
        };
        for name in [SERVICE, CONFIGURATION, SECRET, LEASE, NAMESPACE] {
            if let Some(value) = text(name)
                && !is_name(&value)
            {
                errors.push(format!(
                    "`--{name}` cannot be `{}`: expected the name of an object",
                    value.escape_debug()
                ));
            }
        }
        let adoption = adoption(matches).unwrap_or_else(|error| {
            errors.push(error);
            None
        });
        let address = |name: &str| {
            matches
                .get_one::<SocketAddr>(name)
                .copied()
                .ok_or_else(|| name.to_owned())
        };
        let (Ok(listen), Ok(admin_listen)) = (address("listen"), address("admin-listen")) else {
            return Err(errors);
        };
        if !errors.is_empty() {
            return Err(errors);
        }
        let replica = env
            .get("HOSTNAME")
            .map_or_else(|| System.uuid(), str::to_owned);
        let level = named("log").parse().unwrap_or(LevelFilter::INFO);
        let config = Config {
            listen,
            admin_listen,
            options,
            reads_accounts: !matches.get_flag(IGNORE_ACCOUNTS),
            adoption,
            identifiers: if named("log-identifiers") == "full" {
                Identifiers::Full
            } else {
                Identifiers::Hashed
            },
            names: Names {
                namespace: String::new(),
                secret: named(SECRET),
                lease: named(LEASE),
                configuration: named(CONFIGURATION),
                replica,
            },
            service: named(SERVICE),
            certificate,
            drain_delay: matches
                .get_one::<Duration>(DRAIN_DELAY)
                .copied()
                .unwrap_or(DEFAULT_DELAY),
        };
        Ok(Self {
            source: matches
                .get_one::<PathBuf>(KUBECONFIG)
                .cloned()
                .map_or(Source::Pod, Source::Kubeconfig),
            log: Targets::new().with_default(level),
            log_format: match &*named("log-format") {
                "json" => log::Format::Json,
                "text" => log::Format::Text,
                _ => log::Format::Auto,
            },
            namespace: text(NAMESPACE),
            config,
        })
    }

    /// What is chosen for all pods.
    #[cfg(test)]
    pub(super) fn options(&self) -> &Options {
        &self.config.options
    }

    /// How pods of pod-managed identity are adopted.
    #[cfg(test)]
    pub(super) fn adoption(&self) -> Option<AdoptionConfig> {
        self.config.adoption
    }

    /// The webhook's configuration, once it is known where it runs.
    pub(super) fn config(&self, access: &Access) -> Result<Config, String> {
        let mut config = self.config.clone();
        config.names.namespace = self.namespace.clone().or_else(|| access.namespace.clone()).ok_or_else(|| {
            format!("no namespace is known, neither from `--{NAMESPACE}` nor from the context of the kubeconfig")
        })?;
        Ok(config)
    }
}

/// Whether pods of pod-managed identity are adopted, and how.
fn adoption(matches: &ArgMatches) -> Result<Option<AdoptionConfig>, String> {
    let text = |name: &str| matches.get_one::<String>(name);
    let given = text(ADOPT).and_then(|given| MATCHINGS.iter().find(|(name, _)| name == given));
    let matching = given.map(|(_, matching)| *matching);
    let mode = match (text(ADOPT_MODE), matching) {
        (Some(_), None) => return Err(format!("`--{ADOPT_MODE}` is of no use without `--{ADOPT}`")),
        (Some(name), Some(_)) => Mode::parse(name).ok_or_else(|| {
            let modes: Vec<_> = Mode::ALL
                .iter()
                .map(|mode| format!("`{}`", mode.name()))
                .collect();
            format!(
                "`--{ADOPT_MODE}` cannot be `{}`: expected one of {}",
                name.escape_debug(),
                modes.join(", ")
            )
        })?,
        (None, _) => Mode::default(),
    };
    Ok(matching.map(|matching| AdoptionConfig { matching, mode }))
}

/// Whether an object can be called so.
fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    !text.is_empty() && text.len() < 254 && text.chars().all(fits)
}
