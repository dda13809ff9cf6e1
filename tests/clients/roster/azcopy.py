"""azcopy, as it is on azidentity and as it was with its own code: it lists a container of a stub, which takes the token."""

import dataclasses
import functools
import json
import pathlib
import subprocess

from suite.client import APP_SERVICE, AS_TOLD, CLOUD_SHELL, REDIRECT, STATUS, Client
from suite.driver import PATIENCE
from tools.services import BLOB_HOST, blob_storage

INSTALLED = pathlib.Path(__file__).resolve().parents[3] / "target/clients/azcopy/node_modules"
MANIFEST = pathlib.Path(__file__).resolve().parents[1] / "tools/azcopy/package.json"

# The variable that chooses an identity by each kind of id.
CHOOSES = {
    "client_id": "AZCOPY_MSI_CLIENT_ID",
    "object_id": "AZCOPY_MSI_OBJECT_ID",
    "resource_id": "AZCOPY_MSI_RESOURCE_STRING",
}

BLOB = "hello.txt"


def list_blobs(package, tool, resource, identity):
    """Lists a container, and tells what token came for it."""
    program = str(INSTALLED / package / "dist/bin/azcopy_linux_amd64")
    chosen = {CHOOSES[spelling]: value for spelling, value in (identity or {}).items()}
    with blob_storage(tool.make_socket) as (stub, variables):
        stub.blobs[BLOB] = b"hello"
        done = subprocess.run(
            tool.command([program, "list", f"https://{BLOB_HOST}/container"]),
            env={**tool.environment, **variables, **chosen},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    if done.returncode == 0 and BLOB in done.stdout:
        return stub.tokens[-1], None
    return None, done.stdout + done.stderr


def client(package, **described):
    version = json.loads(MANIFEST.read_text())["dependencies"][package].rpartition("@")[2]
    return Client(
        name="azcopy",
        language="Command line",
        version=version,
        way=REDIRECT,
        run=functools.partial(list_blobs, package),
        environment={"AZCOPY_AUTO_LOGIN_TYPE": "MSI", "AZCOPY_DISABLE_SYSLOG": "true"},
        resources=("https://storage.azure.com",),
        caches=False,
        asks_near_end=2,
        concurrent=5,
        **described,
    )


AZCOPY = client("azcopy", identities=("client_id", "resource_id"), outage=AS_TOLD, throttled=AS_TOLD, refused=True)
AZCOPY_2023 = client("azcopy-2023", asks=2, permanent=STATUS, proxied=False, env=None, by_http_proxy=False)

CLIENTS = [
    AZCOPY,
    dataclasses.replace(AZCOPY, way=APP_SERVICE, proxied=False),
    dataclasses.replace(AZCOPY, way=CLOUD_SHELL, proxied=False, identities=()),
    AZCOPY_2023,
]
