"""A namespace of the cluster for one test, whose service account `app` has an identity in Entra."""

import contextlib
import itertools
import os
import subprocess
import time

import jwt
import yaml

from kit import entra, images
from kit.places import WISPCTL
from kit.pod import WISP, Pod
from kit.questions import VAULT

# Workers take numbers apart from each other's.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
numbers = itertools.count(WORKER, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


class Space:
    def __init__(self, cluster, labels=None):
        self.cluster = cluster
        number = next(numbers)
        # An earlier run in the same cluster may have had it.
        while cluster.api.find("namespace", entra.namespace(number)):
            number = next(numbers)
        assert number < entra.NAMESPACES, "Entra has identities for fewer namespaces: raise their number in kit/entra.py"
        self.name = entra.namespace(number)
        self.client_id = entra.client_id(number)
        self.second_id = entra.second_id(number)
        self.tenant = entra.TENANT
        self.authority = cluster.emulator.authority
        identity = {"azure.workload.identity/client-id": self.client_id, "azure.workload.identity/tenant-id": self.tenant}
        ca = (cluster.folder / "entra/ca.pem").read_text()
        self.create(named("Namespace", self.name, labels=labels or {}), None)
        for each in (named("ServiceAccount", "app", annotations=identity), {**named("ConfigMap", "entra"), "data": {"ca.pem": ca}}):
            self.create(each, self.name)

    def remove(self):
        self.cluster.api.delete("namespace", self.name)

    def create(self, manifest, namespace):
        status, _, said = self.cluster.api.create(manifest, namespace)
        assert status == 201, said

    def kubectl(self, *arguments, **more):
        return self.cluster.kubectl("--namespace", self.name, *arguments, **more)

    def try_kubectl(self, *arguments, **more):
        return self.cluster.try_kubectl("--namespace", self.name, *arguments, **more)

    def get(self, kind, name):
        return self.cluster.api.get(kind, name, self.name)

    def find(self, kind, name):
        """The object, if it is there."""
        return self.cluster.api.find(kind, name, self.name)

    def apply(self, *objects, code=0):
        """What kubectl says to these objects."""
        return self.kubectl("apply", "--filename=-", stdin=yaml.safe_dump_all(objects), code=code)

    def try_inject(self, *manifests, choices=(), identity=True):
        """Runs `wispctl inject` on a stream of objects: wisp knows the emulator as Entra, and has the identity of the
        namespace, unless that is said in another way."""
        command = [WISPCTL, "inject", *self.choices(choices, identity), "-"]
        return subprocess.run(command, input=yaml.safe_dump_all(manifests), capture_output=True, text=True)

    def choices(self, more=(), identity=True):
        """The flags for that."""
        known = ["--client-id", self.client_id, "--tenant-id", self.tenant, "--authority", self.authority] if identity else []
        image = [] if "--image" in more else ["--image", images.WISP]
        return [*image, "--file", "WISP_CA_FILE=configmap/entra/ca.pem", *known, *more]

    def inject_all(self, manifests, *choices, **more):
        """The same objects, with wisp in each that has pods."""
        done = self.try_inject(*manifests, choices=choices, **more)
        assert done.returncode == 0, done.stderr
        assert f"name: {WISP}\n" in done.stdout
        return list(yaml.safe_load_all(done.stdout))

    def inject(self, manifest, *choices, **more):
        (injected,) = self.inject_all([manifest], *choices, **more)
        return injected

    def uninject(self, manifest):
        command = [WISPCTL, "uninject", "-"]
        done = subprocess.run(command, input=yaml.safe_dump(manifest), check=True, stdout=subprocess.PIPE, text=True)
        return yaml.safe_load(done.stdout)

    def run(self, manifest, *choices, **more):
        """Injects, applies and waits until the pod is ready: the pod."""
        self.apply(self.inject(manifest, *choices, **more))
        return Pod(self, manifest["metadata"]["name"]).wait_ready()

    def wait_rolled_out(self, deployment):
        self.kubectl("rollout", "status", f"deployment/{deployment}", "--timeout=90s")

    def pods(self, selector=""):
        """Those that are there, by their names."""
        found = self.cluster.api.list("pod", self.name, selector)
        return [Pod(self, each["metadata"]["name"], "deletionTimestamp" in each["metadata"]) for each in found]

    def only_pod(self, selector):
        """The one that has these labels and is to stay."""
        (found,) = [each for each in self.pods(selector) if not each.is_ending]
        return found

    @contextlib.contextmanager
    def entra_goes_wrong(self, fault):
        """Requests for the namespace's identity meet a fault of the emulator meanwhile; others' do not."""
        emulator = self.cluster.emulator
        with self.cluster.locked("faults"):
            emulator.control("POST", "faults", {"fault": fault, "client_id": self.client_id})
        try:
            yield
        finally:
            with self.cluster.locked("faults"):
                others = [each for each in emulator.control("GET", "faults") if each.get("client_id") != self.client_id]
                emulator.control("PUT", "faults", others)

    def events(self):
        """What the cluster says about the objects of the namespace, a line for each event."""
        columns = "custom-columns=O:involvedObject.name,R:reason,M:message"
        return self.kubectl("get", "events", "--no-headers", f"--output={columns}")

    def checked(self, token, resource=VAULT):
        """The claims of a token, once it is found to be of the namespace's identity and for the resource."""
        claims = jwt.decode(token, options={"verify_signature": False})
        assert (claims["appid"], claims["aud"].rstrip("/")) == (self.client_id, resource)
        assert claims["exp"] > time.time()
        return claims


def named(kind, name, **metadata):
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, **metadata}}


def contains(whole, part):
    """Whether all that is in `part` is in `whole` too, which may have more; what is empty counts as not there."""
    if isinstance(part, dict):
        return all(contains(whole.get(name, type(value)()), value) for name, value in part.items())
    if isinstance(part, list):
        return len(whole) >= len(part) and all(contains(one, other) for one, other in zip(whole, part))
    return whole == part
