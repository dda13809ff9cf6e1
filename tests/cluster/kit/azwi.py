"""The webhook of Azure workload identity: its own program, on the node, for the namespaces with a label."""

import base64
import json
import os
import subprocess
import urllib.request

import yaml

from kit import entra
from kit.places import NODE, ROOT
from suite.certificate import Authority
from suite.wait import until

BUILT = ROOT / "target/azwi"
# It listens there whatever it is environment: there can be one in a cluster.
URL = f"https://{NODE}:9443/mutate-v1-pod"
READY = "http://127.0.0.1:9440/readyz"
NAMESPACES = {"webhook": "azwi"}
"""The label of the namespaces whose pods go through it."""
VOLUME = "azure-workload-identity-reserved-"
"""How the name of the volume begins that it gives pods."""


class Webhook:
    """Starts it, and tells the API server of it as its own installation does. `flags` and `environment` are more of those."""

    def __init__(self, cluster, folder, flags=(), **environment):
        self.cluster = cluster
        keys = Authority(folder)
        keys.issue("tls", "azwi", names=[NODE])
        # Its cloud is the emulator's.
        cloud = folder / "cloud.json"
        cloud.write_text(json.dumps({"activeDirectoryEndpoint": cluster.emulator.authority}))
        environment |= {
            "KUBECONFIG": str(cluster.kubeconfig),
            "AZURE_TENANT_ID": entra.TENANT,
            "AZURE_ENVIRONMENT": "AzureStackCloud",
            "AZURE_ENVIRONMENT_FILEPATH": str(cloud),
        }
        command = [BUILT / "webhook", "--disable-cert-rotation", f"--webhook-cert-dir={keys.folder}", *flags]
        self.log = folder / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log)
        until(self.is_ready, self.log.read_text)
        self.configuration = configuration(keys.ca.read_bytes())
        cluster.kubectl("apply", "--filename=-", stdin=yaml.safe_dump(self.configuration))

    def is_ready(self):
        assert self.process.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(READY, timeout=5):
                return True
        except OSError:
            return False

    def end(self):
        self.cluster.kubectl("delete", "mutatingwebhookconfiguration", self.configuration["metadata"]["name"])
        self.process.terminate()
        self.process.wait()


def configuration(ca):
    """That of its installation; but that it is on the node, and that it leaves other tests alone."""
    installed = yaml.safe_load_all((BUILT / "azure-wi-webhook.yaml").read_text())
    (found,) = (each for each in installed if each["kind"] == "MutatingWebhookConfiguration")
    (webhook,) = found["webhooks"]
    webhook["clientConfig"] = {"url": URL, "caBundle": base64.b64encode(ca).decode()}
    webhook["namespaceSelector"] = {"matchLabels": NAMESPACES}
    return found
