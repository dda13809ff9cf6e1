"""The services of Azure that tools call with their tokens, as stubs behind a tunnel."""

import atexit
import contextlib
import functools
import pathlib
import shutil
import tempfile

from suite.blob_stub import BlobStub
from suite.certificate import Certificate
from tools.arm_stub import ArmStub
from tools.kafka_stub import KafkaStub
from tools.tds_stub import TdsStub
from tools.tunnel import LOOPBACK, Tunnel, listener

ROOT = pathlib.Path(__file__).resolve().parents[3]
DEBIAN = ROOT / "target/clients/debian"
AZ = ROOT / "target/clients/az"

ACCOUNT = "account"
BLOB_HOST = f"{ACCOUNT}.blob.core.windows.net"
# The same account, asked as a file system.
FILES_HOST = f"{ACCOUNT}.dfs.core.windows.net"
ARM_HOST = "management.azure.com"
SQL_HOST = "server.database.windows.net"


@functools.cache
def certificate(*hosts):
    folder = tempfile.mkdtemp(prefix="wisp-tools-")
    atexit.register(shutil.rmtree, folder)
    return Certificate(pathlib.Path(folder), *hosts)


@contextlib.contextmanager
def resource_manager(make_socket, subscriptions=True, host=LOOPBACK):
    """The stub, and the variables that lead a tool there; `host` is the address where it finds them."""
    secured = certificate(ARM_HOST)
    stub = ArmStub(listener(make_socket), secured.context, subscriptions)
    with _served(stub, make_socket, secured, host) as served:
        yield served


@contextlib.contextmanager
def blob_storage(make_socket, host=LOOPBACK):
    secured = certificate(BLOB_HOST, FILES_HOST)
    stub = BlobStub(listener(make_socket), secured.context, account_in_path=False)
    with _served(stub, make_socket, secured, host) as served:
        yield served


@contextlib.contextmanager
def sql_database(make_socket):
    """The stub, and the variables that make a driver trust it."""
    secured = certificate(SQL_HOST)
    stub = TdsStub(listener(make_socket), secured.context)
    try:
        yield stub, {"SSL_CERT_FILE": str(secured.ca)}
    finally:
        stub.close()


@contextlib.contextmanager
def kafka(make_socket):
    stub = KafkaStub(listener(make_socket))
    try:
        yield stub
    finally:
        stub.close()


@contextlib.contextmanager
def _served(stub, make_socket, secured, host):
    tunnel = Tunnel(make_socket, stub.address, host)
    ca = str(secured.ca)
    try:
        yield stub, {"HTTPS_PROXY": tunnel.url, "REQUESTS_CA_BUNDLE": ca, "SSL_CERT_FILE": ca}
    finally:
        tunnel.close()
        stub.close()
