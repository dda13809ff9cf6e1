"""The services of Azure that tools call with their tokens, as stubs behind a tunnel."""

import contextlib
import functools
import pathlib
import tempfile

from suite.blob_stub import BlobStub
from suite.certificate import Certificate
from tools.arm_stub import ArmStub
from tools.tunnel import Tunnel, listener

ROOT = pathlib.Path(__file__).resolve().parents[3]
DEBIAN = ROOT / "target/clients/debian"
AZ = ROOT / "target/clients/az"

ACCOUNT = "account"
BLOB_HOST = f"{ACCOUNT}.blob.core.windows.net"
ARM_HOST = "management.azure.com"


@functools.cache
def certificate():
    return Certificate(pathlib.Path(tempfile.mkdtemp(prefix="wisp-tools-")), ARM_HOST, BLOB_HOST)


@contextlib.contextmanager
def resource_manager(make_socket, subscriptions=True):
    """The stub, and the variables that lead a tool there."""
    stub = ArmStub(listener(make_socket), certificate().context, subscriptions)
    with _served(stub, make_socket) as served:
        yield served


@contextlib.contextmanager
def blob_storage(make_socket):
    stub = BlobStub(listener(make_socket), certificate().context, account_in_path=False)
    with _served(stub, make_socket) as served:
        yield served


@contextlib.contextmanager
def _served(stub, make_socket):
    host, port = stub.url.removeprefix("https://").split(":")
    tunnel = Tunnel(make_socket, (host, int(port)))
    ca = str(certificate().ca)
    try:
        yield stub, {"HTTPS_PROXY": tunnel.url, "REQUESTS_CA_BUNDLE": ca, "SSL_CERT_FILE": ca}
    finally:
        tunnel.close()
        stub.close()
