"""The API server, asked without kubectl, which takes a hundred times as long as the answer."""

import functools
import http.client
import json
import ssl
import threading
import urllib.parse

import yaml

JSON = {"Content-Type": "application/json"}
CORE, APPS, ADMISSION = "api/v1", "apis/apps/v1", "apis/admissionregistration.k8s.io/v1"
KINDS = {
    "namespace": (CORE, "namespaces"),
    "pod": (CORE, "pods"),
    "secret": (CORE, "secrets"),
    "configmap": (CORE, "configmaps"),
    "serviceaccount": (CORE, "serviceaccounts"),
    "deployment": (APPS, "deployments"),
    "job": ("apis/batch/v1", "jobs"),
    "poddisruptionbudget": ("apis/policy/v1", "poddisruptionbudgets"),
    "mutatingwebhookconfiguration": (ADMISSION, "mutatingwebhookconfigurations"),
}
"""Where the API has a kind: its group and version, and its plural."""
CLUSTER_WIDE = {"namespace", "mutatingwebhookconfiguration"}


class ApiServer:
    def __init__(self, kubeconfig):
        self.kubeconfig = kubeconfig
        self.of_thread = threading.local()

    def get(self, kind, name, namespace=None):
        """The object, which has to be there."""
        status, _, found = self.ask("GET", path(kind, namespace, name))
        assert status == 200, f"{kind} {name}: {status} {found}"
        return found

    def find(self, kind, name, namespace=None):
        """The object, if it is there."""
        status, _, found = self.ask("GET", path(kind, namespace, name))
        assert status in (200, 404), f"{kind} {name}: {status} {found}"
        return found if status == 200 else None

    def list(self, kind, namespace=None, selector=""):
        query = urllib.parse.urlencode({"labelSelector": selector})
        status, _, found = self.ask("GET", f"{path(kind, namespace)}?{query}")
        assert status == 200, f"{kind}s: {status} {found}"
        return found["items"]

    def create(self, manifest, namespace=None, query=""):
        """Status, headers and what came of it."""
        return self.ask("POST", path(manifest["kind"].lower(), namespace) + query, json.dumps(manifest), JSON)

    def delete(self, kind, name, namespace=None):
        status, _, found = self.ask("DELETE", path(kind, namespace, name))
        assert status in (200, 202), f"{kind} {name}: {status} {found}"

    def text(self, path):
        """What is at a path, as text."""
        status, _, found = self.ask("GET", path, read=bytes.decode)
        assert status == 200, f"{path}: {status} {found}"
        return found

    def ask(self, method, path, body=None, headers=None, read=json.loads):
        """Status, headers, and what is answered."""
        for is_last in (False, True):
            connection = self.connection()
            try:
                connection.request(method, path, body, headers or {})
                answer = connection.getresponse()
                return answer.status, answer.getheaders(), read(answer.read())
            except (http.client.HTTPException, ConnectionError):
                # It was kept for too long; or the API server is gone.
                del self.of_thread.connection
                if is_last:
                    raise
        raise AssertionError("unreachable")

    def connection(self):
        if not hasattr(self.of_thread, "connection"):
            address, context = self.access
            self.of_thread.connection = http.client.HTTPSConnection(address, context=context, timeout=60)
        return self.of_thread.connection

    @functools.cached_property
    def access(self):
        config = yaml.safe_load(self.kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        context = ssl.create_default_context(cafile=cluster["certificate-authority"])
        context.load_cert_chain(user["client-certificate"], user["client-key"])
        return urllib.parse.urlsplit(cluster["server"]).netloc, context


def path(kind, namespace=None, name=None):
    """Where the object is, or all of the kind are. The namespace does not matter for kinds that have none."""
    group, plural = KINDS[kind]
    assert namespace or kind in CLUSTER_WIDE, f"{kind} of which namespace?"
    place = [] if kind in CLUSTER_WIDE else ["namespaces", namespace]
    steps = [group, *place, plural, *([name] if name else [])]
    return "/" + "/".join(steps)
