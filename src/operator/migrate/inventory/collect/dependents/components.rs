//! Programs that used pod-managed identity, and what they have instead.

/// A program.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Component {
    pub name: &'static str,
    /// The version in which it has workload identity of its own.
    pub native_since: &'static str,
    /// What takes the place of pod-managed identity.
    pub instead: &'static str,
    /// What the images of its own programs have in their names.
    pub images: &'static [&'static str],
}

pub(crate) const AGIC: Component = Component {
    name: "AGIC",
    native_since: "1.7.0",
    instead: "`armAuth.type: workloadIdentity` with `identityClientID`",
    images: &["application-gateway/kubernetes-ingress"],
};

pub(crate) const CERT_MANAGER: Component = Component {
    name: "cert-manager",
    native_since: "1.11.0",
    instead: "label on pod and service account, `azureDNS.managedIdentity.clientID`",
    images: &["cert-manager-controller"],
};

pub(crate) const EXTERNAL_SECRETS: Component = Component {
    name: "External Secrets",
    native_since: "0.5.0",
    instead: "`authType: WorkloadIdentity` with `serviceAccountRef`",
    images: &["external-secrets/external-secrets"],
};

pub(crate) const FLEX_VOLUME: Component = Component {
    name: "Key Vault FlexVolume",
    native_since: "never",
    instead: "the Key Vault provider of the Secrets Store CSI driver",
    images: &["kv-flexvolume", "keyvault-flexvolume"],
};

pub(crate) const FLUX: Component = Component {
    name: "Flux",
    native_since: "2.0.0",
    instead: "label on the pods, annotation on the service account of the controller",
    images: &[
        "fluxcd/kustomize-controller",
        "fluxcd/source-controller",
        "fluxcd/image-reflector-controller",
        "fluxcd/helm-controller",
        "fluxcd/notification-controller",
    ],
};

pub(crate) const KEDA: Component = Component {
    name: "KEDA",
    native_since: "2.8.0",
    instead: "`provider: azure-workload` with `identityId`; 2.15 has nothing else",
    images: &["kedacore/keda"],
};

pub(crate) const KEY_VAULT: Component = Component {
    name: "Key Vault CSI provider",
    native_since: "1.1.0",
    instead: "`usePodIdentity: \"false\"` with `clientID`",
    images: &["secrets-store/provider-azure"],
};

pub(crate) const VALUES: Component = Component {
    name: "label in values",
    native_since: "as its chart",
    instead: "whatever the chart's workloads get",
    images: &[],
};

pub(crate) const VELERO: Component = Component {
    name: "Velero",
    native_since: "1.8.0 of its plugin",
    instead: "plugin 1.8.0 or newer, label on pod and service account",
    images: &["velero-plugin-for-microsoft-azure"],
};

impl Component {
    /// Whether `text` names one of its controllers, as its images are called.
    pub(crate) fn is_controller_in(&self, text: &str) -> bool {
        let names = self
            .images
            .iter()
            .map(|image| image.rsplit('/').next().unwrap_or(image));
        names.into_iter().any(|name| text.contains(name))
    }
}

/// All of them.
pub(crate) const COMPONENTS: [&Component; 9] =
    [&AGIC, &CERT_MANAGER, &EXTERNAL_SECRETS, &FLEX_VOLUME, &FLUX, &KEDA, &KEY_VAULT, &VALUES, &VELERO];

/// The program that `image` is of.
pub(crate) fn of_image(image: &str) -> Option<&'static Component> {
    COMPONENTS
        .into_iter()
        .find(|component| component.images.iter().any(|known| image.contains(known)))
}

/// The version that `image` names.
pub(crate) fn version(image: &str) -> Option<String> {
    let (_, last) = image.rsplit_once('/').unwrap_or(("", image));
    let last = last.split_once('@').map_or(last, |(name, _)| name);
    last.split_once(':').map(|(_, tag)| tag.to_owned())
}
