//! The one table of settings. Flags, variables, the file's keys, help, documentation and error texts all come from it.

use std::{fmt, time::Duration};

use super::{Settings, units};

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// Its name in the file and in messages, in snake case.
    pub name: &'static str,
    /// Its flag, without the dashes in front.
    pub flag: &'static str,
    /// Its environment variables; the first one that is set counts.
    pub env: &'static [&'static str],
    /// Its value when nobody gives one, as text.
    pub default: Option<&'static str>,
    /// What stands for a value in help texts.
    pub placeholder: &'static str,
    /// What its value may be.
    pub accepts: Accepts,
    /// The heading it is documented under.
    pub group: Group,
    /// What must not be shown of its value.
    pub secret: Secrecy,
    /// Whether two settings have the same value of it, if only a restart can change it.
    pub(super) fixed: Option<fn(&Settings, &Settings) -> bool>,
    /// What it does, in one line.
    pub help: &'static str,
}

/// What a value may be. Lower and upper bounds are both allowed values.
#[derive(Clone, Copy, Debug)]
pub enum Accepts {
    /// `true` or `false`.
    Bool,
    /// A whole number within bounds.
    Count(u64, u64),
    /// A duration within bounds.
    Duration(Duration, Duration),
    /// A comma-separated list (in the file also an array) of what the words say.
    List(&'static str),
    /// One of a few words.
    OneOf(&'static [&'static str]),
    /// A number of bytes within bounds.
    Size(u64, u64),
    /// What the words say.
    Text(&'static str),
}

/// The headings of help and documentation, in their order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Group {
    /// Who asks for tokens, and for what.
    Identity,
    /// The way to Entra.
    Upstream,
    /// The way from the application.
    Listeners,
    /// How much and how long.
    Limits,
    /// What is written down.
    Logs,
}

/// What must not be shown of a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Secrecy {
    /// Nothing is secret.
    Open,
    /// The user information of a URL is secret.
    UserInfo,
    /// All of it is secret.
    Whole,
}

impl Key {
    /// The variable to name in messages.
    pub fn variable(&self) -> &'static str {
        self.env.first().copied().unwrap_or_default()
    }

    /// Whether the value is a list.
    pub fn is_list(&self) -> bool {
        matches!(self.accepts, List(_))
    }

    /// Whether an empty variable counts as not set: so for the standard names, which tools and manifests blank out, but
    /// not for wisp's own, where an empty value is a statement.
    pub fn empty_is_unset(&self) -> bool {
        !self.variable().starts_with(OWN_PREFIX)
    }
}

impl fmt::Display for Accepts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Bool => f.write_str("`true` or `false`"),
            Self::Count(low, high) => write!(f, "a whole number from {low} to {high}"),
            Self::Duration(low, high) => write!(
                f,
                "a duration from {} to {}, such as `500ms`, `8s`, `2m` or `1h30m`",
                units::show_duration(low),
                units::show_duration(high)
            ),
            Self::List(of) => write!(f, "a comma-separated list of {of}"),
            Self::OneOf(words) => {
                for (i, word) in words.iter().enumerate() {
                    let separator = match i {
                        0 => "",
                        i if i + 1 == words.len() => " or ",
                        _ => ", ",
                    };
                    write!(f, "{separator}`{word}`")?;
                }
                Ok(())
            }
            Self::Size(low, high) => write!(
                f,
                "a size from {} to {}, such as `65536`, `64KiB` or `2MiB`",
                units::show_size(low),
                units::show_size(high)
            ),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl Group {
    /// Every group, in the order of the documentation.
    pub const ALL: [Self; 5] = [Self::Identity, Self::Upstream, Self::Listeners, Self::Limits, Self::Logs];

    /// The heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Identity => "Identities and resources",
            Self::Upstream => "Microsoft Entra",
            Self::Listeners => "Listeners",
            Self::Limits => "Limits and times",
            Self::Logs => "Logs",
        }
    }
}

/// What the names of wisp's own variables start with.
pub const OWN_PREFIX: &str = "WISP_";

/// Where the file of settings is. Not a setting of its own, because the file cannot name itself.
pub static CONFIG: Key = Key {
    name: "config",
    flag: "config",
    env: &["WISP_CONFIG"],
    default: None,
    placeholder: "FILE",
    accepts: Text("the path of a TOML file"),
    group: Group::Identity,
    secret: Secrecy::Open,
    fixed: None,
    help: "Read settings from this TOML file; environment and flags override it",
};

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

const fn s(n: u64) -> Duration {
    Duration::from_secs(n)
}

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// How a value that is fixed at start is compared; none for a setting that takes effect when it is read again.
macro_rules! fixed {
    () => {
        None
    };
    ($field:ident) => {
        Some(|a, b| a.$field == b.$field)
    };
}

macro_rules! keys {
    ($($group:ident { $($id:ident = $name:literal, $flag:literal, $env:expr, $default:expr, $placeholder:literal,
        $accepts:expr, $secret:ident, $(restart($field:ident),)? $help:literal;)* })*) => {
        $($(
            #[doc = $help]
            pub static $id: Key = Key {
                name: $name,
                flag: $flag,
                env: &$env,
                default: $default,
                placeholder: $placeholder,
                accepts: $accepts,
                group: Group::$group,
                secret: Secrecy::$secret,
                fixed: fixed!($($field)?),
                help: $help,
            };
        )*)*

        /// Every setting, in the order of the documentation.
        pub static KEYS: &[&Key] = &[$($(&$id),*),*];
    };
}

use Accepts::{Bool, Count, Duration as Span, List, OneOf, Size, Text};

keys! {
    Identity {
        CLIENT_ID = "client_id", "client-id", ["AZURE_CLIENT_ID"], None, "GUID",
            Text("the client id of an identity, a GUID"), Open,
            "Client id of the identity that tokens are issued to";
        TENANT_ID = "tenant_id", "tenant-id", ["AZURE_TENANT_ID"], None, "TENANT",
            Text("a tenant's GUID or its domain name"), Open,
            "Tenant of every identity that does not name its own";
        IDENTITIES = "identities", "identities", ["WISP_IDENTITIES"], None, "TABLE",
            Text("identities by name, as a TOML inline table or JSON object such as \
                  `{app = {client_id = \"…\", tenant_id = \"…\", object_id = \"…\", resource_id = \"…\"}}`, \
                  or an array of such entries with a `name`"), Open,
            "Identities that may be asked for, besides the one of `client_id`";
        DEFAULT_IDENTITY = "default_identity", "default-identity", ["WISP_DEFAULT_IDENTITY"], None, "NAME",
            Text("the name or client id of a configured identity"), Open,
            "Identity of requests that name none; unless set, the one of `client_id`, else the only one";
        RESOURCES = "resources", "resources", ["WISP_RESOURCES"], Some(""), "LIST",
            List("resources (App ID URIs or GUIDs)"), Open,
            "Resources that tokens may be asked for; empty allows any";
        PREFETCH = "prefetch", "prefetch", ["WISP_PREFETCH"], Some(""), "LIST",
            List("resources (App ID URIs or GUIDs)"), Open,
            "Resources whose tokens are fetched at start, for the default identity";
        READY_AFTER_PREFETCH = "ready_after_prefetch", "ready-after-prefetch", ["WISP_READY_AFTER_PREFETCH"],
            Some("false"), "BOOL", Bool, Open,
            "Report ready only once the prefetched tokens are here";
        VERIFY = "verify", "verify", ["WISP_VERIFY"], Some("off"), "off|log|ready",
            OneOf(&["off", "log", "ready"]), Open,
            "Get one token at start, for the first of `prefetch`, of `resources`, or Azure Resource Manager: `log` says how \
             that went, `ready` is not ready before it worked";
    }
    Upstream {
        TOKEN_FILE = "token_file", "token-file", ["AZURE_FEDERATED_TOKEN_FILE"],
            Some("/var/run/secrets/azure/tokens/azure-identity-token"), "FILE",
            Text("the path of the projected service-account token"), Open,
            "Projected service-account token that is exchanged";
        AUTHORITY = "authority", "authority", ["AZURE_AUTHORITY_HOST"],
            Some("https://login.microsoftonline.com/"), "URL",
            Text("an https origin such as https://login.microsoftonline.com"), UserInfo,
            "Entra cloud that issues the tokens";
        TOKEN_PROXY = "token_proxy", "token-proxy", ["AZURE_KUBERNETES_TOKEN_PROXY"], None, "URL",
            Text("an https URL without user info, query or fragment"), UserInfo,
            "Cluster token proxy of AKS identity bindings; empty talks to Entra directly";
        TOKEN_PROXY_SNI_NAME = "token_proxy_sni_name", "token-proxy-sni-name", ["AZURE_KUBERNETES_SNI_NAME"], None,
            "NAME", Text("a DNS name"), Open,
            "TLS server name of the token proxy";
        TOKEN_PROXY_CA_FILE = "token_proxy_ca_file", "token-proxy-ca-file", ["AZURE_KUBERNETES_CA_FILE"], None,
            "FILE", Text("the path of a PEM file"), Open,
            "PEM file with the only roots trusted for the token proxy";
        TOKEN_PROXY_CA_DATA = "token_proxy_ca_data", "token-proxy-ca-data", ["AZURE_KUBERNETES_CA_DATA"], None,
            "PEM", Text("certificates in PEM form"), Open,
            "PEM text with the only roots trusted for the token proxy";
        CA_FILE = "ca_file", "ca-file", ["WISP_CA_FILE"], None, "FILE",
            Text("the path of a PEM file"), Open,
            "PEM file with roots trusted besides the system's";
        SSL_CERT_FILE = "ssl_cert_file", "ssl-cert-file", ["SSL_CERT_FILE"], None, "FILE",
            Text("the path of a PEM file"), Open,
            "PEM file with roots trusted instead of the system's";
        HTTPS_PROXY = "https_proxy", "https-proxy", ["HTTPS_PROXY", "https_proxy"], None, "URL",
            Text("a proxy such as http://proxy.example:3128 (http or https, no path)"), UserInfo,
            "Proxy for requests to Entra";
        NO_PROXY = "no_proxy", "no-proxy", ["NO_PROXY", "no_proxy"], Some(""), "LIST",
            List("host names, domains, addresses or networks"), Open,
            "Hosts that are reached without the proxy";
    }
    Listeners {
        LISTEN = "listen", "listen", ["WISP_LISTEN"], Some("127.0.0.1:4254,[::1]:4254"), "LIST",
            List("loopback addresses with port, such as 127.0.0.1:4254"), Open, restart(listen),
            "Where the application asks for tokens; loopback only";
        IMDS_LISTEN = "imds_listen", "imds-listen", ["WISP_IMDS_LISTEN"], Some("auto"), "auto|off",
            OneOf(&["auto", "off"]), Open, restart(imds_listen),
            "Listen on 169.254.169.254:80 too when that address is on `lo`";
        ADMIN_LISTEN = "admin_listen", "admin-listen", ["WISP_ADMIN_LISTEN"], Some("[::]:4255"), "ADDR|off",
            Text("one address with port, such as [::]:4255, or `off`"), Open, restart(admin_listen),
            "Where metrics and probes are answered, never tokens; `[::]` means 0.0.0.0 where IPv6 is off";
        IDENTITY_LISTEN = "identity_listen", "identity-listen", ["WISP_IDENTITY_LISTEN"], Some(""), "LIST",
            List("an identity and a loopback address with port each, such as orders=127.0.0.1:4256"), Open, restart(identity_listen),
            "Further addresses for requests, each with the identity of those that name none; loopback only";
        HOSTS = "hosts", "hosts", ["WISP_HOSTS"], Some(""), "LIST",
            List("host names without port"), Open, restart(hosts),
            "Host names accepted in requests, besides the addresses of IMDS and loopback";
        IDENTITY_HEADER = "identity_header", "identity-header", ["WISP_IDENTITY_HEADER"], None, "SECRET",
            Text("16 to 256 printable ASCII characters without spaces"), Whole,
            "Secret of the App Service endpoint, the application's `IDENTITY_HEADER`; without one nobody gets a token there";
        IDENTITY_HEADER_FILE = "identity_header_file", "identity-header-file", ["WISP_IDENTITY_HEADER_FILE"], None,
            "FILE", Text("the path of a file that holds it"), Open,
            "File with the secret of the App Service endpoint, read at start and on SIGHUP";
        LISTEN_VM_EXTENSION = "listen_vm_extension", "listen-vm-extension", ["WISP_LISTEN_VM_EXTENSION"],
            Some("false"), "BOOL", Bool, Open, restart(listen_vm_extension),
            "Listen on 127.0.0.1:50342 too, where clients of the old VM extension ask";
        PASSTHROUGH = "passthrough", "passthrough", ["WISP_PASSTHROUGH"], Some(""), "LIST",
            List("paths below /metadata, such as /metadata/instance, never /metadata/identity"), Open,
            "Paths that are passed on to the node's metadata service, with all below them; empty passes nothing on";
        INSTANCE_DOCUMENT = "instance_document", "instance-document", ["WISP_INSTANCE_DOCUMENT"], None, "FILE",
            Text("the path of a file with a JSON object"), Open,
            "File with the answer to /metadata/instance, read at start and on SIGHUP";
    }
    Limits {
        REQUEST_BUDGET = "request_budget", "request-budget", ["WISP_REQUEST_BUDGET"], Some("8s"), "DURATION",
            Span(ms(500), s(60)), Open, restart(request_budget),
            "Longest time that a request waits for Entra, retries included";
        CONNECT_TIMEOUT = "connect_timeout", "connect-timeout", ["WISP_CONNECT_TIMEOUT"], Some("5s"), "DURATION",
            Span(ms(100), s(60)), Open,
            "Longest time to connect to Entra, TLS included";
        ATTEMPT_TIMEOUT = "attempt_timeout", "attempt-timeout", ["WISP_ATTEMPT_TIMEOUT"], Some("15s"), "DURATION",
            Span(ms(500), s(120)), Open,
            "Longest time for one token request to Entra";
        PROPAGATION_GRACE = "propagation_grace", "propagation-grace", ["WISP_PROPAGATION_GRACE"], Some("2m"),
            "DURATION", Span(s(0), s(900)), Open, restart(propagation_grace),
            "Time after start in which a missing federated credential counts as not there yet";
        MAX_CONNECTIONS = "max_connections", "max-connections", ["WISP_MAX_CONNECTIONS"], Some("256"), "COUNT",
            Count(1, 65_536), Open, restart(max_connections),
            "Open connections to the token listeners";
        HEADER_TIMEOUT = "header_timeout", "header-timeout", ["WISP_HEADER_TIMEOUT"], Some("10s"), "DURATION",
            Span(s(1), s(300)), Open, restart(header_timeout),
            "Longest time for a request's headers to arrive";
        CACHE_TOKENS = "cache_tokens", "cache-tokens", ["WISP_CACHE_TOKENS"], Some("128"), "COUNT",
            Count(1, 65_536), Open, restart(cache_tokens),
            "Tokens kept";
        CACHE_BYTES = "cache_bytes", "cache-bytes", ["WISP_CACHE_BYTES"], Some("2MiB"), "SIZE",
            Size(64 * KIB, 256 * MIB), Open, restart(cache_bytes),
            "Memory for the tokens kept";
        NEW_KEYS_PER_MINUTE = "new_keys_per_minute", "new-keys-per-minute", ["WISP_NEW_KEYS_PER_MINUTE"], Some("60"),
            "COUNT", Count(1, 6_000), Open, restart(new_keys_per_minute),
            "Exchanges a minute for pairs of identity and resource that never had a token";
        NEW_KEYS_BURST = "new_keys_burst", "new-keys-burst", ["WISP_NEW_KEYS_BURST"], Some("32"), "COUNT",
            Count(1, 6_000), Open, restart(new_keys_burst),
            "How many of those may come at once";
        LINGER = "linger", "linger", ["WISP_LINGER"], Some("0s"), "DURATION",
            Span(s(0), s(86_400)), Open, restart(linger),
            "How long to go on answering after SIGTERM, whether or not anything is asked";
        DRAIN_TIMEOUT = "drain_timeout", "drain-timeout", ["WISP_DRAIN_TIMEOUT"], Some("1500ms"), "DURATION",
            Span(s(0), s(60)), Open, restart(drain_timeout),
            "Longest time for open requests to end after SIGTERM; those still waiting 300 ms before are answered 503";
    }
    Logs {
        LOG = "log", "log", ["WISP_LOG"], Some("info"), "LEVELS",
            List("levels (`off`, `error`, `warn`, `info`, `debug`, `trace`), each alone or as `target=level`"), Open,
            "What is logged";
        LOG_FORMAT = "log_format", "log-format", ["WISP_LOG_FORMAT"], Some("json"), "json|text",
            OneOf(&["json", "text"]), Open, restart(log_format),
            "How log lines look";
        LOG_IDENTIFIERS = "log_identifiers", "log-identifiers", ["WISP_LOG_IDENTIFIERS"], Some("hashed"),
            "hashed|full", OneOf(&["hashed", "full"]), Open, restart(log_identifiers),
            "Client ids in logs: a short hash, or in full";
        CLUSTER = "cluster", "cluster", ["WISP_CLUSTER"], None, "NAME",
            Text("a name of at most 128 printable characters"), Open,
            "Cluster name that log lines carry";
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ADMIN_LISTEN, CONFIG, Group, KEYS, Key, LISTEN};
    use crate::{
        names::{ADMIN_PORT, TOKEN_PORT},
        settings::service_links,
    };

    fn all() -> impl Iterator<Item = &'static Key> {
        KEYS.iter().copied().chain([&CONFIG])
    }

    /// Others who say nothing of ports mean these.
    #[test]
    fn the_usual_ports_are_those_that_others_know() {
        let usual = format!("127.0.0.1:{TOKEN_PORT},[::1]:{TOKEN_PORT}");
        assert_eq!(LISTEN.default, Some(usual.as_str()));
        assert_eq!(ADMIN_LISTEN.default, Some(format!("[::]:{ADMIN_PORT}").as_str()));
    }

    #[test]
    fn names_flags_and_variables_are_unique() {
        let names: BTreeSet<_> = all().map(|k| k.name).collect();
        let variables: BTreeSet<_> = all().flat_map(|k| k.env).collect();
        assert_eq!(names.len(), KEYS.len() + 1);
        assert_eq!(variables.len(), all().map(|k| k.env.len()).sum::<usize>());
        for key in all() {
            assert_eq!(key.flag, key.name.replace('_', "-"));
        }
    }

    #[test]
    fn no_variable_can_come_from_a_service_of_that_name() {
        for variable in all().flat_map(|k| k.env) {
            assert!(!service_links::has_form(variable), "{variable}");
        }
    }

    #[test]
    fn own_variables_follow_the_names() {
        for key in all().filter(|k| !k.empty_is_unset()) {
            assert_eq!(key.env, [format!("WISP_{}", key.name.to_ascii_uppercase())]);
        }
    }

    #[test]
    fn groups_are_contiguous_and_in_order() {
        let position = |key: &Key| Group::ALL.iter().position(|g| *g == key.group);
        assert!(
            KEYS.windows(2)
                .all(|pair| position(pair[0]) <= position(pair[1]))
        );
    }
}
