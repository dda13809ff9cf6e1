"""What `wispctl inject` gives to a container of the application in each mode, as a way for a client to come to wisp."""

import functools
import json
import os
import pathlib
import subprocess

from suite.client import SECRET, Way

ROOT = pathlib.Path(__file__).resolve().parents[3]
WISPCTL = os.environ.get("WISPCTL_BIN", str(ROOT / "target/debug/wispctl"))

ENV = "env"
HTTP_PROXY = "http-proxy"

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, "spec": {"containers": [{"name": "app"}]}}
IDENTITY = ["--client-id", "11111111-1111-1111-1111-111111111111", "--tenant-id", "contoso.com"]
# Where the sidecar of the pod listens; the one of a test has a port of its own.
ENDPOINT = "http://127.0.0.1:4254"


@functools.cache
def injected(mode):
    """The variables of the application's container."""
    command = [WISPCTL, "inject", "--mode", mode, *IDENTITY, "-"]
    done = subprocess.run(command, input=json.dumps(POD), check=True, capture_output=True, text=True)
    (container,) = json.loads(done.stdout)["spec"]["containers"]
    return container["env"]


def environment(mode, url):
    """The same as the kubelet makes them; the pod's UID, of which both sides make their secret, is that of the suite."""
    made = {}
    for variable in injected(mode):
        if "value" in variable:
            made[variable["name"]] = variable["value"].replace(ENDPOINT, url)
        else:
            assert variable["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.uid"}}
            made[variable["name"]] = SECRET
    return made


def way(mode):
    """Nothing leads from the built-in address to wisp: there nobody listens."""
    return Way(dialect=mode, point=mode, namespaced=True, environment=functools.partial(environment, mode))
