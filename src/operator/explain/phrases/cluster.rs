//! What Kubernetes says in events and descriptions.

use super::{NO_SECRET, Phrase, phrase};
use crate::doctor::table::pod::{LISTENER, MEMORY, READY, REDIRECT, TOKEN_FILE};

/// How a registry refuses a node that may not pull, and one whose network it does not take.
const REGISTRY_LOGIN: &[&str] = &[
    "azurecr.io ~~ unauthorized: authentication required",
    "azurecr.io ~~ 401 Unauthorized",
    "azurecr.io ~~ failed to fetch anonymous token",
    "azurecr.io ~~ failed to fetch oauth token",
    "aka.ms/acr/authorization",
];
const REGISTRY_NETWORK: &[&str] = &["aka.ms/acr/firewall", "azurecr.io ~~ 403 Forbidden"];

/// Both.
const REGISTRY: &[&str] = &[
    "azurecr.io ~~ unauthorized",
    "azurecr.io ~~ failed to fetch anonymous token",
    "azurecr.io ~~ failed to fetch oauth token",
    "aka.ms/acr/authorization",
    "aka.ms/acr/firewall",
    "azurecr.io ~~ 403 Forbidden",
];

pub(super) const PHRASES: &[Phrase] = &[
    phrase(
        "API server",
        &["failed calling webhook mutation.azure-workload-identity.io"],
        "azwi's webhook could not be reached, and its failure policy refuses pods in that case.",
        "See that azure-wi-webhook-controller-manager runs and is ready, and that its configuration has the bundle of the certificate it serves.",
        None,
    ),
    phrase(
        "API server",
        &["failed calling webhook pods.inject.wisp", "no endpoints available for service wisp-webhook"],
        "wisp's webhook could not be reached.",
        "See that the pods of wisp-webhook run and are ready, that a NetworkPolicy lets the API server in, and that the configuration trusts the certificate (wisp_webhook_certificate_trusted).",
        None,
    ),
    phrase(
        "API server",
        &["failed calling webhook"],
        "The webhook that is named did not answer the API server, and its failure policy refuses pods in that case.",
        "See that the pods behind its service run and are ready, and that a NetworkPolicy lets the API server in. The words behind it say what was missing.",
        None,
    )
    .general(0),
    phrase(
        "Pod Security",
        &["violates PodSecurity"],
        "The namespace's Pod Security level does not allow what the pod asks for; the redirect asks for the capability NET_ADMIN.",
        "Inject with the mode env or http-proxy, which need no privilege, or see which field is named.",
        Some(&REDIRECT),
    ),
    phrase(
        "kubelet",
        &[
            "MountVolume.SetUp failed for volume azure-identity-token",
            "MountVolume.SetUp failed for volume wisp-token",
        ],
        "The kubelet could not project the service-account token, so the pod does not start.",
        "See the rest of the event: the service account has to exist in the pod's namespace, and the API server has to issue tokens for the audience.",
        Some(&TOKEN_FILE),
    ),
    phrase(
        "API server",
        &[
            "error looking up service account",
            "serviceaccount ~name~ not found",
            "serviceaccounts ~name~ not found",
        ],
        "The pod names a service account that its namespace does not have.",
        "Create the service account in the namespace of the pod, or correct serviceAccountName.",
        Some(&TOKEN_FILE),
    ),
    phrase(
        "kubelet",
        &["Startup probe failed", "Readiness probe failed"],
        "A container is not ready. If it is wisp's, it has no token file, no root certificates or not the tokens that it waits for.",
        "Do what is named as pending: by wisp probe ready in the container, or at /readyz on port 4255.",
        Some(&READY),
    ),
    phrase(
        "kubelet",
        &["Liveness probe failed"],
        "A container did not answer, and the kubelet restarts it where that goes on. If it is wisp's (wisp probe live, or port 4255), wisp hangs, is not up, or has ended.",
        "Read its last words: kubectl logs POD -c wisp --previous. A probe of one's own has to ask the port of WISP_ADMIN_LISTEN.",
        Some(&LISTENER),
    ),
    phrase(
        "kubelet",
        &["/wisp probe started"],
        "wisp did not listen in time, and the kubelet ended its container: its settings cannot be used, or its port is taken.",
        "Read its last words, in the message or by kubectl logs POD -c wisp --previous. wisp serve --check says the same about the settings.",
        Some(&LISTENER),
    ),
    phrase(
        "kubelet",
        &["PostStartHookError", "FailedPostStartHook"],
        "The command that a container runs after its start (lifecycle.postStart) failed, and the kubelet ended the container.",
        "The event names container and command, and has what it said. That of wisp is /wisp probe started.",
        None,
    )
    .general(4),
    phrase(
        "kubelet",
        &["Back-off restarting failed container wisp-init", "restarting failed container=wisp-init"],
        "wisp-init ended without a redirect, again and again, and no container of the application starts before it succeeds.",
        "Read its last words: kubectl logs POD -c wisp-init --previous. docs/redirect.md has each exit code.",
        Some(&REDIRECT),
    ),
    phrase(
        "kubelet",
        &["Back-off restarting failed container wisp", "restarting failed container=wisp"],
        "wisp ended soon after its start, again and again: its settings cannot be used, or its port is taken.",
        "Read its last words: kubectl logs POD -c wisp --previous. wisp serve --check says the same about the settings.",
        Some(&LISTENER),
    ),
    phrase(
        "kubelet",
        &["OOMKilled"],
        "The kernel ended a container because it used more memory than its limit.",
        "Raise the limit; wisp itself needs 32Mi. kubectl describe pod names the container.",
        Some(&MEMORY),
    ),
    phrase(
        "kubelet",
        &["CrashLoopBackOff"],
        "A container ends soon after its start, again and again; the kubelet waits longer each time.",
        "kubectl describe pod POD names it, with its exit code; kubectl logs POD -c NAME --previous has its last words. Paste both here.",
        None,
    )
    .general(12),
    phrase(
        "kubelet",
        &[
            "exit code: 137",
            "exitCode: 137",
            "exitCode:137",
            "exit code 137",
            "exit status 137",
            "exited with code 137",
            "exited with 137",
        ],
        "The container was killed (SIGKILL): by the kernel for its memory (then its reason is OOMKilled), or by the kubelet after a failed probe, or at its end after the grace period.",
        "kubectl describe pod has the reason, and the event Killing. wisp itself needs 32Mi.",
        Some(&MEMORY),
    )
    .general(4),
    phrase(
        "Container registry",
        REGISTRY_LOGIN,
        "The node may not pull from this registry. Kubelets pull as the cluster's own identity or by a pull secret; the pod's identity and wisp have no part in it.",
        "Give the kubelet's identity the role AcrPull (az aks update --attach-acr NAME), or name a pull secret in imagePullSecrets.",
        None,
    ),
    phrase(
        "Container registry",
        REGISTRY_NETWORK,
        "The registry's firewall does not take requests from the node's network.",
        "Reach the registry by its private endpoint, or allow the outbound address of the nodes there.",
        None,
    ),
    phrase(
        "kubelet",
        &["ErrImagePull", "ImagePullBackOff", "Failed to pull image"],
        "The image cannot be had, so that the container does not start.",
        "Check name and tag of the image and the pull secrets of the pod; kubelets pull with their own identity, not with the pod's.",
        None,
    )
    .unless(REGISTRY)
    .around(4),
    phrase(
        "kubelet",
        &[
            "container has runAsNonRoot and image will run as root",
            "container has runAsNonRoot and image has non-numeric user",
            "container's runAsUser breaks non-root policy",
        ],
        "The pod must not run as root, and its image runs as root, or as a user with a name, of which the kubelet cannot tell.",
        "Set runAsUser to a number other than 0 in the securityContext of the container that is named, or a number as USER in its image. wisp's own containers have numbers.",
        None,
    ),
    phrase(
        "kubelet",
        &[
            "couldn't find key ~name~ in ConfigMap",
            "couldn't find key ~name~ in Secret",
            "Error: configmap ~name~ not found",
            "Error: secret ~name~ not found",
        ],
        "A container takes a variable from a ConfigMap or a Secret that is not there, or lacks the key.",
        "Create it in the pod's namespace, or correct the reference. Settings of wisp may come from one too (docs/inject.md).",
        None,
    ),
    phrase(
        "kubelet",
        &["unable to apply caps", "apply caps: operation not permitted"],
        "The container runtime or a policy refuses the capability that the redirect needs.",
        "Inject with the mode env or http-proxy, which need no privilege.",
        Some(&REDIRECT),
    ),
    phrase(
        "Secrets Store CSI driver",
        &["service account tokens not found"],
        "The driver gave its provider no token of the pod: its CSIDriver object asks for none with Entra's audience. wisp has no part in it.",
        "Install the driver with tokenRequests[0].audience=api://AzureADTokenExchange, or use the add-on of AKS.",
        None,
    ),
    phrase(
        "Secrets Store CSI driver",
        &["nodePublishSecretRef secret is not set"],
        "The SecretProviderClass names no identity, so that the provider looks for a client secret. wisp has no part in it.",
        "Set clientID in the SecretProviderClass to the identity's client id, for workload identity.",
        None,
    ),
    phrase(
        "Secrets Store CSI driver",
        NO_SECRET,
        "The driver's provider got no secret from the vault. It runs on the node and asks for its tokens there: wisp has no part in it.",
        "For workload identity set clientID in the SecretProviderClass. With useVMManagedIdentity the identity has to be one of the nodes': Identity not found says that it is not.",
        None,
    )
    .general(0),
    phrase(
        "iptables",
        &[
            "Could not fetch rule set generation id: Permission denied",
            "iptables-restore: unable to initialize table",
        ],
        "The init container of another proxy may not change the pod's network, or the kernel lacks the table. wisp redirect uses no iptables.",
        "Give that container NET_ADMIN, or have wisp in its place: with azwi its image is PROXY_INIT_IMAGE too (docs/azwi.md).",
        Some(&REDIRECT),
    ),
    phrase(
        "API server",
        &["exceeded quota", "failed quota"],
        "The namespace's quota has no room for the pod, with wisp's container in it.",
        "Raise the quota, or give wisp smaller requests at injection.",
        None,
    ),
    phrase(
        "Azure Policy, Gatekeeper, Kyverno",
        &[
            "admission webhook validation.gatekeeper.sh denied the request",
            "admission webhook ~~ kyverno ~~ denied the request",
        ],
        "A policy of the cluster refuses the pod.",
        "See which constraint is named. A redirect needs an exemption for NET_ADMIN; the modes env and http-proxy need none.",
        Some(&REDIRECT),
    ),
];
