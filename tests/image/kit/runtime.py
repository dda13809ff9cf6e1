"""Containers as containerd makes them for Kubernetes: runc, and an OCI spec from the container of a manifest."""

import itertools
import json
import os
import pathlib
import platform
import subprocess

from kit.storage import run

SECCOMP = pathlib.Path("/usr/share/containers/seccomp.json")
# What containerd gives to a container whose image names no PATH.
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MASKED = ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list"]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
PATIENCE = 30
CPU_PERIOD = 100_000

numbers = itertools.count()


class Container:
    """One container with the root `root`. Made by `start`; `delete` always."""

    def __init__(self, folder, root, spec):
        self.id = f"wisp-image-{os.getpid()}-{next(numbers)}"
        self.bundle = folder / self.id
        self.bundle.mkdir()
        self.state = folder / "runc"
        spec["root"]["path"] = str(root)
        (self.bundle / "config.json").write_text(json.dumps(spec))
        self.log = self.bundle / "log"
        self.process = None

    def start(self):
        with self.log.open("w") as log:
            command = ["runc", "--root", self.state, "run", "--bundle", self.bundle, self.id]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def wait(self):
        """The exit code."""
        return self.process.wait(timeout=PATIENCE)

    def written(self):
        return self.log.read_text()

    def execute(self, *command):
        """Runs a command inside, with the rights of the container, as a probe is run; the exit code and what it wrote."""
        done = subprocess.run(
            ["runc", "--root", self.state, "exec", self.id, *command], capture_output=True, text=True, timeout=PATIENCE
        )
        return done.returncode, done.stdout + done.stderr

    def status(self):
        """The kernel's view of the first process: rights, user, seccomp."""
        pid = json.loads(run("runc", "--root", str(self.state), "state", self.id))["pid"]
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
        return {name: value.split() for name, _, value in (line.partition(":") for line in lines)}

    def kill(self):
        run("runc", "--root", str(self.state), "kill", self.id, "KILL")
        self.wait()

    def delete(self):
        subprocess.run(["runc", "--root", self.state, "delete", "--force", self.id], capture_output=True)
        if self.process:
            self.wait()


def spec(arguments, environment, security, network, mounts=(), limits=None):
    """The spec of a container with this `securityContext`. `mounts` are (source, destination), read-only."""
    capabilities = [f"CAP_{name}" for name in security["capabilities"].get("add", [])]
    assert security["capabilities"]["drop"] == ["ALL"] and security["privileged"] is False
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert security["runAsUser"] != 0 or not security["runAsNonRoot"], "the kubelet would refuse"
    bind = {"type": "bind", "options": ["rbind", "ro"]}
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": security["runAsUser"], "gid": security["runAsGroup"]},
            "args": arguments,
            "env": [PATH, *(f"{name}={value}" for name, value in environment.items())],
            "cwd": "/",
            # Neither inheritable nor ambient: Kubernetes gives none.
            "capabilities": {"bounding": capabilities, "permitted": capabilities, "effective": capabilities},
            "noNewPrivileges": not security["allowPrivilegeEscalation"],
        },
        "root": {"readonly": security["readOnlyRootFilesystem"]},
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755"]},
            *({"source": str(source), "destination": destination, **bind} for source, destination in mounts),
        ],
        "linux": {
            "namespaces": [
                *({"type": kind} for kind in ("pid", "mount", "ipc", "uts")),
                {"type": "network", "path": f"/run/netns/{network}"},
            ],
            "resources": resources(limits) if limits else {},
            "seccomp": seccomp(capabilities),
            "maskedPaths": MASKED,
            "readonlyPaths": READ_ONLY,
        },
    }


def resources(limits):
    """What the kubelet makes of such limits as `wispctl inject` writes, in thousandths of a processor and in MiB."""
    made = {"memory": {"limit": int(limits["memory"].removesuffix("Mi")) * 1024 * 1024}}
    if "cpu" in limits:
        made["cpu"] = {"quota": int(limits["cpu"].removesuffix("m")) * CPU_PERIOD // 1000, "period": CPU_PERIOD}
    return made


def seccomp(capabilities):
    """The profile of container engines, as they make it for these capabilities on this machine."""
    profile = json.loads(SECCOMP.read_text())
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    rules = []
    for rule in profile["syscalls"]:
        includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
        if not set(includes.get("caps", [])) <= set(capabilities) or set(excludes.get("caps", [])) & set(capabilities):
            continue
        if architecture not in includes.get("arches", [architecture]) or architecture in excludes.get("arches", []):
            continue
        kept = {name: rule[name] for name in ("names", "action", "args", "errnoRet") if rule.get(name)}
        rules.append(kept)
    own = next(each for each in profile["archMap"] if each["architecture"] == f"SCMP_ARCH_{platform.machine().upper()}")
    architectures = [own["architecture"], *own["subArchitectures"]]
    return {"defaultAction": profile["defaultAction"], "architectures": architectures, "syscalls": rules}
