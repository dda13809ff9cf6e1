"""What `wispctl migrate inventory --output json` writes keeps the schema in docs/, of our cases and of other projects' manifests.

`make` fetches the modules named in tests/migrate/real/go.mod; nothing of them is kept here.
"""

import json
import pathlib
import re
import subprocess

import pytest

from schema import never_filled, refuses, violations

ROOT = pathlib.Path(__file__).resolve().parents[2]
WISPCTL = ROOT / "target/debug/wispctl"
SCHEMA = json.loads((ROOT / "docs/inventory.schema.json").read_text())
MODULES = ROOT / "target/real-pod-identity.json"
CASES = sorted(path.parent for path in (ROOT / "tests/migrate").glob("*/arguments"))


def inventory(folder, *arguments):
    command = [WISPCTL, "migrate", "inventory", *arguments, "--output", "json"]
    return json.loads(subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_keeps_its_schema(case):
    assert violations(SCHEMA, inventory(case, *(case / "arguments").read_text().split())) == []


def test_the_schema_is_one_and_refuses():
    wrongs = [{"schema": "wisp.inventory/v0"}, {"objects": -1}, {"more": 1}, {"workloads": [{"name": "x"}]}]
    refuses(SCHEMA, inventory(ROOT / "tests/migrate/standard", "dump.yaml"), wrongs)


def test_every_field_of_the_schema_is_written_somewhere():
    """A field of the schema that no case fills is described and never seen."""
    assert never_filled(SCHEMA, [inventory(case, *(case / "arguments").read_text().split()) for case in CASES]) == set()


# What is found in each module. Half of it uses pod-managed identity as it is; the others know it in code and in charts, or had it.
FOUND = {
    "github.com/Azure/aad-pod-identity": {
        "objects": 151, "identities": 3, "bindings": 3, "exceptions": 3, "workloads": 4, "staticSecrets": 1, "unread": 37,
    },
    "github.com/Azure/azure-service-operator/v2": {"objects": 532, "workloads": 1, "staticSecrets": 3, "unread": 7},
    "github.com/Azure/azure-workload-identity": {"objects": 73, "unread": 25},
    "github.com/Azure/secrets-store-csi-driver-provider-azure": {
        "objects": 52, "workloads": 5, "dependents": 1, "staticSecrets": 16, "unread": 14,
    },
    "github.com/cert-manager/cert-manager": {"objects": 154, "unread": 99},
    "github.com/external-secrets/external-secrets": {"objects": 154, "dependents": 1, "staticSecrets": 1, "unread": 67},
    "github.com/kedacore/keda/v2": {"objects": 50},
    "sigs.k8s.io/cluster-api-provider-azure": {"objects": 1046, "workloads": 1, "staticSecrets": 1, "unread": 25},
}  # fmt: skip

# Why a file of theirs may not be read. Anything else is a mistake of wisp's.
REASONS = [
    r"a template that is not rendered yet",
    # Templates of other languages, in documentation and beside programs that fill them.
    r"invalid YAML: (unexpected character: `%'|simple key expected|mapping values are not allowed|while parsing a block mapping)",
    r"duplicate mapping key",
]


def modules():
    for module in MODULES.read_text().split("\n}\n"):
        if module.strip():
            yield json.loads(module + "}")


def test_real_repositories():
    """No crash, nothing unread without a known reason, and the figures of each."""
    found = {}
    for module in modules():
        result = inventory(module["Dir"], ".")
        assert violations(SCHEMA, result) == [], module["Path"]
        for unread in result["unread"]:
            assert any(re.search(reason, unread["reason"]) for reason in REASONS), unread
        lists = ["identities", "bindings", "exceptions", "workloads", "dependents", "staticSecrets", "unread"]
        figures = {name: len(result[name]) for name in lists}
        found[module["Path"]] = {"objects": result["objects"], **{name: count for name, count in figures.items() if count}}
    assert found == FOUND
