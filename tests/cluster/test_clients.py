"""Unmodified clients as applications of pods: an SDK of each language, rclone, and Microsoft's MCP server for Azure."""

import glob
import json
import pathlib
import socket
import sys

import pytest

from kit.manifests import container, pod
from kit.places import NODE, ROOT
from kit.questions import STORAGE, VAULT
from roster import CLIENTS
from roster.dotnet import INSTALLED, NEWEST
from suite.client import REDIRECT
from tools.services import ACCOUNT, DEBIAN, blob_storage, resource_manager

SDKS = ["azure-identity", "@azure/identity", "azidentity", "com.azure:azure-identity", "azure_identity"]
MANAGER = "https://management.azure.com"
SYSTEM = ["/bin", "/etc/alternatives", "/etc/ssl", *glob.glob("/etc/java*"), "/lib", "/lib64", "/usr"]
"""What programs of the machine need of it. The image has nothing of its own where they go."""
PYTHON = [sys.base_prefix, sys.prefix]


def driver(name):
    """How the tests of clients run an SDK in its newest version."""
    client = next(each for each in CLIENTS if each.name == name and each.way == REDIRECT)
    return [*variables(client.environment), *client.command]


def variables(told):
    """Has the command behind it told these, besides those of the pod."""
    return ["env", *(f"{name}={value}" for name, value in told.items())]


def machine(*folders):
    """An application that finds these folders of the machine where they are there, and may read them."""
    volumes, mounts = [], []
    for number, folder in enumerate([*SYSTEM, *PYTHON, *folders]):
        # A link leads on the machine to what a pod has not.
        volumes.append({"name": f"machine-{number}", "hostPath": {"path": str(pathlib.Path(folder).resolve())}})
        mounts.append({"name": f"machine-{number}", "mountPath": str(folder), "readOnly": True})
    return pod(container(volumeMounts=mounts, resources={"requests": {"cpu": "300m"}}), volumes=volumes)


def clients(*folders):
    return machine(ROOT / "tests/clients", ROOT / "target/clients", *folders)


@pytest.mark.parametrize("mode", ["redirect", "env"])
@pytest.mark.parametrize("sdk", SDKS)
def test_an_sdk_gets_tokens(space, sdk, mode):
    space.run(clients(), "--mode", mode)
    question = {"credential": "c", "kind": "managed_identity", "identity": None, "resource": VAULT, "calls": 1}
    answer = space.kubectl("exec", "--stdin", "app", "--", *driver(sdk), stdin=json.dumps(question) + "\n")
    (result,) = json.loads(answer)["results"]
    assert "token" in result, result
    space.checked(result["token"])


@pytest.mark.parametrize("mode", ["redirect", "http-proxy"])
def test_rclone_gets_tokens(space, mode):
    """Debian's, which knows the metadata service's address only; it reads a blob of a storage account."""
    with blob_storage(socket.socket, NODE) as (stub, told):
        stub.blobs["folder/file.txt"] = b"what a real blob would hold\n"
        space.run(clients(pathlib.Path(told["SSL_CERT_FILE"]).parent), "--mode", mode)
        remote = f":azureblob,use_msi,account={ACCOUNT}:container/folder/file.txt"
        command = [*variables(told), DEBIAN / "usr/bin/rclone", "cat", remote, "--config", "", "--retries", "1"]
        assert space.kubectl("exec", "app", "--", *command) == "what a real blob would hold\n"
        space.checked(stub.tokens[-1], STORAGE)


def test_the_sdk_for_dotnet_gets_tokens(space):
    """Inside of Microsoft's MCP server for Azure, which lists subscriptions. Its telemetry asks at the built-in address in every
    mode."""
    with resource_manager(socket.socket, host=NODE) as (stub, told):
        space.run(clients(pathlib.Path(told["SSL_CERT_FILE"]).parent))
        command = [*variables({**told, **NEWEST.environment}), INSTALLED / "azmcp/dist/azmcp", "subscription", "list"]
        written = space.kubectl("exec", "app", "--", *command)
        assert '"status": 200' in written, written
        space.checked(stub.tokens[-1], MANAGER)
