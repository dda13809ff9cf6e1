//! What `--help` and `--version` print.

use super::wisp;

#[test]
fn help() {
    insta::assert_snapshot!(wisp(&["--help"], &[]), @"
exit: 0
--- stdout
Workload Identity Sidecar Proxy: Azure's managed-identity endpoint on loopback

Usage: wisp <COMMAND>

Commands:
  serve     Answer token requests of the application beside it
  probe     Ask a running wisp how it is, or for a token
  doctor    Say what is wrong, from the settings to the token
  redirect  Send this pod's requests for 169.254.169.254 to wisp, and prove that they arrive; for an init container

Options:
  -h, --help     Print help
  -V, --version  Print version

`wisp COMMAND --help` has the arguments, examples and exit codes of a command.

Examples:
  wisp serve --check
  wisp probe ready
  wisp redirect --dry-run
--- stderr
");
    insta::assert_snapshot!(wisp(&[], &[]), @"
exit: 64
--- stdout
--- stderr
Workload Identity Sidecar Proxy: Azure's managed-identity endpoint on loopback

Usage: wisp <COMMAND>

Commands:
  serve     Answer token requests of the application beside it
  probe     Ask a running wisp how it is, or for a token
  doctor    Say what is wrong, from the settings to the token
  redirect  Send this pod's requests for 169.254.169.254 to wisp, and prove that they arrive; for an init container

Options:
  -h, --help     Print help
  -V, --version  Print version

`wisp COMMAND --help` has the arguments, examples and exit codes of a command.

Examples:
  wisp serve --check
  wisp probe ready
  wisp redirect --dry-run
");
}

#[cfg(target_os = "linux")]
#[test]
fn help_of_redirect() {
    insta::assert_snapshot!(wisp(&["redirect", "--help"], &[]), @"
exit: 0
--- stdout
Send this pod's requests for 169.254.169.254 to wisp, and prove that they arrive; for an init container

Usage: wisp redirect [OPTIONS]

Options:
      --mode <MODE>            By nftables, by the address on `lo`, or by the first of them that works [default: auto] [possible values: auto, nft, lo]
      --port <PORT>            Port of 127.0.0.1 where wisp is going to listen [default: 4254]
      --passthrough-uid <UID>  For WISP_PASSTHROUGH: user that wisp is going to run as, whose marked requests reach the real service
      --pod-ip <IP>            Address of the pod, from the downward API's status.podIP [env: WISP_POD_IP]
      --host-ip <IP>           Address of its node, from status.hostIP; if it is the same, nothing is done [env: WISP_HOST_IP]
      --no-verify              Do not prove it by a connection
      --dry-run                Print the commands of nft or ip that would do the same, then end
      --undo                   Remove what was made
  -h, --help                   Print help

Examples:
  wisp redirect --pod-ip 10.244.1.7 --host-ip 192.0.2.10
  wisp redirect --mode lo --dry-run
  wisp redirect --undo

Exit codes:
   0  all is well
  64  arguments are wrong, or the network it runs in is not known
  69  the kernel lacks what is needed
  71  the kernel refuses for another reason
  72  the image lost its file capability
  73  wisp could not listen: the port is taken or privileged
  76  it was made, could not be proven, and was removed
  77  no capability NET_ADMIN, or it does not help
  78  the pod uses the network of its node
--- stderr
");
}

#[test]
fn help_of_serve() {
    insta::assert_snapshot!(wisp(&["serve", "--help"], &[]), @r#"
exit: 0
--- stdout
Answer token requests of the application beside it

Usage: wisp serve [OPTIONS]

Options:
      --check          Validate the configuration, then end
      --config <FILE>  Read settings from this TOML file; environment and flags override it [value: the path of a TOML file] [env: WISP_CONFIG]
      --print-config   Print every effective setting and where it came from, then end
  -h, --help           Print help

Identities and resources:
      --client-id <GUID>               Client id of the identity that tokens are issued to [value: the client id of an identity, a GUID] [env: AZURE_CLIENT_ID]
      --tenant-id <TENANT>             Tenant of every identity that does not name its own [value: a tenant's GUID or its domain name] [env: AZURE_TENANT_ID]
      --identities <TABLE>             Identities that may be asked for, besides the one of `client_id` [value: identities by name, as a TOML inline table or JSON object such as `{app = {client_id = "…", tenant_id = "…", object_id = "…", resource_id = "…"}}`, or an array of such entries with a `name`] [env: WISP_IDENTITIES]
      --default-identity <NAME>        Identity of requests that name none; unless set, the one of `client_id`, else the only one [value: the name or client id of a configured identity] [env: WISP_DEFAULT_IDENTITY]
      --resources <LIST>               Resources that tokens may be asked for; empty allows any [value: a comma-separated list of resources (App ID URIs or GUIDs)] [env: WISP_RESOURCES]
      --prefetch <LIST>                Resources whose tokens are fetched at start, for the default identity [value: a comma-separated list of resources (App ID URIs or GUIDs)] [env: WISP_PREFETCH]
      --ready-after-prefetch [<BOOL>]  Report ready only once the prefetched tokens are here [value: `true` or `false`] [env: WISP_READY_AFTER_PREFETCH] [default: false]
      --verify <off|log|ready>         Get one token at start, for the first of `prefetch`, of `resources`, or Azure Resource Manager: `log` says how that went, `ready` is not ready before it worked [env: WISP_VERIFY] [default: off]

Microsoft Entra:
      --token-file <FILE>            Projected service-account token that is exchanged [value: the path of the projected service-account token] [env: AZURE_FEDERATED_TOKEN_FILE] [default: /var/run/secrets/azure/tokens/azure-identity-token]
      --authority <URL>              Entra cloud that issues the tokens [value: an https origin such as https://login.microsoftonline.com] [env: AZURE_AUTHORITY_HOST] [default: https://login.microsoftonline.com/]
      --token-proxy <URL>            Cluster token proxy of AKS identity bindings; empty talks to Entra directly [value: an https URL without user info, query or fragment] [env: AZURE_KUBERNETES_TOKEN_PROXY]
      --token-proxy-sni-name <NAME>  TLS server name of the token proxy [value: a DNS name] [env: AZURE_KUBERNETES_SNI_NAME]
      --token-proxy-ca-file <FILE>   PEM file with the only roots trusted for the token proxy [value: the path of a PEM file] [env: AZURE_KUBERNETES_CA_FILE]
      --token-proxy-ca-data <PEM>    PEM text with the only roots trusted for the token proxy [value: certificates in PEM form] [env: AZURE_KUBERNETES_CA_DATA]
      --ca-file <FILE>               PEM file with roots trusted besides the system's [value: the path of a PEM file] [env: WISP_CA_FILE]
      --ssl-cert-file <FILE>         PEM file with roots trusted instead of the system's [value: the path of a PEM file] [env: SSL_CERT_FILE]
      --https-proxy <URL>            Proxy for requests to Entra [value: a proxy such as http://proxy.example:3128 (http or https, no path)] [env: HTTPS_PROXY]
      --no-proxy <LIST>              Hosts that are reached without the proxy [value: a comma-separated list of host names, domains, addresses or networks] [env: NO_PROXY]

Listeners:
      --listen <LIST>                 Where the application asks for tokens; loopback only [value: a comma-separated list of loopback addresses with port, such as 127.0.0.1:4254] [env: WISP_LISTEN] [default: 127.0.0.1:4254,[::1]:4254]
      --imds-listen <auto|off>        Listen on 169.254.169.254:80 too when that address is on `lo` [env: WISP_IMDS_LISTEN] [default: auto]
      --admin-listen <ADDR|off>       Where metrics and probes are answered, never tokens; `[::]` means 0.0.0.0 where IPv6 is off [value: one address with port, such as [::]:4255, or `off`] [env: WISP_ADMIN_LISTEN] [default: [::]:4255]
      --identity-listen <LIST>        Further addresses for requests, each with the identity of those that name none; loopback only [value: a comma-separated list of an identity and a loopback address with port each, such as orders=127.0.0.1:4256] [env: WISP_IDENTITY_LISTEN]
      --hosts <LIST>                  Host names accepted in requests, besides the addresses of IMDS and loopback [value: a comma-separated list of host names without port] [env: WISP_HOSTS]
      --identity-header <SECRET>      Secret of the App Service endpoint, the application's `IDENTITY_HEADER`; without one nobody gets a token there [value: 16 to 256 printable ASCII characters without spaces] [env: WISP_IDENTITY_HEADER]
      --identity-header-file <FILE>   File with the secret of the App Service endpoint, read at start and on SIGHUP [value: the path of a file that holds it] [env: WISP_IDENTITY_HEADER_FILE]
      --listen-vm-extension [<BOOL>]  Listen on 127.0.0.1:50342 too, where clients of the old VM extension ask [value: `true` or `false`] [env: WISP_LISTEN_VM_EXTENSION] [default: false]
      --passthrough <LIST>            Paths that are passed on to the node's metadata service, with all below them; empty passes nothing on [value: a comma-separated list of paths below /metadata, such as /metadata/instance, never /metadata/identity] [env: WISP_PASSTHROUGH]
      --instance-document <FILE>      File with the answer to /metadata/instance, read at start and on SIGHUP [value: the path of a file with a JSON object] [env: WISP_INSTANCE_DOCUMENT]

Limits and times:
      --request-budget <DURATION>     Longest time that a request waits for Entra, retries included [value: a duration from 500ms to 1m] [env: WISP_REQUEST_BUDGET] [default: 8s]
      --connect-timeout <DURATION>    Longest time to connect to Entra, TLS included [value: a duration from 100ms to 1m] [env: WISP_CONNECT_TIMEOUT] [default: 5s]
      --attempt-timeout <DURATION>    Longest time for one token request to Entra [value: a duration from 500ms to 2m] [env: WISP_ATTEMPT_TIMEOUT] [default: 15s]
      --propagation-grace <DURATION>  Time after start in which a missing federated credential counts as not there yet [value: a duration from 0s to 15m] [env: WISP_PROPAGATION_GRACE] [default: 2m]
      --max-connections <COUNT>       Open connections to the token listeners [value: a whole number from 1 to 65536] [env: WISP_MAX_CONNECTIONS] [default: 256]
      --header-timeout <DURATION>     Longest time for a request's headers to arrive [value: a duration from 1s to 5m] [env: WISP_HEADER_TIMEOUT] [default: 10s]
      --cache-tokens <COUNT>          Tokens kept [value: a whole number from 1 to 65536] [env: WISP_CACHE_TOKENS] [default: 128]
      --cache-bytes <SIZE>            Memory for the tokens kept [value: a size from 64KiB to 256MiB] [env: WISP_CACHE_BYTES] [default: 2MiB]
      --new-keys-per-minute <COUNT>   Exchanges a minute for pairs of identity and resource that never had a token [value: a whole number from 1 to 6000] [env: WISP_NEW_KEYS_PER_MINUTE] [default: 60]
      --new-keys-burst <COUNT>        How many of those may come at once [value: a whole number from 1 to 6000] [env: WISP_NEW_KEYS_BURST] [default: 32]
      --linger <DURATION>             How long to go on answering after SIGTERM, whether or not anything is asked [value: a duration from 0s to 24h] [env: WISP_LINGER] [default: 0s]
      --drain-timeout <DURATION>      Longest time for open requests to end after SIGTERM; those still waiting 300 ms before are answered 503 [value: a duration from 0s to 1m] [env: WISP_DRAIN_TIMEOUT] [default: 1500ms]

Logs:
      --log <LEVELS>                   What is logged [value: a comma-separated list of levels (`off`, `error`, `warn`, `info`, `debug`, `trace`), each alone or as `target=level`] [env: WISP_LOG] [default: info]
      --log-format <auto|json|text>    How log lines look; `auto` is text on a terminal and JSON elsewhere [env: WISP_LOG_FORMAT] [default: auto]
      --log-identifiers <hashed|full>  Client ids in logs: a short hash, or in full [env: WISP_LOG_IDENTIFIERS] [default: hashed]
      --cluster <NAME>                 Cluster name that log lines carry [value: a name of at most 128 printable characters] [env: WISP_CLUSTER]

Examples:
  wisp serve --check
  wisp serve --print-config --config wisp.toml
  AZURE_CLIENT_ID=GUID AZURE_TENANT_ID=GUID wisp serve --resources https://vault.azure.net --log debug

Exit codes:
   0  all is well
   1  it could not start, or could not go on
  64  arguments or configuration are wrong
--- stderr
"#);
}

#[test]
fn help_of_probe() {
    insta::assert_snapshot!(wisp(&["probe", "--help"], &[]), @"
exit: 0
--- stdout
Ask a running wisp how it is, or for a token

Usage: wisp probe [OPTIONS] <QUESTION>

Arguments:
  <QUESTION>  What to ask: has it started, is it ready, is it alive; or for a token, which is not shown [possible values: started, ready, live, token]

Options:
      --resource <RESOURCE>  What the token is for [default: the first of WISP_PREFETCH, of WISP_RESOURCES, or Azure Resource Manager]
      --admin <ADDR>         Address of the admin listener [default: where the settings say]
      --wait <DURATION>      How long to ask again while the answer is no [default: 0s]
      --config <FILE>        Read settings from this TOML file; environment and flags override it [value: the path of a TOML file] [env: WISP_CONFIG]
  -h, --help                 Print help

Examples:
  wisp probe started --wait 1m
  wisp probe ready
  wisp probe token --resource https://vault.azure.net

Exit codes:
   0  all is well
   1  the answer is no, or there is none
  64  arguments or configuration are wrong
--- stderr
");
}

#[test]
fn help_of_doctor() {
    insta::assert_snapshot!(wisp(&["doctor", "--help"], &[]), @"
exit: 0
--- stdout
Say what is wrong, from the settings to the token

Usage: wisp doctor [OPTIONS]

Options:
      --resource <RESOURCE>  What to ask for a token for; may be repeated [default: those of the settings]
      --identity <IDENTITY>  Name or client id of the one identity to ask for [default: each]
      --probe <URL>          Ask this resource with a token too, and say what its answer means
      --redirected           The pod is meant to be redirected: it fails if it is not
      --only <CHECK>         Run these checks alone, by id or category
      --ignore <CHECK>       Leave these checks out, by id or category
      --output <FORMAT>      How findings are written [default: text] [possible values: text, json]
  -q, --quiet                Say nothing of what holds
      --timeout <DURATION>   Longest time for one question to the network [default: 5s]
  -h, --help                 Print help

Settings, where they are not at hand:
      --config <FILE>            Read settings from this TOML file; environment and flags override it [value: the path of a TOML file] [env: WISP_CONFIG]
      --client-id <GUID>         Client id of the identity that tokens are issued to [value: the client id of an identity, a GUID] [env: AZURE_CLIENT_ID]
      --tenant-id <TENANT>       Tenant of every identity that does not name its own [value: a tenant's GUID or its domain name] [env: AZURE_TENANT_ID]
      --token-file <FILE>        Projected service-account token that is exchanged [value: the path of the projected service-account token] [env: AZURE_FEDERATED_TOKEN_FILE] [default: /var/run/secrets/azure/tokens/azure-identity-token]
      --authority <URL>          Entra cloud that issues the tokens [value: an https origin such as https://login.microsoftonline.com] [env: AZURE_AUTHORITY_HOST] [default: https://login.microsoftonline.com/]
      --ca-file <FILE>           PEM file with roots trusted besides the system's [value: the path of a PEM file] [env: WISP_CA_FILE]
      --https-proxy <URL>        Proxy for requests to Entra [value: a proxy such as http://proxy.example:3128 (http or https, no path)] [env: HTTPS_PROXY]
      --no-proxy <LIST>          Hosts that are reached without the proxy [value: a comma-separated list of host names, domains, addresses or networks] [env: NO_PROXY]
      --listen <LIST>            Where the application asks for tokens; loopback only [value: a comma-separated list of loopback addresses with port, such as 127.0.0.1:4254] [env: WISP_LISTEN] [default: 127.0.0.1:4254,[::1]:4254]
      --admin-listen <ADDR|off>  Where metrics and probes are answered, never tokens; `[::]` means 0.0.0.0 where IPv6 is off [value: one address with port, such as [::]:4255, or `off`] [env: WISP_ADMIN_LISTEN] [default: [::]:4255]

It reads the settings as `wisp serve` does, asks Entra for a token for each identity and resource, and shows none of them. A check that fails names what to do; those that rest on it are not run.

Examples:
  wisp doctor --resource https://vault.azure.net
  wisp doctor --quiet --ignore node-endpoint
  wisp doctor --only network,exchange --output json
  wisp doctor --probe 'https://NAME.vault.azure.net/secrets?api-version=7.4'

Exit codes:
   0  all is well
   1  a check failed
  64  arguments or configuration are wrong
--- stderr
");
}

#[test]
fn version() {
    insta::assert_snapshot!(wisp(&["--version"], &[]), @"
    exit: 0
    --- stdout
    wisp [VERSION]
    --- stderr
    ");
}
