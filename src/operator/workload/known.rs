//! Kinds that carry pods: those of Kubernetes itself, and of others.

/// The kinds that carry a pod, by API group, and the way to the pod's metadata and specification. The core group has no name.
pub(crate) const KINDS: &[(&str, &[&str], &[&str])] = &[
    ("Pod", &[""], &[]),
    ("ReplicationController", &[""], OF_KUBERNETES),
    ("Deployment", &["apps", "extensions"], OF_KUBERNETES),
    ("ReplicaSet", &["apps", "extensions"], OF_KUBERNETES),
    ("DaemonSet", &["apps", "extensions"], OF_KUBERNETES),
    ("StatefulSet", &["apps"], OF_KUBERNETES),
    ("Job", &["batch"], OF_KUBERNETES),
    ("CronJob", &["batch"], &["spec", "jobTemplate", "spec", "template"]),
];

/// Where most of Kubernetes have it.
const OF_KUBERNETES: &[&str] = &["spec", "template"];

/// A kind of others.
pub(super) struct Kind {
    pub name: &'static str,
    pub group: &'static str,
    /// The paths of its pod templates. An object need not have all of them.
    pub template_paths: &'static [&'static str],
}

const fn kind(group: &'static str, name: &'static str, template_paths: &'static [&'static str]) -> Kind {
    Kind { name, group, template_paths }
}

const TEMPLATE: &[&str] = &["spec.template"];

/// Those that wisp gets into, by API group and kind.
pub(super) const SERVED: &[Kind] = &[
    // Kubernetes, but no workload: what controllers of others make pods from.
    kind("", "PodTemplate", &["template"]),
    kind("actions.github.com", "AutoscalingRunnerSet", TEMPLATE),
    kind("agones.dev", "Fleet", &["spec.template.spec.template"]),
    kind("agones.dev", "GameServer", TEMPLATE),
    kind("agones.dev", "GameServerSet", &["spec.template.spec.template"]),
    kind(
        "apps.kruise.io",
        "AdvancedCronJob",
        &["spec.template.jobTemplate.spec.template", "spec.template.broadcastJobTemplate.spec.template"],
    ),
    kind("apps.kruise.io", "BroadcastJob", TEMPLATE),
    kind("apps.kruise.io", "CloneSet", TEMPLATE),
    kind("apps.kruise.io", "DaemonSet", TEMPLATE),
    kind("apps.kruise.io", "StatefulSet", TEMPLATE),
    kind(
        "apps.kruise.io",
        "UnitedDeployment",
        &[
            "spec.template.statefulSetTemplate.spec.template",
            "spec.template.advancedStatefulSetTemplate.spec.template",
            "spec.template.cloneSetTemplate.spec.template",
            "spec.template.deploymentTemplate.spec.template",
        ],
    ),
    // OpenShift, and as it was before its kinds had groups.
    kind("apps.openshift.io", "DeploymentConfig", TEMPLATE),
    kind("", "DeploymentConfig", TEMPLATE),
    kind("argoproj.io", "Rollout", TEMPLATE),
    kind("batch.volcano.sh", "Job", &["spec.tasks[*].template"]),
    kind("jobset.x-k8s.io", "JobSet", &["spec.replicatedJobs[*].template.spec.template"]),
    kind("keda.sh", "ScaledJob", &["spec.jobTargetRef.template"]),
    kind("kubeflow.org", "JAXJob", &["spec.jaxReplicaSpecs.*.template"]),
    kind("kubeflow.org", "MPIJob", &["spec.mpiReplicaSpecs.*.template"]),
    kind("kubeflow.org", "Notebook", TEMPLATE),
    kind("kubeflow.org", "PaddleJob", &["spec.paddleReplicaSpecs.*.template"]),
    kind("kubeflow.org", "PyTorchJob", &["spec.pytorchReplicaSpecs.*.template"]),
    kind("kubeflow.org", "TFJob", &["spec.tfReplicaSpecs.*.template"]),
    kind("kubeflow.org", "XGBoostJob", &["spec.xgbReplicaSpecs.*.template"]),
    kind(
        "leaderworkerset.x-k8s.io",
        "LeaderWorkerSet",
        &["spec.leaderWorkerTemplate.leaderTemplate", "spec.leaderWorkerTemplate.workerTemplate"],
    ),
    kind("ray.io", "RayCluster", &["spec.headGroupSpec.template", "spec.workerGroupSpecs[*].template"]),
    kind(
        "ray.io",
        "RayJob",
        &[
            "spec.rayClusterSpec.headGroupSpec.template",
            "spec.rayClusterSpec.workerGroupSpecs[*].template",
            "spec.submitterPodTemplate",
        ],
    ),
    kind(
        "ray.io",
        "RayService",
        &[
            "spec.rayClusterConfig.headGroupSpec.template",
            "spec.rayClusterConfig.workerGroupSpecs[*].template",
        ],
    ),
    kind(
        "spark.apache.org",
        "SparkApplication",
        &["spec.driverSpec.podTemplateSpec", "spec.executorSpec.podTemplateSpec"],
    ),
    kind(
        "sparkoperator.k8s.io",
        "ScheduledSparkApplication",
        &["spec.template.driver.template", "spec.template.executor.template"],
    ),
    kind("sparkoperator.k8s.io", "SparkApplication", &["spec.driver.template", "spec.executor.template"]),
    kind("trainer.kubeflow.org", "ClusterTrainingRuntime", TRAINING),
    kind("trainer.kubeflow.org", "TrainingRuntime", TRAINING),
];

const TRAINING: &[&str] = &["spec.template.spec.replicatedJobs[*].template.spec.template"];

/// Those that wisp cannot get into by their manifests, with the reason.
pub(super) const NOT_SERVED: &[(&str, &[&str], &str)] = &[
    (
        "argoproj.io",
        &["ClusterWorkflowTemplate", "CronWorkflow", "Workflow", "WorkflowTemplate"],
        "Argo Workflows makes its pods of parts that are not a pod template",
    ),
    (
        "serving.knative.dev",
        &["Configuration", "Revision", "Service"],
        "Knative allows neither lifecycle hooks nor native sidecars in what it makes pods from",
    ),
    (
        "serving.kserve.io",
        &["InferenceService"],
        "KServe makes its pods of parts that are not a pod template",
    ),
    (
        "tekton.dev",
        &["ClusterTask", "Pipeline", "PipelineRun", "Task", "TaskRun"],
        "Tekton makes its pods of steps, and a pod template cannot hold them",
    ),
];

/// Why wisp does not get into objects of this kind by their manifests, if that is known.
pub(crate) fn not_served(kind: &str, group: &str) -> Option<&'static str> {
    let found = NOT_SERVED
        .iter()
        .find(|(known, kinds, _)| *known == group && kinds.contains(&kind));
    found.map(|(.., reason)| *reason)
}
