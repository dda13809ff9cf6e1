//! What is said of pods, logins and chains of credentials, word by word.

/// What programs say, with the beginning of each title.
pub(super) const PODS: &[(&str, &[&str])] = &[
    (
        "failed to process mount request\" err=\"failed to get objectType:secret, objectName:orders, objectVersion:: azure.BearerAuthorizer#WithAuthorization: Failed to refresh the Token for request to https://shop.vault.azure.net/secrets/orders/?api-version=2016-10-01: StatusCode=400 -- Original Error: adal: Refresh request failed. Status Code = '400'. Response body: {\\\"error\\\":\\\"invalid_request\\\",\\\"error_description\\\":\\\"Identity not found\\\"}",
        &["Secrets Store CSI driver: failed to process mount request"],
    ),
    (
        "MountVolume.SetUp failed for volume \"secrets-store-inline\" : rpc error: code = Unknown desc = failed to mount secrets store objects for pod shop/orders-1, err: rpc error: code = Unknown desc = failed to mount objects, error: failed to get objectType:secret, objectName:orders, objectVersion:: azure.BearerAuthorizer#WithAuthorization: Failed to refresh the Token for request to https://shop.vault.azure.net/secrets/orders/?api-version=2016-10-01: StatusCode=400 -- Original Error: adal: Refresh request failed. Status Code = '400'. Response body: {\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}",
        &["Secrets Store CSI driver: failed to mount secrets store objects"],
    ),
    (
        "failed to mount secrets store objects for pod shop/orders-1, err: failed to get credentials, nodePublishSecretRef secret is not set",
        &["Secrets Store CSI driver: nodePublishSecretRef"],
    ),
    (
        "azure.BearerAuthorizer#WithAuthorization: Failed to refresh the Token for request to https://shop.vault.azure.net/: adal: Refresh request failed. Status Code = '400'.",
        &["go-autorest"],
    ),
    (
        "    State:          Waiting\n      Reason:       CrashLoopBackOff\n    Last State:     Terminated\n      Reason:       Error\n      Exit Code:    137",
        &["kubelet: CrashLoopBackOff", "kubelet: exit code: 137"],
    ),
    (
        "    Last State:     Terminated\n      Reason:       OOMKilled\n      Exit Code:    137",
        &["kubelet: OOMKilled"],
    ),
    (
        "Warning  BackOff  kubelet  Back-off restarting failed container wisp in pod orders-1: CrashLoopBackOff",
        &["kubelet: Back-off restarting failed container wisp"],
    ),
    (
        "Exec lifecycle hook ([/wisp probe started --wait 1m]) for Container \"wisp\" in Pod \"orders-1_shop(x)\" failed - error: command '/wisp probe started --wait 1m' exited with 1: , message: \"error: gave up after 1m: http://127.0.0.1:4255/livez does not answer: Connection refused (os error 111); there is no socket for probes\"",
        &["kubelet: /wisp probe started"],
    ),
    (
        "      Reason:       PostStartHookError\n      Message:      command '/wisp probe started --wait 1m' exited with 1: error: gave up after 1m: http://127.0.0.1:4255/livez does not answer: Connection refused (os error 111); there is no socket for probes",
        &["kubelet: /wisp probe started"],
    ),
    (
        "PostStartHookError: command '/bin/bash /post-start-hook.sh' exited with 126",
        &["kubelet: PostStartHookError"],
    ),
    (
        "Msg 18456, Level 14, State 233, Line 1\nLogin failed for user '<token-identified principal>'. Token is expired.",
        &["SQL Database: Login failed for user … Token is expired"],
    ),
    (
        "Login failed for user '<token-identified principal>'. The server is not currently configured to accept this token.",
        &["SQL Database: The server is not currently configured"],
    ),
    (
        "Login failed for user '<token-identified principal>'.",
        &["SQL Database: Login failed for user <token-identified"],
    ),
    (
        "psql: error: connection to server at \"shop.postgres.database.azure.com\" (20.1.2.3), port 5432 failed: timeout expired",
        &["PostgreSQL: "],
    ),
    ("psql: error: timeout expired", &["PostgreSQL: "]),
    (
        "psycopg.errors.ConnectionTimeout: connection timeout expired",
        &["PostgreSQL: connection timeout expired"],
    ),
    (
        "('HYT00', '[HYT00] [Microsoft][ODBC Driver 18 for SQL Server]Login timeout expired (0) (SQLDriverConnect)')",
        &["SQL Database: Login timeout expired"],
    ),
    (
        "Connection Timeout Expired. The timeout period elapsed while attempting to consume the pre-login handshake acknowledgement.",
        &[],
    ),
    (
        "DefaultAzureCredential: failed to acquire a token.\nAttempted credentials:\n\tEnvironmentCredential: missing environment variable AZURE_TENANT_ID\n\tWorkloadIdentityCredential: no client ID specified. Check pod configuration or set ClientID in the options\n\tManagedIdentityCredential: managed identity timed out. See https://aka.ms/azsdk/go/identity/troubleshoot#dac for more information\n\tAzureCLICredential: ERROR: Please run 'az login' to setup account.",
        &[
            "azidentity: managed identity timed out",
            "azidentity: no client ID",
            "Azure SDKs: missing environment",
            "Azure CLI: Please run",
            "Azure SDKs: DefaultAzureCredential",
        ],
    ),
    (
        "ChainedTokenCredential authentication failed.",
        &["Azure SDKs: ChainedTokenCredential authentication failed"],
    ),
    ("ERROR: Please run 'az login' to setup account.", &["Azure CLI: Please run"]),
    (
        "MSI: Failed to retrieve a token from 'http://localhost:42356/msi/token/?resource=https://management.core.windows.net/&api-version=2017-09-01' with an error of 'HTTPConnectionPool(host='localhost', port=42356): Max retries exceeded with url: /msi/token/ (Caused by NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused',))'.",
        &["Azure CLI: MSI: Failed to retrieve a token from http://localhost"],
    ),
];
