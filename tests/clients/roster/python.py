"""Python: azure-identity, its asynchronous twin, and the MSAL that both stand on."""

import dataclasses
import importlib.metadata
import pathlib
import sys

from suite.client import (
    APP_SERVICE,
    APP_SERVICE_2017,
    AS_TOLD,
    CLOUD_SHELL,
    ENDS,
    GOES_ON,
    POD_HOST,
    REDIRECT,
    Chain,
    Client,
    Way,
    ways,
)
from tools import packages

DRIVER = pathlib.Path(__file__).resolve().parents[1] / "python/driver.py"


def client(name, package, **described):
    command = (sys.executable, str(DRIVER), name)
    return Client(name=name, language="Python", version=importlib.metadata.version(package), command=command, **described)


CHAIN = Chain(later="AzureCliCredential", after_400=GOES_ON, absent=GOES_ON, probes=0)

SYNC = client(
    "azure-identity",
    "azure-identity",
    way=POD_HOST,
    chain=CHAIN,
    outage=AS_TOLD,
    throttled=AS_TOLD,
    refused=True,
)
ASYNC = dataclasses.replace(
    SYNC, name="azure-identity (async)", command=(sys.executable, str(DRIVER), "azure-identity (async)"), rests=30.0
)
MSAL = client("msal", "msal", way=POD_HOST)

# Its configuration names the address; the driver makes it of the variable.
SOURCE = Way(
    dialect="IMDS",
    point="`credential_source.url`",
    environment=lambda url: {"CREDENTIAL_SOURCE_HOST": url},
)
GOOGLE = Client(
    name="google-auth",
    language="Python",
    version=packages.version("google-auth"),
    command=(sys.executable, str(DRIVER.with_name("google_driver.py"))),
    environment=packages.environment(),
    way=SOURCE,
    caches=False,
    env=None,
)


# Without AZURE_POD_IDENTITY_AUTHORITY_HOST, a chain looks first whether anybody is there.
IMDS = {"chain": dataclasses.replace(CHAIN, probes=1)}
# Elsewhere it does not: the variables tell that there is an endpoint.
TOLD = {"chain": dataclasses.replace(CHAIN, absent=ENDS)}
TOLD_ASYNC = {"chain": dataclasses.replace(CHAIN, after_400=ENDS, absent=ENDS)}
BY_CLIENT_ID = {"identities": ["client_id"]}
CLOUD = TOLD_ASYNC | {"identities": [], "rests": 30.0}

CLIENTS = [
    *ways(SYNC, (REDIRECT, IMDS), (APP_SERVICE, TOLD), (APP_SERVICE_2017, TOLD | BY_CLIENT_ID), (CLOUD_SHELL, CLOUD)),
    *ways(
        ASYNC,
        (REDIRECT, IMDS),
        (APP_SERVICE, TOLD_ASYNC),
        (APP_SERVICE_2017, TOLD_ASYNC | BY_CLIENT_ID),
        (CLOUD_SHELL, CLOUD),
    ),
    *ways(GOOGLE, (REDIRECT, {})),
    *ways(MSAL, (REDIRECT, {}), (APP_SERVICE, {}), (APP_SERVICE_2017, BY_CLIENT_ID)),
]
