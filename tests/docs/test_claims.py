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


def test_refusals_are_asked_for_with_the_same_fields_on_each_page():
    ask = re.compile(r"select\(\.result==\"refused\"\) \| (\{[^}]*\})")
    asked = {fields for page in (ROOT / "docs").glob("*.md") for fields in ask.findall(page.read_text())}
    assert len(asked) == 1, asked


def test_the_words_of_an_api_server_that_refuses_are_those_of_the_log():
    logged = re.compile(r"refuses `?(?:create|get|list|update)`? of")
    for page in (ROOT / "docs").glob("*.md"):
        assert all("`" in words for words in logged.findall(page.read_text())), page.name
