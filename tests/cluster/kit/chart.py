"""A release of wisp's own chart, for the namespaces with a label of its own, so that others may stand beside it."""

import base64
import contextlib
import json
import os
import subprocess
import tempfile

import yaml

from kit import images
from kit.helm import HELM
from kit.places import DEPLOY, KUBECTL, NODE
from kit.pod import WISP
from kit.webhook import ASKS
from kit.manifests import pod
from suite.wait import until

CHART = DEPLOY / "chart"
KINDS = (
    "all,secrets,leases,serviceaccounts,configmaps,roles,rolebindings,poddisruptionbudgets,networkpolicies,clusterroles,clusterrolebindings,"
    "mutatingwebhookconfigurations,mutatingadmissionpolicies,mutatingadmissionpolicybindings,validatingadmissionpolicies,"
    "validatingadmissionpolicybindings,namespaces"
)
"""All kinds of which a release may have something."""


class Release:
    """A release of this name, in a namespace of the same name, which serves the namespaces with `labels`."""

    def __init__(self, cluster, name, version, folder):
        self.cluster = cluster
        self.name = name
        self.labels = {"chart": name}
        self.folder = folder
        self.use(version)

    def use(self, version):
        """Goes on with this version of Helm."""
        self.program = KUBECTL.parents[1] / HELM[version] / "helm"

    def values(self, **more):
        """Those of this cluster, in which Services have no addresses, and images no digests."""
        address = {"KUBERNETES_SERVICE_HOST": NODE, "KUBERNETES_SERVICE_PORT": "6443"}
        (repository, tag), (webhook, webhook_tag) = (image.rsplit(":", 1) for image in (images.WISP, images.WISPCTL))
        ours = {
            "image": {"repository": repository, "tag": tag},
            "namespaceSelector": {"matchLabels": self.labels},
            "pods": {"authority": self.cluster.emulator.authority, "caFile": {"configMap": "entra", "key": "ca.pem"}},
            "webhook": {
                "image": {"repository": webhook, "tag": webhook_tag},
                "env": [{"name": name, "value": value} for name, value in address.items()],
            },
        }
        for key, value in more.items():
            ours[key] = {**ours.get(key, {}), **value} if isinstance(value, dict) else value
        return ours

    def helm(self, *arguments, code=0):
        environment = {
            **{f"HELM_{what}_HOME": str(self.folder / what) for what in ("DATA", "CONFIG", "CACHE")},
            "HOME": str(self.folder),
            "KUBECONFIG": str(self.cluster.kubeconfig),
            "HELM_NAMESPACE": self.name,
            "PATH": os.environ["PATH"],
        }
        done = subprocess.run([self.program, *arguments], env=environment, capture_output=True, text=True, timeout=150)
        assert done.returncode == code, f"{arguments} ended with {done.returncode}: {done.stderr}{done.stdout}{self.describe()}"
        return done.stdout + done.stderr

    def rendered(self, **values):
        """What `helm template` prints, without the test."""
        with self.given(values) as file:
            return self.helm("template", self.name, str(CHART), f"--values={file}", "--no-hooks", "--kube-version=1.37.0")

    @contextlib.contextmanager
    def given(self, values):
        """A file with values."""
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            yaml.safe_dump(self.values(**values), file)
            file.flush()
            yield file.name

    def upgrade(self, *arguments, code=0, **values):
        """Installs it, or has it be with these values from now on."""
        with self.given(values) as file:
            return self.helm(
                "upgrade", "--install", self.name, str(CHART), "--create-namespace", f"--values={file}", "--wait", "--timeout=110s",
                *arguments, code=code,
            )  # fmt: skip

    def kubectl(self, *arguments, **more):
        return self.cluster.kubectl("--namespace", self.name, *arguments, **more)

    def get(self, kind, name):
        return json.loads(self.kubectl("get", kind, name, "--output=json"))

    def describe(self):
        pods = self.cluster.try_kubectl("--namespace", self.name, "describe", "pods").stdout
        selector = "--selector=app.kubernetes.io/component=webhook"
        return pods + self.cluster.try_kubectl("--namespace", self.name, "logs", selector, "--prefix", "--tail=20").stdout

    def bundles(self):
        """What each entry of the webhook trusts."""
        entries = self.get("mutatingwebhookconfiguration", f"{self.name}-webhook")["webhooks"]
        return [base64.b64decode(entry["clientConfig"].get("caBundle", "")).decode() for entry in entries]

    def certificates(self):
        return self.get("secret", f"{self.name}-webhook-tls")["data"]

    def injects(self, space):
        """The init containers that a pod of the namespace would have, or why it would have none."""
        done = space.try_kubectl("create", "--dry-run=server", "--output=json", "--filename=-", stdin=json.dumps(pod(labels=ASKS)))
        made = json.loads(done.stdout)["spec"].get("initContainers", []) if done.returncode == 0 else []
        return [each["name"] for each in made] or done.stderr

    def wait_injects(self, space):
        # A webhook that is on its way out answers a last time, and the policy that comes in its place takes a moment.
        steadily = 10
        until(
            lambda: all(WISP in self.injects(space) for _ in range(steadily)),
            lambda: f"{self.injects(space)}{self.describe()}",
            patience=90,
        )

    def left(self):
        """Objects of the release: whatever has its label, or its name."""
        found = json.loads(self.cluster.kubectl("get", KINDS, "--all-namespaces", "--output=json"))["items"]
        return [
            f"{each['kind']} {each['metadata']['name']}"
            for each in found
            if each["metadata"].get("labels", {}).get("app.kubernetes.io/instance") == self.name
            or each["metadata"]["name"].startswith(f"{self.name}-")
            or (each["metadata"].get("namespace") == self.name and each["kind"] in ("Secret", "Lease", "Pod"))
        ]

    def remove(self):
        """What a test that failed has left."""
        names = [each.split() for each in self.left()]
        for kind, name in names:
            self.cluster.try_kubectl("--namespace", self.name, "delete", kind, name, "--ignore-not-found", "--wait=false")
        self.cluster.try_kubectl("delete", "namespace", self.name, "--ignore-not-found", "--timeout=60s")
