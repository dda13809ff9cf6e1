"""What `wispctl migrate plan --output json` writes keeps the schema in docs/."""

import json
import pathlib
import subprocess

import jsonschema
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
WISPCTL = ROOT / "target/debug/wispctl"
SCHEMA = json.loads((ROOT / "docs/plan.schema.json").read_text())
CASES = sorted(path.parent for path in (ROOT / "tests/migrate").glob("*/plan.arguments"))


def plan(folder):
    arguments = (folder / "plan.arguments").read_text().split()
    command = [WISPCTL, "migrate", "plan", *arguments, "--output", "json"]
    return json.loads(subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_keeps_its_schema(case):
    checked = jsonschema.Draft202012Validator(SCHEMA)
    assert [error.message for error in checked.iter_errors(plan(case))] == []


def test_the_schema_is_one_and_refuses():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    found = plan(ROOT / "tests/migrate/standard")
    checked = jsonschema.Draft202012Validator(SCHEMA)
    for wrong in [{"schema": "wisp.plan/v0"}, {"risks": [{"id": "x"}]}, {"more": 1}, {"workloads": [{"name": "x"}]}]:
        assert list(checked.iter_errors({**found, **wrong})), wrong


def test_every_field_of_the_schema_is_written_somewhere():
    """A field of the schema that no case fills is described and never seen."""
    filled = set()
    for case in CASES:
        collect(plan(case), filled)
    parts = [SCHEMA, *SCHEMA["$defs"].values()]
    described = {name for part in parts for name in part.get("properties", {})}
    assert described - filled == set()


def collect(value, filled):
    if isinstance(value, dict):
        filled.update(key for key, inner in value.items() if inner not in (None, [], ""))
        for inner in value.values():
            collect(inner, filled)
    elif isinstance(value, list):
        for inner in value:
            collect(inner, filled)
