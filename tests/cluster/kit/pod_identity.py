"""Pod-managed identity: its objects, wisp's webhook that adopts its pods, and what NMI does to a node."""

import contextlib
import http.server
import json
import os
import subprocess
import tempfile
import threading

import yaml

from kit.places import DEPLOY, NODE, PODS, ROOT
from kit.webhook import Webhook, built
from suite.namespace import IMDS
from suite.wait import until

CRDS = ROOT / "target/pod-identity/aadpodidentity.k8s.io.yaml"
API_VERSION = "aadpodidentity.k8s.io/v1"
ADOPTS = {"wisp/adopt": "true"}
FLAG = "--adopt-pod-identity"
NMI_PORT = 2579


def install(cluster):
    """The kinds as the last release of pod-managed identity has them."""
    cluster.kubectl("apply", "--filename", str(CRDS))
    cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s", "--filename", str(CRDS))


def uninstall(cluster):
    cluster.kubectl("delete", "--ignore-not-found", "--timeout=60s", "--filename", str(CRDS))


def thing(kind, name, spec, **metadata):
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}


def identity(name, client_id, **more):
    resource = f"/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    return thing("AzureIdentity", name, {"type": 0, "resourceID": resource, "clientID": client_id, **more})


def binding(name, selector, of=None):
    return thing("AzureIdentityBinding", name, {"azureIdentity": of or name, "selector": selector})


def bound(name, client_id, selector):
    """An identity, and a binding of the same name."""
    return [identity(name, client_id), binding(name, selector)]


def exception(name, labels):
    return thing("AzurePodIdentityException", name, {"podLabels": labels})


class AdoptingWebhook(Webhook):
    """The webhook with the component that adopts."""

    def manifests(self):
        with tempfile.TemporaryDirectory() as folder:
            path = lambda *names: os.path.relpath(DEPLOY.joinpath("webhook", *names), folder)
            kustomization = {"resources": [path()], "components": [path("adopt")]}
            with open(f"{folder}/kustomization.yaml", "w") as file:
                yaml.safe_dump(kustomization, file)
            return built(self.cluster, folder)

    @contextlib.contextmanager
    def changed(self, change):
        """Its arguments are what `change` makes of them meanwhile."""
        container = self.of_kind("Deployment")["spec"]["template"]["spec"]["containers"][0]
        before = container["args"]
        container["args"] = change(before)
        self.apply()
        try:
            yield
        finally:
            container["args"] = before
            self.apply()

    def matching(self, scope):
        return self.changed(lambda arguments: [f"{FLAG}={scope}" if each == FLAG else each for each in arguments])

    @contextlib.contextmanager
    def without_rights(self):
        """It may list nothing of pod-managed identity meanwhile."""
        (role,) = [each for each in self.objects if each["kind"] == "ClusterRole" and each["metadata"]["name"].endswith("-adopt")]
        self.cluster.kubectl("replace", "--filename=-", stdin=yaml.safe_dump({**role, "rules": []}))
        try:
            yield
        finally:
            self.cluster.kubectl("replace", "--filename=-", stdin=yaml.safe_dump(role))

    def adoptions(self):
        """How many pods came to what."""
        counted = self.metrics()
        name = "wisp_webhook_adoptions_total"
        return {each.split('"')[1]: value for each, value in counted.items() if each.startswith(name) and value}


class Nmi:
    """What NMI does to a node: whatever pods send to the metadata service comes to it, by a rule of the node."""

    def __init__(self):
        self.asked = []
        asked = self.asked

        class Answers(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append((self.client_address[0], self.path))
                body = json.dumps({"error": "no AzureAssignedIdentity found"}).encode()
                self.send_response(404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((NODE, NMI_PORT), Answers)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        rule = f"-s {PODS} -d {IMDS} -p tcp --dport 80 -j DNAT --to-destination {NODE}:{NMI_PORT}"
        self.commands = [["iptables", "-t", "nat", what, "PREROUTING", *rule.split()] for what in ["-I", "-D"]]

    def __enter__(self):
        self.thread.start()
        subprocess.run(self.commands[0], check=True)
        return self

    def __exit__(self, *_):
        subprocess.run(self.commands[1], check=True)
        self.server.shutdown()
        self.server.server_close()


def dry_run(space, manifest):
    """Exit code and what kubectl says, and the pod that would be there."""
    done = space.try_kubectl("create", "--dry-run=server", "--output=json", "--filename=-", stdin=json.dumps(manifest))
    return done.returncode, done.stderr, json.loads(done.stdout) if done.returncode == 0 else None


def until_refused(space, manifest, text, webhook):
    """A listing is used for seconds; so what changed counts a little later."""
    until(lambda: text in dry_run(space, manifest)[1], webhook.describe, patience=20)


def until_adopted(space, manifest, webhook):
    until(lambda: dry_run(space, manifest)[0] == 0, webhook.describe, patience=20)
