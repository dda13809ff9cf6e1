"""A running cluster, as whoever is inside of its namespaces sees it."""

import contextlib
import fcntl
import functools
import json
import os
import pathlib
import subprocess

from kit.api_server import ApiServer
from kit.parts import Part
from kit.places import DEBIAN, KUBECTL
from suite.emulator import Emulator

FOLDER = "WISP_CLUSTER"
"""The variable that names the folder of the cluster."""
LONGEST = 120

# Small beside what it asks for, as the kernel counts what a process's own program takes too.
GREEDY = 'echo $$ > "$1"; exec "$0" dd if=/dev/zero of=/dev/null bs=256M count=1'


class Cluster:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.kubeconfig = self.folder / "admin.kubeconfig"

    @classmethod
    def of_environment(cls):
        assert FOLDER in os.environ, "these tests run in a cluster: `make cluster-test`, or `tests/cluster/run.py -- pytest ...`"
        return cls(os.environ[FOLDER])

    @functools.cached_property
    def api(self):
        """The API server, for those who ask it themselves."""
        return ApiServer(self.kubeconfig)

    @property
    def emulator(self):
        """Entra."""
        return Emulator(None, json.loads((self.folder / "entra.json").read_text()))

    def kubectl(self, *arguments, stdin=None, code=0):
        """Standard output of a kubectl that ends with `code`; of one that is to fail, what it says."""
        done = self.try_kubectl(*arguments, stdin=stdin)
        assert done.returncode == code, f"kubectl {arguments} ended with {done.returncode}: {done.stderr}{done.stdout}"
        return done.stdout if code == 0 else done.stderr

    def try_kubectl(self, *arguments, stdin=None, timeout=LONGEST):
        return subprocess.run(self.kubectl_command(*arguments), input=stdin, capture_output=True, text=True, timeout=timeout)

    def kubectl_command(self, *arguments):
        return [KUBECTL, f"--kubeconfig={self.kubeconfig}", f"--cache-dir={self.folder}/kubectl", *map(str, arguments)]

    def is_ready(self):
        nodes = self.try_kubectl("get", "nodes", "--output", "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}")
        return nodes.stdout == "True"

    def part(self, name):
        """One of its processes, such as `kubelet`."""
        return Part(self.folder / "parts", name)

    def ctr(self, *arguments):
        """containerd's own client, for what Kubernetes does not show."""
        command = [DEBIAN / "usr/bin/ctr", "--address", self.folder / "containerd.sock", "--namespace", "k8s.io", *arguments]
        return subprocess.check_output(command, text=True)

    def sandbox(self, uid):
        """containerd's id of what holds the namespaces of the pod with this UID."""
        labels = {"io.kubernetes.pod.uid": uid, "io.cri-containerd.kind": "sandbox"}
        filters = ",".join(f'labels."{name}"=={value}' for name, value in labels.items())
        return self.ctr("containers", "list", "--quiet", filters).split()[-1]

    def first_process(self, container):
        """The process of a container, by containerd's id of it, as in all that follows."""
        tasks = (line.split() for line in self.ctr("tasks", "list").splitlines())
        return next(int(task[1]) for task in tasks if task[0] == container)

    def kill(self, container):
        """Kills that process."""
        self.ctr("tasks", "kill", "--signal", "KILL", container)

    def process_status(self, container):
        """The kernel's view of a container's first process, by the line's name."""
        lines = pathlib.Path(f"/proc/{self.first_process(container)}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def run_out_of_memory(self, container):
        """Has a container exceed its limit of memory: another process in its cgroup takes more than that, and the kernel
        ends the one that it is told to end first."""
        pid = self.first_process(container)
        pathlib.Path(f"/proc/{pid}/oom_score_adj").write_text("1000")
        busybox = DEBIAN / "bin/busybox"
        done = subprocess.run([busybox, "sh", "-c", GREEDY, busybox, memory_cgroup(pid) / "cgroup.procs"], capture_output=True)
        assert done.returncode != 0, "there was no limit"

    @contextlib.contextmanager
    def locked(self, name):
        """No other test is in this block meanwhile, of whatever worker."""
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def asked_of_node(self):
        """Who asked the node's metadata service for what: pairs of an address and a path."""
        return [tuple(line.split(" ", 1)) for line in (self.folder / "metadata.log").read_text().splitlines()]


def memory_cgroup(pid):
    """The folder of the cgroup that limits a process's memory, in either version of cgroups."""
    for line in pathlib.Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):
            found = pathlib.Path("/sys/fs/cgroup", controllers, path[1:])
            if found.exists():
                return found
    raise AssertionError(f"process {pid} has no cgroup of memory")
