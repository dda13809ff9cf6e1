"""The node: its network, containerd with CNI, and the kubelet."""

import json
import os
import subprocess

import yaml

from kit import control_plane
from kit.images import PAUSE
from kit.places import DEBIAN, KUBERNETES, NODE, PODS
from suite.wait import until

NAME = "node"

CONTAINERD = """
version = 2
root = "{folder}/containerd"
state = "{folder}/containerd-state"
[grpc]
address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
# Without CAP_SYS_RESOURCE, which a builder may lack, runc cannot lower it.
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{debian}/usr/lib/cni"
conf_dir = "{folder}/cni"
[plugins."io.containerd.grpc.v1.cri".containerd]
# It copies files, which needs nothing of the machine.
snapshotter = "native"
"""


def lay_network():
    """The node's address on a bridge with something in it, and a default route over it. Another kind of device may not exist."""
    for command in [
        "link set lo up",
        "link add node0 type bridge",
        "link add node1 type veth peer name node2",
        "link set node1 master node0",
        "link set node1 up",
        "link set node2 up",
        f"address add {NODE}/24 dev node0",
        "link set node0 up",
        "route add default dev node0",
    ]:
        subprocess.run(["ip", *command.split()], check=True)
    with open("/proc/sys/net/ipv4/ip_forward", "w") as forward:
        forward.write("1")


class Containerd:
    def __init__(self, parts, folder):
        self.socket = folder / "containerd.sock"
        config = folder / "containerd.toml"
        config.write_text(CONTAINERD.format(folder=folder, socket=self.socket, pause=PAUSE, debian=DEBIAN))
        network = {
            "cniVersion": "1.0.0",
            "name": "pods",
            "plugins": [
                {
                    "type": "bridge",
                    "bridge": "pods0",
                    "isGateway": True,
                    "ipMasq": False,
                    "ipam": {
                        "type": "host-local",
                        "ranges": [[{"subnet": PODS}]],
                        "routes": [{"dst": "0.0.0.0/0"}],
                        "dataDir": f"{folder}/addresses",
                    },
                },
                {"type": "loopback"},
            ],
        }
        (folder / "cni").mkdir()
        (folder / "cni/pods.conflist").write_text(json.dumps(network))
        parts.start("containerd", "env", f"PATH={DEBIAN}/usr/bin:{os.environ['PATH']}", "containerd", "--config", config)
        # Its socket may be there before it answers.
        until(lambda: self.ctr("version").returncode == 0, "containerd answers")

    def ctr(self, *arguments):
        command = [DEBIAN / "usr/bin/ctr", "--address", self.socket, "--namespace", "k8s.io", *arguments]
        return subprocess.run(command, capture_output=True, text=True)

    def load(self, archive):
        """Takes the image in a docker archive."""
        done = self.ctr("images", "import", str(archive))
        assert done.returncode == 0, done.stderr


def start_kubelet(parts, folder, authority, containerd):
    authority.issue("kubelet", f"system:node:{NAME}", groups=["system:nodes"], names=[NAME, NODE])
    keys = authority.folder
    fields = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "containerRuntimeEndpoint": f"unix://{containerd.socket}",
        "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": False}, "x509": {"clientCAFile": f"{keys}/ca.crt"}},
        "authorization": {"mode": "AlwaysAllow"},
        "tlsCertFile": f"{keys}/kubelet.crt",
        "tlsPrivateKeyFile": f"{keys}/kubelet.key",
        "podLogsDir": f"{folder}/pods",
        # The machine is a builder's: old cgroups, no right to change others' groups, swap, a disk that may be nearly full.
        "failCgroupV1": False,
        "failSwapOn": False,
        "cgroupDriver": "cgroupfs",
        "cgroupsPerQOS": False,
        "enforceNodeAllocatable": [],
        "localStorageCapacityIsolation": False,
        "evictionHard": {"memory.available": "1Mi", "nodefs.available": "0%", "imagefs.available": "0%", "nodefs.inodesFree": "0%"},
        "imageGCHighThresholdPercent": 100,
        "maxPods": 250,
    }
    config = folder / "kubelet.yaml"
    config.write_text(yaml.safe_dump(fields))
    flags = {
        "kubeconfig": control_plane.kubeconfig(folder / "kubelet.kubeconfig", keys, "kubelet"),
        "config": config,
        "root-dir": folder / "kubelet",
        "cert-dir": folder / "kubelet-certificates",
        "hostname-override": NAME,
        "node-ip": NODE,
    }
    parts.start("kubelet", KUBERNETES, "kubelet", *control_plane.flags(flags))
