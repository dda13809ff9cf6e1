//! What `wispctl doctor` looks at from outside the pod.

use super::checks;

checks! {
    Manifest {
        READABLE "readable" "what was asked for could be read"
            "correct the file, or the way to the cluster, that is named, and ask again.";
        WORKLOAD "workload" "the workload is there"
            "check kind, name and namespace: `kubectl get deployments,statefulsets,daemonsets,jobs,cronjobs,pods -A`.";
        POD_LABEL "pod-label" "the pod template asks for an identity"
            "put the label azure.workload.identity/use: \"true\" under spec.template.metadata.labels; elsewhere it does nothing.";
        LABEL_VALUE "pod-label-value" "the value of the label is the text \"true\""
            "write azure.workload.identity/use: \"true\", in lower case and in quotes.";
        ACCOUNT "account" "the service account exists in the namespace"
            "create the service account in the pod's own namespace, or correct serviceAccountName.";
        ACCOUNT_DEFAULT "account-default" "it is one of its own, and not `default`"
            "give the workload a service account of its own: every pod that names none is `default`, and would be the identity.";
        CLIENT_ID "client-id" "an identity is named"
            "annotate the service account: azure.workload.identity/client-id: CLIENT_ID, then restart the pods.";
        CLIENT_ID_GUID "client-id-guid" "the client id is a GUID"
            "write the identity's client id, from `az identity show --query clientId`, without quotes or braces in it.";
        CLIENT_ID_KIND "client-id-kind" "it is the client id of an identity, and not its object id"
            "write clientId, and not principalId, of `az identity show`.";
        CLIENT_SECRET "client-secret" "the application has no secret that SDKs would take first"
            "remove the variables that are named, then revoke the secret.";
        ENDPOINT_OVERRIDE "endpoint-override" "nothing leads SDKs to another endpoint"
            "remove the variables that are named: they are left over from another way to a managed identity.";
        HOST_NETWORK "host-network" "a pod with the redirect has a network of its own"
            "take hostNetwork out of the pod, or inject with mode env or http-proxy.";
        NAMES "names" "no label and no annotation is misspelt"
            "write the name that is meant: what is there now nobody reads.";
    }
    Admission {
        AZWI_WEBHOOK "azwi-webhook" "the workload identity webhook is there"
            "install it: `az aks update --enable-workload-identity`, or the chart workload-identity-webhook.";
        AZWI_BUNDLE "azwi-bundle" "the API server knows whom to trust there"
            "restart the webhook's Deployment, which writes caBundle; let no GitOps tool set it back.";
        AZWI_SERVICE "azwi-service" "a pod of it is ready"
            "look at the pods behind the Service that is named; pods with the label cannot start before.";
        AZWI_FAILURE_POLICY "azwi-failure-policy" "no pod starts without it"
            "set failurePolicy: Fail for pods with the label, or they start without an identity while the webhook is away.";
        INJECTOR "injector" "something puts wisp into pods that ask for it"
            "install deploy/chart with injection webhook or policy, or run `wispctl inject` on the manifests.";
        INJECTOR_BUNDLE "injector-bundle" "the API server trusts what wisp's webhook serves"
            "look at the log of the webhook's pods, which write caBundle; let no GitOps tool set it back.";
        INJECTOR_SERVICE "injector-service" "a pod of wisp's webhook is ready"
            "look at the pods behind the Service that is named; pods that ask for wisp cannot start before.";
        INJECTOR_RIGHTS "injector-rights" "wisp's webhook has the rights that it needs"
            "apply deploy/webhook/rights.yaml, or the chart, again.";
        INJECTOR_SELECTORS "injector-selectors" "wisp's webhook selects the namespaces that ask for it"
            "correct namespaceSelector of the configuration, or the labels of the namespace.";
        INJECTOR_FAILURE_POLICY "injector-failure-policy" "no pod that asks for wisp starts without it"
            "set failurePolicy: Fail: a pod without wisp starts with the identity of the node.";
        POLICY_BINDING "policy-binding" "each admission policy of wisp is bound, and each binding has its policy"
            "apply the file of the policy again, with both objects in it (deploy/policy).";
    }
    Pod {
        POD_SECURITY "pod-security" "Pod Security allows its pods"
            "inject with mode env or http-proxy, which need no capability, or change the level of the namespace.";
        ADMISSION_REFUSED "admission-refused" "no webhook and no policy refuses its pods"
            "do what the message asks for, or ask who runs what refuses.";
        WEBHOOK_CALL "webhook-call" "the webhooks that its pods wait for answer"
            "look at the pods and the NetworkPolicies of the webhook that is named, and at its caBundle.";
        POD_CREATED "pod-created" "a pod of it was made"
            "do what the message asks for; `kubectl describe` of the object that is named has more.";
        SIDECAR "sidecar" "wisp is in the pod that asks for it"
            "restart the pods, which were made before; if it does not come then, look at the checks of admission.";
        SHAPE "shape" "all parts of wisp are in the pod"
            "take the rest out by `wispctl uninject` and inject again; a pod of a webhook has only to be restarted.";
        ORDER "order" "wisp starts before the init containers of the application"
            "put wisp first in initContainers, as `wispctl inject` does; what comes before it gets no token.";
        VARIABLES "variables" "the variables of workload identity are injected"
            "restart the pods, which the webhook has not seen; if that does not help, look at the checks of admission.";
        TOKEN_VOLUME "token-volume" "the projected token is in the pod"
            "restart the pods, which the webhook has not seen, or project a service-account token by the manifest.";
        VOLUME_AUDIENCE "volume-audience" "the token is projected for the audience that Entra takes"
            "set audience of the projected token to api://AzureADTokenExchange, or to that of the cloud.";
        TOKEN_CONTAINERS "token-containers" "only containers that need the token have it"
            "name the others in the annotation azure.workload.identity/skip-containers, or take the mount out.";
        INJECTED_VERSION "injected-version" "wisp in it is of this version"
            "inject again by this version, or restart pods of a webhook after its upgrade.";
        HAND_EDITS "hand-edits" "nobody changed wisp's parts by hand"
            "move the change into flags or annotations of the injection, which keeps it.";
        IMAGE "image" "all images are pulled"
            "check name, tag, registry and imagePullSecrets of the image that is named.";
        TOKEN_MOUNT "token-mount" "all volumes are mounted"
            "do what the message asks for; `kubectl describe pod` has more.";
        CAPABILITY "capability" "wisp-init may change the pod's network"
            "allow NET_ADMIN to wisp-init alone, or inject with mode env or http-proxy, which need no capability.";
        REDIRECT_MADE "redirect-made" "wisp-init has made the redirect"
            "do what its message asks for; docs/redirect.md has each exit code.";
        OOM_KILLED "oom-killed" "no container was killed for its memory"
            "raise the memory limit of the container that is named.";
        CRASH "crash" "no container crashes again and again"
            "do what its message asks for; `kubectl logs --previous` has more.";
        SIDECAR_READY "sidecar-ready" "wisp is ready"
            "look at the log of the container wisp; its last lines name what is pending.";
    }
    Logs {
        LOG_INIT "log-init" "the log of wisp-init tells of no failure"
            "do what its message asks for; docs/redirect.md has each exit code.";
        LOG_EXCHANGE "log-exchange" "wisp's newest exchange of each identity was a success"
            "do what is said after Fix; docs/troubleshooting.md has each number.";
        LOG_REFUSED "log-refused" "wisp refuses no request of the application"
            "look for the reason in docs/observability.md.";
    }
    Azure {
        CLUSTER_ISSUER "cluster-issuer" "the cluster's issuer is one that Entra can reach"
            "switch the cluster's OIDC issuer on (`az aks update --enable-oidc-issuer`), or publish it by `wispctl identity issuer`.";
        CREDENTIAL "credential" "the identity has a federated credential for the service account"
            "create it: `az identity federated-credential create` with issuer, subject and audience as shown.";
        CREDENTIAL_ISSUER "credential-issuer" "its issuer is the cluster's, to the letter"
            "create the credential anew with the cluster's issuer, with its slash at the end.";
        CREDENTIAL_SUBJECT "credential-subject" "its subject is that of the service account, to the letter"
            "create the credential anew with the subject as shown.";
        CREDENTIAL_AUDIENCE "credential-audience" "its audience is the one that Entra takes"
            "create the credential anew with the one audience api://AzureADTokenExchange, or that of the cloud.";
        CREDENTIAL_COUNT "credential-count" "the identity holds no more credentials than Azure allows"
            "delete credentials that nobody needs (`wispctl identity audit` names them), or use a second identity.";
        ROLE "role" "the identity has a role"
            "give it the role that the resource asks for: `az role assignment create --assignee-object-id OBJECT_ID`.";
        ROLE_SCOPE "role-scope" "it has a role at the resource, or above it"
            "give it a role at the resource that is named; new roles need up to ten minutes.";
        VAULT_MODEL "vault-model" "the vault takes what the identity has: a role, or an access policy"
            "have the vault take roles, or give the identity an access policy.";
        VAULT_NETWORK "vault-network" "the vault is open to every network"
            "look up the vault's name in the pod: it has to be the private endpoint's address, or the pods' network one that the vault allows.";
    }
}
