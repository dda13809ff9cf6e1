//! `wisp serve --check` and `--print-config`: settings with their sources, and all that is wrong with them.

use std::fs;

use tempfile::TempDir;

use super::{ID, TENANT, wisp, wisp_in};

#[test]
fn settings_are_printed_with_their_sources() {
    let directory = TempDir::new().unwrap();
    let file = format!(
        "resources = [\"https://vault.azure.net\"]\ncache_tokens = 64\ncache_bytes = \"4MiB\"\n\
         [identities.orders]\nclient_id = \"{ID}\"\n"
    );
    fs::write(directory.path().join("wisp.toml"), file).unwrap();
    let env = [
        ("AZURE_TENANT_ID", TENANT),
        ("AZURE_CLIENT_ID", ""),
        ("https_proxy", "http://user:hunter2@proxy:3128"),
        ("WISP_CONFIG", "wisp.toml"),
        ("WISP_CACHE_BYTES", "8MiB"),
        ("WISP_SERVICE_HOST", "10.0.0.1"),
    ];
    let arguments = ["serve", "--print-config", "--cache-tokens", "32", "--hosts", "a", "--hosts=b"];
    let shown = wisp_in(directory.path(), &arguments, &env);
    assert!(!shown.contains("hunter2"));
    insta::assert_snapshot!(shown, @r#"
exit: 0
--- stdout
# client_id is not set
tenant_id = "22222222-2222-2222-2222-222222222222"  # environment AZURE_TENANT_ID
# default_identity is not set
resources = ["https://vault.azure.net"]  # file wisp.toml
prefetch = ""  # default
ready_after_prefetch = "false"  # default
verify = "off"  # default
token_file = "/var/run/secrets/azure/tokens/azure-identity-token"  # default
authority = "https://login.microsoftonline.com/"  # default
# token_proxy is not set
# token_proxy_sni_name is not set
# token_proxy_ca_file is not set
# token_proxy_ca_data is not set
# ca_file is not set
# ssl_cert_file is not set
https_proxy = "http://***@proxy:3128"  # environment https_proxy
no_proxy = ""  # default
listen = "127.0.0.1:4254,[::1]:4254"  # default
imds_listen = "auto"  # default
admin_listen = "[::]:4255"  # default
identity_listen = ""  # default
hosts = "a,b"  # flag --hosts
# identity_header is not set
# identity_header_file is not set
listen_vm_extension = "false"  # default
passthrough = ""  # default
# instance_document is not set
request_budget = "8s"  # default
connect_timeout = "5s"  # default
attempt_timeout = "15s"  # default
propagation_grace = "2m"  # default
max_connections = "256"  # default
header_timeout = "10s"  # default
cache_tokens = "32"  # flag --cache-tokens
cache_bytes = "8MiB"  # environment WISP_CACHE_BYTES
new_keys_per_minute = "60"  # default
new_keys_burst = "32"  # default
linger = "0s"  # default
drain_timeout = "1500ms"  # default
log = "info"  # default
log_format = "auto"  # default
log_identifiers = "hashed"  # default
# cluster is not set

[identities.orders]
client_id = "11111111-1111-1111-1111-111111111111"  # file wisp.toml
--- stderr
"#);
}

#[test]
fn check_of_a_valid_configuration() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("token"), "e30.e30.c2ln").unwrap();
    let env = |token_file| {
        [("AZURE_CLIENT_ID", ID), ("AZURE_TENANT_ID", TENANT), ("AZURE_FEDERATED_TOKEN_FILE", token_file)]
    };
    insta::assert_snapshot!(wisp_in(directory.path(), &["serve", "--check"], &env("token")), @"
exit: 0
--- stdout
configuration is valid
--- stderr
");
    insta::assert_snapshot!(wisp_in(directory.path(), &["serve", "--check"], &env("/none/token")), @"
exit: 0
--- stdout
configuration is valid
--- stderr
warning: The token file /none/token (AZURE_FEDERATED_TOKEN_FILE) does not exist. Fix: mount the projected service-account token into this container (the workload identity webhook does where the pod template has the label azure.workload.identity/use=true), or correct the setting.
");
}

#[test]
fn check_refuses_roots_that_cannot_be_used() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("token"), "e30.e30.c2ln").unwrap();
    fs::write(directory.path().join("ca.pem"), "rubbish").unwrap();
    let env = [
        ("AZURE_CLIENT_ID", ID),
        ("AZURE_TENANT_ID", TENANT),
        ("AZURE_FEDERATED_TOKEN_FILE", "token"),
        ("WISP_CA_FILE", "ca.pem"),
        ("SSL_CERT_FILE", "/none/ca.pem"),
    ];
    insta::assert_snapshot!(wisp_in(directory.path(), &["serve", "--check"], &env), @"
exit: 64
--- stdout
--- stderr
error: The root certificates in ca.pem (WISP_CA_FILE) cannot be used: the file holds no valid certificate. Fix: name a readable PEM file of CA certificates.
warning: `ssl_cert_file` cannot be read now: /none/ca.pem: No such file or directory (os error 2)
");
}

#[test]
fn check_refuses_roots_in_a_variable_that_cannot_be_used() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("token"), "e30.e30.c2ln").unwrap();
    let env = [
        ("AZURE_CLIENT_ID", ID),
        ("AZURE_TENANT_ID", TENANT),
        ("AZURE_FEDERATED_TOKEN_FILE", "token"),
        ("AZURE_KUBERNETES_TOKEN_PROXY", "https://proxy"),
        ("AZURE_KUBERNETES_CA_DATA", "-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----"),
    ];
    insta::assert_snapshot!(wisp_in(directory.path(), &["serve", "--check"], &env), @r#"
exit: 64
--- stdout
--- stderr
error: `token_proxy_ca_data` cannot be `-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----` (from environment AZURE_KUBERNETES_CA_DATA): expected certificates in PEM form, with line breaks; it holds no valid one
"#);
}

#[test]
fn every_error_is_reported_at_once() {
    let env = [("AZURE_CLIENT_ID", "my-app"), ("WISP_LISTN", "127.0.0.1:1"), ("WISP_LOG", "verbose")];
    insta::assert_snapshot!(wisp(&["serve", "--request-budget", "8"], &env), @"
    exit: 64
    --- stdout
    --- stderr
    error: unknown environment variable: `WISP_LISTN`; did you mean `WISP_LISTEN`?
    error: `client_id` cannot be `my-app` (from environment AZURE_CLIENT_ID): expected a GUID such as 00000000-1111-2222-3333-444444444444
    error: `request_budget` cannot be `8` (from flag --request-budget): expected a duration from 500ms to 1m, such as `500ms`, `8s`, `2m` or `1h30m`
    error: `log` cannot be `verbose` (from environment WISP_LOG): expected a comma-separated list of levels (`off`, `error`, `warn`, `info`, `debug`, `trace`), each alone or as `target=level`
    ");
    insta::assert_snapshot!(wisp(&["serve", "--check"], &[]), @"
exit: 64
--- stdout
--- stderr
error: `client_id` is not set: there is no identity to issue tokens for; set AZURE_CLIENT_ID (the workload identity webhook does when the pod template has the label azure.workload.identity/use=true and the service account the annotation azure.workload.identity/client-id), --client-id, or `[identities]` in the file
");
}

#[test]
fn settings_are_printed_even_when_they_are_wrong() {
    let shown = wisp(&["serve", "--print-config"], &[("AZURE_CLIENT_ID", "my-app")]);
    assert!(
        shown.starts_with("exit: 64\n--- stdout\nclient_id = \"my-app\"  # environment AZURE_CLIENT_ID\n"),
        "{shown}"
    );
}

#[test]
fn files_that_cannot_be_read() {
    insta::assert_snapshot!(wisp(&["serve", "--config", "none.toml"], &[("AZURE_TENANT_ID", TENANT)]), @"
    exit: 64
    --- stdout
    --- stderr
    error: cannot read settings file none.toml (from flag --config): No such file or directory (os error 2)
    ");
    let directory = TempDir::new().unwrap();
    fs::write(
        directory.path().join("bad.toml"),
        "log = \"info\"\nhttps_proxy = \"http://user:hunter2@proxy\n",
    )
    .unwrap();
    let shown = wisp_in(directory.path(), &["serve", "--config", "bad.toml"], &[]);
    assert!(!shown.contains("hunter2"));
    insta::assert_snapshot!(shown, @"
    exit: 64
    --- stdout
    --- stderr
    error: cannot read settings file bad.toml (from flag --config): line 2: invalid basic string
    ");
}
