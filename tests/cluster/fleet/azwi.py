"""The workload identity webhook, for those that need no wisp: its own program, in a pod, for others run theirs on the node."""

import base64
import json

import yaml

from fleet.entra import AUTHORITY
from fleet.objects import WEBHOOK
from kit.azwi import BUILT
from kit.entra import TENANT
from kit.images import APPLICATION
from kit.places import NODE
from suite.certificate import Authority
from suite.wait import until

NAME = "fleet-azwi"
"""What its namespace, and all that is of it, are called here."""
CLOUD = "/certs/cloud.json"
ADDRESS = {"KUBERNETES_SERVICE_HOST": NODE, "KUBERNETES_SERVICE_PORT": "6443"}
ENVIRONMENT = {**ADDRESS, "AZURE_TENANT_ID": TENANT, "AZURE_ENVIRONMENT": "AzureStackCloud", "AZURE_ENVIRONMENT_FILEPATH": CLOUD}
PROGRAM = str((BUILT / "webhook").resolve())


class FleetAzwi:
    """Its own installation, under other names, with a certificate and a cloud of the test."""

    def __init__(self, cluster, folder):
        self.cluster = cluster
        self.keys = Authority(folder)
        self.keys.issue("tls", "azwi", names=[f"{NAME}-webhook-service.{NAME}.svc"])
        until(lambda: not cluster.api.find("namespace", NAME), "that of an earlier fleet is gone", patience=90)
        text = (BUILT / "azure-wi-webhook.yaml").read_text()
        text = text.replace("azure-workload-identity-system", NAME).replace("azure-wi-webhook", NAME)
        self.objects = [self.fitted(each) for each in yaml.safe_load_all(text)]
        cluster.kubectl("apply", "--filename=-", stdin=yaml.safe_dump_all(self.objects))

    def fitted(self, thing):
        if thing["kind"] == "Namespace":
            # Its program comes from the node.
            thing["metadata"]["labels"] = {}
        if thing["kind"] == "MutatingWebhookConfiguration":
            (webhook,) = thing["webhooks"]
            webhook["clientConfig"]["caBundle"] = base64.b64encode(self.keys.ca.read_bytes()).decode()
            webhook["namespaceSelector"] = {"matchLabels": WEBHOOK}
        if thing["kind"] == "Secret":
            files = {name: (self.keys.folder / name).read_text() for name in ("tls.crt", "tls.key")}
            thing["stringData"] = files | {"cloud.json": json.dumps({"activeDirectoryEndpoint": AUTHORITY})}
        if thing["kind"] == "Deployment":
            thing["spec"]["replicas"] = 1
            spec = thing["spec"]["template"]["spec"]
            (container,) = spec["containers"]
            container |= {"image": APPLICATION, "imagePullPolicy": "Never", "resources": {}, "args": ["--disable-cert-rotation"]}
            container["env"] += [{"name": name, "value": value} for name, value in ENVIRONMENT.items()]
            container["readinessProbe"] |= {"initialDelaySeconds": 0, "periodSeconds": 1}
            container["volumeMounts"].append({"name": "program", "mountPath": container["command"][0], "readOnly": True})
            spec["volumes"].append({"name": "program", "hostPath": {"path": PROGRAM, "type": "File"}})
        return thing

    def wait_ready(self):
        status = ["rollout", "status", f"deployment/{NAME}-controller-manager", "--timeout=110s"]
        done = self.cluster.try_kubectl("--namespace", NAME, *status)
        assert done.returncode == 0, self.cluster.try_kubectl("--namespace", NAME, "describe", "replicasets,pods").stdout

    def end(self):
        """Nobody waits for it."""
        self.cluster.kubectl("delete", "--wait=false", "--filename=-", stdin=yaml.safe_dump_all(self.objects))
