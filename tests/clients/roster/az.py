"""The Azure CLI: `az login --identity` of today, which stands on MSAL, and of Debian 12, which stands on msrestazure.

Right after it has a token, it asks Azure Resource Manager for the subscriptions; the stub there takes the token.
"""

import dataclasses
import pathlib
import shutil
import subprocess

from suite.client import APP_SERVICE, CLOUD_SHELL, POD_HOST, REDIRECT, STATUS, Client, Wait
from tools.services import AZ, DEBIAN, resource_manager

SECONDS = 100

# What `az login` asks for, in the public cloud.
RESOURCES = ["https://management.core.windows.net/"]

# A user's settings: az sends nothing to its makers.
SETTINGS = {"AZURE_CORE_COLLECT_TELEMETRY": "no"}

NEW = [str(AZ / "bin/python"), "-m", "azure.cli"]
OLD = ["/usr/bin/python3", str(DEBIAN / "usr/bin/az")]
LIBRARIES = next(iter(sorted(map(str, DEBIAN.glob("usr/lib/*-linux-gnu")))), "")
PYTHON = {"PYTHONPATH": str(DEBIAN / "usr/lib/python3/dist-packages"), "LD_LIBRARY_PATH": LIBRARIES}

# By what each chooses the identity. The old one tries what it is given as a client id and then as an object id.
NEW_OPTIONS = {"client_id": "--client-id", "object_id": "--object-id", "resource_id": "--resource-id"}
OLD_OPTIONS = dict.fromkeys(NEW_OPTIONS, "--username")


def az(tool, program, *arguments, subscriptions=True):
    """The finished process, and the tokens that reached Azure Resource Manager."""
    with resource_manager(tool.make_socket, subscriptions) as (stub, variables):
        command = tool.command([*program, *arguments])
        environment = tool.environment | variables
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS)
        return done, stub.tokens


def login(tool, program, options, identity):
    chosen = [word for name, value in (identity or {}).items() for word in (options[name], value)]
    done, tokens = az(tool, program, "login", "--identity", *chosen)
    if done.returncode:
        return None, done.stderr
    return tokens[-1], None


def run_new(tool, resource, identity):
    return login(tool, NEW, NEW_OPTIONS, identity)


def run_old(tool, resource, identity):
    index_commands(tool)
    return login(tool, OLD, OLD_OPTIONS, identity)


def index_commands(tool):
    """The index of commands that az makes when it runs first on a machine: ten seconds, once and not for each test."""
    folder = pathlib.Path(tool.environment["HOME"], ".azure")
    if not folder.exists():
        folder.mkdir()
        shutil.copy(DEBIAN / "home/.azure/commandIndex.json", folder)


TODAY = Client(
    name="az login --identity",
    language="Command line",
    version="2.91.0",
    way=REDIRECT,
    run=run_new,
    environment=SETTINGS,
    resources=RESOURCES,
    caches=False,
    # Its program takes its time to end.
    fails_after=10.0,
    # Once itself, and once for Azure Resource Manager.
    asks_near_end=2,
    concurrent=0,
)
BOOKWORM = Client(
    name="az login --identity",
    language="Command line",
    version="2.45.0",
    way=REDIRECT,
    run=run_old,
    environment=SETTINGS | PYTHON,
    # By object id: test_tools.py.
    identities=["client_id", "resource_id"],
    resources=RESOURCES,
    caches=False,
    fails_after=10.0,
    asks_near_end=2,
    concurrent=0,
    permanent=STATUS,
    outage=Wait(),
    throttled=Wait(),
    env=CLOUD_SHELL.dialect,
    notes={
        "identities": "An id that is not a resource id is tried as client id first; wisp's 400 makes `az` try it as object id."
    },
)
# By POST it does not ask again, neither for another identity nor after a failure.
BOOKWORM_CLOUD_SHELL = dataclasses.replace(
    BOOKWORM,
    way=CLOUD_SHELL,
    asks=2,
    outage=None,
    throttled=None,
    only=["test_token", "test_identities", "test_a_permanent_fault", "test_an_outage_that_ends", "test_throttling"],
    notes={},
)

SHORT = ["test_token", "test_identities", "test_a_permanent_fault"]
CLIENTS = [
    TODAY,
    dataclasses.replace(TODAY, way=POD_HOST, only=SHORT),
    dataclasses.replace(TODAY, way=APP_SERVICE, only=SHORT),
    BOOKWORM,
    BOOKWORM_CLOUD_SHELL,
]
