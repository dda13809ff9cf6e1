//! From layers to [`Settings`].

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use super::{
    Errors, ImdsListen, Layers, LogFormat, LogIdentifiers, Problem, Settings, Verify, checks, identities,
    keys::{self, Accepts, Key},
    parse,
    reader::{Extent, Reader},
};
use crate::{
    entra::{NoProxy, ProxyUrl, never_matches, token_proxy},
    names::{Authority, MetadataPath, Resource},
};

impl Settings {
    /// Types and checks the values of `layers`. `problems` are those of reading the layers.
    pub(super) fn from_layers(layers: &Layers, problems: Vec<Problem>) -> Result<Self, Errors> {
        let mut reader = Reader::new(layers, problems);
        let settings = Self::read(&mut reader);
        if let Some(settings) = &settings {
            checks::run(&mut reader, settings);
        }
        reader.finish(settings)
    }

    /// What is wrong with `layers`, as far as that can be told from what they extend to.
    pub(super) fn problems(layers: &Layers, problems: Vec<Problem>, extent: Extent) -> Vec<Problem> {
        let mut reader = Reader::new(layers, problems).over(extent);
        let settings = Self::read(&mut reader);
        if let (Some(settings), Extent::Whole) = (&settings, extent) {
            checks::run(&mut reader, settings);
        }
        reader.into_problems()
    }

    /// Reads every value. Where one is not usable the reader knows a problem, and what stands here instead is never
    /// seen.
    pub(super) fn read(r: &mut Reader<'_>) -> Option<Self> {
        let identities = identities::read(r);
        let authority = r.one(&keys::AUTHORITY, parse::name::<Authority>);
        let token_proxy = token_proxy(r);
        let no_proxy = no_proxy(r);
        Some(Self {
            default_identity: identities::default(r, &identities),
            identity_listen: identities::listeners(r, &identities),
            identities,
            resources: r.list(&keys::RESOURCES, parse::name::<Resource>),
            token_file: path(r, &keys::TOKEN_FILE).unwrap_or_default(),
            ca_file: path(r, &keys::CA_FILE),
            ssl_cert_file: path(r, &keys::SSL_CERT_FILE),
            https_proxy: https_proxy(r, token_proxy.is_some(), authority.as_ref(), &no_proxy),
            no_proxy,
            token_proxy,
            listen: r.list(&keys::LISTEN, |text| parse::loopback(&keys::LISTEN, text)),
            imds_listen: word(r, &keys::IMDS_LISTEN, ImdsListen::Auto, &[ImdsListen::Off]),
            admin_listen: admin_listen(r),
            hosts: r.list(&keys::HOSTS, |text| parse::host(&keys::HOSTS, text)),
            identity_header: r
                .one(&keys::IDENTITY_HEADER, |text| parse::secret(&keys::IDENTITY_HEADER, text)),
            identity_header_file: path(r, &keys::IDENTITY_HEADER_FILE),
            listen_vm_extension: boolean(r, &keys::LISTEN_VM_EXTENSION),
            passthrough: r.list(&keys::PASSTHROUGH, parse::name::<MetadataPath>),
            instance_document: path(r, &keys::INSTANCE_DOCUMENT),
            prefetch: r.list(&keys::PREFETCH, parse::name::<Resource>),
            ready_after_prefetch: boolean(r, &keys::READY_AFTER_PREFETCH),
            verify: word(r, &keys::VERIFY, Verify::Off, &[Verify::Log, Verify::Ready]),
            request_budget: duration(r, &keys::REQUEST_BUDGET),
            connect_timeout: duration(r, &keys::CONNECT_TIMEOUT),
            attempt_timeout: duration(r, &keys::ATTEMPT_TIMEOUT),
            propagation_grace: duration(r, &keys::PROPAGATION_GRACE),
            max_connections: number(r, &keys::MAX_CONNECTIONS),
            header_timeout: duration(r, &keys::HEADER_TIMEOUT),
            cache_tokens: number(r, &keys::CACHE_TOKENS),
            cache_bytes: number(r, &keys::CACHE_BYTES),
            new_keys_per_minute: number(r, &keys::NEW_KEYS_PER_MINUTE),
            new_keys_burst: number(r, &keys::NEW_KEYS_BURST),
            linger: duration(r, &keys::LINGER),
            drain_timeout: duration(r, &keys::DRAIN_TIMEOUT),
            log: parse::targets(&r.list(&keys::LOG, |text| parse::level(&keys::LOG, text))),
            log_format: word(r, &keys::LOG_FORMAT, LogFormat::Json, &[LogFormat::Text]),
            log_identifiers: word(r, &keys::LOG_IDENTIFIERS, LogIdentifiers::Hashed, &[LogIdentifiers::Full]),
            cluster: r.one(&keys::CLUSTER, |text| parse::label(&keys::CLUSTER, text)),
            warnings: r.take_warnings(),
            // The last one, so that the others have been read when it is missing.
            authority: authority?,
        })
    }
}

/// Where metrics and probes are answered, for `wisp probe`, which needs nothing else.
pub(super) fn admin_listen(r: &mut Reader<'_>) -> Option<SocketAddr> {
    r.one(&keys::ADMIN_LISTEN, |text| match text {
        "off" => Ok(None),
        _ => parse::address(&keys::ADMIN_LISTEN, text).map(Some),
    })
    .flatten()
}

fn token_proxy(r: &mut Reader<'_>) -> Option<token_proxy::Config> {
    let endpoint = r.one(&keys::TOKEN_PROXY, parse::name::<token_proxy::Endpoint>);
    let sni_name = r.one(&keys::TOKEN_PROXY_SNI_NAME, parse::name::<token_proxy::SniName>);
    let ca_file = path(r, &keys::TOKEN_PROXY_CA_FILE);
    let ca_data = r.one(&keys::TOKEN_PROXY_CA_DATA, parse::name::<token_proxy::Certificates>);
    Some(token_proxy::Config { endpoint: endpoint?, sni_name, ca_file, ca_data })
}

/// The hosts that are reached directly. An entry that matches none is worth a warning, no more: other programs read the
/// variable too, and some may understand it.
fn no_proxy(r: &mut Reader<'_>) -> NoProxy {
    let entries = r.list(&keys::NO_PROXY, |text| Ok(text.to_owned()));
    for entry in &entries {
        if let Some(meant) = never_matches(entry) {
            r.warn(&keys::NO_PROXY, entry, &format!("has no effect, for it matches no host: {meant}"));
        }
    }
    NoProxy::new(entries)
}

/// The proxy. Where no request would use it, one that is not usable does no harm.
fn https_proxy(
    r: &mut Reader<'_>,
    via_token_proxy: bool,
    authority: Option<&Authority>,
    no_proxy: &NoProxy,
) -> Option<ProxyUrl> {
    let unused = if via_token_proxy {
        Some("the token proxy is reached without it")
    } else if authority.is_some_and(|authority| no_proxy.excludes(authority)) {
        Some("NO_PROXY excludes the authority")
    } else {
        None
    };
    match unused {
        None => r.one(&keys::HTTPS_PROXY, parse::name::<ProxyUrl>),
        Some(why) => r.one_unused(&keys::HTTPS_PROXY, parse::name::<ProxyUrl>, why),
    }
}

fn path(r: &mut Reader<'_>, key: &Key) -> Option<PathBuf> {
    r.one(key, |text| if text.is_empty() { Err(parse::expected(key)) } else { Ok(PathBuf::from(text)) })
}

fn boolean(r: &mut Reader<'_>, key: &Key) -> bool {
    r.one(key, |text| parse::boolean(key, text))
        .unwrap_or_default()
}

fn duration(r: &mut Reader<'_>, key: &Key) -> Duration {
    r.one(key, |text| parse::duration(key, text))
        .unwrap_or_default()
}

fn number<T: TryFrom<u64> + Default>(r: &mut Reader<'_>, key: &Key) -> T {
    r.one(key, |text| T::try_from(parse::number(key, text)?).map_err(|_| parse::expected(key)))
        .unwrap_or_default()
}

/// The meaning of a word: `first` and `others` are in the order of the words that the table lists. The first is also what
/// stands in for a word that was refused.
fn word<T: Copy>(r: &mut Reader<'_>, key: &Key, first: T, others: &[T]) -> T {
    let Accepts::OneOf(words) = key.accepts else {
        return first;
    };
    r.one(key, |text| {
        let meanings = std::iter::once(first).chain(others.iter().copied());
        let mut pairs = words.iter().zip(meanings);
        pairs
            .find(|(word, _)| **word == text)
            .map(|(_, meaning)| meaning)
            .ok_or_else(|| parse::expected(key))
    })
    .unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{
        names::Resource,
        settings::{ImdsListen, LogFormat, LogIdentifiers, sources::testing::*},
    };

    #[test]
    fn defaults_are_valid() {
        let settings = load(&[], "").unwrap();
        insta::assert_snapshot!(format!("{settings:#?}"), @r#"
Settings {
    identities: [
        Identity {
            name: "aaaaaaaa-0000-0000-0000-000000000001",
            client_id: ClientId(
                "aaaaaaaa-0000-0000-0000-000000000001",
            ),
            tenant_id: TenantId(
                "cccccccc-0000-0000-0000-000000000003",
            ),
            object_id: None,
            resource_id: None,
        },
    ],
    default_identity: Some(
        ClientId(
            "aaaaaaaa-0000-0000-0000-000000000001",
        ),
    ),
    resources: [],
    token_file: "/var/run/secrets/azure/tokens/azure-identity-token",
    authority: Authority(
        "https://login.microsoftonline.com",
    ),
    token_proxy: None,
    ca_file: None,
    ssl_cert_file: None,
    https_proxy: None,
    no_proxy: NoProxy(
        [],
    ),
    listen: [
        127.0.0.1:4254,
        [::1]:4254,
    ],
    identity_listen: [],
    imds_listen: Auto,
    admin_listen: Some(
        [::]:4255,
    ),
    hosts: [],
    identity_header: None,
    identity_header_file: None,
    listen_vm_extension: false,
    passthrough: [],
    instance_document: None,
    prefetch: [],
    ready_after_prefetch: false,
    verify: Off,
    request_budget: 8s,
    connect_timeout: 5s,
    attempt_timeout: 15s,
    propagation_grace: 120s,
    max_connections: 256,
    header_timeout: 10s,
    cache_tokens: 128,
    cache_bytes: 2097152,
    new_keys_per_minute: 60,
    new_keys_burst: 32,
    linger: 0ns,
    drain_timeout: 1.5s,
    log: Targets(
        DirectiveSet {
            directives: [
                StaticDirective {
                    target: None,
                    field_names: [],
                    level: LevelFilter::INFO,
                },
            ],
            max_level: LevelFilter::INFO,
        },
    ),
    log_format: Json,
    log_identifiers: Hashed,
    cluster: None,
    warnings: [],
}
"#);
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let file = "
            request_budget = '1m30s'
            cache_bytes = '64KiB'
            max_connections = 12
            ready_after_prefetch = true
            prefetch = ['https://vault.azure.net', 'https://storage.azure.com/']
            listen = '127.0.0.9:1, [::1]:2'
            admin_listen = 'off'
            imds_listen = 'off'
            hosts = 'IMDS.local, b'
            log = 'warn,wisp::entra=debug'
            log_format = 'text'
            log_identifiers = 'full'
        ";
        let file = file.replace("1m30s", "30s500ms");
        let settings = load(&[("AZURE_KUBERNETES_TOKEN_PROXY", "https://proxy/base")], &file).unwrap();
        assert_eq!(settings.request_budget, Duration::from_millis(30_500));
        assert_eq!(settings.cache_bytes, 65_536);
        assert_eq!(settings.max_connections, 12);
        assert!(settings.ready_after_prefetch);
        assert_eq!(
            settings
                .prefetch
                .iter()
                .map(Resource::as_str)
                .collect::<Vec<_>>(),
            ["https://vault.azure.net", "https://storage.azure.com/"]
        );
        assert_eq!(settings.listen, ["127.0.0.9:1".parse().unwrap(), "[::1]:2".parse().unwrap()]);
        assert_eq!((settings.admin_listen, settings.imds_listen), (None, ImdsListen::Off));
        assert_eq!(settings.hosts, ["imds.local", "b"]);
        assert_eq!(settings.log.to_string(), "wisp::entra=debug,warn");
        assert_eq!((settings.log_format, settings.log_identifiers), (LogFormat::Text, LogIdentifiers::Full));
        assert_eq!(settings.token_proxy.unwrap().endpoint.to_string(), "https://proxy/base");
    }

    #[test]
    fn every_unusable_value_is_reported_with_its_source() {
        let env = [
            ("AZURE_CLIENT_ID", "my-app"),
            ("AZURE_TENANT_ID", "common"),
            ("AZURE_AUTHORITY_HOST", "http://user:hunter2@login"),
            ("HTTPS_PROXY", "socks5://user:hunter2@proxy"),
            ("AZURE_KUBERNETES_TOKEN_PROXY", "https://user:hunter2@proxy"),
            ("WISP_LISTEN", "0.0.0.0:4254,localhost:1"),
            ("WISP_ADMIN_LISTEN", "4255"),
            ("WISP_REQUEST_BUDGET", "8"),
            ("WISP_CACHE_TOKENS", "0"),
            ("WISP_CACHE_BYTES", "2MB"),
            ("WISP_LOG", "verbose"),
            ("WISP_LOG_FORMAT", "xml"),
            ("WISP_HOSTS", "a:1"),
        ];
        let file = "
            ready_after_prefetch = 'yes'
            resources = ['a b']
            prefetch = [['x']]
            token_file = { path = 'x' }
            cluster = \"a\\nb\"
        ";
        let shown = errors(&env, file);
        assert!(!shown.contains("hunter2"));
        insta::assert_snapshot!(shown, @r#"
`client_id` cannot be `my-app` (from environment AZURE_CLIENT_ID): expected a GUID such as 00000000-1111-2222-3333-444444444444
`tenant_id` cannot be `common` (from environment AZURE_TENANT_ID): expected one tenant; `common`, `organizations` and `consumers` cannot issue app tokens
`authority` cannot be `http://***@login` (from environment AZURE_AUTHORITY_HOST): expected an https origin such as https://login.microsoftonline.com
`token_proxy` cannot be `https://***@proxy` (from environment AZURE_KUBERNETES_TOKEN_PROXY): expected a URL without user information before the host
`resources` cannot be `a b` (from file wisp.toml): expected one App ID URI or GUID, without white space, quotes or control characters
`token_file` cannot be `{…}` (from file wisp.toml): expected the path of the projected service-account token, as text
`https_proxy` cannot be `***@proxy` (from environment HTTPS_PROXY): expected http://host:port or https://host:port, with user:password@ before the host if the proxy wants a login
`listen` cannot be `0.0.0.0:4254` (from environment WISP_LISTEN): tokens are served on loopback only; expected a comma-separated list of loopback addresses with port, such as 127.0.0.1:4254
`listen` cannot be `localhost:1` (from environment WISP_LISTEN): expected a comma-separated list of loopback addresses with port, such as 127.0.0.1:4254
`admin_listen` cannot be `4255` (from environment WISP_ADMIN_LISTEN): expected one address with port, such as [::]:4255, or `off`
`hosts` cannot be `a:1` (from environment WISP_HOSTS): expected a comma-separated list of host names without port
`prefetch` cannot be `[…]` (from file wisp.toml): expected a comma-separated list of resources (App ID URIs or GUIDs), or an array of texts
`ready_after_prefetch` cannot be `yes` (from file wisp.toml): expected `true` or `false`
`request_budget` cannot be `8` (from environment WISP_REQUEST_BUDGET): expected a duration from 500ms to 1m, such as `500ms`, `8s`, `2m` or `1h30m`
`cache_tokens` cannot be `0` (from environment WISP_CACHE_TOKENS): expected a whole number from 1 to 65536
`cache_bytes` cannot be `2MB` (from environment WISP_CACHE_BYTES): expected a size from 64KiB to 256MiB, such as `65536`, `64KiB` or `2MiB`
`log` cannot be `verbose` (from environment WISP_LOG): expected a comma-separated list of levels (`off`, `error`, `warn`, `info`, `debug`, `trace`), each alone or as `target=level`
`log_format` cannot be `xml` (from environment WISP_LOG_FORMAT): expected `json` or `text`
`cluster` cannot be `a\nb` (from file wisp.toml): expected a name of at most 128 printable characters
"#);
    }
}
