"""Every other command of the pages, looked at by the program that would run it."""

import functools
import json
import re
import shlex
import subprocess

import pages
import pytest

WISPCTL = str(pages.ROOT / "target/debug/wispctl")
AZ = [str(pages.ROOT / "target/clients/az/bin/python"), "-m", "azure.cli"]

POD = {"containers": [{"name": "app", "image": "app:1"}], "serviceAccountName": "orders"}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "orders"},
    "spec": {"selector": {}, "template": {"metadata": {}, "spec": POD}},
}
FILES = ["orders.yaml", "app.yaml", "deploy/app.yaml"]

# What stands for something of the user's.
PLACEHOLDER = re.compile(r"\[choices\]|FILE|…")


# Its commands build and render things: tests/deploy/test_docs.py runs them.
ELSEWHERE = ["docs/deploy.md"]


def all_commands():
    for page in (page for page in pages.PAGES if pages.name(page) not in ELSEWHERE):
        for block in pages.blocks(page.read_text(), "sh", "console"):
            for command in pages.commands(block):
                if not PLACEHOLDER.search(command):
                    yield pytest.param(command, id=f"{pages.name(page)}: {command[:60]}")


SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")


def words_of(command):
    """The words of each command of a line: of pipelines, and in `$(...)`."""
    for inner in SUBSTITUTION.findall(command):
        yield from words_of(inner)
    reader = shlex.shlex(SUBSTITUTION.sub("substituted", command), posix=True, punctuation_chars="|&;")
    reader.whitespace_split = True
    words = []
    for word in [*reader, ";"]:
        if not set(word) <= set("|&;"):
            words.append(word)
        elif words:
            yield words
            words = []


@pytest.mark.parametrize("command", list(all_commands()))
def test_command(command, tmp_path):
    for words in words_of(command):
        if judge := JUDGES.get(words[0]):
            judge(words, tmp_path)


def wispctl(words, folder):
    if words[1] == "emulator":
        return
    for name in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(DEPLOYMENT))
    identity = ["--client-id", "11111111-1111-1111-1111-111111111111", "--tenant-id", "contoso.com"]
    needs = words[1] == "inject" and "--client-id" not in words and "--config-map" not in words
    command = [WISPCTL, *words[1:], *(identity if needs else [])]
    done = subprocess.run(command, cwd=folder, input=json.dumps(DEPLOYMENT), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def az(words, _):
    path = [word for word in words[1 : next(i for i, word in enumerate(words) if word.startswith("-"))]]
    known = az_help(tuple(path))
    for word in words:
        if word.startswith("--"):
            assert re.search(rf"{word}\b", known), f"`az {' '.join(path)}` has no {word}"


@functools.cache
def az_help(path):
    done = subprocess.run([*AZ, *path, "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def make(words, _):
    goals = [word for word in words[1:] if "=" not in word]
    done = subprocess.run(["make", "--dry-run", *goals], cwd=pages.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


JUDGES = {"wispctl": wispctl, "az": az, "make": make}
