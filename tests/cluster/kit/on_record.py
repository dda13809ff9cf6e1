"""Pods on which ways into a pod are compared: those of the manifests of tests/inject, and others in which something is odd."""

import copy

import yaml

from kit.manifests import container, pod
from kit.places import ROOT
from kit.policies import INJECT, alike

INPUTS = ROOT / "tests/inject"
USE = "azure.workload.identity/use"
OTHER = "33333333-3333-4333-8333-333333333333"


def pods_of(value):
    """All that are in objects, as pods: whatever has containers below `spec`."""
    if isinstance(value, dict):
        if isinstance(value.get("spec"), dict) and "containers" in value["spec"]:
            yield {"metadata": value.get("metadata") or {}, "spec": value["spec"]}
        for each in value.values():
            yield from pods_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from pods_of(each)


def recorded():
    """The pods of the manifests on record, by the folder and their number. Their service account is one that is there."""
    for path in sorted(INPUTS.glob("*/input.*")):
        for number, found in enumerate(pods_of(list(yaml.safe_load_all(path.read_text())))):
            labels = {**(found["metadata"].get("labels") or {}), **INJECT}
            metadata = {"name": "app", "labels": labels, "annotations": found["metadata"].get("annotations") or {}}
            spec = complete({**copy.deepcopy(found["spec"]), "serviceAccountName": "app"})
            yield f"{path.parent.name}-{number}", {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def complete(spec):
    """With what an API server asks for, and manifests for injection need not have: images, and the volumes of a claim."""
    spec.pop("serviceAccount", None)
    volumes = spec.setdefault("volumes", None) or []
    for each in [*(spec.get("initContainers") or []), *spec["containers"]]:
        each.setdefault("image", "registry.example/app")
        missing = {mount["name"] for mount in each.get("volumeMounts") or []} - {volume["name"] for volume in volumes}
        volumes += [{"name": name, "emptyDir": {}} for name in sorted(missing)]
    return {**spec, "volumes": volumes}


FIXED = {"limits": {"cpu": "1", "memory": "64Mi"}, "requests": {"cpu": "1000m", "memory": "64Mi"}}
ALLOWED = {"annotations": {"azure.workload.identity/skip-containers": "app"}}
MADE = {
    "plain": pod(),
    "two": pod(container(env=[{"name": "A", "value": "b"}]), container("other"), initContainers=[container("first", "exit 0")]),
    "never": pod(restartPolicy="Never"),
    "on-failure": pod(restartPolicy="OnFailure", initContainers=[container("first", "exit 0")]),
    "guaranteed": pod(container(resources=FIXED)),
    "guaranteed-never": pod(container(resources=FIXED), container("other", resources={"limits": FIXED["limits"]}), restartPolicy="Never"),
    "burstable": pod(container(resources=FIXED), container("other", resources={"limits": {"memory": "64Mi"}})),
    "whole": pod(resources={"limits": {"cpu": "2", "memory": "256Mi"}, "requests": {"cpu": "1", "memory": "128Mi"}}),
    "labelled": pod(labels={USE: "true"}),
    "labelled-and-skipping": pod(container(), container("other"), labels={USE: "true"}, **ALLOWED),
    "labelled-never": pod(labels={USE: "true"}, restartPolicy="Never", initContainers=[container("first", "exit 0")]),
    "proxied-by-azwi": pod(labels={USE: "true"}, annotations={"azure.workload.identity/inject-proxy-sidecar": "true"}),
    "mesh": pod(container(), container("istio-proxy"), {"name": "m", "image": "mirror.example/istio/proxyv2:1@sha256:" + 64 * "0"}),
    "no-proxy": pod(container(env=[{"name": "X", "value": "1"}, {"name": "NO_PROXY", "value": "a.example"}, {"name": "no_proxy", "value": ""}])),
    "volumes": pod(container(volumeMounts=[{"name": "v", "mountPath": "/v"}]), volumes=[{"name": "v", "emptyDir": {}}]),
    "annotated": pod(annotations={"azure.workload.identity/client-id": OTHER, "wisp/tenant-id": "contoso.example"}),
    "own-annotation": pod(annotations={"wisp/client-id": OTHER, "wisp/token-lifetime": "7200"}),
    "expiration": pod(annotations={"azure.workload.identity/service-account-token-expiration": "4000"}),
    "no-token-of-the-cluster": pod(automountServiceAccountToken=False),
    "host-network": pod(hostNetwork=True),
    "windows": pod(os={"name": "windows"}),
    "port": pod(container(ports=[{"containerPort": 4255}])),
    "azwi-proxy": pod(container(), {"name": "p", "image": "mcr.microsoft.com/oss/azure/workload-identity/proxy:v1.5.1"}),
    "wisp-by-hand": pod(container(), {"name": "identity", "image": "registry.example/wisp:1", "args": ["serve"]}),
    "wrong-id": pod(annotations={"wisp/client-id": "orders"}),
    "left-over": pod(container(env=[{"name": "MSI_ENDPOINT", "value": "http://localhost:1234/msi/token"}])),
    "own-variable": pod(container(env=[{"name": "IDENTITY_ENDPOINT", "value": "http://elsewhere.example"}])),
    "proxy-of-its-own": pod(container(env=[{"name": "HTTP_PROXY", "value": "http://proxy.example:3128"}])),
    "imds-without-proxy": pod(container(env=[{"name": "NO_PROXY", "value": "a.example, 169.254.169.254"}])),
    "unknown-annotation": pod(annotations={"wisp/modes": "env"}),
}  # fmt: skip


def opted_in(manifest):
    manifest = copy.deepcopy(manifest)
    manifest["metadata"].setdefault("labels", {}).update(INJECT)
    return manifest


ONLY_INJECT = {"has a proxy for HTTPS", "brings certificates of its own", "an admission policy gives every pod the same"}
"""Why a policy refuses what `wispctl inject` can do."""


def compared(found, wanted, alike=alike):
    """What differs between a way and `wispctl inject`, of each of which status, message and pod are known: nothing, if both make the
    same pod or both refuse."""
    _, said, pod = found
    _, why, expected = wanted
    if not expected or not pod:
        is_fine = not pod and (not expected or any(reason in said for reason in ONLY_INJECT))
        return None if is_fine else f"inject: {why!r}; instead: {said!r}"
    return "\n".join(difference("", alike(pod), alike(expected)))


def difference(at, found, expected):
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in sorted({*found, *expected}):
            yield from difference(f"{at}.{key}", found.get(key), expected.get(key))
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for number, pair in enumerate(zip(found, expected)):
            yield from difference(f"{at}[{number}]", *pair)
    elif found != expected:
        yield f"{at}: {found} instead of {expected}"
