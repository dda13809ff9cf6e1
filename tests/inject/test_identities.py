"""What `wispctl identity inventory` and `review` write with `--output json` keeps its schema in docs/."""

import json
import pathlib
import subprocess

import pytest

from schema import never_filled, refuses, violations

ROOT = pathlib.Path(__file__).resolve().parents[2]
WISPCTL = ROOT / "target/debug/wispctl"
CASES = sorted(path.parent for path in (ROOT / "tests/identity/cases").glob("*/arguments"))
COMMANDS = ["inventory", "review"]
WRONGS = {
    "inventory": [{"schema": "wisp.identity-inventory/v0"}, {"more": 1}, {"identities": [{"name": "x"}]}],
    "review": [{"schema": "wisp.identity-review/v0"}, {"more": 1}, {"questions": [{"id": "x"}]}],
}


def schema(command):
    return json.loads((ROOT / f"docs/identity-{command}.schema.json").read_text())


def written(command, folder):
    arguments = (folder / "arguments").read_text().split()
    line = [WISPCTL, "identity", command, *arguments, "--output", "json"]
    return json.loads(subprocess.run(line, cwd=folder, capture_output=True, text=True).stdout)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_keeps_its_schema(command, case):
    assert violations(schema(command), written(command, case)) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_the_schema_is_one_and_refuses(command):
    refuses(schema(command), written(command, ROOT / "tests/identity/cases/shop"), WRONGS[command])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_field_of_the_schema_is_written_somewhere(command):
    """A field of the schema that no case fills is described and never seen."""
    assert never_filled(schema(command), [written(command, case) for case in CASES]) == set()
