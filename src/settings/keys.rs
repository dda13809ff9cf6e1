//! The one table of settings: each row says all there is of one. Flags, variables, the file's keys, help, documentation and
//! error texts come from it, and so does what is read into which field.

pub use super::key::{Accepts, CONFIG, Group, Key, OWN_PREFIX, Secrecy};
use super::{
    ImdsListen, Settings, Verify,
    loader::Loader,
    parse, proxies,
    read::{levels, list, one, required, required_or, word},
    row::settings,
};
use crate::{
    entra::ProxyUrl,
    names::{Authority, ClientId, MetadataPath, Resource, TenantId},
    observe::{Identifiers, log},
};
use Accepts::{Bool, Count, Duration as Span, List, OneOf, Size, Table, Text};

/// How a setting gets into [`Settings`].
pub(super) struct Row {
    /// What it is called.
    pub(super) key: &'static Key,
    /// Puts its value into the field that it is for. The three settings that name identities have none: `identities` reads them
    /// together, and it names rows of this table, so that the table cannot name it in turn.
    pub(super) load: Option<fn(&mut Loader<'_>)>,
    /// Whether the field is the same in both, where only a restart can change it.
    pub(super) fixed: Option<fn(&Settings, &Settings) -> bool>,
}

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

// NAME: help, field = how its text is read, when a change takes effect, what it accepts, { what is not as usual }.
// Name, flag and variable follow from NAME.
settings! {
    Identity {
        CLIENT_ID: "Client id of the identity that tokens are issued to",
            client_id = one(parse::name::<ClientId>), reload,
            Text("the client id of an identity, a GUID"), { env: &["AZURE_CLIENT_ID"], placeholder: "GUID" };
        TENANT_ID: "Tenant of every identity that does not name its own",
            tenant_id = one(parse::name::<TenantId>), reload,
            Text("a tenant's GUID or its domain name"), { env: &["AZURE_TENANT_ID"], placeholder: "TENANT" };
        IDENTITIES: "Identities that may be asked for, besides the one of `client_id`",
            identities, reload,
            Table("identities by name, as a TOML inline table or JSON object such as \
                  `{app = {client_id = \"…\", tenant_id = \"…\", object_id = \"…\", resource_id = \"…\"}}`, \
                  or an array of such entries with a `name`"), {};
        DEFAULT_IDENTITY: "Identity of requests that name none; unless set, the one of `client_id`, else the only one",
            rules.default, reload, Text("the name or client id of a configured identity"), { placeholder: "NAME" };
        RESOURCES: "Resources that tokens may be asked for; empty allows any",
            rules.resources = list(parse::name::<Resource>), reload,
            List("resources (App ID URIs or GUIDs)"), { default: Some("") };
        PREFETCH: "Resources whose tokens are fetched at start, for the default identity",
            prefetch = list(parse::name::<Resource>), reload,
            List("resources (App ID URIs or GUIDs)"), { default: Some("") };
        READY_AFTER_PREFETCH: "Report ready only once the prefetched tokens are here",
            ready_after_prefetch = required(parse::boolean), reload, Bool, { default: Some("false") };
        VERIFY: "Get one token at start, for the first of `prefetch`, of `resources`, or Azure Resource Manager: `log` says how \
             that went, `ready` is not ready before it worked",
            verify = word(Verify::Off, &[Verify::Log, Verify::Ready]), reload,
            OneOf(&["off", "log", "ready"]), { default: Some("off"), placeholder: "off|log|ready" };
    }
    Upstream {
        TOKEN_FILE: "Projected service-account token that is exchanged",
            entra.token_file = required(parse::path), reload,
            Text("the path of the projected service-account token"),
            { env: &["AZURE_FEDERATED_TOKEN_FILE"],
              default: Some("/var/run/secrets/azure/tokens/azure-identity-token"), placeholder: "FILE" };
        AUTHORITY: "Entra cloud that issues the tokens",
            rules.authority = required_or(Authority::placeholder, parse::name::<Authority>), reload,
            Text("an https origin such as https://login.microsoftonline.com"),
            { env: &["AZURE_AUTHORITY_HOST"],
              default: Some("https://login.microsoftonline.com/"), placeholder: "URL", secret: Secrecy::UserInfo };
        TOKEN_PROXY: "Cluster token proxy of AKS identity bindings; empty talks to Entra directly",
            entra.token_proxy = proxies::token_proxy, reload,
            Text("an https URL without user info, query or fragment"),
            { env: &["AZURE_KUBERNETES_TOKEN_PROXY"], placeholder: "URL", secret: Secrecy::UserInfo };
        TOKEN_PROXY_SNI_NAME: "TLS server name of the token proxy",
            entra.token_proxy = proxies::sni_name, reload,
            Text("a DNS name"), { env: &["AZURE_KUBERNETES_SNI_NAME"], placeholder: "NAME" };
        TOKEN_PROXY_CA_FILE: "PEM file with the only roots trusted for the token proxy",
            entra.token_proxy = proxies::ca_file, reload,
            Text("the path of a PEM file"), { env: &["AZURE_KUBERNETES_CA_FILE"], placeholder: "FILE" };
        TOKEN_PROXY_CA_DATA: "PEM text with the only roots trusted for the token proxy",
            entra.token_proxy = proxies::ca_data, reload,
            Text("certificates in PEM form"), { env: &["AZURE_KUBERNETES_CA_DATA"], placeholder: "PEM" };
        CA_FILE: "PEM file with roots trusted besides the system's",
            entra.ca_file = one(parse::path), reload, Text("the path of a PEM file"), { placeholder: "FILE" };
        SSL_CERT_FILE: "PEM file with roots trusted instead of the system's",
            entra.ssl_cert_file = one(parse::path), reload,
            Text("the path of a PEM file"), { env: &["SSL_CERT_FILE"], placeholder: "FILE" };
        HTTPS_PROXY: "Proxy for requests to Entra",
            entra.https_proxy = one(parse::name::<ProxyUrl>), reload,
            Text("a proxy such as http://proxy.example:3128 (http or https, no path)"),
            { env: &["HTTPS_PROXY", "https_proxy"], placeholder: "URL", secret: Secrecy::UserInfo };
        NO_PROXY: "Hosts that are reached without the proxy",
            entra.no_proxy = proxies::no_proxy, reload,
            List("host names, domains, addresses or networks"), { env: &["NO_PROXY", "no_proxy"], default: Some("") };
    }
    Listeners {
        LISTEN: "Where the application asks for tokens; loopback only",
            listen = list(parse::loopback), restart,
            List("loopback addresses with port, such as 127.0.0.1:4254"),
            { default: Some("127.0.0.1:4254,[::1]:4254") };
        IMDS_LISTEN: "Listen on 169.254.169.254:80 too when that address is on `lo`",
            imds_listen = word(ImdsListen::Auto, &[ImdsListen::Off]), restart,
            OneOf(&["auto", "off"]), { default: Some("auto"), placeholder: "auto|off" };
        ADMIN_LISTEN: "Where metrics and probes are answered, never tokens; `[::]` means 0.0.0.0 where IPv6 is off",
            admin_listen = required(parse::address_or_off), restart,
            Text("one address with port, such as [::]:4255, or `off`"),
            { default: Some("[::]:4255"), placeholder: "ADDR|off" };
        IDENTITY_LISTEN: "Further addresses for requests, each with the identity of those that name none; loopback only",
            identity_listen, restart,
            List("an identity and a loopback address with port each, such as orders=127.0.0.1:4256"),
            { default: Some("") };
        HOSTS: "Host names accepted in requests, besides the addresses of IMDS and loopback",
            hosts = list(parse::host), restart, List("host names without port"), { default: Some("") };
        IDENTITY_HEADER: "Secret of the App Service endpoint, the application's `IDENTITY_HEADER`; without one nobody gets a token there",
            identity_header = one(parse::secret), reload,
            Text("16 to 256 printable ASCII characters without spaces"),
            { placeholder: "SECRET", secret: Secrecy::Whole };
        IDENTITY_HEADER_FILE: "File with the secret of the App Service endpoint, read at start and on SIGHUP",
            identity_header_file = one(parse::path), reload,
            Text("the path of a file that holds it"), { placeholder: "FILE" };
        LISTEN_VM_EXTENSION: "Listen on 127.0.0.1:50342 too, where clients of the old VM extension ask",
            listen_vm_extension = required(parse::boolean), restart, Bool, { default: Some("false") };
        PASSTHROUGH: "Paths that are passed on to the node's metadata service, with all below them; empty passes nothing on",
            passthrough = list(parse::name::<MetadataPath>), reload,
            List("paths below /metadata, such as /metadata/instance, never /metadata/identity"),
            { default: Some("") };
        INSTANCE_DOCUMENT: "File with the answer to /metadata/instance, read at start and on SIGHUP",
            instance_document = one(parse::path), reload,
            Text("the path of a file with a JSON object"), { placeholder: "FILE" };
    }
    Limits {
        REQUEST_BUDGET: "Longest time that a request waits for Entra, retries included",
            broker.request_budget = required(parse::duration), restart, Span(ms(500), s(60)), { default: Some("8s") };
        CONNECT_TIMEOUT: "Longest time to connect to Entra, TLS included",
            entra.connect_timeout = required(parse::duration), reload, Span(ms(100), s(60)), { default: Some("5s") };
        ATTEMPT_TIMEOUT: "Longest time for one token request to Entra",
            entra.attempt_timeout = required(parse::duration), reload,
            Span(ms(500), s(120)), { default: Some("15s") };
        PROPAGATION_GRACE: "Time after start in which a missing federated credential counts as not there yet",
            broker.propagation_grace = required(parse::duration), restart,
            Span(s(0), s(900)), { default: Some("2m") };
        MAX_CONNECTIONS: "Open connections to the token listeners",
            connections.connections = required(parse::number), restart, Count(1, 65_536), { default: Some("256") };
        HEADER_TIMEOUT: "Longest time for a request's headers to arrive",
            connections.idle = required(parse::duration), restart, Span(s(1), s(300)), { default: Some("10s") };
        CACHE_TOKENS: "Tokens kept",
            broker.max_tokens = required(parse::number), restart, Count(1, 65_536), { default: Some("128") };
        CACHE_BYTES: "Memory for the tokens kept",
            broker.max_bytes = required(parse::number), restart, Size(64 * KIB, 256 * MIB), { default: Some("2MiB") };
        NEW_KEYS_PER_MINUTE: "Exchanges a minute for pairs of identity and resource that never had a token",
            broker.new_keys_per_minute = required(parse::number), restart, Count(1, 6_000), { default: Some("60") };
        NEW_KEYS_BURST: "How many of those may come at once",
            broker.new_keys_burst = required(parse::number), restart, Count(1, 6_000), { default: Some("32") };
        LINGER: "How long to go on answering after SIGTERM, whether or not anything is asked",
            linger = required(parse::duration), restart, Span(s(0), s(86_400)), { default: Some("0s") };
        DRAIN_TIMEOUT: "Longest time for open requests to end after SIGTERM; those still waiting 300 ms before are answered 503",
            connections.drain = required(parse::duration), restart, Span(s(0), s(60)), { default: Some("1500ms") };
    }
    Logs {
        LOG: "What is logged",
            log = levels, reload,
            List("levels (`off`, `error`, `warn`, `info`, `debug`, `trace`), each alone or as `target=level`"),
            { default: Some("info"), placeholder: "LEVELS" };
        LOG_FORMAT: "How log lines look; `auto` is text on a terminal and JSON elsewhere",
            log_format = word(log::Format::Auto, &[log::Format::Json, log::Format::Text]), restart,
            OneOf(&["auto", "json", "text"]), { default: Some("auto"), placeholder: "auto|json|text" };
        LOG_IDENTIFIERS: "Client ids in logs: a short hash, or in full",
            log_identifiers = word(Identifiers::Hashed, &[Identifiers::Full]), restart,
            OneOf(&["hashed", "full"]), { default: Some("hashed"), placeholder: "hashed|full" };
        CLUSTER: "Cluster name that log lines carry",
            cluster = one(parse::label), reload,
            Text("a name of at most 128 printable characters"), { placeholder: "NAME" };
    }
}

const fn ms(n: u64) -> std::time::Duration {
    std::time::Duration::from_millis(n)
}

const fn s(n: u64) -> std::time::Duration {
    std::time::Duration::from_secs(n)
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
