"""What `wispctl migrate report --output json` writes keeps the schema in docs/."""

import json
import pathlib
import subprocess

import pytest

from schema import never_filled, refuses, violations

ROOT = pathlib.Path(__file__).resolve().parents[2]
WISPCTL = ROOT / "target/debug/wispctl"
SCHEMA = json.loads((ROOT / "docs/report.schema.json").read_text())
CASES = sorted((ROOT / "tests/migrate").glob("*/*.arguments"))
CASES = [path for path in CASES if path.name in ("plan.arguments", "report.arguments")]


def report(arguments):
    command = [WISPCTL, "migrate", "report", *arguments.read_text().split(), "--output", "json"]
    return json.loads(subprocess.run(command, cwd=arguments.parent, capture_output=True, text=True).stdout)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_keeps_its_schema(case):
    assert violations(SCHEMA, report(case)) == []


def test_the_schema_is_one_and_refuses():
    wrongs = [{"schema": "wisp.report/v0"}, {"risks": [{"id": "x"}]}, {"more": 1}, {"workloads": [{"name": "x"}]}]
    refuses(SCHEMA, report(ROOT / "tests/migrate/standard/report.arguments"), wrongs)


def test_every_field_of_the_schema_is_written_somewhere():
    """A field of the schema that no case fills is described and never seen."""
    assert never_filled(SCHEMA, [report(case) for case in CASES]) == set()
