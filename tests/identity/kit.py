"""Claims for the tests, and what expands them."""

import json
import os
import pathlib
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
WISPCTL = ROOT / "target/debug/wispctl"
AZ_PYTHON = ROOT / "target/clients/az/bin/python"

SUBSCRIPTION = "33333333-3333-3333-3333-333333333333"
TENANT = "22222222-2222-2222-2222-222222222222"
APPLICATION = "44444444-4444-4444-4444-444444444444"
VAULT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/app/providers/Microsoft.KeyVault/vaults/orders-kv"
ISSUERS = ["https://one.example/", "https://two.example/"]


def claim(account, identity, issuer=ISSUERS, **more):
    spec = {"issuer": issuer, "tenantId": TENANT, **identity, **more}
    metadata = {"name": account, "namespace": "shop"}
    return {"apiVersion": "wisp/v1", "kind": "AzureWorkloadIdentityClaim", "metadata": metadata, "spec": spec}


def managed(name, **more):
    return {"managedIdentity": {"subscriptionId": SUBSCRIPTION, "resourceGroup": "app", "name": name, **more}}


ACCESS = [{"role": "Key Vault Secrets User", "resource": "keyVault/orders-kv"}]
CLAIMS = [
    claim("orders", managed("orders", location="westeurope"), owner="team orders", access=ACCESS),
    claim("web", managed("orders", location="westeurope"), owner="team orders"),
    claim("bills", managed("bills"), issuer=ISSUERS[0]),
]
ADDITIONAL = claim("mail", {"application": {"clientId": APPLICATION}}, issuer=ISSUERS[0], access=[{"role": "Reader", "scope": VAULT}])


def expand(claims, *flags):
    text = yaml.safe_dump_all(claims)
    command = [WISPCTL, "identity", "expand", *flags, "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def parsed_by_az(calls, folder):
    """What the Azure CLI's own parser says of lists of arguments: the command of each, or an error. The folder is for its files."""
    lines = "".join(json.dumps(call) + "\n" for call in calls)
    environment = {**os.environ, "AZURE_CONFIG_DIR": str(folder)}
    command = [AZ_PYTHON, ROOT / "tests/identity/az_parser.py"]
    done = subprocess.run(command, input=lines, env=environment, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(calls)
    return answers
