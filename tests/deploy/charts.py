"""wisp's own chart, as each version of Helm renders it."""

import copy
import functools
import json
import tempfile

import yaml

from programs import DEPLOY, HELM, run

CHART = DEPLOY / "chart"
LEAST = yaml.safe_load((CHART / "ci/webhook-values.yaml").read_text())
"""The least that has to be said."""
NAMESPACE = "wisp-system"
NEWEST = max(HELM)


def merged(*values):
    """Values over each other, as Helm does it."""
    whole = {}
    for each in values:
        for key, value in copy.deepcopy(each).items():
            whole[key] = merged(whole[key], value) if isinstance(value, dict) and isinstance(whole.get(key), dict) else value
    return whole


def helm(*arguments, values=None, version=NEWEST, code=0):
    """What it prints; the same each time, so that it is asked once."""
    return asked(tuple(map(str, arguments)), json.dumps(values or {}, sort_keys=True), version, code)


@functools.cache
def asked(arguments, values, version, code):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(values)
        file.flush()
        return run(HELM[version], *arguments, "--values", file.name, code=code)


def rendered(values=None, *arguments, version=NEWEST, name="wisp", namespace=NAMESPACE, kubernetes="1.37.0"):
    """The objects of the chart with the least of values and these."""
    text = helm(
        "template", name, CHART, "--namespace", namespace, "--kube-version", kubernetes, *arguments,
        values=merged(LEAST, values or {}), version=version,
    )  # fmt: skip
    found = documents(text)
    named = {(thing["kind"], thing["metadata"]["name"]): thing for thing in found}
    assert len(named) == len(found), "two objects have one name"
    return named


def documents(text):
    """The objects of a stream. Policies are long: the loader in Python takes a second for one."""
    return [thing for thing in yaml.load_all(text, yaml.CSafeLoader) if thing]


def refusal(values, *arguments, version=NEWEST, namespace=NAMESPACE, kubernetes="1.37.0"):
    """What Helm says of values that it refuses."""
    return helm(
        "template", "wisp", CHART, "--namespace", namespace, "--kube-version", kubernetes, *arguments,
        values=merged(LEAST, values), version=version, code=1,
    )  # fmt: skip


def notes(values=None, *arguments):
    text = helm(
        "install", "wisp", CHART, "--namespace", NAMESPACE, "--dry-run=client", *arguments, values=merged(LEAST, values or {})
    )
    return text.partition("\nNOTES:\n")[2]


def is_hook(thing):
    return "helm.sh/hook" in (thing["metadata"].get("annotations") or {})


def of_release(things):
    """Those that an upgrade changes; not what is made for a test."""
    return {key: thing for key, thing in things.items() if not is_hook(thing)}
