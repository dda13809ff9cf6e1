"""Workloads to put wisp into: the inputs of tests/inject, made fit for Kustomize."""

import copy
import json
import pathlib

import yaml

INPUTS = pathlib.Path(__file__).parents[1] / "inject"
LABEL = "wisp/inject"
RECORD = "wisp/injected"
KINDS = {"Pod", "Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job", "CronJob"}
# What the webhook and wisp are asked for depends on each pod, so that a component cannot follow.
ASKED_FOR = ("azure.workload.identity/", "wisp/")


def pod_of(thing):
    """Where the object has its pod: metadata and spec."""
    if thing["kind"] == "Pod":
        return thing
    spec = thing["spec"]
    return spec["jobTemplate"]["spec"]["template"] if thing["kind"] == "CronJob" else spec["template"]


def containers(pod):
    return [container for key in ("initContainers", "containers") for container in pod["spec"].get(key) or []]


def inputs():
    """Every object on record, as YAML text by kind and name."""
    found = {}
    for path in sorted(INPUTS.glob("*/input.*")):
        for document in yaml.safe_load_all(path.read_text()):
            for thing in document["items"] if document and document["kind"] == "List" else [document]:
                if thing:
                    found.update([fitted(copy.deepcopy(thing))])
    return found


def fitted(thing):
    metadata = thing.setdefault("metadata", {})
    # Kustomize wants names.
    metadata.setdefault("name", metadata.pop("generateName", "unnamed").strip("-"))
    metadata.setdefault("labels", {})[LABEL] = "true"
    if thing["kind"] in KINDS:
        meta = pod_of(thing).get("metadata") or {}
        for key in ("labels", "annotations"):
            there = (meta.get(key) or {}).items()
            meta[key] = {name: value for name, value in there if name == LABEL or not name.startswith(ASKED_FOR)}
    return (thing["kind"], metadata["name"]), thing


def comparable(thing):
    """The object with what may differ made alike: the spelling of what was empty, the order of our variables among others.

    The digest of what was written too: Kustomize puts in names of images and ConfigMaps after the component was written. And the
    check of what a sidecar is given, for components see no restartPolicy.
    """
    thing = copy.deepcopy(thing)
    pod = pod_of(thing)
    record = json.loads(pod["metadata"]["annotations"].pop(RECORD))
    record.pop("empty", None)
    assert record.pop("written")
    spec = pod["spec"]
    spec["initContainers"] = [container for container in spec["initContainers"] if container["name"] != "wisp-check"]
    variables = []
    for container in containers(pod):
        if container["name"] not in ("wisp", "wisp-init"):
            env = {variable["name"]: variable for variable in container.pop("env", None) or []}
            variables.append((container["name"], env))
    return thing, record, variables


def written(folder, things, **fields):
    """A kustomization with `things`; the fields are those of kustomization.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    if things:
        (folder / "things.yaml").write_text(yaml.safe_dump_all(list(things), sort_keys=False))
        fields.setdefault("resources", ["things.yaml"])
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(fields))
    return folder
