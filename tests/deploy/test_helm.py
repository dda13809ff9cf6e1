"""Charts with wisp in their pods: as a filter, by Helm 3's post-renderer, by Helm 4's plugin."""

import os
import pathlib

import pytest

from programs import DEPLOY, HELM, WISPCTL, objects, run, wispctl
from workloads import containers, pod_of

CHART = pathlib.Path(__file__).parent / "chart"
PLUGIN = DEPLOY / "helm/wisp-inject"
SCRIPT = PLUGIN / "wisp-inject"
VERSIONS = list(HELM)
MODERN = [version for version in VERSIONS if not version.startswith("3")]
OLD = [version for version in VERSIONS if version.startswith("3")]
IDENTITY = ["--client-id=11111111-1111-1111-1111-111111111111", "--tenant-id=contoso.com"]


@pytest.fixture
def helm(tmp_path):
    """Runs a version of Helm at home in a folder of the test's, with wispctl on the PATH."""
    path = f"{WISPCTL.parent}:{os.environ['PATH']}"
    home = {f"HELM_{what}_HOME": str(tmp_path / what) for what in ("DATA", "CONFIG", "CACHE")}

    def helm(version, *arguments, code=0, **more):
        if "wisp-inject" in arguments and not (tmp_path / "DATA").exists():
            run(HELM[version], "plugin", "install", PLUGIN, env={**os.environ, **home})
        return run(HELM[version], *arguments, code=code, env={**os.environ, **home, "PATH": path, **more})

    return helm


def arguments(*choices):
    return [f"--post-renderer-args={choice}" for choice in choices]


def injected(text):
    """The names of objects whose pods have wisp."""
    pods = {name: pod_of(thing) for (kind, name), thing in objects(text).items() if kind != "Service"}
    return {name for name, pod in pods.items() if "wisp" in [container["name"] for container in containers(pod)]}


@pytest.mark.parametrize("version", VERSIONS)
def test_as_a_filter(version, helm):
    text = wispctl("inject", "--mode=env", *IDENTITY, "-", stdin=helm(version, "template", "shop", CHART))
    assert injected(text) == {"shop-orders", "shop-migrate"}


@pytest.mark.parametrize("version", OLD)
@pytest.mark.parametrize("renderer", [[WISPCTL, *arguments("inject", "--mode=env", *IDENTITY, "-")],
                                      [SCRIPT, *arguments("--mode=env", *IDENTITY)]], ids=["wispctl", "script"])  # fmt: skip
def test_helm_3(version, renderer, helm):
    text = helm(version, "template", "shop", CHART, "--post-renderer", *renderer)
    # Helm 3 keeps hooks from post-renderers.
    assert injected(text) == {"shop-orders"}
    assert text == helm(version, "template", "shop", CHART, "--post-renderer", SCRIPT,
                        WISP_INJECT_ARGS=" ".join(["--mode=env", *IDENTITY]))  # fmt: skip


@pytest.mark.parametrize("version", MODERN)
def test_helm_4(version, helm):
    renderer = ["--post-renderer", "wisp-inject"]
    text = helm(version, "template", "shop", CHART, *renderer, *arguments("--mode=env", *IDENTITY))
    assert injected(text) == {"shop-orders", "shop-migrate"}


@pytest.mark.parametrize("version", MODERN)
def test_choices_in_the_environment(version, helm):
    text = helm(version, "template", "shop", CHART, "--post-renderer", "wisp-inject",
                WISP_INJECT_ARGS=" ".join(["--mode=manual", *IDENTITY]))  # fmt: skip
    assert '"mode":"manual"' in text


@pytest.mark.parametrize("version", VERSIONS)
def test_choices_in_the_chart(version, helm):
    renderer = SCRIPT if version in OLD else "wisp-inject"
    values = {"mode": "env", "client-id": IDENTITY[0].split("=")[1], "tenant-id": "contoso.com"}
    settings = [f"--set=podAnnotations.wisp/{name}={value}" for name, value in values.items()]
    text = helm(version, "template", "shop", CHART, *settings, "--post-renderer", renderer)
    assert injected(text) == ({"shop-orders"} if version in OLD else {"shop-orders", "shop-migrate"})
    assert '"mode":"env"' in text


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_wrong_is_said(version, helm):
    renderer = SCRIPT if version in OLD else "wisp-inject"
    said = helm(version, "template", "shop", CHART, "--set=hostNetwork=true", "--post-renderer", renderer,
                *arguments(*IDENTITY), code=1)  # fmt: skip
    assert "Deployment shop-orders: the pod uses the node's network (hostNetwork)" in said
    said = helm(version, "template", "shop", CHART, "--post-renderer", renderer, *arguments("--mode=wrong"), code=1)
    assert "`--mode` cannot be `wrong`" in said


@pytest.mark.parametrize("version", VERSIONS)
def test_a_missing_program_is_an_error(version, helm):
    renderer = SCRIPT if version in OLD else "wisp-inject"
    said = helm(version, "template", "shop", CHART, "--post-renderer", renderer, WISPCTL="/nowhere/wispctl", code=1)
    assert "/nowhere/wispctl" in said
