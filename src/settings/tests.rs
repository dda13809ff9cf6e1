//! Settings as a whole: defaults, every kind of value, and every error.

use std::time::Duration;

use crate::{
    names::Resource,
    observe::{Identifiers, log},
    settings::{
        ImdsListen,
        keys::{CONFIG, KEYS, Secrecy},
        print,
        testing::*,
    },
};

#[test]
fn defaults_are_valid() {
    let settings = load(&[], "").unwrap();
    insta::assert_snapshot!(format!("{settings:#?}"), @r#"
Settings {
    client_id: Some(
        ClientId(
            "aaaaaaaa-0000-0000-0000-000000000001",
        ),
    ),
    tenant_id: Some(
        TenantId(
            "cccccccc-0000-0000-0000-000000000003",
        ),
    ),
    identities: [
        Entry {
            name: "aaaaaaaa-0000-0000-0000-000000000001",
            client_id: ClientId(
                "aaaaaaaa-0000-0000-0000-000000000001",
            ),
            tenant: TenantId(
                "cccccccc-0000-0000-0000-000000000003",
            ),
            object_id: None,
            resource_id: None,
        },
    ],
    rules: Rules {
        authority: Authority(
            "https://login.microsoftonline.com",
        ),
        via_token_proxy: false,
        default: Some(
            ClientId(
                "aaaaaaaa-0000-0000-0000-000000000001",
            ),
        ),
        resources: [],
    },
    entra: Config {
        token_file: "/var/run/secrets/azure/tokens/azure-identity-token",
        ca_file: None,
        ssl_cert_file: None,
        https_proxy: None,
        no_proxy: NoProxy(
            [],
        ),
        connect_timeout: 5s,
        attempt_timeout: 15s,
        token_proxy: None,
    },
    broker: Config {
        request_budget: 8s,
        propagation_grace: 120s,
        max_tokens: 128,
        max_bytes: 2097152,
        new_keys_burst: 32,
        new_keys_per_minute: 60,
    },
    connections: Limits {
        connections: 256,
        connections_setting: Some(
            "WISP_MAX_CONNECTIONS",
        ),
        pace: None,
        idle: 10s,
        drain: 1.5s,
    },
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
    linger: 0ns,
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
    log_format: Auto,
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
    assert_eq!(settings.broker.request_budget, Duration::from_millis(30_500));
    assert_eq!(settings.broker.max_bytes, 65_536);
    assert_eq!(settings.connections.connections, 12);
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
    assert_eq!((settings.log_format, settings.log_identifiers), (log::Format::Text, Identifiers::Full));
    assert_eq!(settings.entra.token_proxy.unwrap().endpoint.to_string(), "https://proxy/base");
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
`resources` cannot be `a b` (from file wisp.toml): expected one App ID URI or GUID, without white space, quotes or control characters
`prefetch` cannot be `[…]` (from file wisp.toml): expected a comma-separated list of resources (App ID URIs or GUIDs), or an array of texts
`ready_after_prefetch` cannot be `yes` (from file wisp.toml): expected `true` or `false`
`token_file` cannot be `{…}` (from file wisp.toml): expected the path of the projected service-account token, as text
`authority` cannot be `http://***@login` (from environment AZURE_AUTHORITY_HOST): expected an https origin such as https://login.microsoftonline.com
`token_proxy` cannot be `https://***@proxy` (from environment AZURE_KUBERNETES_TOKEN_PROXY): expected a URL without user information before the host
`https_proxy` cannot be `***@proxy` (from environment HTTPS_PROXY): expected http://host:port or https://host:port, with user:password@ before the host if the proxy wants a login
`listen` cannot be `0.0.0.0:4254` (from environment WISP_LISTEN): tokens are served on loopback only; expected a comma-separated list of loopback addresses with port, such as 127.0.0.1:4254
`listen` cannot be `localhost:1` (from environment WISP_LISTEN): expected a comma-separated list of loopback addresses with port, such as 127.0.0.1:4254
`admin_listen` cannot be `4255` (from environment WISP_ADMIN_LISTEN): expected one address with port, such as [::]:4255, or `off`
`hosts` cannot be `a:1` (from environment WISP_HOSTS): expected a comma-separated list of host names without port
`request_budget` cannot be `8` (from environment WISP_REQUEST_BUDGET): expected a duration from 500ms to 1m, such as `500ms`, `8s`, `2m` or `1h30m`
`cache_tokens` cannot be `0` (from environment WISP_CACHE_TOKENS): expected a whole number from 1 to 65536
`cache_bytes` cannot be `2MB` (from environment WISP_CACHE_BYTES): expected a size from 64KiB to 256MiB, such as `65536`, `64KiB` or `2MiB`
`log` cannot be `verbose` (from environment WISP_LOG): expected a comma-separated list of levels (`off`, `error`, `warn`, `info`, `debug`, `trace`), each alone or as `target=level`
`log_format` cannot be `xml` (from environment WISP_LOG_FORMAT): expected `auto`, `json` or `text`
`cluster` cannot be `a\nb` (from file wisp.toml): expected a name of at most 128 printable characters
"#);
}

/// A token whose parts are told from all else.
const MARKED: &str = "eyJhbGciOiJNQVJLRUQifQ.eyJzdWIiOiJNQVJLRURKV1QifQ.MARKED-SIGNATURE_MARKED-SIGNATURE";

#[test]
fn a_token_in_the_place_of_a_value_is_refused_and_shown_nowhere() {
    for key in KEYS.iter().copied().chain([&CONFIG]) {
        for value in [MARKED.to_owned(), format!("https://x/{MARKED}"), format!("{{{MARKED} = {{}}}}")] {
            let file = format!("{} = '{value}'", key.name);
            for (sources, is_file) in [
                (sources(&[(key.variable(), &value)], "", Vec::new()), false),
                (sources(&[], "", vec![(key, value.clone())]), false),
                (sources(&[], &file, Vec::new()), true),
            ] {
                let (settings, errors) = sources.read();
                let printed = print(&sources.layers().0);
                let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
                let messages = format!("{}\n{}", messages.join("\n"), settings.warnings.join("\n"));
                let shown = format!("{messages}\n{printed}");
                assert!(!shown.contains("MARKED") && !shown.contains("eyJ"), "{}: {shown}", key.name);
                // In a file a table is no text, and the file cannot name itself.
                let is_no_text = is_file && (key.is_table() || key.name == CONFIG.name);
                let is_hidden = key.secret == Secrecy::Whole;
                assert!(messages.contains("[token]") || is_no_text || is_hidden, "{}: {messages}", key.name);
            }
        }
    }
    let entries = format!("{{a = {{client_id = '{MARKED}', '{MARKED}' = 1}}, '{MARKED}' = {{}}}}");
    insta::assert_snapshot!(errors(&[("WISP_IDENTITIES", &entries), ("AZURE_FEDERATED_TOKEN_FILE", MARKED), ("WISP_RESOURCES", MARKED)], ""), @"
`resources` cannot be `[token]` (from environment WISP_RESOURCES): it holds a token; expected a comma-separated list of resources (App ID URIs or GUIDs)
`token_file` cannot be `[token]` (from environment AZURE_FEDERATED_TOKEN_FILE): it holds a token; expected the path of the projected service-account token
unknown key of `identities.a` in environment WISP_IDENTITIES: `[token]`; `wisp serve --help` lists the settings
`identities.a.client_id` cannot be `[token]` (from environment WISP_IDENTITIES): it holds a token
`identities` cannot be `[token]` (from environment WISP_IDENTITIES): it holds a token in the place of a name
");
    insta::assert_snapshot!(errors(&[("WISP_CONFIG", MARKED)], ""), @"cannot read settings file [token] (from environment WISP_CONFIG): it holds a token; expected the path of a TOML file");
}
