"""Every other command of the pages, looked at by the program that would run it."""

import functools
import json
import re
import shlex
import subprocess
import tomllib

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
FILES = ["orders.yaml", "app.yaml", "deploy/app.yaml", "dump.yaml", "recorded.yaml", "aks.json"]

# A live cluster and more, which the README of a migration has a shell keep: the arguments beside are looked at.
LIVE = "${plan[@]}"

# What stands for something of the user's.
PLACEHOLDER = re.compile(r"\[choices\]|FILE|…")


# Their commands build and render things: tests/deploy/test_docs.py and tests/identity/test_docs.py run them.
ELSEWHERE = ["docs/deploy.md", "docs/identity.md", "docs/static-secrets.md"]


def all_commands():
    for page in (page for page in pages.PAGES if pages.name(page) not in ELSEWHERE):
        for block in pages.blocks(page.read_text(), "sh", "console"):
            for command in pages.commands(block):
                if not PLACEHOLDER.search(command):
                    yield pytest.param(command, id=f"{pages.name(page)}: {command[:60]}")


SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")
INTO_FILE = re.compile(r" >>? ?[\w./-]+")


def words_of(command):
    """The words of each command of a line: of pipelines, and in `$(...)`; not the files that its output goes to."""
    for inner in SUBSTITUTION.findall(command):
        yield from words_of(inner)
    reader = shlex.shlex(INTO_FILE.sub("", SUBSTITUTION.sub("substituted", command)), posix=True, punctuation_chars="|&;")
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
        if words[0] == "sudo":
            words = words[1:]
        if judge := setting if SETTING.match(words[0]) else JUDGES.get(words[0]):
            judge(words, tmp_path)


def wispctl(words, folder):
    if words[1] == "emulator":
        return
    # The doctor looks at a cluster, and ends with what is wrong there.
    if LIVE in words or words[1] == "doctor":
        return options([WISPCTL, *(word for word in words[1:] if word != LIVE)], folder)
    for name in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(DEPLOYMENT))
    identity = ["--client-id", "11111111-1111-1111-1111-111111111111", "--tenant-id", "contoso.com"]
    needs = words[1] == "inject" and "--client-id" not in words and "--config-map" not in words
    command = [WISPCTL, *words[1:], *(identity if needs else [])]
    given = "AADSTS700213: …" if words[1] == "explain" else json.dumps(DEPLOYMENT)
    done = subprocess.run(command, cwd=folder, input=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def options(words, _):
    """Each option is one that the program's help has for this command."""
    path = [word for word in words[: next((i for i, word in enumerate(words) if word.startswith("-")), 2)]]
    known = help_of(tuple(path))
    for word in words:
        option = word.partition("=")[0]
        if option.startswith("--"):
            assert re.search(rf"{option}\b", known), f"`{' '.join(path)}` has no {option}"
        elif words[1] == "run" and word.startswith("wisp"):
            return  # What follows the image is for the program in it.


@functools.cache
def help_of(path):
    program = AZ if path[0] == "az" else [path[0]]
    done = subprocess.run([*program, *path[1:], "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def cargo(words, _):
    package = tomllib.loads((pages.ROOT / "Cargo.toml").read_text())
    named = {"--bin": package["bin"], "--test": package["test"]}
    for option, name in zip(words, words[1:]):
        if option in named:
            assert name in [target["name"] for target in named[option]]


# A setting by itself, as it is written into an environment.
SETTING = re.compile(r"(WISP_\w+)=(.*)", re.DOTALL)


def setting(words, _):
    name, value = SETTING.match(words[0]).groups()
    environment = {"AZURE_TENANT_ID": "contoso.com", "AZURE_CLIENT_ID": "11111111-1111-1111-1111-111111111111", name: value}
    done = subprocess.run([pages.ROOT / "target/debug/wisp", "serve", "--print-config"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def make(words, _):
    goals = [word for word in words[1:] if "=" not in word]
    done = subprocess.run(["make", "--dry-run", *goals], cwd=pages.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


JUDGES = {
    "wispctl": wispctl,
    "az": options,
    "podman": options,
    "buildah": options,
    "skopeo": options,
    "make": make,
    "cargo": cargo,
}
