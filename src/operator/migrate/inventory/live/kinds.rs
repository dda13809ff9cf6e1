//! The kinds that are asked for in a cluster.

use crate::operator::cluster::{Kind, Scope};

const fn kind(roots: &'static [&'static str], resource: &'static str, name: &'static str) -> Kind {
    Kind { roots, resource, name, scope: Scope::Namespaced }
}

const fn cluster(roots: &'static [&'static str], resource: &'static str, name: &'static str) -> Kind {
    Kind { roots, resource, name, scope: Scope::Cluster }
}

const fn everywhere(resource: &'static str, name: &'static str) -> Kind {
    Kind { roots: POD_IDENTITY, resource, name, scope: Scope::Everywhere }
}

const CORE: &[&str] = &["api/v1"];
const APPS: &[&str] = &["apis/apps/v1"];
const BATCH: &[&str] = &["apis/batch/v1", "apis/batch/v1beta1"];
pub(super) const POD_IDENTITY: &[&str] = &["apis/aadpodidentity.k8s.io/v1"];
const ARGO: &[&str] = &["apis/argoproj.io/v1alpha1"];
const CERT_MANAGER: &[&str] = &["apis/cert-manager.io/v1"];
const EXTERNAL_SECRETS: &[&str] = &["apis/external-secrets.io/v1", "apis/external-secrets.io/v1beta1"];
const KEDA: &[&str] = &["apis/keda.sh/v1alpha1"];
const KNATIVE: &[&str] = &["apis/serving.knative.dev/v1"];
const KRUISE: &[&str] = &["apis/apps.kruise.io/v1alpha1"];
const SPARK: &[&str] = &["apis/sparkoperator.k8s.io/v1beta2"];
const VELERO: &[&str] = &["apis/velero.io/v1"];

/// Those that every cluster has.
pub(crate) const OWN: &[Kind] = &[
    kind(CORE, "configmaps", "ConfigMap"),
    kind(CORE, "pods", "Pod"),
    kind(CORE, "replicationcontrollers", "ReplicationController"),
    kind(APPS, "daemonsets", "DaemonSet"),
    kind(APPS, "deployments", "Deployment"),
    kind(APPS, "replicasets", "ReplicaSet"),
    kind(APPS, "statefulsets", "StatefulSet"),
    kind(BATCH, "cronjobs", "CronJob"),
    kind(BATCH, "jobs", "Job"),
];

/// Asked for where somebody wants to know how far workloads are moved.
pub(super) const ACCOUNTS: Kind = kind(CORE, "serviceaccounts", "ServiceAccount");

/// Asked for where the user says so: their answers have the values of all secrets.
pub(crate) const SECRETS: Kind = kind(CORE, "secrets", "Secret");

/// Those of others, which a cluster need not have.
pub(crate) const OTHERS: &[Kind] = &[
    everywhere("azureidentities", "AzureIdentity"),
    everywhere("azureidentitybindings", "AzureIdentityBinding"),
    everywhere("azurepodidentityexceptions", "AzurePodIdentityException"),
    everywhere("azureassignedidentities", "AzureAssignedIdentity"),
    kind(&["apis/secrets-store.csi.x-k8s.io/v1"], "secretproviderclasses", "SecretProviderClass"),
    kind(KEDA, "triggerauthentications", "TriggerAuthentication"),
    cluster(KEDA, "clustertriggerauthentications", "ClusterTriggerAuthentication"),
    kind(KEDA, "scaledjobs", "ScaledJob"),
    kind(EXTERNAL_SECRETS, "secretstores", "SecretStore"),
    cluster(EXTERNAL_SECRETS, "clustersecretstores", "ClusterSecretStore"),
    kind(CERT_MANAGER, "issuers", "Issuer"),
    cluster(CERT_MANAGER, "clusterissuers", "ClusterIssuer"),
    kind(VELERO, "backupstoragelocations", "BackupStorageLocation"),
    kind(VELERO, "volumesnapshotlocations", "VolumeSnapshotLocation"),
    kind(
        &[
            "apis/helm.toolkit.fluxcd.io/v2",
            "apis/helm.toolkit.fluxcd.io/v2beta2",
            "apis/helm.toolkit.fluxcd.io/v2beta1",
        ],
        "helmreleases",
        "HelmRelease",
    ),
    kind(
        &["apis/kustomize.toolkit.fluxcd.io/v1", "apis/kustomize.toolkit.fluxcd.io/v1beta2"],
        "kustomizations",
        "Kustomization",
    ),
    kind(ARGO, "applications", "Application"),
    kind(ARGO, "rollouts", "Rollout"),
    kind(&["apis/apps.openshift.io/v1"], "deploymentconfigs", "DeploymentConfig"),
    kind(KNATIVE, "services", "Service"),
    kind(KRUISE, "advancedcronjobs", "AdvancedCronJob"),
    kind(KRUISE, "clonesets", "CloneSet"),
    kind(KRUISE, "daemonsets", "DaemonSet"),
    kind(&["apis/apps.kruise.io/v1beta1"], "statefulsets", "StatefulSet"),
    kind(SPARK, "sparkapplications", "SparkApplication"),
    kind(SPARK, "scheduledsparkapplications", "ScheduledSparkApplication"),
    kind(&["apis/ray.io/v1"], "rayclusters", "RayCluster"),
    kind(&["apis/jobset.x-k8s.io/v1alpha2"], "jobsets", "JobSet"),
    kind(&["apis/actions.github.com/v1alpha1"], "autoscalingrunnersets", "AutoscalingRunnerSet"),
];
