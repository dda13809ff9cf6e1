"""The API server of an older Kubernetes beside the cluster's own: no kubelet, no controllers, objects of its own."""

import contextlib
import subprocess

from kit import control_plane
from kit.cluster import Cluster
from kit.places import NODE, OLDER_API_SERVER
from suite.wait import until

PORT = 6444
SERVER = f"https://{NODE}:{PORT}"
POLICIES = "admissionregistration.k8s.io/v1beta1"
"""What it has of the policies that change objects, and only where it is told to."""


class OlderCluster(Cluster):
    """What kubectl sees of it. Entra is the cluster's."""

    def __init__(self, cluster):
        super().__init__(cluster.folder)
        self.keys = cluster.folder / "keys"
        self.kubeconfig = control_plane.kubeconfig(cluster.folder / "older.kubeconfig", self.keys, "admin", SERVER)

    @contextlib.contextmanager
    def running(self):
        more = {"etcd-prefix": "/older", "feature-gates": "MutatingAdmissionPolicy=true", "runtime-config": f"{POLICIES}=true"}
        command = [OLDER_API_SERVER, *control_plane.api_server_flags(self.keys, PORT, **more)]
        with (self.folder / "parts/older-apiserver.log").open("ab") as log, subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        ) as process:
            try:
                until(lambda: control_plane.is_ready(self.keys, SERVER), "the older API server is ready")
                yield self
            finally:
                process.kill()
