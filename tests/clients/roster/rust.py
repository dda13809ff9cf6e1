"""Rust: azure_identity, and two crates that sign for Azure's storage services and ask for tokens by themselves."""

import pathlib
import tomllib

from suite.client import APP_SERVICE, AS_TOLD, NOTHING, REDIRECT, SECRET, Client, Wait, Way

ROOT = pathlib.Path(__file__).resolve().parents[3]
DRIVER = ROOT / "target/clients/rust/debug/rust-clients"
MANIFEST = tomllib.loads((ROOT / "tests/clients/rust/Cargo.toml").read_text())


def clients(crate, *ways, **described):
    """The client by each way; a way may come with what is different on it."""
    pinned = MANIFEST["dependencies"][crate]
    version = (pinned if isinstance(pinned, str) else pinned["version"]).removeprefix("=")
    common = {"name": crate, "language": "Rust", "version": version, "command": (str(DRIVER), crate)} | described
    return [Client(**common | {"way": way} | different) for way, different in ways]


IMDS = "metadata/identity/oauth2/token"

AZURE_MSI_ENDPOINT = Way(
    dialect="IMDS",
    point="`AZURE_MSI_ENDPOINT`",
    environment=lambda url: {"AZURE_MSI_ENDPOINT": f"{url}/{IMDS}"},
)
AZURE_IMDS_ENDPOINT = Way(
    dialect="IMDS",
    point="`AZURE_IMDS_ENDPOINT`",
    environment=lambda url: {"AZURE_IMDS_ENDPOINT": f"{url}/{IMDS}"},
)
AZURE_MSI_SECRET = Way(
    dialect="App Service",
    point="`AZURE_IMDS_ENDPOINT`, `AZURE_MSI_SECRET`",
    environment=lambda url: {"AZURE_IMDS_ENDPOINT": f"{url}/msi/token", "AZURE_MSI_SECRET": SECRET},
)

# Ten times, with pauses of at least 0.1 s that grow by chance: over after one to four seconds.
TEN_TIMES = Wait(at_least=0.1, long_enough=False)

LOST = "The error says neither the status nor the text of the answer; wisp's log does."
BY_CHANCE = "Asks ten times more within one to four seconds, whatever `Retry-After` says, and fails if that was too short."

CLIENTS = [
    *clients(
        "azure_identity",
        (REDIRECT, {}),
        (APP_SERVICE, {"identities": ["client_id", "object_id"]}),
        permanent=NOTHING,
        outage=AS_TOLD,
        throttled=AS_TOLD,
        refused=True,
        notes={"permanent": LOST},
    ),
    *clients(
        "object_store",
        (REDIRECT, {}),
        (AZURE_MSI_ENDPOINT, {}),
        (APP_SERVICE, {}),
        resources=["https://storage.azure.com"],
        rests=0.2,
        outage=TEN_TIMES,
        throttled=TEN_TIMES,
        refused=True,
        notes={"outage": BY_CHANCE, "throttled": BY_CHANCE},
    ),
    *clients(
        "reqsign-azure-storage",
        (REDIRECT, {}),
        (AZURE_IMDS_ENDPOINT, {}),
        (AZURE_MSI_SECRET, {}),
        resources=["https://storage.azure.com/"],
        rests=21.0,
        env=None,
        permanent=NOTHING,
        notes={"permanent": LOST},
    ),
]
