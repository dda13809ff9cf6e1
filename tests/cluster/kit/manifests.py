"""Manifests of applications, before wisp comes to them."""

from kit.images import APPLICATION

FOREVER = "trap exit TERM; sleep 2147483647 & wait"
"""It takes nothing of the processor until it is told to end."""


def container(name="app", command=FOREVER, **fields):
    return {"name": name, "image": APPLICATION, "imagePullPolicy": "Never", "command": ["sh", "-c", command], **fields}


def spec(*containers, **fields):
    """A pod's; by default of one container that does nothing until it is told to end."""
    return {
        "serviceAccountName": "app",
        "terminationGracePeriodSeconds": 5,
        "containers": list(containers) or [container()],
        **fields,
    }


def pod(*containers, name="app", labels=None, annotations=None, **fields):
    metadata = {"name": name, "labels": labels or {}, "annotations": annotations or {}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec(*containers, **fields)}


def template(*containers, labels=None, annotations=None, **fields):
    return {"metadata": {"labels": labels or {"app": "app"}, "annotations": annotations or {}}, "spec": spec(*containers, **fields)}


def deployment(*containers, name="app", replicas=1, **fields):
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "app"}}, "template": template(*containers, **fields)},
    }


def job(*containers, name="app", restart="Never", backoff=0, **fields):
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"backoffLimit": backoff, "template": template(*containers, restartPolicy=restart, **fields)},
    }


def cron_job(*containers, name="app", **fields):
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": name},
        "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": job(*containers, **fields)["spec"]}},
    }


RESTRICTED = {
    "runAsNonRoot": True,
    "runAsUser": 1000,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""The security context of a container that the Pod Security level *restricted* admits."""
