//! What `wisp doctor` looks at from within the pod.

use super::checks;

checks! {
    Settings {
        SETTINGS "settings" "the settings are valid"
            "correct the setting that is named, where its value came from.";
        IDENTITIES "identities" "an identity is configured"
            "set AZURE_CLIENT_ID and AZURE_TENANT_ID, or annotate the service account and label the pod's template azure.workload.identity/use: \"true\".";
    }
    TokenFile {
        TOKEN_FILE "token-file" "the projected token can be read"
            "mount a projected service-account token at the path of AZURE_FEDERATED_TOKEN_FILE, into wisp's container.";
        TOKEN_KIND "token-kind" "it is a service-account token of Kubernetes"
            "mount the projected service-account token, not a Secret's token and not a token that Entra issued.";
        TOKEN_FRESH "token-fresh" "it is valid now"
            "let the kubelet replace the file: no subPath mount and no copy; restart the pod if it does not.";
        TOKEN_AUDIENCE "token-audience" "its audience is the one that Entra takes"
            "project the token for the audience api://AzureADTokenExchange, or that of the cloud in AZURE_AUTHORITY_HOST.";
        TOKEN_LIFETIME "token-lifetime" "it lives between ten minutes and a day"
            "set expirationSeconds of the projected volume between 600 and 86400; Entra refuses more than 25 hours.";
    }
    Issuer {
        ISSUER_PUBLIC "issuer-public" "its issuer is one that Entra can reach"
            "switch the cluster's OIDC issuer on, or publish it by `wispctl identity issuer`; an address inside the cluster is none.";
        ISSUER_DISCOVERY "issuer-discovery" "the issuer's discovery document is published and names it"
            "publish /.well-known/openid-configuration below the issuer, with the issuer to the letter: `wispctl identity issuer` makes it.";
        ISSUER_KEYS "issuer-keys" "the issuer's keys are published"
            "publish the cluster's key set at the jwks_uri of the discovery document.";
        ISSUER_KEY "issuer-key" "the key that signed the token is among them"
            "publish the cluster's current keys; Entra may keep the old ones for up to 45 minutes.";
    }
    Network {
        AUTHORITY_NAME "authority-name" "the authority's name resolves"
            "let the pod's DNS resolve the host of AZURE_AUTHORITY_HOST; look at dnsPolicy, CoreDNS and NetworkPolicies on port 53.";
        AUTHORITY_CONNECT "authority-connect" "a connection to it can be opened"
            "allow port 443 to the authority in NetworkPolicies, firewall and routes, or set HTTPS_PROXY.";
        AUTHORITY_PROXY "authority-proxy" "the proxy leads to it"
            "correct HTTPS_PROXY and its login, or put the authority into NO_PROXY.";
        AUTHORITY_TLS "authority-tls" "its certificate is trusted"
            "add the root of whoever issued it by WISP_CA_FILE, or have the inspection of traffic leave the authority alone.";
        AUTHORITY "authority" "it answers as Entra does"
            "set AZURE_AUTHORITY_HOST to the authority of the cloud, such as https://login.microsoftonline.com.";
        TENANT "tenant" "the tenant exists there"
            "set AZURE_TENANT_ID to the directory (tenant) id of the identity, and AZURE_AUTHORITY_HOST to its cloud.";
        CLOCK "clock" "the node's clock agrees with Entra's"
            "set the node's clock: run chrony or systemd-timesyncd on it.";
    }
    Exchange {
        EXCHANGE "exchange" "Entra issues a token"
            "do what is said after Fix; docs/troubleshooting.md has each number.";
        EXCHANGED_IDENTITY "exchanged-identity" "it is for the identity and the resource that were asked for"
            "give the identity by its client id, and the resource as its own documentation names it.";
    }
    Endpoint {
        LISTENER "listener" "wisp answers where applications ask"
            "look at the log of the container wisp; `wisp serve --check` checks its settings.";
        GUARD "guard" "it refuses what a forged request would send"
            "let nothing else listen on the port of `listen`.";
        READY "ready" "it is ready"
            "do what /readyz names as pending.";
        REDIRECT "redirect" "requests for 169.254.169.254 come to wisp"
            "run `wisp redirect` in an init container with NET_ADMIN; `wispctl inject --mode redirect` adds it.";
        NODE_ENDPOINT "node-endpoint" "the node's own identity cannot be had"
            "use mode redirect, restrict the node's metadata service to hostNetwork, or deny 169.254.169.254 by NetworkPolicy.";
    }
    Process {
        MEMORY "memory" "memory is well below its limit"
            "raise the memory limit of the container wisp to 32Mi or more.";
        OPEN_FILES "open-files" "enough files may be open"
            "raise the limit of open files of the node's container runtime.";
        VERSION "version" "the running wisp is this version"
            "restart the pod, so that image and process are of one version.";
    }
    Resource {
        PROBE_NAME "probe-name" "the resource's name resolves as expected"
            "link the private DNS zone of the private endpoint to the cluster's network.";
        PROBE_CONNECT "probe-connect" "a connection to it can be opened"
            "allow the cluster's network in the resource's firewall, or reach it by its private endpoint.";
        PROBE_ANSWER "probe-answer" "it takes the token"
            "give the identity the role that the resource asks for, on the resource; new roles need up to ten minutes.";
    }
}
