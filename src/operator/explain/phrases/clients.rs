//! What SDKs and tools say when they got no token. The last ones only wrap what others say in the same text.

use super::{NO_SECRET, Phrase, phrase};
use crate::doctor::table::pod::{EXCHANGE, IDENTITIES, LISTENER, REDIRECT, TOKEN_FILE};

const NOBODY: &str = "Nothing answered where the client looked for managed identities: no redirect leads to wisp, or wisp is not up.";

const LOOK_FOR_WISP: &str = "See that the pod has the container wisp and that it is ready; inject with the mode redirect, or set the variables of the mode env \
     in the application.";

/// What the Azure CLI says where something answered, after it has said that it could not connect.
const ANSWERED: &str = "Get Token request returned: <Response [";

/// What msrestazure says where MSI_ENDPOINT names a port of the pod.
const LEFT_OVER: [&str; 2] = [
    "MSI: Failed to retrieve a token from http://localhost",
    "MSI: Failed to retrieve a token from http://127.0.0.1",
];

pub(super) const PHRASES: &[Phrase] = &[
    phrase(
        "azidentity",
        &[
            "the requested identity isn't assigned to this resource",
            "The requested identity has not been assigned to this resource",
            "No Managed Identity found for specified ClientId/ResourceId/PrincipalId",
            "The managed identity endpoint is indicating there's no available identity",
        ],
        "Whoever answered has no identity of that client id. wisp's answer goes on with what is configured; the node's own service says no more.",
        "Hold AZURE_CLIENT_ID of the application against WISP_IDENTITIES. Where wisp's log has no line of it, the redirect is missing.",
        Some(&REDIRECT),
    ),
    phrase(
        "azidentity",
        &[
            "no default identity is assigned to this resource",
            "failed to authenticate a system assigned identity",
        ],
        "The client named no identity, and was answered 400; the answer stands behind it.",
        "Do what the answer says. Set AZURE_CLIENT_ID in the application, or WISP_DEFAULT_IDENTITY.",
        Some(&EXCHANGE),
    ),
    phrase("azidentity", &["managed identity timed out"], NOBODY, LOOK_FOR_WISP, Some(&REDIRECT)),
    phrase(
        "azure-identity, Azure.Identity, @azure/identity",
        &[
            "no response from the IMDS endpoint",
            "No Managed Identity endpoint found",
            "All Managed Identity sources are unavailable",
            "IMDSv2 probe failed",
            "managed_identity_all_sources_unavailable",
            "managed_identity_unreachable_network",
            "Managed Identity authentication is not available",
            "Attempted to use the IMDS endpoint, but it is not available",
            "IMDS endpoint cannot be established",
            "Multiple attempts failed to obtain a token from the managed identity endpoint",
        ],
        NOBODY,
        LOOK_FOR_WISP,
        Some(&REDIRECT),
    ),
    phrase(
        "MSAL",
        &[
            "managed_identity_request_failed",
            "[Managed Identity] Error Message:",
            "[Managed Identity] Authentication unavailable",
        ],
        "wisp, or the node's own service, answered with an error, which stands behind it.",
        "Do what the answer says after Fix.",
        Some(&EXCHANGE),
    ),
    phrase(
        "azure-identity for Java",
        &["Couldn't acquire access token from IMDS"],
        "wisp, or the node's own service, answered with an error, which stands behind it: most often it has no identity of that id.",
        "Hold AZURE_CLIENT_ID of the application against WISP_IDENTITIES. Where wisp's log has no line of it, the redirect is missing.",
        Some(&EXCHANGE),
    ),
    phrase(
        "Azure CLI",
        &[ANSWERED],
        "Something answered the Azure CLI, with that HTTP status: wisp, or the node's own service.",
        "See why in wisp's log: kubectl logs POD -c wisp. az login --identity needs --client-id where there are several identities. Without a line of it, the redirect is missing.",
        Some(&EXCHANGE),
    ),
    phrase(
        "Azure CLI",
        &LEFT_OVER,
        "MSI_ENDPOINT leads the client to a port of the pod. Only 4254, and 50342 of the old VM extension, are wisp's; any other is left over from another service.",
        "Take MSI_ENDPOINT and MSI_SECRET out of the application's variables, and inject with the mode redirect. Where the port is wisp's, read on in wisp's log.",
        Some(&REDIRECT),
    ),
    phrase(
        "Azure CLI",
        &["Failed to connect to MSI", "MSI: Failed to retrieve a token"],
        NOBODY,
        LOOK_FOR_WISP,
        Some(&REDIRECT),
    )
    .unless(&[ANSWERED, LEFT_OVER[0], LEFT_OVER[1]]),
    phrase(
        "NMI of pod-managed identity",
        &[
            "getting assigned identities for pod ~~ in CREATED state failed after",
            "getting assigned identities for pod ~~ in ASSIGNED state failed after",
            "failed to get matching identities for pod",
            "nmi response failed with status code",
            "no azure identity found for request clientID",
        ],
        "Not wisp answered but NMI, the daemon of pod-managed identity, which still takes the requests of this node. It has no identity for the pod.",
        "Inject wisp, with the mode redirect, into the pod. Until then an AzureIdentityBinding has to select its label aadpodidbinding.",
        Some(&REDIRECT),
    ),
    phrase(
        "Microsoft.Azure.Services.AppAuthentication",
        &["AzureServiceTokenProviderException"],
        "The library, which Microsoft maintains no more, got no token; what it tried stands behind it.",
        "Read what stands behind Managed Service Identity: where it could not connect, inject with the mode redirect. Azure.Identity takes the library's place.",
        Some(&REDIRECT),
    ),
    phrase(
        "Terraform",
        &["ManagedIdentityAuthorizer: failed to request token"],
        "Terraform got no token for managed identities; why stands behind it.",
        "Where nothing answered, inject with the mode redirect or set ARM_MSI_ENDPOINT to wisp. Where it was answered with 400, set ARM_CLIENT_ID to an identity of wisp.",
        Some(&REDIRECT),
    ),
    phrase(
        "Terraform",
        &["no Authorizer could be configured"],
        "Terraform knows of no way to a token.",
        "Set ARM_USE_MSI=true, ARM_CLIENT_ID, ARM_TENANT_ID and ARM_SUBSCRIPTION_ID; the mode redirect leads it to wisp.",
        None,
    ),
    phrase("rclone", &["MSI is not enabled on this VM"], NOBODY, LOOK_FOR_WISP, Some(&REDIRECT)),
    phrase(
        "go-autorest",
        &["adal: Refresh request failed", "azure.BearerAuthorizer#WithAuthorization"],
        "The client was answered with an error, which stands in Response body.",
        "Do what the answer says after Fix.",
        Some(&EXCHANGE),
    )
    .unless(NO_SECRET),
    phrase(
        "azcopy",
        &["failed to get token from msi, status code"],
        "azcopy was answered with that HTTP status by wisp or by the node's own service.",
        "See why in wisp's log: kubectl logs POD -c wisp. Set AZCOPY_MSI_CLIENT_ID where there are several identities.",
        Some(&EXCHANGE),
    ),
    phrase(
        "azcopy",
        &["Login Credentials missing", "failed to perform auto-login", "no cached token found"],
        "azcopy got no token, or was not told to take one.",
        "Set AZCOPY_AUTO_LOGIN_TYPE=MSI (and AZCOPY_MSI_CLIENT_ID where there are several identities); the mode redirect leads it to wisp.",
        Some(&LISTENER),
    ),
    phrase(
        "Hadoop ABFS",
        &["AADToken: HTTP connection", "AzureADAuthenticator: "],
        "Hadoop was answered with an error, of which it shows the beginning.",
        "Do what the answer says after Fix; fs.azure.account.oauth2.msi.endpoint can name wisp.",
        Some(&EXCHANGE),
    ),
    phrase(
        "azidentity",
        &[
            "no client ID specified. Check pod configuration",
            "no tenant ID specified. Check pod configuration",
            "no token file specified. Check pod configuration",
        ],
        "WorkloadIdentityCredential misses its variables. With wisp that is as it should be: ManagedIdentityCredential asks wisp. Without wisp the webhook did not inject.",
        "For workload identity without wisp, label the pod's template azure.workload.identity/use: true and annotate the service account.",
        Some(&IDENTITIES),
    ),
    phrase(
        "Azure.Identity, azure-identity",
        &[
            "workload options are not fully configured",
            "WorkloadIdentityCredential authentication unavailable",
            "WorkloadIdentityCredential: unavailable",
            "WorkloadIdentityCredential: is unavailable",
        ],
        "WorkloadIdentityCredential misses its variables. With wisp that is as it should be: ManagedIdentityCredential asks wisp. Without wisp the webhook did not inject.",
        "For workload identity without wisp, label the pod's template azure.workload.identity/use: true and annotate the service account.",
        Some(&IDENTITIES),
    ),
    phrase(
        "Azure SDKs",
        &[
            "EnvironmentCredential authentication unavailable",
            "EnvironmentCredential: unavailable",
            "Environment variables are not fully configured",
            "missing environment variable AZURE_TENANT_ID",
        ],
        "EnvironmentCredential misses its variables. That is as it should be: the chain goes on to the next credential.",
        "Nothing. Leave client secrets out of the application.",
        None,
    ),
    phrase(
        "Azure SDKs",
        &[
            "AZURE_FEDERATED_TOKEN_FILE ~~ no such file",
            "azure-identity-token: no such file",
            "No such file or directory: ~~ azure-identity-token",
        ],
        "The application exchanges the token itself, past wisp, and the file is not in its container.",
        "Take AZURE_FEDERATED_TOKEN_FILE out of the application, so that it asks wisp, or mount the projected token there.",
        Some(&TOKEN_FILE),
    ),
    phrase(
        "Azure SDKs",
        &[
            "azure-identity-token: permission denied",
            "Permission denied: ~~ azure-identity-token",
            "EACCES: permission denied, open ~~ azure-identity-token",
            "azure-identity-token (Permission denied)",
        ],
        "The application exchanges the token itself, past wisp, and its user may not read the file.",
        "Take AZURE_FEDERATED_TOKEN_FILE out of the application, so that it asks wisp, or set fsGroup in the pod's securityContext.",
        Some(&TOKEN_FILE),
    ),
    phrase(
        "Azure CLI",
        &["Please run az login"],
        "The Azure CLI has no login there. In an SDK's chain of credentials it is one of the last tries, and no cause: the line of ManagedIdentityCredential counts.",
        "An application needs no login: see what stands behind ManagedIdentityCredential. For the CLI itself run az login --identity --client-id CLIENT_ID, which asks wisp.",
        None,
    ),
    phrase(
        "Azure SDKs",
        &[
            "DefaultAzureCredential failed to retrieve a token",
            "DefaultAzureCredential: failed to acquire a token",
            "DefaultAzureCredential authentication failed",
            "ChainedTokenCredential failed",
            "AggregateAuthenticationError",
            "ChainedTokenCredential: failed to acquire a token",
            "ChainedTokenCredential authentication failed",
        ],
        "No credential of the chain got a token. The line of ManagedIdentityCredential is the one about wisp; those of the others are no cause.",
        "Read what stands behind ManagedIdentityCredential.",
        None,
    ),
    phrase(
        "Azure SDKs",
        &[
            "ManagedIdentityCredential authentication failed",
            "ManagedIdentityCredential authentication unavailable",
        ],
        "The client got no token from wisp or from the node's own service; why stands behind it.",
        "Read on behind it. Where nothing stands there, see wisp's log: kubectl logs POD -c wisp.",
        Some(&LISTENER),
    )
    .unless(NO_SECRET),
];
