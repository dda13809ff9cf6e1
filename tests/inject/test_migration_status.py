"""What `wispctl migrate status --output json` writes keeps the schema in docs/.

It needs a cluster, which the tests of Rust have in memory: what they see stands in tests/migrate/status.
"""

import json
import pathlib

from schema import never_filled, refuses, violations

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs/migration-status.schema.json").read_text())
STATUS = json.loads((ROOT / "tests/migrate/status/drift.json").read_text())


def test_keeps_its_schema():
    assert violations(SCHEMA, STATUS) == []


def test_the_schema_is_one_and_refuses():
    wrongs = [{"schema": "wisp.migration-status/v0"}, {"workloads": [{"name": "x"}]}, {"more": 1}]
    refuses(SCHEMA, STATUS, wrongs)


def test_every_field_of_the_schema_is_written_somewhere():
    """A field of the schema that no case fills is described and never seen."""
    assert never_filled(SCHEMA, [STATUS]) == set()
