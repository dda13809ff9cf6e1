"""The pages of the documentation, as headings, links and blocks of commands."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [page for folder in ("*.md", "docs/*.md", "deploy/**/*.md") for page in sorted(ROOT.glob(folder))]

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def name(page):
    return str(page.relative_to(ROOT))


def blocks(text, *languages):
    return [body for language, body in FENCE.findall(text) if language in languages]


def section(page, heading):
    """What stands below a heading, up to the next one of its level."""
    text = page.read_text()
    level = heading.split()[0]
    start = text.index(f"\n{heading}\n")
    end = re.compile(rf"^#{{1,{len(level)}}} ", re.MULTILINE).search(text, start + len(heading) + 2)
    return text[start : end.start() if end else None]


def commands(block):
    """The commands of a block: continued lines joined, prompts and comments taken away. In a console, the rest is output."""
    joined = re.sub(r"\\\n\s*", "", block)
    lines = joined.splitlines()
    if any(line.startswith("$ ") for line in lines):
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    lines = [re.sub(r"(^|\s+)#.*", "", line).strip() for line in lines]
    return [line for line in lines if line]


def links(page):
    return LINK.findall(FENCE.sub("", page.read_text()))


def anchors(page):
    """The headings as a page's address names them."""
    text = FENCE.sub("", page.read_text())
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
