"""The page as a parser of HTML and somebody who does not see it read it."""

import html5lib
import pytest


@pytest.fixture(scope="module")
def tree(page):
    """What a strict parser makes of it: the first error ends it."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(page.read_text())


def of_name(tree, *names):
    return [element for element in tree.iter() if element.tag in names]


def test_it_is_valid(tree):
    assert tree.find("head/title").text.startswith("Off pod-managed identity")
    assert tree.get("lang") == "en"


def test_headings_are_in_order(tree):
    levels = [int(element.tag[1]) for element in of_name(tree, "h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:]))


def test_tables_say_what_they_are(tree):
    tables = of_name(tree, "table")
    assert tables
    for table in tables:
        assert "".join(table.find("caption").itertext()).strip()
        heads = [cell for cell in table.iter() if cell.tag == "th"]
        assert all(cell.get("scope") in ("col", "row") for cell in heads)
        rows = [row for row in table.find("tbody") if row.tag == "tr"]
        columns = len(table.find("thead/tr"))
        for row in rows:
            assert len(row) == columns
            assert [cell.get("scope") for cell in row if cell.tag == "th"] == ["row"]


def test_what_is_named_is_there_once(tree):
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in tree.iter():
        names = (element.get("aria-labelledby") or "").split() + (element.get("href") or "#main")[1:].split()
        assert set(names) <= set(ids), element.attrib


def test_what_scrolls_is_reached_by_keys_and_pictures_have_a_text(tree):
    for element in tree.iter():
        if element.get("class") == "scroll":
            assert element.get("tabindex") == "0" and element.get("role") == "region"
            assert element.get("aria-label") or element.get("aria-labelledby")
        if element.tag.endswith("svg"):
            assert element.get("aria-label") or element.get("aria-hidden") == "true"
