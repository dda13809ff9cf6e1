"""A namespace of the cluster for one test, whose service account `app` has an identity in Entra."""

import contextlib
import itertools
import json
import os
import re
import subprocess
import tempfile
import time

import jwt
import yaml

from kit import entra, images
from kit.parts import until
from kit.places import WISPCTL

VAULT, STORAGE = "https://vault.azure.net", "https://storage.azure.com"
QUESTION = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource="


def question(resource):
    """What an application types that has the metadata service's address built in."""
    return f"wget -q -O - --header 'Metadata: true' '{QUESTION}{resource}'"


ASK = question(VAULT)
HEADER = '--header "X-IDENTITY-HEADER: $IDENTITY_HEADER"'
ASK_BY = {
    "redirect": ASK,
    "env": f'wget -q -O - {HEADER} "$IDENTITY_ENDPOINT?api-version=2019-08-01&resource={VAULT}"',
    "http-proxy": ASK,
    "manual": ASK.replace("169.254.169.254", "127.0.0.1:4254"),
}
"""What one types that has it in each mode; busybox reads `http_proxy`."""
WISP, INIT = "wisp", "wisp-init"

# Workers take numbers apart from each other's.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
numbers = itertools.count(WORKER, 8)


class Space:
    def __init__(self, cluster, labels=None):
        self.cluster = cluster
        number = next(numbers)
        # An earlier run in the same cluster may have had it.
        while cluster.try_kubectl("get", "namespace", entra.namespace(number)).returncode == 0:
            number = next(numbers)
        self.name = entra.namespace(number)
        self.client_id = entra.client_id(number)
        self.tenant = entra.TENANT
        self.authority = cluster.emulator.authority
        account = {"annotations": {"azure.workload.identity/client-id": self.client_id, "azure.workload.identity/tenant-id": self.tenant}}
        ca = (cluster.folder / "entra/ca.pem").read_text()
        cluster.kubectl("create", "--filename=-", stdin=yaml.safe_dump(named("Namespace", self.name, labels=labels or {})))
        self.apply(
            {**named("ServiceAccount", "app"), "metadata": {"name": "app", **account}},
            {**named("ConfigMap", "entra"), "data": {"ca.pem": ca}},
        )

    def remove(self):
        self.cluster.kubectl("delete", "namespace", self.name, "--wait=false")

    def kubectl(self, *arguments, **more):
        return self.cluster.kubectl("--namespace", self.name, *arguments, **more)

    def try_kubectl(self, *arguments, **more):
        return self.cluster.try_kubectl("--namespace", self.name, *arguments, **more)

    def get(self, kind, name):
        return json.loads(self.kubectl("get", kind, name, "--output=json"))

    def apply(self, *objects, code=0):
        """What kubectl says to these objects."""
        return self.kubectl("apply", "--filename=-", stdin=yaml.safe_dump_all(objects), code=code)

    def try_inject(self, *manifests, choices=(), identity=True):
        """Runs `wispctl inject` on a stream of objects: wisp knows the emulator as Entra, and has the identity of the
        namespace, unless that is said in another way."""
        known = ["--client-id", self.client_id, "--tenant-id", self.tenant, "--authority", self.authority] if identity else []
        image = [] if "--image" in choices else ["--image", images.WISP]
        command = [WISPCTL, "inject", *image, "--file", "WISP_CA_FILE=configmap/entra/ca.pem", *known, *choices, "-"]
        return subprocess.run(command, input=yaml.safe_dump_all(manifests), capture_output=True, text=True)

    def inject_all(self, manifests, *choices, **more):
        """The same objects, with wisp in each that has pods."""
        done = self.try_inject(*manifests, choices=choices, **more)
        assert done.returncode == 0, done.stderr
        return list(yaml.safe_load_all(done.stdout))

    def inject(self, manifest, *choices, **more):
        (injected,) = self.inject_all([manifest], *choices, **more)
        return injected

    def uninject(self, manifest):
        return yaml.safe_load(subprocess.run([WISPCTL, "uninject", "-"], input=yaml.safe_dump(manifest), check=True, capture_output=True, text=True).stdout)

    def run(self, manifest, *choices, **more):
        """Injects, applies and waits until the pod is ready: the pod."""
        self.apply(self.inject(manifest, *choices, **more))
        return Pod(self, manifest["metadata"]["name"]).wait_ready()

    def pods(self, selector=""):
        """Those that are there, by their names."""
        found = json.loads(self.kubectl("get", "pods", f"--selector={selector}", "--output=json"))["items"]
        return [Pod(self, each["metadata"]["name"], "deletionTimestamp" in each["metadata"]) for each in found]

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


class Pod:
    """A pod, by its name."""

    def __init__(self, space, name, is_ending=False):
        self.space = space
        self.name = name
        self.is_ending = is_ending

    def get(self):
        return self.space.get("pod", self.name)

    def address(self):
        return self.get()["status"]["podIP"]

    def phase(self):
        return self.get()["status"]["phase"]

    def is_ready(self):
        conditions = self.get()["status"].get("conditions", [])
        return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)

    def wait_ready(self):
        until(self.is_ready, self.describe)
        return self

    def wait_phase(self, phase, patience=60):
        until(lambda: self.phase() == phase, self.describe, patience)
        return self

    def wait_gone(self, patience=90):
        until(lambda: self.space.try_kubectl("get", "pod", self.name).returncode != 0, self.describe, patience)

    def describe(self):
        """What a person would look at when it does not become what it should."""
        logs = self.space.try_kubectl("logs", self.name, "--all-containers", "--prefix", "--tail=20").stdout
        return self.space.try_kubectl("describe", "pod", self.name).stdout + logs

    def containers(self):
        """All that are to run in it, in their order."""
        spec = self.get()["spec"]
        return [*spec.get("initContainers", []), *spec["containers"]]

    def status(self, container):
        """The container's status, be it an init container or not."""
        status = self.get()["status"]
        found = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
        return next(each for each in found if each["name"] == container)

    def has(self, container):
        spec = self.get()["spec"]
        return any(each["name"] == container for each in [*spec.get("initContainers", []), *spec["containers"]])

    def restarts(self, container):
        return self.status(container)["restartCount"]

    def logs(self, container, *arguments):
        return self.space.kubectl("logs", self.name, "--container", container, *arguments)

    def execute(self, command, container="app"):
        """Exit code and output of a shell's command line in a container."""
        done = self.space.try_kubectl("exec", self.name, "--container", container, "--", "sh", "-c", command)
        return done.returncode, done.stdout + done.stderr

    def wisp(self, *arguments):
        """Exit code and output of `wisp` with these arguments in the sidecar."""
        done = self.space.try_kubectl("exec", self.name, "--container", WISP, "--", "/wisp", *arguments)
        return done.returncode, done.stdout + done.stderr

    def token(self, container="app", ask=ASK):
        """The claims of a token that an application of the container got, by the metadata service's address unless told another
        command line."""
        code, written = self.execute(ask, container)
        assert code == 0, written
        return checked(self.space, json.loads(written)["access_token"])

    def debug(self, command, name="debugger", **context):
        """Has `kubectl debug` add a container that runs a shell's command line, with this security context."""
        with tempfile.NamedTemporaryFile("w", suffix=".json") as custom:
            json.dump({"securityContext": context}, custom)
            custom.flush()
            self.space.kubectl(
                "debug", self.name, f"--container={name}", f"--image={images.APPLICATION}", "--profile=general",
                f"--custom={custom.name}", "--", "sh", "-c", command,
            )  # fmt: skip

    @contextlib.contextmanager
    def forward(self, port):
        """The port of 127.0.0.1 from which `kubectl port-forward` leads to a port of the pod."""
        command = self.space.cluster.kubectl_command("--namespace", self.space.name, "port-forward", f"pod/{self.name}", f":{port}")
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            try:
                said = process.stdout.readline()
                assert (found := re.match(r"Forwarding from 127.0.0.1:(\d+) ", said)), said
                yield int(found[1])
            finally:
                process.terminate()

    def terminated(self, container):
        """How a container ended last, if it has."""
        status = self.get()["status"]
        kinds = ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"]
        for each in (each for kind in kinds for each in status.get(kind, [])):
            if each["name"] == container:
                return each["state"].get("terminated") or each.get("lastState", {}).get("terminated")
        return None

    def wait_terminated(self, container):
        return until(lambda: self.terminated(container), self.describe)

    def process(self, container):
        """The container's first process."""
        return self.space.cluster.first_process(self.identity(container))

    def kill(self, container):
        """Kills the container's first process, as a fault would."""
        self.space.cluster.kill(self.identity(container))

    def pause(self, container):
        """Stops all its processes where they are, until `resume`."""
        self.space.cluster.ctr("tasks", "pause", self.identity(container))

    def resume(self, container):
        self.space.cluster.ctr("tasks", "resume", self.identity(container))

    def identity(self, container):
        """containerd's id of it."""
        return self.status(container)["containerID"].removeprefix("containerd://")

    def delete(self, *arguments):
        """Tells it to end; returns at once."""
        self.space.kubectl("delete", "pod", self.name, "--wait=false", *arguments)


def checked(space, token, resource=VAULT):
    """The claims of a token, once it is found to be of the namespace's identity and for the resource."""
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["appid"], claims["aud"].rstrip("/")) == (space.client_id, resource)
    assert claims["exp"] > time.time()
    return claims


def named(kind, name, api="v1", labels=None):
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, **({"labels": labels} if labels else {})}}
