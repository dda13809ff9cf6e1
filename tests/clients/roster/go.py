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
    STATUS,
    TEXT,
    Chain,
    Client,
    Wait,
    Way,
    ways,
)

ROOT = pathlib.Path(__file__).resolve().parents[3]
MODULES = pathlib.Path(__file__).resolve().parents[1] / "go"


def client(program, name, module, **described):
    """The version is the one that the driver is built with."""
    version = re.search(rf"{module} v(\S+)", (MODULES / program / "go.mod").read_text())[1]
    command = (str(ROOT / "target/clients/go" / program),)
    return Client(name=name, language="Go", version=version, command=command, way=REDIRECT, **described)


CHAIN = Chain(later="AzureCLICredential", after_400=GOES_ON, absent=GOES_ON, probes=1)
OLD_CHAIN = dataclasses.replace(CHAIN, later="Azure CLI Credential")

NO_503 = "It asks again after 404, 429 and 5xx, but not after 503."
NO_BODY = "It asks again, but without the form: that is refused, and the next call succeeds."
LATCH = "A credential of the default identity that was refused never asks again: restart the application."

AZIDENTITY = client("azidentity", "azidentity", "sdk/azidentity", outage=AS_TOLD, throttled=AS_TOLD, refused=True, chain=CHAIN)
AZIDENTITY_2023 = client(
    "azidentity-2023",
    "azidentity",
    "sdk/azidentity",
    identities=("client_id", "resource_id"),
    permanent=NOTHING,
    throttled=AS_TOLD,
    refused=True,
    chain=dataclasses.replace(CHAIN, probes=0),
    notes={"outage": NO_503},
)
AZIDENTITY_2021 = client(
    "azidentity-2021",
    "azidentity",
    "sdk/azidentity",
    identities=("client_id", "resource_id"),
    probes=1,
    caches=False,
    permanent=NOTHING,
    latches=True,
    throttled=AS_TOLD,
    env=APP_SERVICE_2017.dialect,
    chain=OLD_CHAIN,
    notes={"permanent": LATCH, "outage": NO_503},
)
ADAL = client(
    "adal",
    "go-autorest/autorest/adal",
    "autorest/adal",
    identities=("client_id", "resource_id"),
    outage=Wait(at_least=2),
    throttled=Wait(at_least=2),
    refused=True,
    env=APP_SERVICE_2017.dialect,
)

CONSTRUCTOR = Way(
    dialect="IMDS",
    point="a constructor's `msiEndpoint`",
    environment=lambda url: {"ARM_MSI_ENDPOINT": f"{url}/metadata/identity/oauth2/token"},
)

# Go's programs ask loopback addresses directly, whatever the environment says of proxies.
LOOPBACK = {"proxied": False}
# Elsewhere than at IMDS, a chain believes in the endpoint whatever comes.
BELIEVED = LOOPBACK | {"chain": Chain(later="AzureCLICredential", after_400=ENDS, absent=ENDS, probes=0)}
BY_CLIENT_ID = {"identities": ("client_id",)}
BY_NOTHING = {"identities": ()}
# Before 2024 it goes on for a minute or two.
LONG = {"chain": Chain(later="AzureCLICredential", after_400=ENDS, absent=None, probes=0)}
OLD_LONG = {"chain": dataclasses.replace(LONG["chain"], later=OLD_CHAIN.later)}
# In 2023 the retries and the errors of the others were those of any Azure client.
AS_USUAL = LOOPBACK | LONG | {"permanent": TEXT, "outage": AS_TOLD, "notes": {}}
# In 2021 the retries were those of IMDS everywhere.
NEVER_LATCHED = LOOPBACK | OLD_LONG | {"probes": 0, "latches": False, "refused": True, "notes": {"outage": NO_503}}
STATUS_ONLY = {"permanent": STATUS}
FORGETFUL = LOOPBACK | {"outage": None, "throttled": None, "forgets": True, "notes": {"outage": NO_BODY, "throttled": NO_BODY}}

CLIENTS = [
    *ways(AZIDENTITY, (APP_SERVICE, BELIEVED), (APP_SERVICE_2017, BELIEVED | BY_CLIENT_ID), (CLOUD_SHELL, BELIEVED | BY_NOTHING)),
    *ways(AZIDENTITY_2023, (APP_SERVICE, AS_USUAL), (CLOUD_SHELL, AS_USUAL | BY_NOTHING)),
    *ways(
        AZIDENTITY_2021,
        (APP_SERVICE, NEVER_LATCHED),
        (APP_SERVICE_2017, NEVER_LATCHED),
        (CLOUD_SHELL, NEVER_LATCHED | BY_CLIENT_ID | STATUS_ONLY),
    ),
    *ways(ADAL, (CONSTRUCTOR, LOOPBACK), (APP_SERVICE_2017, LOOPBACK), (CLOUD_SHELL, FORGETFUL)),
]
