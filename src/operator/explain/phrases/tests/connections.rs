//! What programs say of names, connections and answers over HTTP, word by word.

/// What programs say, with the beginning of each title.
pub(super) const CONNECTIONS: &[(&str, &[&str])] = &[
    (
        "Post \"https://login.microsoftonline.com/t/oauth2/v2.0/token\": dial tcp: lookup login.microsoftonline.com: i/o timeout",
        &["Client: lookup login.microsoftonline.com … i/o timeout"],
    ),
    (
        "dial tcp: lookup login.microsoftonline.com on 10.0.0.10:53: read udp 10.244.0.7:40213->10.0.0.10:53: i/o timeout",
        &["Client: lookup login.microsoftonline.com … i/o timeout"],
    ),
    (
        "dial tcp: lookup login.microsoftonline.com on 10.0.0.10:53: no such host",
        &["Client: lookup login.microsoftonline.com"],
    ),
    (
        "dial tcp: lookup shop.vault.azure.net on 10.0.0.10:53: read udp 10.244.0.7:40213->10.0.0.10:53: i/o timeout",
        &["Client: lookup … i/o timeout"],
    ),
    (
        "curl: (7) Failed to connect to 169.254.169.254 port 80 after 0 ms: Couldn't connect to server",
        &["curl: 169.254.169.254 port 80 … Couldn't connect"],
    ),
    (
        "curl: (7) Failed to connect to 169.254.169.254 port 80 after 0 ms: Could not connect to server",
        &["curl: 169.254.169.254 port 80 … Could not connect"],
    ),
    (
        "curl: (28) Failed to connect to 169.254.169.254 port 80 after 5001 ms: Timeout was reached",
        &["Client: 169.254.169.254 … Timeout was reached"],
    ),
    (
        "curl: (28) Failed to connect to shop.vault.azure.net port 443 after 5001 ms: Timeout was reached",
        &["Client: Timeout was reached"],
    ),
    (
        "curl: (7) Failed to connect to shop.vault.azure.net port 443 after 12 ms: Couldn't connect to server",
        &["curl: Couldn't connect"],
    ),
    (
        "curl: (7) Failed to connect to 127.0.0.1 port 4254 after 0 ms: Couldn't connect to server",
        &["Client: 127.0.0.1 port 4254"],
    ),
    (
        "com.azure.identity.CredentialUnavailableException: ManagedIdentityCredential authentication unavailable. Connection to IMDS endpoint cannot be established, connect timed out.",
        &[
            "Client: IMDS endpoint cannot be established, connect timed out",
            "azure-identity, Azure.Identity",
            "Azure SDKs: Managed",
        ],
    ),
    (
        "ManagedIdentityCredential authentication unavailable. Connection to IMDS endpoint cannot be established, Connection refused (Connection refused).",
        &[
            "Client: IMDS endpoint cannot be established, Connection refused",
            "azure-identity, Azure.Identity",
            "Azure SDKs: Managed",
        ],
    ),
    (
        "Internal error occurred: failed calling webhook \"webhook.cert-manager.io\": failed to call webhook: Post \"https://cert-manager-webhook.cert-manager.svc:443/mutate?timeout=10s\": dial tcp 10.152.183.134:443: connect: connection refused",
        &["API server: failed calling webhook"],
    ),
    (
        "Internal error occurred: failed calling webhook \"pods.inject.wisp\": failed to call webhook: Post \"https://wisp-webhook.wisp-system.svc:443/mutate?timeout=5s\": dial tcp 10.0.14.9:443: connect: connection refused",
        &["API server: failed calling webhook pods.inject.wisp"],
    ),
    (
        "Liveness probe failed: Get \"http://10.244.0.7:4255/livez\": dial tcp 10.244.0.7:4255: connect: connection refused",
        &["kubelet: Liveness", "Client: :4255"],
    ),
    (
        "Readiness probe failed: dial tcp 10.244.0.7:8080: connect: connection refused",
        &["kubelet: Readiness", "Client: connection refused"],
    ),
    (
        "tls: failed to verify certificate: x509: certificate is valid for *.shop.example, shop.example, not shop.vault.azure.net",
        &["Client: x509: certificate is valid for"],
    ),
    (
        "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: shop.vault.azure.net. is not in the cert's altnames: DNS:*.shop.example",
        &["Client: does not match certificate"],
    ),
    (
        "SSLCertVerificationError: (\"hostname 'shop.vault.azure.net' doesn't match '*.shop.example'\",) certificate verify failed: Hostname mismatch, certificate is not valid for 'shop.vault.azure.net'.",
        &["Client: Hostname mismatch"],
    ),
    ("dial tcp 10.0.0.9:1433: connect: no route to host", &["Client: no route to host"]),
    (
        "HTTP/1.1 401 Unauthorized\nContent-Length: 97\nWWW-Authenticate: Bearer authorization=\"https://login.windows.net/t\", resource=\"https://vault.azure.net\"",
        &["Resource: 401 Unauthorized"],
    ),
    (
        "HTTP/2 401\nwww-authenticate: Bearer authorization=\"https://login.windows.net/t\", resource=\"https://vault.azure.net\"",
        &["Resource: HTTP/2 401"],
    ),
    ("HTTP/1.1 429 Too Many Requests\nRetry-After: 17", &["HTTP: 429 Too Many Requests"]),
    ("urllib.error.HTTPError: HTTP Error 503: Service Unavailable", &["HTTP: 503: Service Unavailable"]),
    ("HTTP/1.1 503 Service Unavailable", &["HTTP: 503 Service Unavailable"]),
    (
        "HTTP/1.1 503 Service Unavailable\nserver: envoy\n\nupstream connect error or disconnect/reset before headers. reset reason: connection failure, transport failure reason: delayed connect error: 111",
        &["Istio, Envoy: upstream connect error"],
    ),
    ("HTTP/1.1 403 Forbidden\nserver: envoy\n\nRBAC: access denied", &["Istio, Envoy: RBAC: access denied"]),
    ("urllib.error.HTTPError: HTTP Error 401: Unauthorized", &["Resource: 401: Unauthorized"]),
    (
        "POST https://login.microsoftonline.com/t/oauth2/v2.0/token\n--------\nRESPONSE 401: 401 Unauthorized\n--------\n{\n  \"error\": \"invalid_client\",\n  \"error_description\": \"AADSTS7000215: Invalid client secret provided.\"",
        &[],
    ),
    (
        "tls: failed to verify certificate: x509: cannot validate certificate for 10.0.0.9 because it doesn't contain any IP SANs",
        &["Client: x509: cannot validate certificate for"],
    ),
    ("Response: 429", &[]),
];
