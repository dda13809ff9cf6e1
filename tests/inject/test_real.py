"""Manifests of other projects, which know nothing of wisp: put in twice and taken out again, mode by mode.

`make` fetches the modules named in real/go.mod; nothing of them is kept here.
"""

import json
import pathlib
import re
import shutil
import subprocess

import pytest
import yaml
from test_cross import template, without_wisp

ROOT = pathlib.Path(__file__).resolve().parents[2]
WISPCTL = ROOT / "target/debug/wispctl"
MODULES = ROOT / "target/real-manifests.json"
CHOICES = ["--skip-unsupported", "--client-id", "11111111-1111-1111-1111-111111111111", "--tenant-id", "contoso.com"]
# What `manual` adds is part of each of these.
MODES = ["redirect", "env", "http-proxy"]

# Bundles with all definitions of resources take long to read, by this debug build and by PyYAML.
LARGEST = 200_000

# Why a file of theirs may be refused. Anything else is a mistake of wisp's.
REASONS = [
    # The workload identity webhook's own example.
    r"container `(init-networking|proxy)` belongs to the workload identity webhook's proxy",
    r"a template that is not rendered yet",
    r"duplicate mapping key",
    # Test data of Kubernetes and Istio that is wrong on purpose, and templates in a language of their own.
    r"it has no `spec`",
    r"a container in `containers` has no name",
    # Istio tests its own proxy so.
    r"container `echosrv` sets `HTTP_PROXY` itself",
    r"invalid YAML: (simple key expected|mapping values are not allowed|while parsing a block mapping)",
]


def manifests():
    """Every YAML file, by a name of its own."""
    for module in MODULES.read_text().split("\n}\n"):
        if module.strip():
            folder = pathlib.Path(json.loads(module + "}")["Dir"])
            for path in [*folder.rglob("*.yaml"), *folder.rglob("*.yml")]:
                yield f"{folder.parent.name}-{folder.name}/{path.relative_to(folder)}", path


def run(world, command, *arguments):
    command = [WISPCTL, command, *arguments, "--output", "json", "."]
    done = subprocess.run(command, cwd=world, capture_output=True, text=True)
    return done.returncode, json.loads(done.stderr)


def contents(world):
    return {path: path.read_bytes() for path in sorted(world.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder with the files that have pods. What is refused is known; what has no pod is not touched, and left out then."""
    world = tmp_path_factory.mktemp("real")
    for name, path in manifests():
        copy = world / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    assert len(contents(world)) > 3000
    report = without_refused(world, "redirect")
    pods = {pod["file"] for pod in report["pods"]}
    for path, content in contents(world).items():
        if f"./{path.relative_to(world)}" not in pods or len(content) > LARGEST:
            path.unlink()
    return world


def without_refused(world, mode):
    """Leaves out what `mode` cannot be put into, for a reason that is known."""
    _, report = run(world, "inject", "--check", "--mode", mode, *CHOICES)
    for error in report["errors"]:
        assert any(re.search(reason, error["message"]) for reason in REASONS), error
        (world / error["file"]).unlink(missing_ok=True)
    return report


@pytest.mark.parametrize("mode", MODES)
def test_in_twice_and_out_again(world, mode, tmp_path):
    world = shutil.copytree(world, tmp_path / "world")
    without_refused(world, mode)
    before = contents(world)
    code, report = run(world, "inject", "-w", "--mode", mode, *CHOICES)
    assert (code, report["errors"]) == (0, [])
    once = contents(world)
    changed = [path for path in before if once[path] != before[path]]
    assert len(changed) > 400
    for path in changed:
        only_our_additions(before[path], once[path])

    code, report = run(world, "inject", "-w", "--mode", mode, *CHOICES)
    assert (code, report["changed"]) == (0, 0)
    assert contents(world) == once

    code, report = run(world, "uninject", "-w")
    assert (code, report["errors"]) == (0, [])
    assert contents(world) == before


def only_our_additions(before, after):
    """As PyYAML reads them. Documents without a pod are the same."""
    pairs = zip(yaml.load_all(before, Loader), yaml.load_all(after, Loader), strict=True)
    for old, new in ((old, new) for old, new in pairs if old != new):
        old_pods, new_pods = ([pod for thing in things(document) if (pod := template(thing))] for document in (old, new))
        for old_pod, new_pod in zip(old_pods, new_pods, strict=True):
            assert without_wisp(new_pod) == without_wisp(old_pod)
            old_pod.clear()
            new_pod.clear()
        assert old == new


def things(document):
    if not isinstance(document, dict):
        return []
    return document["items"] if document.get("kind") == "List" else [document]


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """PyYAML's, for which `=` is text and not a type that it does not know."""


Loader.add_constructor("tag:yaml.org,2002:value", Loader.construct_scalar)
