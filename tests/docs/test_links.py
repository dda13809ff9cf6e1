"""Every link leads somewhere."""

import pages
import pytest


@pytest.mark.parametrize("page", pages.PAGES, ids=pages.name)
def test_links(page):
    wrong = []
    for link in pages.links(page):
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in pages.anchors(target)):
            wrong.append(link)
    assert wrong == []
