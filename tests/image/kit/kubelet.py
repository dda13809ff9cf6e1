"""A pod of an injected manifest: its containers in the order, with the environment and the probes that the kubelet gives."""

import pathlib
import subprocess
import uuid

import yaml

from kit.network import PodNetwork
from kit.runtime import Container, spec
from suite.wait import until

MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      serviceAccountName: app
      containers:
      - {name: app, image: app:1}
"""
OURS = {"wisp", "wisp-init"}

# What the Pod Security level "restricted" leaves to an application.
RESTRICTED = {
    "runAsUser": 1000,
    "runAsGroup": 1000,
    "runAsNonRoot": True,
    "privileged": False,
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
CA = "/etc/emulator/ca.pem"


def injected(wispctl, emulator, *choices):
    """The pod template that `wispctl inject` makes of a Deployment."""
    identity = ["--client-id", emulator.client_id, "--tenant-id", emulator.tenant, "--authority", emulator.authority]
    command = [wispctl, "inject", *identity, *choices, "-"]
    written = subprocess.run(command, input=MANIFEST, check=True, capture_output=True, text=True).stdout
    return yaml.safe_load(written)["spec"]["template"]["spec"]


class Pod:
    """A pod with wisp's containers from the image's files in `root`; the application's are run one by one by `run`."""

    def __init__(self, folder, node, emulator, root, template):
        self.folder = folder
        self.node = node
        self.emulator = emulator
        self.ca = emulator.ca
        self.root = root
        self.template = template
        self.uid = str(uuid.uuid4())
        self.network = PodNetwork(node)
        self.running = {}
        self.all = []

    def start(self):
        """Starts wisp's containers one after the other."""
        for container in self.template.get("initContainers", []):
            if container.get("restartPolicy") == "Always":
                self.start_sidecar(container)
            else:
                code, written = self.init(container)
                assert code == 0, written
        for container in self.template["containers"]:
            if container["name"] in OURS:
                self.start_sidecar(container)
        return self

    def init(self, container):
        """Runs an init container to its end: exit code and what it wrote."""
        started = self.make(container).start()
        return started.wait(), started.written()

    def start_sidecar(self, container):
        started = self.make(container).start()
        self.running[container["name"]] = started
        hook = container["lifecycle"]["postStart"]["exec"]["command"]
        until(lambda: started.process.poll() is not None or started.execute(*hook)[0] == 0, f"{hook}: {started.written()}")
        assert started.process.poll() is None, started.written()

    def make(self, container):
        """The container of wisp, from the image: what runs is what the manifest says, in full."""
        environment = self.environment(container)
        # A cluster's administrator would mount a private authority's certificate in the same way.
        environment |= {"WISP_CA_FILE": CA} if self.ca else {}
        mounts = [(self.ca, CA)] if self.ca else []
        for mount in container.get("volumeMounts", []):
            mounts.append((self.token_folder(mount["name"]), mount["mountPath"]))
        made = spec(
            container["command"] + container["args"], environment, container["securityContext"], self.network.name, mounts,
            limits=container["resources"]["limits"],
        )  # fmt: skip
        return self.made(self.root, made)

    def token_folder(self, volume):
        """The folder that the kubelet projects, by the emulator, which writes the token as asked for."""
        found = next(each for each in self.template["volumes"] if each["name"] == volume)
        source = found["projected"]["sources"][0]["serviceAccountToken"]
        folder = self.folder / f"volume-{self.network.name}"
        folder.mkdir(exist_ok=True)
        assert source["audience"] == "api://AzureADTokenExchange"
        (folder / source["path"]).write_bytes(pathlib.Path(self.emulator.token_file).read_bytes())
        return folder

    def made(self, root, made):
        self.all.append(Container(self.folder, root, made))
        return self.all[-1]

    def run(self, *command, variables=None, mounts=()):
        """Runs a client as the application's container: exit code and what it wrote."""
        app = next(each for each in self.template["containers"] if each["name"] not in OURS)
        root = self.folder / "app"
        root.mkdir(exist_ok=True)
        system = [(folder, folder) for folder in ("/usr", "/lib", "/lib64", "/bin")]
        environment = {"HOME": "/tmp", **self.environment(app), **(variables or {})}
        made = spec(list(command), environment, RESTRICTED, self.network.name, [*system, *mounts])
        made["mounts"].append({"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["mode=1777"]})
        started = self.made(root, made).start()
        return started.wait(), started.written()

    def environment(self, container):
        """The variables of a container, those from the downward API too."""
        fields = {"status.podIP": self.network.pod_ip, "status.hostIP": self.network.host_ip, "metadata.uid": self.uid}
        values = {}
        for variable in container.get("env", []):
            source = variable.get("valueFrom")
            values[variable["name"]] = fields[source["fieldRef"]["fieldPath"]] if source else variable["value"]
        # Kubernetes sets it in every container.
        return {"KUBERNETES_SERVICE_HOST": "10.0.0.1", **values}

    def close(self):
        for container in reversed(self.all):
            container.delete()
        self.network.close()
