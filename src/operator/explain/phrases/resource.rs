//! What resources answer to a token.

use super::{Phrase, phrase};
use crate::doctor::table::pod::{PROBE_ANSWER, PROBE_CONNECT};

const ROLE: Option<&crate::doctor::Check> = Some(&PROBE_ANSWER);
const CONNECTION: Option<&crate::doctor::Check> = Some(&PROBE_CONNECT);

const SPREAD: &str = "Assign the role on the resource to the identity's object (principal) id, and wait: a new assignment needs up to ten minutes.";

pub(super) const PHRASES: &[Phrase] = &[
    phrase(
        "Key Vault",
        &["ForbiddenByRbac", "Caller is not authorized to perform action on resource"],
        "The token is good. The identity has no role on this vault that allows the operation, or the assignment has not spread yet.",
        "Assign Key Vault Secrets User (or Certificate User, Crypto User) on the vault to the identity's object id, and wait up to ten minutes.",
        ROLE,
    ),
    phrase(
        "Key Vault",
        &[
            "ForbiddenByPolicy",
            "does not have secrets ~~ permission on key vault",
            "does not have keys ~~ permission on key vault",
            "does not have certificates ~~ permission on key vault",
        ],
        "The token is good. This vault works with access policies, where roles say nothing.",
        "Give the identity's object id an access policy (az keyvault set-policy), or change the vault to Azure RBAC and assign a role.",
        ROLE,
    ),
    phrase(
        "Key Vault",
        &[
            "ForbiddenByConnection",
            "ForbiddenByFirewall",
            "Client address is not authorized and caller is not a trusted service",
            "Connection is not an approved private link",
            "Public network access is disabled",
        ],
        "The token is good. The resource does not take connections from this network.",
        "Reach it by its private endpoint (its name has to resolve to the private address in the pod), or allow the cluster's network in its firewall.",
        CONNECTION,
    ),
    phrase(
        "Key Vault",
        &["AKV10022"],
        "The token is for another resource: its audience is not the vault's.",
        "Ask for a token for https://vault.azure.net (or that of the cloud the vault is in).",
        ROLE,
    ),
    phrase(
        "Key Vault",
        &["AKV10032"],
        "The token is of another tenant than the vault's.",
        "Use an identity of the vault's tenant: AZURE_TENANT_ID and the identity belong together.",
        ROLE,
    ),
    phrase(
        "Storage",
        &[
            "AuthorizationPermissionMismatch",
            "not authorized to perform this operation using this permission",
        ],
        "The token is good. The identity has no data role on the account or container; Owner and Contributor are none.",
        "Assign Storage Blob Data Reader or Contributor (for queues Storage Queue Data Contributor) to the identity's object id, and wait up to ten minutes.",
        ROLE,
    ),
    phrase(
        "Storage",
        &["AuthorizationFailure", "This request is not authorized to perform this operation."],
        "The token may be good. The account's firewall does not take requests from this network.",
        "Reach the account by its private endpoint, or allow the cluster's network in its firewall.",
        CONNECTION,
    ),
    phrase(
        "Storage",
        &["KeyBasedAuthenticationNotPermitted", "PublicAccessNotPermitted", "NoAuthenticationInformation"],
        "The client sent no token: it used an account key, or nothing at all.",
        "Remove account key and connection string from the application, and give its client a credential.",
        None,
    ),
    phrase(
        "Storage",
        &[
            "Server failed to authenticate the request",
            "ErrorCode:AuthenticationFailed",
            "ERROR CODE: AuthenticationFailed",
            "<Code>AuthenticationFailed</Code>",
        ],
        "The account cannot use what the client sent: a SAS or an account key that is wrong or of yesterday, or a token that is not for Storage.",
        "Give the client a credential in place of SAS and account key. A token has to be for https://storage.azure.com/.",
        ROLE,
    ),
    phrase(
        "Storage",
        &["InvalidAuthenticationInfo", "Audience validation failed", "Issuer validation failed"],
        "The token is for another resource or of another tenant.",
        "Ask for a token for https://storage.azure.com/, by an identity of the account's tenant.",
        ROLE,
    ),
    phrase(
        "Resource Manager",
        &["does not have authorization to perform action", "LinkedAuthorizationFailed"],
        "The token is good. The identity has no role that allows the operation at this scope.",
        SPREAD,
        ROLE,
    ),
    phrase(
        "Resource Manager",
        &["InvalidAuthenticationTokenTenant", "The access token is from the wrong issuer"],
        "The token is of another tenant than the subscription's.",
        "Use an identity of the subscription's tenant: AZURE_TENANT_ID and the identity belong together.",
        ROLE,
    ),
    phrase(
        "Resource Manager",
        &[
            "InvalidAuthenticationTokenAudience",
            "The access token has been obtained for wrong audience or resource",
        ],
        "The token is for another resource.",
        "Ask for a token for https://management.azure.com/ (or that of the cloud).",
        ROLE,
    ),
    phrase(
        "Resource Manager, Graph",
        &["InvalidAuthenticationToken"],
        "The token cannot be read there: it was cut off or altered on the way, or is none of Entra's.",
        "Send it as it came, after the word Bearer and one blank, and ask for one for https://management.azure.com/ or https://graph.microsoft.com/.",
        ROLE,
    ),
    phrase(
        "Resource Manager",
        &["ExpiredAuthenticationToken"],
        "The application has kept its token for longer than it is valid.",
        "Have it ask wisp again before expires_on, as SDKs do by themselves; wisp answers from its cache.",
        ROLE,
    ),
    phrase(
        "Graph",
        &["Authorization_RequestDenied"],
        "The token is good. The identity has no permission of Graph for the operation.",
        "Have an administrator assign the app role of Graph to the identity's service principal, then restart the pod: tokens that are cached lack it.",
        ROLE,
    ),
    phrase(
        "Azure OpenAI",
        &["lacks the required data action"],
        "The token is good. The identity has no data role on the account; Owner and Contributor are none.",
        "Assign Cognitive Services OpenAI User on the account to the identity's object id, and wait up to ten minutes.",
        ROLE,
    ),
    phrase(
        "Azure OpenAI",
        &["Access token is missing, invalid, audience is incorrect"],
        "The token is for another resource, or is not valid any more.",
        "Ask for a token for https://cognitiveservices.azure.com/.",
        ROLE,
    ),
    phrase(
        "Service Bus, Event Hubs",
        &["claim(s) are required to perform this operation", "claims are required to perform this operation"],
        "The token is good. The identity has no data role on the namespace or entity.",
        "Assign Azure Service Bus (or Event Hubs) Data Sender or Receiver to the identity's object id, and wait up to ten minutes.",
        ROLE,
    ),
    phrase(
        "Service Bus, Event Hubs",
        &["InvalidIssuer: Token issuer is invalid"],
        "The token is of another tenant than the namespace's.",
        "Use an identity of the namespace's tenant: AZURE_TENANT_ID and the identity belong together.",
        ROLE,
    ),
    phrase(
        "Service Bus, Event Hubs",
        &["Ip has been prevented to connect to the endpoint"],
        "The token may be good. The namespace's firewall does not take connections from this network.",
        "Reach the namespace by its private endpoint, or allow the cluster's network in its firewall.",
        CONNECTION,
    ),
    phrase(
        "Cosmos DB",
        &["blocked by your Cosmos DB account firewall"],
        "The token may be good. The account's firewall does not take requests from this network.",
        "Reach the account by its private endpoint, or allow the cluster's network in its firewall.",
        CONNECTION,
    ),
    phrase(
        "Cosmos DB",
        &["principal ~~ does not have required RBAC permissions to perform action"],
        "The token is good. Cosmos DB has roles of its own for data, apart from Azure's.",
        "Assign Cosmos DB Built-in Data Reader or Contributor by az cosmosdb sql role assignment create.",
        ROLE,
    ),
    phrase(
        "Resource, API",
        &[
            "jwt expired",
            "IDX10223",
            "Lifetime validation failed",
            "Error validating token: S2S12086",
            "Signature has expired",
        ],
        "Who takes the token says that it has ended: the application kept it, or the clock of one of the two is wrong.",
        "Have the application ask for each use, as SDKs do by themselves; wisp answers from its cache. Hold the node's clock against the true time.",
        ROLE,
    ),
    phrase(
        "Resource",
        &[
            "401 Unauthorized",
            "401 (Unauthorized)",
            "401: Unauthorized",
            "401 Client Error: Unauthorized",
            "Operation returned an invalid status Unauthorized",
            "HTTP/1.1 401",
            "HTTP/2 401",
            "Status code 401",
            "WWW-Authenticate: Bearer",
        ],
        "The resource got no token, or one that is for another resource, of another tenant, or has ended. wisp itself answers 401 in the App Service dialect alone: a wrong IDENTITY_HEADER.",
        "Ask for what WWW-Authenticate names: resource is what the token is to be for, authorization has the tenant. wisp doctor --probe 'URL' in the pod reads the whole answer.",
        ROLE,
    )
    .general(12)
    .unless(&["azurecr.io", "Failed to pull image", "Error from server", "failed to authorize", "error: invalid_client", "error:invalid_client"])
    .alone(&["401", "unauthorized"]),
    phrase(
        "Resource",
        &[
            "403 Forbidden",
            "403 (Forbidden)",
            "403: Forbidden",
            "Operation returned an invalid status Forbidden",
            "403 Client Error: Forbidden",
            "HttpResponseError: (Forbidden)",
            "code:Forbidden",
            "ERROR CODE: Forbidden",
            "Status code 403",
            "HTTP 403",
        ],
        "The token may be good. The identity has no role there that allows it, or the resource's firewall refuses this network; without a code it cannot be told which.",
        "Run wisp doctor --probe 'URL' in the pod, which reads the whole answer. Then give the role to the identity's object id, or allow the cluster's network.",
        ROLE,
    )
    .general(12)
    .unless(&["azurecr.io", "Failed to pull image", "Error from server", "RBAC: access denied"])
    .alone(&["403", "forbidden"]),
];
