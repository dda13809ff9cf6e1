"""A kustomization over what ships in deploy/."""

import os

import yaml

from kit.pod import INIT, WISP

CA = {"name": "entra", "mountPath": "/entra", "readOnly": True}
"""How wisp finds the emulator's certificate, in the namespace's ConfigMap."""


class Overlay:
    """A kustomization as a user writes one over what ships: his namespace, identity and images; and how Entra is trusted here."""

    def __init__(self, space, folder):
        self.space = space
        self.folder = folder
        folder.mkdir()
        identity = {"CLIENT_ID": space.client_id, "TENANT_ID": space.tenant, "AUTHORITY_HOST": space.authority}
        literals = [f"AZURE_{name}={value}" for name, value in identity.items()]
        self.wisp = {"name": "wisp", "literals": [*literals, "WISP_CA_FILE=/entra/ca.pem"]}
        self.patches = []
        self.images = []

    def over(self, *resources, **fields):
        """Writes it."""
        kustomization = {
            "namespace": self.space.name,
            "resources": [os.path.relpath(each, self.folder) for each in resources],
            "images": self.images,
            "patches": self.patches,
            **fields,
        }
        (self.folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
        return self

    def image(self, name, image):
        repository, _, tag = image.rpartition(":")
        self.images.append({"name": name, "newName": repository, "newTag": tag})

    def patch(self, kind, spec):
        """Merges this into the pods of all objects of a kind."""
        template = {"template": {"spec": spec}}
        whole = {"jobTemplate": {"spec": template}} if kind == "CronJob" else template
        api = "batch/v1" if kind in ("Job", "CronJob") else "apps/v1"
        patch = {"apiVersion": api, "kind": kind, "metadata": {"name": "any"}, "spec": whole}
        self.patches.append({"target": {"kind": kind}, "patch": yaml.safe_dump(patch)})

    def trust(self, kind, mode, spec):
        """That wisp trusts the emulator's certificate; and what stands in for the applications. Kustomize puts what a patch names
        before the rest: in mode `redirect` wisp-init has to be named too, as the page says."""
        first = [{"name": INIT}] if mode == "redirect" else []
        wisp = {"name": WISP, "volumeMounts": [CA]}
        volumes = [*spec.get("volumes", []), {"name": "entra", "configMap": {"name": "entra"}}]
        self.patch(kind, {**spec, "initContainers": [*first, wisp, *spec.get("initContainers", [])], "volumes": volumes})

    def apply(self):
        """As the page says it."""
        built = self.space.cluster.kubectl("kustomize", self.folder)
        self.space.kubectl("apply", "--filename=-", stdin=built)
        return list(yaml.safe_load_all(built))
