"""Stands in for `az`: keeps what is made in a file, and refuses writes as Azure does. Runs in the Azure CLI's environment, so that
`--query` and `--output tsv` are the real ones.

STAND_IN is a folder: `azure.json` is what there is, `calls.jsonl` every call, `refusals.json` what the next writes are refused with.
"""

import json
import os
import pathlib
import sys

import jmespath
from knack.output import format_tsv
from knack.util import CommandResultItem

FOLDER = pathlib.Path(os.environ["STAND_IN"])
GUID = "{0}{0}{0}{0}{0}{0}{0}{0}-0000-0000-0000-000000000000"


def main():
    arguments = sys.argv[1:]
    with (FOLDER / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps(arguments) + "\n")
    words = [word for word in arguments[: next(i for i, word in enumerate(arguments) if word.startswith("--"))]]
    azure = json.loads((FOLDER / "azure.json").read_text())
    if words[-1] == "create":
        refuse()
    found = COMMANDS[" ".join(words)](azure, options(arguments))
    (FOLDER / "azure.json").write_text(json.dumps(azure))
    given = options(arguments)
    if given["output"] != "none":
        assert given["output"] == "tsv"
        found = jmespath.search(given["query"], found)
        sys.stdout.write(format_tsv(CommandResultItem(found)))


def refuse():
    """As long as there are refusals, the next one."""
    path = FOLDER / "refusals.json"
    refusals = json.loads(path.read_text())
    if refusals:
        path.write_text(json.dumps(refusals[1:]))
        sys.exit(f"ERROR: {refusals[0]}")


def options(arguments):
    found, name = {}, None
    for word in arguments:
        if word.startswith("--"):
            name = word[2:]
            found[name] = True
        elif name:
            found[name] = word if found[name] is True else f"{found[name]} {word}"
    return found


def identities(azure, given):
    return [one for one in azure["identities"] if one["group"] == given["resource-group"]]


def create_identity(azure, given):
    digit = str(len(azure["identities"]) + 1)
    azure["identities"].append({
        "group": given["resource-group"], "name": given["name"], "location": given["location"], "tags": given.get("tags"),
        "clientId": GUID.format(digit), "principalId": GUID.format("f"), "credentials": [],
    })  # fmt: skip


def credentials(azure, given):
    return next(one for one in identities(azure, given) if one["name"].lower() == given["identity-name"].lower())["credentials"]


def create_credential(azure, given):
    there = credentials(azure, given)
    assert len(there) < 20
    assert not any((one["issuer"], one["subject"]) == (given["issuer"], given["subject"]) for one in there)
    one = {key: given[key] for key in ("name", "issuer", "subject")}
    there.append({**one, "audiences": [given["audiences"]]})


def create_app_credential(azure, given):
    azure["applications"][given["id"]].append(json.loads(given["parameters"]))


def roles(azure, given):
    key = [given["assignee-object-id"], given["role"], given["scope"]]
    return [one for one in azure["roles"] if one == key]


def create_role(azure, given):
    assert given["assignee-principal-type"] == "ServicePrincipal"
    azure["roles"].append([given["assignee-object-id"], given["role"], given["scope"]])


COMMANDS = {
    "identity list": identities,
    "identity create": create_identity,
    "identity federated-credential list": credentials,
    "identity federated-credential create": create_credential,
    "ad sp show": lambda azure, given: {"id": GUID.format("e")},
    "ad app federated-credential list": lambda azure, given: azure["applications"][given["id"]],
    "ad app federated-credential create": create_app_credential,
    "role assignment list": roles,
    "role assignment create": create_role,
}

main()
