use std::collections::BTreeSet;

use super::{super::text::Text, GROUPS, explained, markdown};
use crate::observe::page::page_has;

/// What programs say, with the beginning of each title.
const WELL_KNOWN: &[(&str, &[&str])] = &[
    (
        "System.Net.Http.HttpRequestException: Name or service not known (login.microsoftonline.com:443)",
        &["Client: Name"],
    ),
    ("getaddrinfo EAI_AGAIN login.microsoftonline.com", &["Client: EAI_AGAIN"]),
    ("java.net.UnknownHostException: login.microsoftonline.com", &["Client: UnknownHost"]),
    (
        "System.Net.Http.HttpRequestException: Connection refused (127.0.0.1:4254)",
        &["Client: Connection refused (127"],
    ),
    (
        "Get \"https://login.microsoftonline.com/t/v2.0/.well-known/openid-configuration\": context deadline exceeded",
        &["Client: login"],
    ),
    (
        "Post \"https://login.microsoftonline.com/t/oauth2/v2.0/token\": net/http: TLS handshake timeout",
        &["Client: login"],
    ),
    ("Get \"https://vault.example/\": net/http: TLS handshake timeout", &["Client: net/http"]),
    ("connect timed out 169.254.169.254", &["Client: connect timed out"]),
    (
        "dial tcp 169.254.169.254:80: connectex: A socket operation was attempted to an unreachable network.",
        &["Client: 169"],
    ),
    (
        "x509: certificate has expired or is not yet valid: current time 2026-01-01T00:00:00Z is after 2025-01-01T00:00:00Z",
        &["Client: certificate has expired"],
    ),
    (
        "UNABLE_TO_VERIFY_LEAF_SIGNATURE: unable to verify the first certificate",
        &["Client: unable to verify"],
    ),
    (
        "open /var/run/secrets/azure/tokens/azure-identity-token: permission denied",
        &["Azure SDKs: azure-identity-token"],
    ),
    (
        "PermissionError: [Errno 13] Permission denied: '/var/run/secrets/azure/tokens/azure-identity-token'",
        &["Azure SDKs: Permission"],
    ),
    (
        "getting assigned identities for pod shop/cart-1 in CREATED state failed after 16 attempts",
        &["NMI of"],
    ),
    ("failed to get matching identities for pod: default/demo, error: context canceled", &["NMI of"]),
    (
        "getting assigned identities for pod default/demo in ASSIGNED state failed after 20 attempts",
        &["NMI of"],
    ),
    ("SocketException (111): Connection refused 127.0.0.1:4254", &["Client: Connection refused 127"]),
    (
        "Put token failed. status-code: 401, status-description: InvalidIssuer: Token issuer is invalid.",
        &["Service Bus"],
    ),
    ("Ip has been prevented to connect to the endpoint.", &["Service Bus"]),
    ("azwi-proxy-init iptables-restore: unable to initialize table 'nat'", &["iptables"]),
    (
        "iptables v1.8.7 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)",
        &["iptables"],
    ),
    ("nmi response failed with status code: 404", &["NMI of"]),
    ("no azure identity found for request clientID 1111****", &["NMI of"]),
    (
        "ManagedIdentityCredential - Azure Identity => ERROR in getToken(): Managed Identity authentication is not available.",
        &["azure-identity, "],
    ),
    (
        "Couldn't acquire access token from IMDS, verify your objectId, clientId or msiResourceId",
        &["azure-identity for Java"],
    ),
    ("SQLServerException: MSI Token failure: Failed to acquire access token from IMDS", &["JDBC"]),
    (
        "ManagedIdentityCredential: Authentication failed. Message Attempted to use the IMDS endpoint, but it is not available.",
        &["azure-identity, "],
    ),
    (
        "AggregateAuthenticationError: ChainedTokenCredential authentication failed.",
        &["Azure SDKs: AggregateAuthenticationError"],
    ),
    (
        "CredentialUnavailableError: WorkloadIdentityCredential: is unavailable. clientId is a required parameter.",
        &["Azure.Identity"],
    ),
    (
        "CredentialUnavailableError: The managed identity endpoint is indicating there's no available identity",
        &["azidentity"],
    ),
    (
        "Microsoft.Azure.Services.AppAuthentication.AzureServiceTokenProviderException: Parameters",
        &["Microsoft.Azure"],
    ),
    (
        "\"Message\":\"No Managed Identity found for specified ClientId/ResourceId/PrincipalId.\"",
        &["azidentity"],
    ),
    ("Login failed for user 'NT AUTHORITY\\ANONYMOUS LOGON'.", &["SQL Database: Login"]),
    ("Connection was denied since Deny Public Network Access is set to Yes", &["SQL Database: Deny"]),
    ("failed to get token from msi, status code: 400", &["azcopy: failed"]),
    (
        "failed to obtain credential info: no cached token found, please log in with azcopy's login command",
        &["azcopy: no cached"],
    ),
    ("ManagedIdentityAuthorizer: failed to request token from metadata endpoint", &["Terraform: Managed"]),
    ("no Authorizer could be configured, please check your configuration", &["Terraform: no Authorizer"]),
    ("failed to parse workload identity tokens, error: service account tokens not found", &["Secrets Store"]),
    ("failed to get credentials, nodePublishSecretRef secret is not set", &["Secrets Store"]),
    ("does not have certificates get permission on key vault 'kv;location=westeurope'", &["Key Vault: does"]),
    ("Client address is not authorized and caller is not a trusted service.", &["Key Vault: Client"]),
    (
        "Request originated from IP 10.0.0.9. This is blocked by your Cosmos DB account firewall settings.",
        &["Cosmos DB: blocked"],
    ),
    (
        "<Code>AuthenticationFailed</Code><Message>Server failed to authenticate the request.</Message>",
        &["Storage: Server"],
    ),
    (r#"{"error":{"code":"InvalidAuthenticationToken"}}"#, &["Resource Manager, Graph"]),
    (
        r#"{"error":{"code":"InvalidAuthenticationTokenTenant"}}"#,
        &["Resource Manager: InvalidAuthenticationTokenTenant"],
    ),
    (r#"{"error":{"code":"ExpiredAuthenticationToken"}}"#, &["Resource Manager: Expired"]),
    (
        "The principal `x` lacks the required data action `Microsoft.CognitiveServices/a/action`",
        &["Azure OpenAI"],
    ),
    (r#"{"error":{"code":"Authorization_RequestDenied"}}"#, &["Graph: "]),
    (
        "Back-off restarting failed container wisp-init in pod orders-1",
        &["kubelet: Back-off restarting failed container wisp-init"],
    ),
    (
        "Back-off restarting failed container wisp in pod orders-1",
        &["kubelet: Back-off restarting failed container wisp"],
    ),
    (
        "Failed to connect to MSI. Please make sure MSI is configured correctly.\nGet Token request returned: <Response [400]>",
        &["Azure CLI: Get Token"],
    ),
    ("Failed to connect to MSI. Please make sure MSI is configured correctly.", &["Azure CLI: Failed"]),
    ("serviceaccounts \"orders\" not found", &["API server: serviceaccounts"]),
    (
        "failed calling webhook \"mutation.azure-workload-identity.io\": x509: certificate signed by unknown authority",
        &["API server: failed calling"],
    ),
    (
        "x509: certificate signed by unknown authority\nfailed calling webhook \"pods.inject.wisp\": x509: certificate signed by unknown authority",
        &["API server: failed calling", "Client: x509"],
    ),
    (
        r#"{"level":"WARN","serviceAccount":"app","operation":"exchange","message":"AADSTS700016: Application 'x' was not found; failed to pull image; ForbiddenByRbac"}"#,
        &[],
    ),
];

#[test]
fn what_programs_say_is_known_and_nothing_else_is_told() {
    let mut wrong = Vec::new();
    for (text, expected) in WELL_KNOWN {
        let found = explained(&Text::of(text));
        let titles: Vec<_> = found.iter().map(|found| found.title.as_str()).collect();
        let is_right = titles.len() == expected.len()
            && titles
                .iter()
                .zip(*expected)
                .all(|(title, begin)| title.starts_with(begin));
        if !is_right {
            wrong.push(format!("{text}: {titles:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn words_are_there_once_and_texts_are_short_single_lines() {
    let mut all = BTreeSet::new();
    for phrase in GROUPS.iter().flat_map(|(_, phrases)| *phrases) {
        for says in phrase.says {
            assert!(says.len() >= 8 && all.insert(says.to_lowercase()), "{says}");
        }
        for text in [phrase.meaning, phrase.fix] {
            assert!(text.len() <= 260 && text.ends_with('.') && !text.contains(['\n', '|']), "{text}");
        }
    }
    assert!(all.len() > 60, "{}", all.len());
}

#[test]
fn the_page_has_this_table() {
    page_has("docs/troubleshooting.md", "phrases", &markdown());
}
