"""Many pods that get wisp from a component of Kustomize at once, beside the same by `wispctl inject`."""

import copy
import subprocess

import yaml

from kit.places import WISPCTL
from kit.policies import alike

ASKED_FOR = ("azure.workload.identity/", "wisp/")
"""What a pod asks for by these, no component sees."""
MESHES = {"linkerd-proxy", "istio-proxy", "m"}


class Components:
    def __init__(self, space, choices, folder):
        self.space = space
        self.choices = choices
        self.folder = folder

    def by_hand(self, pods):
        """Names and pods."""
        return zip(pods, self.space.inject_all(named(pods), *self.choices, identity=False), strict=True)

    def built(self, pods):
        """Names and pods."""
        command = [WISPCTL, "component", *self.space.choices(self.choices, identity=False)]
        component = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        for name, text in {"component/kustomization.yaml": component, "pods.yaml": yaml.safe_dump_all(named(pods))}.items():
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        kustomization = {"resources": ["pods.yaml"], "components": ["component"]}
        (self.folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
        made = yaml.safe_load_all(self.space.cluster.kubectl("kustomize", self.folder))
        by_name = {each["metadata"]["name"]: each for each in made}
        return [(name, by_name[name]) for name in pods]


def named(pods):
    """Kustomize knows objects by their names."""
    return [{**pod, "metadata": {**pod["metadata"], "name": name}} for name, pod in pods.items()]


def for_components(manifest, mode):
    """The pod without what only a look into it could follow; the page on components says so of each."""
    manifest = copy.deepcopy(manifest)
    metadata, spec = manifest["metadata"], manifest["spec"]
    for key in ("labels", "annotations"):
        metadata[key] = {name: text for name, text in metadata[key].items() if name == "wisp/inject" or not name.startswith(ASKED_FOR)}
    spec["containers"] = [each for each in spec["containers"] if each["name"] not in MESHES]
    spec.pop("resources", None)
    if spec.get("restartPolicy") == "Never":
        spec["restartPolicy"] = "OnFailure"
    for each in [*(spec.get("initContainers") or []), *spec["containers"]]:
        each.get("resources", {}).pop("limits", None)
        if mode == "http-proxy":
            each["env"] = [variable for variable in each.get("env") or [] if variable["name"].upper() != "NO_PROXY"]
    return manifest


def alike_but_for_order(pod):
    """A component's variables stand before those of the application."""
    pod = alike(pod)
    for each in [*pod["spec"]["initContainers"], *pod["spec"]["containers"]]:
        each.get("env", []).sort(key=lambda variable: variable["name"])
    return pod
