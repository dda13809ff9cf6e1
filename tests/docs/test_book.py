"""The book that `make book` builds: every page is in it, and every link in it leads somewhere."""

import functools
import html.parser
import pathlib
import re
import urllib.parse

import pages
import pytest

BOOK = pages.ROOT / "target/book/html"
# Made for printing, and for addresses that do not exist.
GENERATED = ["print.html", "404.html", "toc.html"]
BUILT = sorted(page for page in BOOK.rglob("*.html") if page.name not in GENERATED)


class Page(html.parser.HTMLParser):
    """What a page links to, shows, and can be linked at."""

    def __init__(self, path):
        super().__init__()
        self.targets, self.ids = set(), set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.ids.add(value)
            elif name in ("href", "src") and value:
                self.targets.add(value)


page_of = functools.cache(Page)


def test_every_page_is_in_it():
    assert BUILT, "there is no book: run `make book`"
    contents = (pages.ROOT / "docs/SUMMARY.md").read_text()
    listed = {(pages.ROOT / "docs" / link).resolve() for link in re.findall(r"\]\(([^)]+)\)", contents)}
    assert set(pages.PAGES) - listed == {pages.ROOT / "docs/SUMMARY.md"}


# Without a book there is one page that cannot be read, so that nothing is skipped.
@pytest.mark.parametrize("page", BUILT or [BOOK / "index.html"], ids=lambda page: str(page.relative_to(BOOK)))
def test_links(page):
    wrong = []
    for target in page_of(page).targets:
        address = urllib.parse.urlsplit(target)
        if address.scheme:
            continue
        path = page.parent / pathlib.Path(urllib.parse.unquote(address.path)) if address.path else page
        path = path.resolve()
        if not path.exists() or (address.fragment and path.suffix == ".html" and address.fragment not in page_of(path).ids):
            wrong.append(target)
    assert wrong == []
