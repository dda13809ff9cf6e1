//! The risks. Their ids are interface: reports and scripts name them.

use super::Severity::{self, Blocker, Decision, Note, Warning};

/// Which risk.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum RiskId {
    /// The AKS add-on owns the objects and writes them anew.
    AddOnOwnsObjects,
    /// An AzureIdentity of type 1 or 2: an app registration with a secret or a certificate.
    AppRegistration,
    /// Tokens were asked of further tenants too.
    AuxiliaryTenants,
    /// Azure Policy may forbid federated credentials.
    AzurePolicy,
    /// An identity would hold more than 20 federated credentials.
    CredentialLimit,
    /// A binding that gives no identity.
    DanglingBinding,
    /// The pods have the namespace's default account.
    DefaultAccount,
    /// An exception has the pods ask the node.
    Exception,
    /// A Key Vault FlexVolume, which has no workload identity.
    FlexVolume,
    /// The pods have the node's network.
    HostNetwork,
    /// An AzureIdentity of no use, for instance without a client id.
    IdentityMalformed,
    /// Wisp does not get into such manifests.
    KindNotServed,
    /// The label comes from the values of a chart, or from a patch.
    LabelInValues,
    /// Pods and Jobs cannot be changed.
    MadeAnew,
    /// An issuer that Entra has not seen before.
    NewIssuer,
    /// The pods ask for an identity and have none.
    NoIdentity,
    /// An owner whose pod template is not known.
    OwnerUnknown,
    /// The namespace's Pod Security level refuses mode `redirect`.
    PodSecurity,
    /// Where the identity is in Azure is not known.
    ResourceIdUnknown,
    /// Pods were seen with an identity that no binding gives them.
    SeenWithAnother,
    /// Several identities match one label.
    SeveralIdentities,
    /// Workloads with different identities share a service account.
    SharedAccount,
    /// Wisp or the proxy of azwi is in the pods already.
    SidecarThere,
    /// The workload has static secrets.
    StaticSecret,
    /// Something could not be read.
    Unread,
    /// The pods run on a virtual node.
    VirtualNode,
    /// The pods run on Windows.
    Windows,
}

/// What is known of a risk.
struct Row {
    name: &'static str,
    severity: Severity,
    /// What it is.
    meaning: &'static str,
    advice: &'static str,
}

const fn row(name: &'static str, severity: Severity, meaning: &'static str, advice: &'static str) -> Row {
    Row { name, severity, meaning, advice }
}

impl RiskId {
    /// All of them, by name.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 27] = [
        Self::AddOnOwnsObjects,
        Self::AppRegistration,
        Self::AuxiliaryTenants,
        Self::AzurePolicy,
        Self::CredentialLimit,
        Self::DanglingBinding,
        Self::DefaultAccount,
        Self::Exception,
        Self::FlexVolume,
        Self::HostNetwork,
        Self::IdentityMalformed,
        Self::KindNotServed,
        Self::LabelInValues,
        Self::MadeAnew,
        Self::NewIssuer,
        Self::NoIdentity,
        Self::OwnerUnknown,
        Self::PodSecurity,
        Self::ResourceIdUnknown,
        Self::SeenWithAnother,
        Self::SeveralIdentities,
        Self::SharedAccount,
        Self::SidecarThere,
        Self::StaticSecret,
        Self::Unread,
        Self::VirtualNode,
        Self::Windows,
    ];

    const fn row(self) -> Row {
        match self {
            Self::AddOnOwnsObjects => row(
                "add-on-owns-objects",
                Warning,
                "the AKS add-on owns the objects and writes them anew",
                "remove identities by `az aks pod-identity delete`, and the add-on at the end by `az aks update --disable-pod-identity`; what is deleted in the cluster comes back",
            ),
            Self::AppRegistration => row(
                "app-registration",
                Warning,
                "an AzureIdentity of type 1 or 2: an app registration with a secret or a certificate",
                "add the federated credential to the app registration; once nobody uses the secret, revoke it in Entra and delete it from the cluster",
            ),
            Self::AuxiliaryTenants => row(
                "auxiliary-tenants",
                Warning,
                "tokens were asked of further tenants too",
                "make the app registration multi-tenant, and have each tenant consent; wisp gets tokens of the one tenant that it is told",
            ),
            Self::AzurePolicy => row(
                "azure-policy",
                Note,
                "Azure Policy may forbid federated credentials",
                "look for assignments that limit federated credentials to issuers; Conditional Access can refuse whoever writes them, too (AADSTS50005)",
            ),
            Self::CredentialLimit => row(
                "credential-limit",
                Decision,
                "an identity would hold more than 20 federated credentials",
                "have workloads of a namespace share a service account (`serviceAccount`), bind the identity to the cluster (`az aks identity-binding create`), or give some of them a further AzureIdentity with the same roles; credentials that it holds already count too",
            ),
            Self::DanglingBinding => row(
                "dangling-binding",
                Warning,
                "a binding that gives no identity",
                "pods with its label have no identity by it today; delete it, or repair it and take the inventory again",
            ),
            Self::DefaultAccount => row(
                "default-account",
                Warning,
                "the pods have the namespace's default account",
                "a new service account is planned, for every pod of the namespace would be the identity otherwise; give it the RoleBindings and imagePullSecrets that `default` has",
            ),
            Self::Exception => row(
                "exception",
                Note,
                "an exception has the pods ask the node",
                "they are left out; keep them out of injection (`wisp/inject: \"false\"`), and out of what closes the node's endpoint",
            ),
            Self::FlexVolume => row(
                "flex-volume",
                Blocker,
                "a Key Vault FlexVolume, which has no workload identity",
                "replace it by the Key Vault provider of the Secrets Store CSI driver before anything else",
            ),
            Self::HostNetwork => row(
                "host-network",
                Warning,
                "the pods have the node's network",
                "mode `redirect` is refused there; in other modes wisp takes ports of the node, so one pod a node",
            ),
            Self::IdentityMalformed => row(
                "identity-malformed",
                Warning,
                "an AzureIdentity of no use, for instance without a client id",
                "nobody gets tokens by it today; delete it, or repair it and take the inventory again",
            ),
            Self::KindNotServed => row(
                "kind-not-served",
                Warning,
                "wisp does not get into such manifests",
                "have the webhook put it into the pods, and try one first",
            ),
            Self::LabelInValues => row(
                "label-in-values",
                Warning,
                "the label comes from the values of a chart, or from a patch",
                "change it where it comes from; what is changed in the cluster is lost with the next release",
            ),
            Self::MadeAnew => row(
                "made-anew",
                Note,
                "pods and Jobs cannot be changed",
                "make them anew from their source; what runs is not touched",
            ),
            Self::NewIssuer => row(
                "new-issuer",
                Note,
                "an issuer that Entra has not seen before",
                "tokens of a new issuer may be refused for up to half an hour (AADSTS7000272, AADSTS70021): write the first credential early and wait",
            ),
            Self::NoIdentity => row(
                "no-identity",
                Blocker,
                "the pods ask for an identity and have none",
                "nobody knows whom to make it; name the identity (`clientId`), or remove the label",
            ),
            Self::OwnerUnknown => row(
                "owner-unknown",
                Warning,
                "an owner whose pod template is not known",
                "only its pods were seen; name the template by `--path`, or have webhook or policy put wisp into the pods",
            ),
            Self::PodSecurity => row(
                "pod-security",
                Warning,
                "the namespace's Pod Security level refuses mode `redirect`",
                "mode `env` is planned: see that all clients honour its variables, for others ask the node",
            ),
            Self::ResourceIdUnknown => row(
                "resource-id-unknown",
                Decision,
                "where the identity is in Azure is not known",
                "a federated credential needs its resource id; find it by `az identity list --query \"[?clientId=='ID'].id\"`",
            ),
            Self::SeenWithAnother => row(
                "seen-with-another",
                Warning,
                "pods were seen with an identity that no binding gives them",
                "find out who uses it before anything is removed: a binding was changed or deleted since",
            ),
            Self::SeveralIdentities => row(
                "several-identities",
                Warning,
                "several identities match one label",
                "choose what a request gets that names none; all keep working for requests that name them",
            ),
            Self::SharedAccount => row(
                "shared-account",
                Warning,
                "workloads with different identities share a service account",
                "new service accounts are planned, for an account names one identity; give them the RoleBindings and imagePullSecrets of the old one",
            ),
            Self::SidecarThere => row(
                "sidecar-there",
                Note,
                "wisp or the proxy of azwi is in the pods already",
                "look at what is there first; `wispctl inject` replaces its own, and says so of others",
            ),
            Self::StaticSecret => row(
                "static-secret",
                Warning,
                "the workload has static secrets",
                "once tokens come by the identity, remove the secret from variables, mounts and sources, and revoke it; until then nothing is won",
            ),
            Self::Unread => row(
                "unread",
                Warning,
                "something could not be read",
                "nothing is planned for it; make it readable and plan again",
            ),
            Self::VirtualNode => row(
                "virtual-node",
                Blocker,
                "the pods run on a virtual node",
                "workload identity is not supported there; move them to ordinary nodes",
            ),
            Self::Windows => row(
                "windows",
                Blocker,
                "the pods run on Windows",
                "wisp runs on Linux; move to an SDK with workload identity of its own (`road: native`)",
            ),
        }
    }

    /// Its id.
    pub(crate) const fn name(self) -> &'static str {
        self.row().name
    }

    /// How grave it is.
    pub(crate) const fn severity(self) -> Severity {
        self.row().severity
    }

    /// What it is.
    pub(crate) const fn meaning(self) -> &'static str {
        self.row().meaning
    }

    /// What to do about it.
    pub(crate) const fn advice(self) -> &'static str {
        self.row().advice
    }
}
