"""The table in docs/cluster.md: it names tests that exist, and each of them."""

import re

from pages import ROOT

TESTS = ROOT / "tests/cluster"


def test_every_test_in_the_cluster_is_named_and_no_other():
    page = (ROOT / "docs/cluster.md").read_text()
    named = re.findall(r"`(test_\w+::test_\w+)`", page)
    there = [
        f"{path.stem}::{name}" for path in TESTS.glob("test_*.py") for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    ]
    assert sorted(named) == sorted(there)
