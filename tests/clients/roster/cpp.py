"""C++: the Azure SDK's identity library in Arrow's file system; it lists a container of a stub, which takes the token."""

import pathlib
import subprocess

from suite.client import APP_SERVICE, APP_SERVICE_2017, AS_TOLD, CLOUD_SHELL, NOTHING, POD_HOST, REDIRECT, Client, ways
from suite.driver import PATIENCE
from tools.packages import PYTHON, environment
from tools.services import blob_storage

PROGRAM = str(pathlib.Path(__file__).resolve().parents[1] / "tools/arrow_list.py")

BLOB = "hello.txt"


def list_blobs(tool, resource, identity):
    """By Arrow's way to be told of an identity, its client id."""
    chosen = [identity["client_id"]] if identity else []
    with blob_storage(tool.make_socket) as (stub, variables):
        stub.blobs[BLOB] = b"hello"
        done = subprocess.run(
            tool.command([PYTHON, PROGRAM, *chosen]),
            env=tool.environment | variables | environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    if done.returncode == 0 and BLOB in done.stdout:
        return stub.tokens[-1], None
    return None, done.stderr


LOST = "Arrow's error says neither the status nor the text of the answer; wisp's log does."

# Its version is none of the Python package's: the library is linked in.
VERSION = "1.13.3"
ARROW = Client(
    name="azure-identity-cpp",
    language="C++",
    version=VERSION,
    agent=f"azsdk-cpp-identity/{VERSION}",
    way=REDIRECT,
    run=list_blobs,
    identities=("client_id",),
    resources=("https://storage.azure.com",),
    caches=False,
    # One for each of the two services that the storage account is.
    asks_near_end=2,
    concurrent=5,
    permanent=NOTHING,
    notes={"permanent": LOST},
)

# Elsewhere than at IMDS it asks again.
PATIENT = {"outage": AS_TOLD, "refused": True}

CLIENTS = ways(
    ARROW,
    (POD_HOST, {}),
    (APP_SERVICE, PATIENT),
    (APP_SERVICE_2017, PATIENT),
    (CLOUD_SHELL, PATIENT | {"identities": ()}),
)
