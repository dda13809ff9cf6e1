"""What `wispctl migrate plan --output json` writes keeps the schema in docs/."""

import json
import pathlib
import subprocess

import pytest

from schema import never_filled, refuses, violations

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
    assert violations(SCHEMA, plan(case)) == []


def test_the_schema_is_one_and_refuses():
    wrongs = [{"schema": "wisp.plan/v0"}, {"risks": [{"id": "x"}]}, {"more": 1}, {"workloads": [{"name": "x"}]}]
    refuses(SCHEMA, plan(ROOT / "tests/migrate/standard"), wrongs)


def test_every_field_of_the_schema_is_written_somewhere():
    """A field of the schema that no case fills is described and never seen."""
    assert never_filled(SCHEMA, [plan(case) for case in CASES]) == set()
