"""azcopy, a real program on azidentity: it lists a container of a stub of Blob Storage, which takes the token."""

import dataclasses
import json
import pathlib
import subprocess
import tempfile

from suite.blob_stub import BlobStub
from suite.certificate import Certificate
from suite.client import APP_SERVICE, AS_TOLD, CLOUD_SHELL, REDIRECT, Client
from suite.driver import PATIENCE

ROOT = pathlib.Path(__file__).resolve().parents[3]
PACKAGE = "@azure-tools/azcopy-linux"
PROGRAM = ROOT / "target/clients/azcopy/node_modules" / PACKAGE / "dist/bin/azcopy_linux_amd64"
MANIFEST = pathlib.Path(__file__).resolve().parents[1] / "tools/azcopy/package.json"

# The variable that chooses an identity by each kind of id.
CHOOSES = {"client_id": "AZCOPY_MSI_CLIENT_ID", "resource_id": "AZCOPY_MSI_RESOURCE_STRING"}


def run(tool, resource, identity):
    """Lists the container, and tells what token came with that."""
    with tempfile.TemporaryDirectory() as folder:
        certificate = Certificate(pathlib.Path(folder), "127.0.0.1")
        listener = tool.make_socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        stub = BlobStub(listener, certificate.context)
        stub.blobs["hello.txt"] = b"hello"
        chosen = {CHOOSES[spelling]: value for spelling, value in (identity or {}).items()}
        # Its token goes nowhere but to hosts that it trusts with it.
        trusted = stub.url.removeprefix("https://")
        arguments = ["list", f"{stub.url}/account/container", "--location", "Blob", "--trusted-microsoft-suffixes", trusted]
        try:
            done = subprocess.run(
                tool.command([str(PROGRAM), *arguments]),
                env={**tool.environment, **chosen, "SSL_CERT_FILE": str(certificate.ca)},
                capture_output=True,
                text=True,
                timeout=PATIENCE,
            )
        finally:
            stub.close()
    if done.returncode == 0 and "hello.txt" in done.stdout:
        return stub.tokens[-1], None
    return None, done.stdout + done.stderr


AZCOPY = Client(
    name="azcopy",
    language="Command line",
    version=json.loads(MANIFEST.read_text())["dependencies"][PACKAGE],
    way=REDIRECT,
    run=run,
    environment={"AZCOPY_AUTO_LOGIN_TYPE": "MSI", "AZCOPY_DISABLE_SYSLOG": "true"},
    identities=tuple(CHOOSES),
    resources=("https://storage.azure.com",),
    caches=False,
    asks_near_end=2,
    concurrent=5,
    outage=AS_TOLD,
    throttled=AS_TOLD,
    refused=True,
)

CLIENTS = [
    AZCOPY,
    dataclasses.replace(AZCOPY, way=APP_SERVICE, proxied=False),
    dataclasses.replace(AZCOPY, way=CLOUD_SHELL, proxied=False, identities=()),
]
