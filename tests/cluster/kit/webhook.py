"""wisp's own webhook, as `deploy/webhook` installs it, for the namespaces with a label."""

import base64
import collections
import contextlib
import http.client
import json
import re
import ssl
import threading
import time
import urllib.parse

import yaml

from kit import images
from kit.places import API, DEPLOY, NODE
from kit.pod import Pod
from suite.wait import until

SYSTEM, NAME = "wisp-system", "wisp-webhook"
"""What the manifests call the namespace, and all that is of the webhook."""
ASKS = {"wisp/inject": "true"}
PORT, ADMIN_PORT = 8443, 8081


class Webhook:
    """Installs the manifests under names of its own, for the namespaces with a label of its own, so that others may stand beside it."""

    def __init__(self, cluster, name, *choices):
        self.cluster = cluster
        self.name, self.service = f"{SYSTEM}-{name}", f"{NAME}-{name}"
        self.secret = f"{self.service}-tls"
        self.labels = {"webhook": name}
        """Of the namespaces whose pods go through it."""
        self.objects = [self.fitted(each) for each in yaml.safe_load_all(self.called(self.manifests()))]
        self.choices = ["--authority", cluster.emulator.authority, "--file", "WISP_CA_FILE=configmap/entra/ca.pem", *self.names(), *choices]
        self.of_kind("Deployment")["spec"]["template"]["spec"]["containers"][0]["args"] += self.choices
        self.apply()

    def manifests(self):
        return built(self.cluster, DEPLOY / "webhook")

    def called(self, text):
        """By its names."""
        return text.replace(SYSTEM, self.name).replace(NAME, self.service)

    def names(self):
        """What tells it, too."""
        own = {"service": self.service, "configuration": self.service, "secret": self.secret, "lease": self.service}
        return [f"--{what}={name}" for what, name in own.items()]

    def apply(self):
        self.cluster.kubectl("apply", "--filename=-", stdin=yaml.safe_dump_all(self.objects))
        self.wait_ready()

    def fitted(self, thing):
        """The object as it is; but that it is of this cluster, in which Services have no addresses, and leaves other tests
        alone."""
        if thing["kind"] == "MutatingWebhookConfiguration":
            for entry in thing["webhooks"]:
                entry["namespaceSelector"]["matchLabels"] = self.labels
        if thing["kind"] == "Deployment":
            (container,) = thing["spec"]["template"]["spec"]["containers"]
            container |= {"image": images.WISPCTL, "imagePullPolicy": "Never"}
            address = {"KUBERNETES_SERVICE_HOST": NODE, "KUBERNETES_SERVICE_PORT": "6443", "WISP_IMAGE": images.WISP}
            container["env"] = [{"name": name, "value": value} for name, value in address.items()]
        return thing

    def of_kind(self, kind):
        return next(each for each in self.objects if each["kind"] == kind)

    @contextlib.contextmanager
    def given(self, *arguments):
        """Runs with these arguments beside its own meanwhile."""
        container = self.of_kind("Deployment")["spec"]["template"]["spec"]["containers"][0]
        before = container["args"]
        container["args"] = [*before, *arguments]
        self.apply()
        try:
            yield
        finally:
            container["args"] = before
            self.apply()

    def wait_ready(self):
        """Until both replicas of the newest Deployment are, and the ones before are gone."""
        status = f"deployment/{self.service}"
        done = self.try_kubectl("rollout", "status", status, "--timeout=110s")
        assert done.returncode == 0, done.stderr + self.describe()
        until(lambda: len(self.pods()) == 2, self.describe)

    def kubectl(self, *arguments, **more):
        return self.cluster.kubectl("--namespace", self.name, *arguments, **more)

    def try_kubectl(self, *arguments, **more):
        return self.cluster.try_kubectl("--namespace", self.name, *arguments, **more)

    def get(self, kind, name):
        return self.cluster.api.get(kind, name, self.name)

    def find(self, kind, name):
        return self.cluster.api.find(kind, name, self.name)

    def pods(self):
        found = self.cluster.api.list("pod", self.name, f"app.kubernetes.io/name={self.service}")
        return [Pod(self, each["metadata"]["name"]) for each in found]

    def describe(self):
        logs = self.try_kubectl("logs", f"--selector=app.kubernetes.io/name={self.service}", "--prefix", "--tail=20").stdout
        return self.try_kubectl("describe", "pods").stdout + logs

    def logs(self):
        """What all replicas have written, as objects."""
        return [json.loads(line) for pod in self.pods() for line in pod.logs("webhook").splitlines()]

    def metrics(self):
        """Those of all replicas, added up."""
        total = collections.Counter()
        for pod in self.pods():
            connection = http.client.HTTPConnection(pod.address(), ADMIN_PORT, timeout=5)
            connection.request("GET", "/metrics")
            for name, value in re.findall(r"^(wisp_webhook\S+) (\S+)$", connection.getresponse().read().decode(), re.MULTILINE):
                total[name] += float(value)
        return total

    def readiness(self, pod):
        """The answer of `/readyz`: its status, and its text."""
        connection = http.client.HTTPConnection(pod.address(), ADMIN_PORT, timeout=5)
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def certificate(self):
        """What the Secret has; none when there is no such Secret."""
        secret = self.find("secret", self.secret)
        return secret and secret.get("data", {}).get("tls.crt")

    def authorities(self):
        """How many are in the bundle."""
        return self.bundle().count("BEGIN CERTIFICATE")

    def bundle(self):
        """The authorities that API servers trust."""
        entry = self.get("mutatingwebhookconfiguration", self.service)["webhooks"][0]
        return base64.b64decode(entry["clientConfig"]["caBundle"]).decode()

    def trust(self, bundle):
        """Writes them into each entry."""
        text = base64.b64encode(bundle.encode()).decode()
        entries = self.get("mutatingwebhookconfiguration", self.service)["webhooks"]
        patch = [{"op": "replace", "path": f"/webhooks/{number}/clientConfig/caBundle", "value": text} for number in range(len(entries))]
        self.cluster.kubectl("patch", "mutatingwebhookconfiguration", self.service, "--type=json", f"--patch={json.dumps(patch)}")

    def end(self):
        kept = [each for each in self.objects if each["kind"] != "Namespace"]
        self.cluster.kubectl("delete", "--ignore-not-found", "--wait=false", "--filename=-", stdin=yaml.safe_dump_all(kept))
        self.cluster.kubectl("delete", "namespace", self.name, "--timeout=110s")


def shown(pod):
    """The certificate that a replica shows."""
    return ssl.get_server_certificate((pod.address(), PORT), timeout=5).strip()


def built(cluster, folder):
    """The manifests of the folder, put together as its page says."""
    return cluster.kubectl("kustomize", str(folder))


class Stream:
    """Pods that are asked for in vain (a dry run), so many a second, by one connection to the API server for each of a few
    threads."""

    THREADS = 4

    def __init__(self, cluster, namespace, pod, rate):
        self.path = f"/api/v1/namespaces/{namespace}/pods?dryRun=All"
        self.body = json.dumps(pod).encode()
        self.context = admin_tls(cluster)
        self.pause = self.THREADS / rate
        self.admitted, self.refused, self.ended = 0, [], threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(self.THREADS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def run(self):
        host = urllib.parse.urlsplit(API)
        connection = http.client.HTTPSConnection(host.hostname, host.port, context=self.context, timeout=30)
        due = time.monotonic()
        while not self.ended.wait(max(0, due - time.monotonic())):
            due = max(due + self.pause, time.monotonic() - 1)
            connection.request("POST", self.path, self.body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            made = json.loads(answer.read())
            with self.lock:
                if answer.status == 201 and "wisp/injected" in made["metadata"]["annotations"]:
                    self.admitted += 1
                else:
                    self.refused.append(made.get("message", "admitted without wisp"))


def admin_tls(cluster):
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    user = config["users"][0]["user"]
    context = ssl.create_default_context(cafile=config["clusters"][0]["cluster"]["certificate-authority"])
    context.load_cert_chain(user["client-certificate"], user["client-key"])
    return context
