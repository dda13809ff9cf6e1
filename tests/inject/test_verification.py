"""What `wispctl migrate verify --output json` writes keeps the schema in docs/.

It needs a cluster and an Entra, which the tests of Rust have in memory: what they see stands in tests/migrate/verified.
"""

import json
import pathlib

import pytest

from schema import never_filled, refuses, violations

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs/verification.schema.json").read_text())
FOUND = sorted((ROOT / "tests/migrate/verified").glob("*.json"))


def verified(path):
    return json.loads(path.read_text())


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_keeps_its_schema(path):
    assert violations(SCHEMA, verified(path)) == []


def test_the_schema_is_one_and_refuses():
    wrongs = [{"schema": "wisp.verification/v0"}, {"cluster": [{"id": "x"}]}, {"more": 1}, {"stage": "later"}]
    refuses(SCHEMA, verified(FOUND[0]), wrongs)


def test_every_field_of_the_schema_is_written_somewhere():
    """A field of the schema that no case fills is described and never seen."""
    assert never_filled(SCHEMA, [verified(path) for path in FOUND]) == set()
