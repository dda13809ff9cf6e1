"""Go: azidentity as it is and as it was, and the adal of go-autorest that came before."""

import dataclasses
import pathlib
import re

from suite.client import (
    APP_SERVICE,
    APP_SERVICE_2017,
    AS_TOLD,
    CLOUD_SHELL,
    ENDS,
    GOES_ON,
    NOTHING,
    REDIRECT,
    Chain,
    Client,
    Wait,
)

ROOT = pathlib.Path(__file__).resolve().parents[3]
MODULES = pathlib.Path(__file__).resolve().parents[1] / "go"


def client(program, name, module, **described):
    """The version is the one that the driver is built with."""
    version = re.search(rf"{module} v(\S+)", (MODULES / program / "go.mod").read_text())[1]
    command = (str(ROOT / "target/clients/go" / program),)
    return Client(name=name, language="Go", version=version, command=command, way=REDIRECT, **described)


def ways(client, *others):
    """The client by each way; a way may come with what is different on it."""
    return [client, *(dataclasses.replace(client, way=way, **different) for way, different in others)]


CHAIN = Chain(later="AzureCLICredential", after_400=GOES_ON, absent=GOES_ON, probes=1)

AZIDENTITY = client("azidentity", "azidentity", "sdk/azidentity", outage=AS_TOLD, throttled=AS_TOLD, refused=True, chain=CHAIN)
AZIDENTITY_2023 = client(
    "azidentity-2023",
    "azidentity",
    "sdk/azidentity",
    identities=("client_id", "resource_id"),
    permanent=NOTHING,
    outage=None,
    throttled=AS_TOLD,
    refused=True,
    chain=dataclasses.replace(CHAIN, probes=0),
)
AZIDENTITY_2021 = client(
    "azidentity-2021",
    "azidentity",
    "sdk/azidentity",
    identities=("client_id", "resource_id"),
    probes=1,
    caches=False,
    permanent=NOTHING,
    outage=None,
    throttled=AS_TOLD,
    chain=CHAIN,
)
ADAL = client(
    "adal",
    "go-autorest/autorest/adal",
    "autorest/adal",
    identities=("client_id", "resource_id"),
    outage=Wait(at_least=2),
    throttled=Wait(at_least=2),
    refused=True,
)

# Go's programs ask loopback addresses directly, whatever the environment says of proxies.
LOOPBACK = {"proxied": False}
# Elsewhere than at IMDS, a chain believes in the endpoint whatever comes.
BELIEVED = LOOPBACK | {"chain": Chain(later="AzureCLICredential", after_400=ENDS, absent=ENDS, probes=0)}
BY_CLIENT_ID = BELIEVED | {"identities": ("client_id",)}
BY_NOTHING = BELIEVED | {"identities": ()}

CLIENTS = [
    *ways(AZIDENTITY, (APP_SERVICE, BELIEVED), (APP_SERVICE_2017, BY_CLIENT_ID), (CLOUD_SHELL, BY_NOTHING)),
    *ways(AZIDENTITY_2023, (APP_SERVICE, BELIEVED), (CLOUD_SHELL, BELIEVED)),
    *ways(AZIDENTITY_2021, (APP_SERVICE, BELIEVED), (APP_SERVICE_2017, BELIEVED), (CLOUD_SHELL, BELIEVED)),
    *ways(ADAL, (APP_SERVICE_2017, LOOPBACK), (CLOUD_SHELL, LOOPBACK)),
]
