"""What `run.py` runs in the namespaces that it makes: starts the cluster, then the command, or waits for Ctrl-C."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from kit import control_plane, entra, images, node
from kit.cluster import FOLDER, Cluster
from kit.door import open_door
from kit.metadata import NotedMetadataService
from kit.parts import Parts
from suite.certificate import Authority
from suite.wait import until

# Where programs write that know no other place.
WRITTEN = ["/run/containerd", "/var/lib/cni", "/var/log"]

GREETING = """
Kubernetes is up. In another shell:

  export KUBECONFIG={kubeconfig}
  kubectl create namespace {namespace}
  kubectl --namespace {namespace} create serviceaccount app
  kubectl --namespace {namespace} create configmap entra --from-file=ca.pem={folder}/entra/ca.pem
  wispctl inject --image {image} --authority {authority} --file WISP_CA_FILE=configmap/entra/ca.pem \\
    --tenant-id {tenant} --client-id {client_id} app.yaml |
    kubectl --namespace {namespace} apply -f -

Images that are here: {images}.
Ctrl-C ends it all.
"""


def main(folder, listener, *command):
    started = time.monotonic()
    folder = pathlib.Path(folder)
    keep_apart(folder / "own")
    # The machine has more memory than time: garbage may lie for longer.
    os.environ["GOGC"] = "300"
    cluster = start(folder)
    say(f"a cluster was ready after {time.monotonic() - started:.1f} s")
    door = socket.socket(fileno=int(listener))
    if command:
        environment = {**os.environ, FOLDER: str(folder), "KUBECONFIG": str(cluster.kubeconfig)}
        sys.exit(subprocess.run(command, env=environment).returncode)
    greet(cluster, door)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        say("ended")


def keep_apart(own):
    for place in WRITTEN:
        (own / place[1:]).mkdir(parents=True)
        pathlib.Path(place).mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "--bind", own / place[1:], place], check=True)


def start(folder):
    """Starts all parts, those at the same time that can be."""
    node.lay_network()
    (folder / "keys").mkdir()
    authority = Authority(folder / "keys")
    parts = Parts(folder / "parts")
    with ThreadPoolExecutor() as pool:
        archives = pool.submit(images.archives, folder / "images")
        plane = pool.submit(control_plane.start, parts, folder, authority)
        containerd = node.Containerd(parts, folder)
        for archive in archives.result():
            containerd.load(archive)
        plane.result()
    node.start_kubelet(parts, folder, authority, containerd)
    cluster = Cluster(folder)
    NotedMetadataService(folder / "metadata.log")
    keys = folder / "keys.json"
    keys.write_text(cluster.kubectl("get", "--raw", "/openid/v1/jwks"))
    emulator = entra.start(folder / "entra", keys, folder / "keys/ca.crt", write_reviewer(cluster))
    (folder / "entra.json").write_text(json.dumps(emulator.environment))
    until(cluster.is_ready, "the node is ready")
    return cluster


def write_reviewer(cluster):
    """The file with the token of AKS's token proxy, which asks the API server who may use an identity."""
    account = ["--namespace=kube-system", "create"]
    cluster.kubectl(*account, "serviceaccount", "token-proxy")
    role = ["--clusterrole=system:auth-delegator", "--serviceaccount=kube-system:token-proxy"]
    cluster.kubectl("create", "clusterrolebinding", "token-proxy", *role)
    token = cluster.folder / "keys/token-proxy"
    token.touch(0o600)
    token.write_text(cluster.kubectl(*account, "token", "token-proxy", "--duration=24h"))
    return token


def greet(cluster, door):
    open_door(door)
    keys = cluster.folder / "keys"
    outside = f"https://127.0.0.1:{door.getsockname()[1]}"
    path = control_plane.kubeconfig(cluster.folder / "kubeconfig", keys, "admin", outside)
    print(
        GREETING.format(
            folder=cluster.folder, kubeconfig=path, namespace=entra.namespace(0), image=images.WISP, tenant=entra.TENANT,
            authority=cluster.emulator.authority, client_id=entra.client_id(0), images=", ".join(images.ALL),
        ),
        flush=True,
    )  # fmt: skip


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
