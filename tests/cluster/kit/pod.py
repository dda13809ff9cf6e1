"""A pod of a test, its containers, and what goes on in them."""

import contextlib
import json
import re
import subprocess
import tempfile

from kit import images
from kit.api_server import path
from kit.questions import ASK
from suite.wait import until

WISP, INIT = "wisp", "wisp-init"


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
        until(lambda: not self.space.find("pod", self.name), self.describe, patience)

    def describe(self):
        """What a person would look at when it does not become what it should."""
        logs = self.space.try_kubectl("logs", self.name, "--all-containers", "--prefix", "--tail=20").stdout
        return self.space.try_kubectl("describe", "pod", self.name).stdout + logs

    def containers(self):
        """All that are to run in it, in their order."""
        spec = self.get()["spec"]
        return [*spec.get("initContainers", []), *spec["containers"]]

    def names(self):
        """Theirs."""
        return [each["name"] for each in self.containers()]

    def status(self, container):
        """The container's status, be it an init container or not, once the kubelet has one."""
        return until(lambda: self.status_now(container), self.describe)

    def status_now(self, container):
        status = self.get()["status"]
        found = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
        return next((each for each in found if each["name"] == container), None)

    def restarts(self, container):
        return self.status(container)["restartCount"]

    def logs(self, container, *arguments):
        if arguments:
            return self.space.kubectl("logs", self.name, "--container", container, *arguments)
        return self.space.cluster.api.text(f"{path('pod', self.space.name, self.name)}/log?container={container}")

    def wait_logged(self, container, words):
        """Waits until a container has written this: what it wrote before it answered, or ended, comes into its log a little later."""
        until(lambda: words in self.logs(container), lambda: f"{words!r} in {self.logs(container)}")

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
        return self.space.checked(json.loads(written)["access_token"])

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
