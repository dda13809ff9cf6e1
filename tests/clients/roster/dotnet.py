""".NET: Azure.Identity as it is and as it was, in Microsoft's MCP server for Azure, which runs single commands as well.

It lists the subscriptions of a stub of Azure Resource Manager, which takes the token. Its packages are programs that bring .NET
along; the newest has Azure.Identity inside of Azure.Core.
"""

import dataclasses
import functools
import json
import pathlib
import subprocess

from suite.client import APP_SERVICE, AS_TOLD, CLOUD_SHELL, NOTHING, POD_HOST, REDIRECT, TEXT, Client
from suite.driver import PATIENCE
from tools.services import resource_manager

INSTALLED = pathlib.Path(__file__).resolve().parents[3] / "target/clients/azmcp/node_modules"

# It sends nothing to its makers, does without the library for languages, and does not study its own code for a run of seconds.
QUIET = {"AZURE_MCP_COLLECT_TELEMETRY": "false", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "DOTNET_TieredPGO": "0"}
# What makes each of them use a DefaultAzureCredential of which the managed identity is part. The names of credentials came late.
BY_NAME = QUIET | {"AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential"}
BY_KIND = QUIET | {"AZURE_TOKEN_CREDENTIALS": "prod", "AZURE_MCP_INCLUDE_PRODUCTION_CREDENTIALS": "true"}
WITH_PRODUCTION = QUIET | {"AZURE_MCP_INCLUDE_PRODUCTION_CREDENTIALS": "true"}


def list_subscriptions(package, tool, resource, identity):
    """The token that came for the list."""
    chosen = {"AZURE_CLIENT_ID": identity["client_id"]} if identity else {}
    with resource_manager(tool.make_socket) as (stub, variables):
        done = subprocess.run(
            tool.command([str(INSTALLED / package / "dist/azmcp"), "subscription", "list"]),
            env={**tool.environment, **variables, **chosen},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    # Its answer is JSON behind lines of a log; the exit code is 0 whatever came.
    answer = json.loads(done.stdout[f"\n{done.stdout}".index("\n{\n") :])
    if answer["status"] == 200 and stub.tokens:
        return stub.tokens[-1], None
    return None, answer["message"]


OF_THE_LAST = "The program has more credentials in a chain, and shows the error of the last one; wisp's log has the answer."


def client(package, version, environment, **described):
    common = {
        "name": "Azure.Identity",
        "language": ".NET",
        "version": version,
        "agent": f"azsdk-net-Identity/{version}",
        "way": REDIRECT,
        "run": functools.partial(list_subscriptions, package),
        "environment": environment,
        "identities": ("client_id",),
        "resources": ("https://management.azure.com/",),
        "caches": False,
        "concurrent": 0,
        "probes": 1,
        # The program takes its time to tell.
        "fails_after": 10.0,
        "outage": AS_TOLD,
        "throttled": AS_TOLD,
        "refused": True,
    }
    return Client(**common | described)


# What kind of endpoint it is, whether there is one, and on what machine; wisp answers so that it asks each once.
NEWEST = client("azmcp", "1.62.0", BY_NAME, name="Azure.Identity in Azure.Core", agent="azsdk-net-Core/1.62.0", probes=3)
# Its question whether there is an endpoint is not asked again when nobody listens.
V1_17 = client("azmcp-identity-1.17", "1.17.1", BY_NAME, refused=False)
# These two look for an endpoint for a second at most, retries included, and then believe that there is none.
OLD = {"permanent": NOTHING, "notes": {"permanent": OF_THE_LAST}, "refused": False, "hasty": True}
V1_14 = client("azmcp-identity-1.14", "1.14.0", BY_KIND, **OLD)
V1_13 = client("azmcp-identity-1.13", "1.13.2", WITH_PRODUCTION, **OLD)

# What these two do by POD_HOST is in test_tools.py.
LIMIT = (
    "With `AZURE_POD_IDENTITY_AUTHORITY_HOST`, Azure.Identity 1.13 to 1.16 takes the 400 to its first request, which is without "
    "`Metadata`, for \"no managed identity\" in a `DefaultAzureCredential`: point it by the redirect or by the variables of App "
    "Service."
)
V1_14, V1_13 = (dataclasses.replace(old, notes={**old.notes, "token": LIMIT}) for old in (V1_14, V1_13))

SHORT = ["test_token", "test_identities", "test_a_permanent_fault", "test_throttling"]


def shortly(client, way, **different):
    """By variables of the platform it asks nobody whether there is one. Its telemetry asks at the built-in address always."""
    alone = dataclasses.replace(way, namespaced=True)
    return dataclasses.replace(client, way=alone, only=SHORT, **{"probes": 0, **different})


# There its failure ends the chain.
LAST = {"permanent": TEXT, "notes": {}}

CLIENTS = [
    NEWEST,
    shortly(NEWEST, POD_HOST, probes=NEWEST.probes),
    shortly(NEWEST, APP_SERVICE),
    shortly(NEWEST, CLOUD_SHELL, identities=()),
    V1_17,
    shortly(V1_17, POD_HOST, probes=V1_17.probes),
    shortly(V1_17, APP_SERVICE),
    V1_14,
    shortly(V1_14, APP_SERVICE, **LAST),
    V1_13,
    shortly(V1_13, APP_SERVICE, **LAST),
]
