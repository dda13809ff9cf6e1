"""What a reader sees of the page, in a real browser. Pages and pictures are left in target/report."""

import io
import pathlib
import re

import pytest
from PIL import Image

MEASURE = (pathlib.Path(__file__).parent / "measure.js").read_text()
UNFOLD = "document.querySelectorAll('details').forEach(part => { part.open = true })"
FOLD = "document.querySelectorAll('details').forEach(part => { part.open = false })"

# Width, medium and what the reader prefers. Paper is white whatever that is.
LOOKS = {
    "light": {"width": 1280, "media": "screen", "scheme": "light"},
    "dark": {"width": 1280, "media": "screen", "scheme": "dark"},
    "phone": {"width": 360, "media": "screen", "scheme": "light"},
    "phone-dark": {"width": 360, "media": "screen", "scheme": "dark"},
    "print": {"width": 1032, "media": "print", "scheme": "dark"},
}
look = pytest.mark.parametrize("look", LOOKS)


@look
def test_nothing_is_cut_off_and_all_can_be_read(page, browser, look):
    browser.open(page, **LOOKS[look])
    browser.run(UNFOLD)
    found = browser.run(MEASURE)
    assert found["overflow"] <= 0, "the page is wider than the window"
    assert found["outside"] == [], "texts that leave their box"
    assert found["faint"] == [], "texts with too little contrast (WCAG AA)"
    assert found["texts"] > 100


@look
def test_it_asks_for_nothing_and_keeps_its_own_policy(page, browser, look):
    browser.open(page, **LOOKS[look])
    assert browser.requests() == [page.resolve().as_uri()]
    assert browser.errors() == []
    # The style counts: a policy that forbids it would leave the browser's own.
    assert browser.run("getComputedStyle(document.querySelector('table')).borderCollapse") == "collapse"


@look
def test_a_picture_of_it_shows_something(page, browser, look):
    browser.open(page, **LOOKS[look])
    data = browser.picture()
    (page.parent / f"{page.stem}-{look}.png").write_bytes(data)
    grey = Image.open(io.BytesIO(data)).convert("L")
    counts = grey.histogram()
    background = counts.index(max(counts))
    assert background < 40 if "dark" in look else background > 240, background
    share = max(counts) / sum(counts)
    assert 0.4 < share < 0.98, f"{share:.3f} of the picture is its background"


def test_paper_has_what_is_folded_away_on_the_screen(page, browser):
    browser.open(page, **LOOKS["print"])
    browser.run(FOLD)
    found = browser.run(MEASURE)
    assert (found["hidden"], found["overflow"]) == ([], 0)
    data = browser.pdf()
    (page.parent / f"{page.stem}.pdf").write_bytes(data)
    assert len(re.findall(rb"/Type\s*/Page\b", data)) >= 2


def test_five_thousand_workloads_are_folded_by_namespace(big_page, browser):
    browser.open(big_page)
    assert browser.run("document.querySelectorAll('#workloads ~ details').length") == 50
    assert browser.run("[...document.querySelectorAll('details')].some(part => part.open)") is False
    browser.run("document.querySelector('#workloads ~ details').open = true; document.querySelector('#bindings ~ details').open = true")
    found = browser.run(MEASURE)
    assert (found["overflow"], found["outside"], found["faint"]) == (0, [], [])
    # A hundred workloads in the one, and thirty of a hundred bindings drawn in the other.
    assert browser.run("document.querySelectorAll('#workloads ~ details[open] tbody tr').length") == 100
    assert "70 further bindings not drawn" in browser.run("document.querySelector('figcaption').innerText")


def test_what_is_wrong_would_be_seen(page, browser):
    """The measures themselves."""
    browser.open(page)
    browser.run(UNFOLD)
    browser.run("""(() => {
        const cell = document.querySelector('td');
        cell.style.color = '#bbb';
        cell.style.whiteSpace = 'nowrap';
        cell.textContent = 'x'.repeat(2000);
        const wide = document.createElement('div');
        wide.style.width = '3000px';
        wide.textContent = 'wide';
        document.body.append(wide);
    })()""")
    found = browser.run(MEASURE)
    assert found["overflow"] > 0 and found["outside"][0].startswith("xxx") and found["faint"][0].startswith("xxx")
