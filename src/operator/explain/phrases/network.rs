//! What programs say of names, connections and certificates.

use super::{Phrase, phrase};
use crate::doctor::table::pod::{
    AUTHORITY_CONNECT, AUTHORITY_NAME, AUTHORITY_PROXY, AUTHORITY_TLS, LISTENER, PROBE_CONNECT, PROBE_NAME,
    REDIRECT,
};

/// Lines of which rows of the cluster and of clients say what they mean, whatever the network said.
const OTHER_CAUSES: &[&str] =
    &["failed calling webhook", "/wisp probe started", "MSI: Failed to retrieve a token from"];

/// How Go and the C library say that DNS gave no answer about Entra's name.
const ENTRA_SILENT: &[&str] = &[
    "lookup login.microsoftonline.com ~~ i/o timeout",
    "login.microsoftonline.com ~~ Temporary failure in name resolution",
    "Resource temporarily unavailable (login.microsoftonline.com",
    "EAI_AGAIN login.microsoftonline.com",
];

pub(super) const PHRASES: &[Phrase] = &[
    phrase(
        "Client",
        &[
            "169.254.169.254:80: connect: connection refused",
            "ECONNREFUSED 169.254.169.254",
            "169.254.169.254 port 80: Connection refused",
            "Connection refused (169.254.169.254:80)",
            "169.254.169.254 ~~ Connection refused",
            "IMDS endpoint cannot be established, Connection refused",
        ],
        "The redirect is there, and wisp does not answer behind it: it is not up yet, or it has ended.",
        "See that the container wisp runs; as a native sidecar it starts before the application. Its log says why it ended.",
        Some(&LISTENER),
    ),
    phrase(
        "Client",
        &[
            "169.254.169.254:80: i/o timeout",
            "ETIMEDOUT 169.254.169.254",
            "169.254.169.254 ~~ timed out",
            "169.254.169.254 ~~ Network is unreachable",
            "EHOSTUNREACH 169.254.169.254",
            "169.254.169.254 ~~ No route to host",
            "169.254.169.254 ~~ context deadline exceeded",
            "169.254.169.254 ~~ unreachable network",
            "connect timed out ~~ 169.254.169.254",
            "Connection timed out ~~ 169.254.169.254",
            "unreachable network. (169.254.169.254",
            "Network is unreachable (169.254.169.254",
            "169.254.169.254 ~~ Timeout was reached",
            "IMDS endpoint cannot be established, connect timed out",
            "IMDS endpoint cannot be established, Network is unreachable",
            "IMDS endpoint cannot be established, No route to host",
        ],
        "The request went to the node's own metadata service, or into nothing: no redirect leads to wisp.",
        "Inject with the mode redirect, or set the variables of the mode env in the application; an init container of the pod has to have run wisp redirect.",
        Some(&REDIRECT),
    ),
    phrase(
        "curl",
        &[
            "169.254.169.254 port 80 ~~ Couldn't connect to server",
            "169.254.169.254 port 80 ~~ Could not connect to server",
        ],
        "Nothing took the connection: no redirect leads to wisp, or wisp does not answer behind it. This curl does not say which.",
        "See that the pod has a container wisp which runs, and with the mode redirect a wisp-init that has ended well. curl -v says Connection refused where only wisp is missing.",
        Some(&REDIRECT),
    ),
    phrase(
        "Client",
        &[
            "127.0.0.1:4254: connect: connection refused",
            "ECONNREFUSED 127.0.0.1:4254",
            "127.0.0.1 ~~ 4254 ~~ refused",
            "localhost ~~ 4254 ~~ refused",
            "Connection refused 127.0.0.1:4254",
            "Connection refused (127.0.0.1:4254)",
            "Connection refused (localhost:4254)",
            "127.0.0.1 port 4254 ~~ connect to server",
            "localhost port 4254 ~~ connect to server",
        ],
        "The application asks wisp where wisp does not answer: it is not up yet, it has ended, or it listens on another port.",
        "See that the container wisp runs, and hold WISP_LISTEN against the port in the variables of the application.",
        Some(&LISTENER),
    ),
    phrase(
        "Client",
        &[
            ":4255: connect: connection refused",
            "127.0.0.1 port 4255 ~~ connect to server",
            "localhost port 4255 ~~ connect to server",
        ],
        "wisp's port for probes and metrics takes no connection: wisp is not up yet, it has ended, or WISP_ADMIN_LISTEN names another port, or loopback alone.",
        "See that the container wisp runs, and why it ended: kubectl logs POD -c wisp --previous. Hold WISP_ADMIN_LISTEN against the port that is asked.",
        Some(&LISTENER),
    ),
    phrase(
        "Client",
        ENTRA_SILENT,
        "The application asks Entra itself, past wisp, and the cluster's DNS gave no answer.",
        "Let the pod reach the cluster's DNS, port 53 by UDP and TCP: see NetworkPolicies and CoreDNS. An application that shall ask wisp needs no AZURE_FEDERATED_TOKEN_FILE of its own.",
        Some(&AUTHORITY_NAME),
    ),
    phrase(
        "Client",
        &[
            "lookup login.microsoftonline.com",
            "ENOTFOUND login.microsoftonline.com",
            "Failed to resolve login.microsoftonline.com",
            "login.microsoftonline.com ~~ Name or service not known",
            "Name or service not known (login.microsoftonline.com",
            "UnknownHostException: login.microsoftonline.com",
            "Could not resolve host: login.microsoftonline.com",
        ],
        "The application asks Entra itself, past wisp, and its DNS does not know the name.",
        "Let the pod ask the cluster's DNS, and that one resolve names outside. An application that shall ask wisp needs no AZURE_FEDERATED_TOKEN_FILE of its own.",
        Some(&AUTHORITY_NAME),
    )
    .unless(ENTRA_SILENT)
    .around(0),
    phrase(
        "Client",
        &[
            "login.microsoftonline.com ~~ i/o timeout",
            "login.microsoftonline.com ~~ connection refused",
            "ECONNREFUSED ~~ login.microsoftonline.com",
            "login.microsoftonline.com ~~ timed out",
            "login.microsoftonline.com ~~ context deadline exceeded",
            "login.microsoftonline.com ~~ TLS handshake timeout",
            "Connection refused (login.microsoftonline.com",
            "connect timed out ~~ login.microsoftonline.com",
        ],
        "The application asks Entra itself, past wisp, and nothing lets it through.",
        "Allow port 443 to the authority, or set HTTPS_PROXY. An application that shall ask wisp needs no AZURE_FEDERATED_TOKEN_FILE of its own.",
        Some(&AUTHORITY_CONNECT),
    )
    .unless(ENTRA_SILENT)
    .around(0),
    phrase(
        "Client",
        &["Proxy Authentication Required", "407 Proxy"],
        "The HTTP proxy on the way wants a login.",
        "Put user and password into HTTPS_PROXY as http://user:password@host:port, for wisp too.",
        Some(&AUTHORITY_PROXY),
    ),
    phrase(
        "Client",
        &[
            "x509: certificate signed by unknown authority",
            "unable to get local issuer certificate",
            "unable to verify the first certificate",
            "self-signed certificate in certificate chain",
            "self signed certificate in certificate chain",
            "PKIX path building failed",
            "The remote certificate is invalid",
        ],
        "Who signed the certificate is not trusted: usually a firewall that inspects TLS puts its own in place of it.",
        "Name the firewall's CA bundle: WISP_CA_FILE for wisp, and the client's own setting (such as SSL_CERT_FILE, REQUESTS_CA_BUNDLE or NODE_EXTRA_CA_CERTS) for the application.",
        Some(&AUTHORITY_TLS),
    )
    .unless(OTHER_CAUSES),
    phrase(
        "Client",
        &[
            "certificate has expired or is not yet valid",
            "certificate verify failed: certificate has expired",
            "certificate verify failed: certificate is not yet valid",
            "CERT_HAS_EXPIRED",
            "CertificateExpiredException",
            "CertificateNotYetValidException",
        ],
        "The certificate of the host that is named is out of date, or the clock of the node is wrong.",
        "Hold the time in the message against the right one. If the node's clock is right, whoever runs the host, or the firewall that inspects TLS, renews the certificate.",
        Some(&AUTHORITY_TLS),
    )
    .unless(OTHER_CAUSES),
    phrase(
        "Client",
        &["net/http: TLS handshake timeout"],
        "The host that is named took the connection and then said nothing: a firewall on the way stops what it does not like, or packets are too large for it.",
        "Let the host through the firewall, and hold the MTU of the pods against that of the way.",
        Some(&AUTHORITY_TLS),
    )
    .unless(&["login.microsoftonline.com ~~ TLS handshake timeout", "failed calling webhook"]),
    phrase(
        "Client",
        &[
            "x509: certificate is valid for",
            "x509: certificate is not valid for any names",
            "x509: cannot validate certificate for",
            "Hostname mismatch, certificate is not valid for",
            "does not match certificate's altnames",
            "no alternative certificate subject name matches target host name",
            "No subject alternative DNS name matching",
        ],
        "Another host answered than the one that was asked, with a certificate of its own name: the name leads elsewhere, or a firewall or an ingress answered.",
        "See where the name leads in the pod (getent hosts NAME): DNS, hostAliases, a private endpoint of something else. Ask by a name that stands in the certificate.",
        Some(&AUTHORITY_TLS),
    )
    .unless(OTHER_CAUSES),
    phrase(
        "Client",
        &["lookup ~~ i/o timeout", "getaddrinfo EAI_AGAIN", "Temporary failure in name resolution"],
        "The cluster's DNS gave no answer about the host that is named.",
        "Let the pod reach the cluster's DNS, port 53 by UDP and TCP: see NetworkPolicies, and whether the pods of CoreDNS run and reach the DNS behind them.",
        Some(&PROBE_NAME),
    )
    .unless(&["login.microsoftonline.com", "failed calling webhook"])
    .around(0),
    phrase(
        "Client",
        &[
            "no such host",
            "getaddrinfo ENOTFOUND",
            "Name or service not known",
            "Could not resolve host",
            "java.net.UnknownHostException",
        ],
        "The DNS that the pod asks does not know the host that is named.",
        "Look at the name first. A private endpoint needs its DNS zone linked to the cluster's network.",
        Some(&PROBE_NAME),
    )
    .general(0)
    .unless(OTHER_CAUSES),
    phrase(
        "Client",
        &["no route to host", "connect EHOSTUNREACH", "Network is unreachable", "connect ENETUNREACH"],
        "No way leads from the pod to the address that is named, or a firewall on the way says so.",
        "Look at the address first: a private endpoint needs a peered network, IPv6 a cluster that has it. Then see routes and the rules that reject.",
        Some(&PROBE_CONNECT),
    )
    .general(0)
    .unless(OTHER_CAUSES),
    phrase(
        "curl",
        &["Couldn't connect to server", "Could not connect to server"],
        "Nothing took the connection: nobody listens on that port, or no way leads to the address. This curl does not say which.",
        "curl -v says which. For the host of a resource see where its name leads in the pod (getent hosts NAME).",
        Some(&PROBE_CONNECT),
    )
    .general(0),
    phrase(
        "Client",
        &["connection refused", "connect ECONNREFUSED", "actively refused it"],
        "At the address that is named nobody listens on that port.",
        "Hold both against who should answer. Ports 4254 and 4255 and 169.254.169.254 are wisp's: see that its container runs. For the host of a resource see where its name leads in the pod.",
        Some(&PROBE_CONNECT),
    )
    .general(0)
    .unless(OTHER_CAUSES),
    phrase(
        "Client",
        &[
            "connection reset by peer",
            "read ECONNRESET",
            "SocketException: Connection reset",
            "ConnectionResetError",
            "forcibly closed by the remote host",
        ],
        "The other side, or something on the way, cut the connection: a firewall that filters by name, a proxy, or a server that restarts.",
        "Let the host that is named through the firewall. wisp itself cuts none but at its own end: see whether its container was restarted.",
        Some(&PROBE_CONNECT),
    )
    .general(0)
    .unless(OTHER_CAUSES),
    phrase(
        "Client",
        &[
            "i/o timeout",
            "connect ETIMEDOUT",
            "Connection timed out",
            "connect timed out",
            "Client.Timeout exceeded while awaiting headers",
            "Timeout was reached",
        ],
        "At the address that is named nothing answers: a firewall, a NetworkPolicy or a missing route drops the packets.",
        "Allow the way: egress of NetworkPolicies, the cluster's firewall, the resource's own or its private endpoint.",
        Some(&PROBE_CONNECT),
    )
    .general(0)
    .unless(OTHER_CAUSES),
];
