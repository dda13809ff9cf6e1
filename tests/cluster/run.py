"""A Kubernetes of one node: until Ctrl-C, or for one command that gets its kubeconfig in KUBECONFIG.

    run.py [-- COMMAND...]

It needs root, and what `make cluster-parts` builds. All of it lives in a network, a process tree and a set of mounts of its
own, which end with it; nothing of the machine's network is touched but one port of 127.0.0.1, where its API server answers.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

from kit.places import BUILT, DEBIAN

INSIDE = pathlib.Path(__file__).with_name("inside.py")
LOGS = BUILT / "logs"

# What kills the first process of a tree kills all of it, and that is killed when this program is.
ALONE = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc"]


def main(arguments):
    command = arguments[arguments.index("--") + 1 :] if "--" in arguments else []
    if os.geteuid() != 0:
        sys.exit("a cluster needs root: it makes namespaces and runs containers")
    # Here short, for containerd's sockets have paths of at most 108 bytes.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wisp-cluster-", dir="/tmp"))
    # A socket belongs to the network in which it was made, whoever accepts from it.
    door = socket.create_server(("127.0.0.1", 0))
    inside = [DEBIAN / "usr/bin/catatonit", "--", sys.executable, INSIDE, folder, str(door.fileno()), *command]
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    process = subprocess.Popen([*ALONE, *inside], pass_fds=[door.fileno()])
    try:
        status = process.wait()
    except KeyboardInterrupt:
        # The terminal has told the process inside too.
        status = process.wait()
    finally:
        process.kill()
        process.wait()
        keep_logs(folder)
        remove_cgroups()
        shutil.rmtree(folder)
    sys.exit(status)


def keep_logs(folder):
    """Where a person finds them after all has ended: those of the last cluster, its parts' and its containers'."""
    shutil.rmtree(LOGS, ignore_errors=True)
    for kind in ["parts", "pods"]:
        if (folder / kind).exists():
            shutil.copytree(folder / kind, LOGS / kind, symlinks=True, ignore=shutil.ignore_patterns("*.pid"))


def remove_cgroups():
    """Those of its containers, which are empty now; another cluster's are not, and stay."""
    for group in sorted(pathlib.Path("/sys/fs/cgroup").glob("**/k8s.io/**/"), reverse=True):
        try:
            group.rmdir()
        except OSError:
            pass


if __name__ == "__main__":
    main(sys.argv[1:])
