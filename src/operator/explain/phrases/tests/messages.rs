//! What programs say, word by word.

/// What programs say, with the beginning of each title.
pub(super) const WELL_KNOWN: &[(&str, &[&str])] = &[
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
        "error: this pod uses the network of its node (10.0.0.4): a redirect would take the metadata service away from the whole node",
        &["wisp: this pod uses"],
    ),
    (
        "error: the redirect was made, could not be proven and was removed: a connection to 169.254.169.254:80 was not answered",
        &["wisp: the redirect was made"],
    ),
    ("403", &["Resource: 403"]),
    ("Forbidden", &["Resource: 403"]),
    (
        "azure.core.exceptions.HttpResponseError: Operation returned an invalid status 'Forbidden'",
        &["Resource: Op"],
    ),
    ("Service request failed.\nStatus: 403 (Forbidden)", &["Resource: 403 ("]),
    (
        "RESPONSE 403: 403 Forbidden\nERROR CODE: Forbidden\n---\n{\"error\":{\"code\":\"Forbidden\",\n\"innererror\":{\"code\":\"ForbiddenByRbac\"}}}",
        &["Key Vault: ForbiddenByRbac"],
    ),
    ("RESPONSE 403: 403 Forbidden\nERROR CODE UNAVAILABLE", &["Resource: 403"]),
    ("Error from server (Forbidden): pods is forbidden: User \"x\" cannot list resource \"pods\"", &[]),
    ("TokenExpiredError: jwt expired", &["Resource, API: jwt"]),
    (
        "RestError: [TokenExpired] Error validating token: 'S2S12086'.",
        &["Resource, API: Error validating token"],
    ),
    (
        "SecurityTokenExpiredException: IDX10223: Lifetime validation failed. The token is expired.",
        &["Resource, API: IDX10223"],
    ),
    (
        "read tcp 10.0.0.7:51012->52.239.1.1:443: read: connection reset by peer",
        &["Client: connection reset"],
    ),
    ("Error: read ECONNRESET", &["Client: read"]),
    ("dial tcp 10.0.0.9:5432: connect: connection refused", &["Client: connection refused"]),
    ("curl: (7) Failed to connect to shop port 80: Connection refused", &["Client: connection refused"]),
    ("dial tcp 127.0.0.1:4254: connect: connection refused", &["Client: 127.0.0.1:4254"]),
    ("dial tcp: lookup shop.vault.azure.net on 10.0.0.10:53: no such host", &["Client: no such host"]),
    ("Error: getaddrinfo EAI_AGAIN shop.vault.azure.net", &["Client: getaddrinfo EAI_AGAIN"]),
    (
        "dial tcp: lookup login.microsoftonline.com: i/o timeout\ndial tcp 20.1.2.3:1433: i/o timeout",
        &["Client: lookup login", "Client: i/o timeout"],
    ),
    (
        "Error: container has runAsNonRoot and image will run as root (pod: \"orders-1_shop(x)\", container: app)",
        &["kubelet: container has runAsNonRoot and image will"],
    ),
    (
        "Error: container has runAsNonRoot and image has non-numeric user (nobody), cannot verify user is non-root",
        &["kubelet: container has runAsNonRoot and image has"],
    ),
    ("Error: secret \"settings\" not found", &["kubelet: Error: secret"]),
    (
        "Failed to pull image \"shop.azurecr.io/cart:1\": failed to resolve reference \"shop.azurecr.io/cart:1\": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://shop.azurecr.io/oauth2/token?scope=repository%3Acart%3Apull&service=shop.azurecr.io: 401 Unauthorized\nError: ErrImagePull\nError: ImagePullBackOff",
        &["Container registry: azurecr.io"],
    ),
    (
        "Error response from daemon: Get https://shop.azurecr.io/v2/cart/manifests/1: unauthorized: authentication required",
        &["Container registry: azurecr.io"],
    ),
    (
        "Failed to pull image \"shop.azurecr.io/cart:1\": unexpected status from GET request to https://shop.azurecr.io/oauth2/token: 403 Forbidden",
        &["Container registry: azurecr.io … 403"],
    ),
    ("Failed to pull image \"shop/cart:1\": not found", &["kubelet: Failed"]),
    (
        "com.microsoft.sqlserver.jdbc.SQLServerException: Failed to acquire managed identity token. Request for the token succeeded, but no token was returned.",
        &["JDBC driver of SQL Server: Failed"],
    ),
    (
        "SQLServerException: Cannot use \"Authentication=ActiveDirectoryMSI\" with \"User\", \"UserName\" or \"Password\" connection string keywords.",
        &["JDBC driver of SQL Server: Cannot"],
    ),
    (
        "[FA004][Microsoft][ODBC Driver 17 for SQL Server][SQL Server]Failed to authenticate the user '' in Active Directory (Authentication option is 'ActiveDirectoryMSI').\nError code 0xA190; state 41360",
        &["ODBC driver of SQL Server: Authentication option"],
    ),
    (
        "[CE275][Microsoft][ODBC Driver 17 for SQL Server][SQL Server]Error requesting access token, HTTP status 400, expected 200",
        &["ODBC driver of SQL Server: Error"],
    ),
    (
        "Error 12029 opening URL http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01",
        &["ODBC driver of SQL Server: opening"],
    ),
    (
        "FATAL:  The access token has expired. Please acquire a new token and retry.",
        &["PostgreSQL: The access token has expired"],
    ),
    (
        "FATAL: The access token does not have a valid audience claim. Please acquire a new token for the resource \"https://ossrdbms-aad.database.windows.net\".",
        &["PostgreSQL: The access token does not"],
    ),
    (
        "PSQLException: FATAL: Azure AD user token for role[orders] is neither an AAD_AUTH_TOKENTYPE_APP_USER or an AAD_AUTH_TOKENTYPE_APP_OBO token.",
        &["PostgreSQL: is neither"],
    ),
    (
        "connection failed: FATAL: Service Principals cannot generate AAD_AUTH_TOKENTYPE_APP_USER tokens for role[orders]",
        &["PostgreSQL: cannot generate"],
    ),
    (
        "FATAL:  no pg_hba.conf entry for host \"10.0.0.7\", user \"orders\", database \"shop\", no encryption",
        &["PostgreSQL: no pg_hba.conf"],
    ),
    ("FATAL:  password authentication failed for user \"orders\"", &["PostgreSQL: password"]),
    (
        "java.sql.SQLException: Azure AD access token is not valid for user 'orders' with OID '33333333-cccc-4ccc-8ccc-333333333333'.",
        &["MySQL: Azure AD"],
    ),
    (
        "ERROR 2059 (HY000): Authentication plugin 'mysql_clear_password' cannot be loaded: plugin not enabled",
        &["MySQL: mysql_clear_password"],
    ),
    (
        "ERROR 1045 (28000): Access denied for user 'orders'@'10.0.0.7' (using password: YES)",
        &["MySQL: Access"],
    ),
    (
        "ReplyError: WRONGPASS invalid username-password pair or user is disabled.",
        &["Redis: invalid username-password"],
    ),
    ("NOPERM this user has no permissions to run the 'set' command", &["Redis: has no permissions to run"]),
    ("(error) NOAUTH Authentication required.", &["Redis: NOAUTH"]),
    (
        r#"{"level":"WARN","serviceAccount":"app","operation":"exchange","message":"AADSTS700016: Application 'x' was not found; failed to pull image; ForbiddenByRbac"}"#,
        &[],
    ),
];
