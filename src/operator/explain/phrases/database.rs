//! What databases and caches answer to a login with a token.

use super::{Phrase, phrase};
use crate::doctor::table::pod::{EXCHANGE, PROBE_ANSWER, PROBE_CONNECT, REDIRECT};

const LOGIN: Option<&crate::doctor::Check> = Some(&PROBE_ANSWER);

const SEE_LOG: &str = "See wisp's log: kubectl logs POD -c wisp. Without a line of it no redirect leads to wisp; with one, do what stands after Fix.";

/// What a server says that has no administrator of Entra.
const NOT_CONFIGURED: &str = "The server is not currently configured to accept this token";

pub(super) const PHRASES: &[Phrase] = &[
    phrase(
        "JDBC driver of SQL Server",
        &["MSI Token failure", "Failed to acquire managed identity token"],
        "The driver got no token for managed identities: nothing answered it, or it was answered with an error.",
        SEE_LOG,
        Some(&REDIRECT),
    ),
    phrase(
        "JDBC driver of SQL Server",
        &["Cannot use Authentication=ActiveDirectoryMSI with User"],
        "The driver takes the identity by a property of its own, and no user beside it.",
        "Take user and password out of the connection string, and name the identity by msiClientId=CLIENT_ID.",
        None,
    ),
    phrase(
        "JDBC driver of SQL Server",
        &["authentication value ActiveDirectoryMSI is not valid"],
        "The driver is of a version that knows no managed identities.",
        "Use a newer mssql-jdbc, with the azure-identity that belongs to it.",
        None,
    ),
    phrase(
        "ODBC driver of SQL Server",
        &[
            "Authentication option is ActiveDirectoryMSI",
            "Error requesting access token, HTTP status",
            "opening URL http://169.254.169.254/metadata/identity",
        ],
        "The driver got no token for managed identities: it was answered with that HTTP status, or nothing answered (Error 12029).",
        "See wisp's log: kubectl logs POD -c wisp; without a line of it no redirect leads to wisp. One of several identities is named by UID=CLIENT_ID.",
        Some(&EXCHANGE),
    ),
    phrase(
        "SQL Database",
        &["Login failed for user NT AUTHORITY\\ANONYMOUS LOGON"],
        "The client sent no token, or the database that it names has no user for the identity.",
        "Set Authentication=Active Directory Managed Identity in the connection string, name the database there, and run CREATE USER [NAME OF THE IDENTITY] FROM EXTERNAL PROVIDER in it.",
        LOGIN,
    ),
    phrase(
        "SQL Database",
        &["Login timeout expired"],
        "At the server's address nothing answers in time: a firewall, a NetworkPolicy or a missing route drops the packets, or a paused database is starting.",
        "See where the name leads in the pod (getent hosts NAME): with a private endpoint to a private address. Otherwise allow port 1433, and for the policy Redirect 11000 to 11999.",
        Some(&PROBE_CONNECT),
    ),
    phrase(
        "SQL Database",
        &["Deny Public Network Access", "Client with IP address ~~ is not allowed to access the server"],
        "The server does not take connections from this network.",
        "Reach it by its private endpoint (its name has to resolve to the private address in the pod), or allow the cluster's network in its firewall.",
        Some(&PROBE_CONNECT),
    ),
    phrase(
        "SQL Database",
        &["Login failed for user ~~ Token is expired"],
        "The client came with a token that has ended: the application, or its pool of connections, has kept it.",
        "Have the driver ask for a token at each login (Authentication=Active Directory Managed Identity, ActiveDirectoryMSI), or set a new AccessToken before each; wisp answers from its cache.",
        LOGIN,
    ),
    phrase(
        "SQL Database",
        &[NOT_CONFIGURED],
        "The server takes no tokens of Entra, or none of this tenant: it has no Microsoft Entra administrator, or the token is of another tenant.",
        "Set a Microsoft Entra administrator on the server, and use an identity of the tenant that the server is in: AZURE_TENANT_ID and the identity belong together.",
        LOGIN,
    ),
    phrase(
        "SQL Database",
        &["Login failed for user <token-identified principal>", "token-identified principal"],
        "The token is good. The database has no user for the identity.",
        "Run CREATE USER [NAME OF THE IDENTITY] FROM EXTERNAL PROVIDER in the database, and give it a database role.",
        LOGIN,
    )
    .unless(&["Login failed for user ~~ Token is expired", NOT_CONFIGURED]),
    phrase(
        "PostgreSQL",
        &["failed: timeout expired", "error: timeout expired", "connection timeout expired"],
        "At the server's address nothing answers: a firewall, a NetworkPolicy or a missing route drops the packets. The token was not even sent.",
        "See where the name leads in the pod (getent hosts NAME): with a private endpoint to a private address. Otherwise allow the cluster's network in the server's firewall, port 5432.",
        Some(&PROBE_CONNECT),
    )
    .unless(&["The timeout period elapsed"])
    .around(0),
    phrase(
        "PostgreSQL",
        &["The access token has expired. Please acquire a new token"],
        "The password that the client sent is a token that has ended: a connection string or a pool has kept it.",
        "Have the client ask for a token at each login, by the pool's password callback or a plugin for Entra; connections that stand are not cut.",
        LOGIN,
    ),
    phrase(
        "PostgreSQL",
        &["The access token has invalid format"],
        "The password is no token as Entra issues it: it was cut off, or has quotes or a line end around it.",
        "Send the value of access_token as it came, and nothing else.",
        LOGIN,
    ),
    phrase(
        "PostgreSQL",
        &["The access token does not have a valid audience claim"],
        "The token is for another resource.",
        "Ask for a token for https://ossrdbms-aad.database.windows.net (Cosmos DB for PostgreSQL: https://token.postgres.cosmos.azure.com).",
        LOGIN,
    ),
    phrase(
        "PostgreSQL",
        &[
            "is neither an AAD_AUTH_TOKENTYPE_APP_USER or an AAD_AUTH_TOKENTYPE_APP_OBO token",
            "cannot generate AAD_AUTH_TOKENTYPE_APP_USER tokens for role",
        ],
        "The token is good. The role that the client logs in as is that of a person or a group, and not the identity's.",
        "Log in as the identity's own role, which pgaadauth_create_principal makes; SELECT * FROM pgaadauth_list_principals(false) shows all.",
        LOGIN,
    ),
    phrase(
        "PostgreSQL",
        &["no pg_hba.conf entry for host"],
        "The server does not take this connection: its firewall does not allow the address, or the client came without TLS (no encryption).",
        "Set sslmode=require, and allow the cluster's network in the server's firewall, or reach it by its private endpoint.",
        Some(&PROBE_CONNECT),
    ),
    phrase(
        "PostgreSQL",
        &["password authentication failed for user"],
        "The server has no such role, takes no logins of Entra, or the password is no token.",
        "Switch Microsoft Entra authentication on, make the role by pgaadauth_create_principal, and send a token for https://ossrdbms-aad.database.windows.net as the password.",
        LOGIN,
    ),
    phrase(
        "MySQL",
        &["Azure AD access token is not valid for user"],
        "The token is another identity's than the one that this user of MySQL was made for.",
        "Hold the claim oid, which wisp doctor shows, against the OID in the message. CREATE AADUSER 'NAME' IDENTIFIED BY 'CLIENT_ID' makes the right user.",
        LOGIN,
    ),
    phrase(
        "MySQL",
        &["mysql_clear_password cannot be loaded", "this user requires clear text authentication"],
        "The client sends no password as it is, and a token has to be sent so; TLS protects it.",
        "Switch it on: --enable-cleartext-plugin, LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN=1, or allowCleartextPasswords=1 of Go's driver; with TLS.",
        LOGIN,
    ),
    phrase(
        "MySQL",
        &["Access denied for user ~~ using password: YES"],
        "MySQL has no user for the identity, or the password is no token of it.",
        "As the Entra administrator run CREATE AADUSER 'NAME' IDENTIFIED BY 'CLIENT_ID'; log in as NAME with a token for https://ossrdbms-aad.database.windows.net.",
        LOGIN,
    ),
    phrase(
        "Redis",
        &["invalid username-password pair"],
        "The user is not the identity's object id, the identity is no user of this cache, or the token is for another resource or has ended.",
        "Log in as the object id (the claim oid) with a token for https://redis.azure.com, make the identity a Redis user of the cache, and send AUTH again before the token ends.",
        LOGIN,
    ),
    phrase(
        "Redis",
        &["has no permissions to run the ~~ command", "has no permissions to access"],
        "The login is good. The identity's access policy does not allow the command or the key.",
        "Give its Redis user another access policy, such as Data Contributor.",
        LOGIN,
    ),
    phrase(
        "Redis",
        &["NOAUTH Authentication required", "NOAUTH Returned"],
        "The client sent no login, or the token of its connection has ended.",
        "Give the client a credential for Entra that sends AUTH, and sends it again before the token ends.",
        LOGIN,
    ),
];
