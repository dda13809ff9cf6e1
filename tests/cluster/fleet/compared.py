"""What the fleet's objects say, without what a cluster notes by itself: the same before a migration and after it was taken back."""

import copy
import difflib
import json

from fleet.crew import PATHS
from fleet.objects import LABEL
from fleet.roster import MATCHING
from kit.pod_identity import API_VERSION

ASSIGNED = "azureassignedidentities"
OBJECTS = ["azureidentities", "azureidentitybindings", "azurepodidentityexceptions"]
"""What a person writes of pod-managed identity, and what MIC does."""
NOTED = {"creationTimestamp", "generation", "managedFields", "ownerReferences", "resourceVersion", "uid"}
NOTES = {"deployment.kubernetes.io/revision", "deprecated.daemonset.template.generation", "kubectl.kubernetes.io/last-applied-configuration"}
OF_JOBS = {f"{prefix}{name}" for prefix in ("", "batch.kubernetes.io/") for name in ("controller-uid", "job-name")}
"""The labels by which a Job tells its pods."""
TOKEN = "kube-api-access-"
"""How the name of the volume with a pod's own token begins, new with each pod."""


def snapshot(crew):
    """All that somebody may have written, by kind and place. Of what a controller makes, its maker says all."""
    of_kind = {kind: [each for each in crew.live(kind) if not is_made(each)] for kind in PATHS}
    of_kind |= {kind: of_pod_identity(crew, kind) for kind in OBJECTS}
    return {f"{kind} {place(each)}": said(kind, each) for kind, found in of_kind.items() for each in found}


def left_over(crew, namespaces=(*MATCHING, "default")):
    """What is there of pod-managed identity: its objects, and the label on pods and where pods come from."""
    objects = [f"{kind} {place(each)}" for kind in [*OBJECTS, ASSIGNED] for each in of_pod_identity(crew, kind)]
    live = [(kind, each) for kind in PATHS for each in crew.live(kind) if not is_history(each)]
    labelled = [f"{kind} {place(each)}" for kind, each in live if f"'{LABEL}'" in str(each)]
    return [each for each in objects + labelled if each.split()[1].split("/")[0] in namespaces]


def is_history(thing):
    """Whether it is a ReplicaSet that a Deployment keeps to go back to, without pods."""
    return is_made(thing) and thing["spec"].get("replicas") == 0


def differences(before, after, namespaces=MATCHING):
    """What is not the same in these namespaces: the names, each with the lines that differ."""
    names = [name for name in sorted(before.keys() | after.keys()) if name.split()[1].split("/")[0] in namespaces]
    return {name: changed_lines(before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def changed_lines(before, after):
    lines = [json.dumps(thing, indent=1, sort_keys=True).splitlines() for thing in (before, after)]
    return [line for line in difflib.unified_diff(*lines, n=0, lineterm="") if not line.startswith(("---", "+++", "@@"))]


def of_pod_identity(crew, kind):
    items = crew.ask("GET", f"/apis/{API_VERSION}/{kind}")["items"]
    return [each for each in items if each["metadata"]["namespace"] in (*MATCHING, "default")]


def is_made(thing):
    owners = thing["metadata"].get("ownerReferences", [])
    return any(owner.get("controller") and owner["kind"] != "Widget" for owner in owners)


def place(thing):
    return f"{thing['metadata']['namespace']}/{thing['metadata']['name']}"


def said(kind, thing):
    thing = copy.deepcopy(thing)
    thing.pop("status", None)
    metadata = thing["metadata"]
    drop(metadata, NOTED)
    drop(metadata, [], annotations=NOTES, labels=OF_JOBS)
    spec = thing.get("spec", {})
    if kind == "Job":
        drop(spec, ["selector"])
        drop(spec["template"]["metadata"], [], labels=OF_JOBS)
    if kind == "Pod":
        drop(spec, ["nodeName"])
        for where in [spec, *spec.get("initContainers", []), *spec["containers"]]:
            for field in ("volumes", "volumeMounts"):
                where[field] = [each for each in where.get(field, []) if not each["name"].startswith(TOKEN)]
    return thing


def drop(mapping, keys, **within):
    """Takes keys out of it, and those named `within` out of mappings in it; what is empty then goes too."""
    for key in keys:
        mapping.pop(key, None)
    for name, keys in within.items():
        mapping[name] = {key: value for key, value in mapping.get(name, {}).items() if key not in keys}
        if not mapping[name]:
            mapping.pop(name)
