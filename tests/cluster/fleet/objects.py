"""The manifests of the fleet, as they are before anything is migrated."""

from fleet.roster import BASELINE, BANK, FLEET, client_id, of, resource_id
from kit.entra import TENANT
from kit.manifests import container
from kit.pod_identity import binding, exception, thing

LABEL = "aadpodidbinding"
WEBHOOK = {"webhook": "fleet"}
"""The label of namespaces whose pods go through the fleet's webhook."""
RAW = {"tier": "raw"}
"""The label that the exception is about."""
WIDGET = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.fleet.example"},
    "spec": {
        "group": "fleet.example",
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": "widgets", "singular": "widget"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}
"""A kind whose controller nobody knows: it makes pods, and that is all that can be seen of it."""


def namespace(name):
    """A namespace with what is of pod-managed identity in it, and the accounts of its workloads."""
    labels = WEBHOOK | ({"pod-security.kubernetes.io/enforce": "baseline"} if name in BASELINE else {})
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    yield from (placed(each, name) for each in [*accounts(name), *identities(name)])


def accounts(namespace):
    wanted = {each.account: each for each in of(namespace) if each.account != "default"}
    for name, workload in wanted.items():
        annotations = {"azure.workload.identity/client-id": client_id(name)} if workload.is_annotated else {}
        yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "annotations": annotations}}


def identities(namespace):
    """Its AzureIdentities and their bindings; those of others too, which standard mode allows."""
    found = {}
    for each in FLEET:
        if (each.bound_in or each.namespace) != namespace:
            continue
        if each.is_excepted:
            found[each.name] = [exception(each.name, RAW)]
        for name in each.identities:
            found[name] = [registration(name) if each.is_registration else managed(name), binding(name, each.label)]
        if each.is_registration:
            found[each.name].append(secret(each.name))
    return [one for each in found.values() for one in each]


def managed(name):
    return thing("AzureIdentity", name, {"type": 0, "resourceID": resource_id(name), "clientID": client_id(name)})


def registration(name):
    password = {"name": name, "namespace": BANK}
    return thing("AzureIdentity", name, {"type": 1, "tenantID": TENANT, "clientID": client_id(name), "clientPassword": password})


def secret(name):
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"password": "nobody-is-asked-for-it"}}


def workload(each):
    """Its manifest, as its owner wrote it."""
    return placed(KINDS[each.kind](each), each.namespace) | {"kind": each.kind}


def placed(thing, namespace):
    return thing | {"metadata": {**thing["metadata"], "namespace": namespace}}


def labels(each):
    return {"app": each.name} | (RAW if each.is_excepted else {LABEL: each.label})


def template(each, **more):
    containers = [container(name=name) for name in ("app", "helper")[: each.containers]]
    spec = {"serviceAccountName": each.account, "terminationGracePeriodSeconds": 5, "containers": containers, **more}
    if each.account == "default":
        spec.pop("serviceAccountName")
    if each.has_node_network:
        spec["hostNetwork"] = True
    return {"metadata": {"labels": labels(each)}, "spec": spec}


def pod(each):
    return {"apiVersion": "v1", "metadata": {"name": each.name, "labels": labels(each)}, "spec": template(each)["spec"]}


def widget(each):
    return {"apiVersion": "fleet.example/v1", "metadata": {"name": each.name}, "spec": {}}


def job(each):
    spec = {"backoffLimit": 0, "template": template(each, restartPolicy="Never")}
    return {"apiVersion": "batch/v1", "metadata": {"name": each.name}, "spec": spec}


def cron_job(each):
    """At a time that does not come while the test runs."""
    spec = {"schedule": "0 0 1 1 *", "suspend": each.is_suspended, "jobTemplate": {"spec": job(each)["spec"]}}
    return {"apiVersion": "batch/v1", "metadata": {"name": each.name}, "spec": spec}


def controlled(each, **more):
    spec = {"selector": {"matchLabels": {"app": each.name}}, "template": template(each), **more}
    return {"apiVersion": "apps/v1", "metadata": {"name": each.name}, "spec": spec}


def replicated(each, **more):
    return controlled(each, replicas=each.replicas, **more)


KINDS = {
    "Deployment": lambda each: replicated(each, strategy={"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}),
    "StatefulSet": lambda each: replicated(each, serviceName=each.name),
    "ReplicaSet": replicated,
    "DaemonSet": controlled,
    "CronJob": cron_job,
    "Job": job,
    "Pod": pod,
    "Widget": widget,
}
