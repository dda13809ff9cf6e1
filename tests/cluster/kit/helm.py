"""Helm, with wisp's post-renderer."""

import os
import subprocess

from kit import images
from kit.places import DEPLOY, KUBECTL, WISPCTL

HELM = {"3.17": "1.32", "4.1": "1.35", "4.3": "1.37"}
"""Versions of it, by that of the kubectl that they come with."""
PLUGIN = DEPLOY / "helm/wisp-inject"


class Helm:
    """A version of Helm at home in a folder of the test's; charts of its go to the test's namespace, with wisp in their pods."""

    def __init__(self, space, version, folder):
        self.space = space
        self.program = KUBECTL.parents[1] / HELM[version] / "helm"
        self.old = version.startswith("3")
        self.environment = {
            **{f"HELM_{what}_HOME": str(folder / what) for what in ("DATA", "CONFIG", "CACHE")},
            "HOME": str(folder),
            "KUBECONFIG": str(space.cluster.kubeconfig),
            "HELM_NAMESPACE": space.name,
            "PATH": f"{WISPCTL.parent}:{os.environ['PATH']}",
            "WISP_IMAGE": images.WISP,
        }
        if not self.old:
            self.run("plugin", "install", PLUGIN)

    def run(self, *arguments):
        done = subprocess.run([self.program, *arguments], env=self.environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def renderer(self):
        """The flags of docs/deploy.md."""
        choices = ["--mode=env", "--config-map=wisp", "--file=WISP_CA_FILE=configmap/entra/ca.pem"]
        if self.old:
            return ["--post-renderer", "wispctl", *(f"--post-renderer-args={each}" for each in ["inject", *choices, "-"])]
        return ["--post-renderer", "wisp-inject", *(f"--post-renderer-args={each}" for each in choices)]
