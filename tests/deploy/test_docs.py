"""The commands of docs/deploy.md, run one after the other in a folder with a base and a chart."""

import os
import pathlib
import re
import shutil
import textwrap

import pytest

from programs import DEPLOY, HELM, KUBECTL, REPOSITORY, WISPCTL, run

PAGE = REPOSITORY / "docs/deploy.md"
CHART = pathlib.Path(__file__).parent / "chart"

# `kubectl apply` needs a cluster; it is enough that there is something with wisp in it to be applied.
KUBECTL_WITHOUT_CLUSTER = """\
#!/bin/sh
if [ "$1" = apply ]; then grep -q 'name: wisp$' && echo applied >>applied; exit; fi
exec {kubectl} "$@"
"""


def blocks(heading):
    """Files and commands below a heading, in their order."""
    text = re.search(rf"\n##+ {heading}\n(.*?)(?=\n##+ |\Z)", PAGE.read_text(), re.DOTALL).group(1)
    return [(kind, textwrap.dedent(body)) for kind, body in re.findall(r"^ *```(\w+)\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)]


@pytest.fixture
def follow(tmp_path):
    """Does what is written below a heading, with these versions."""

    def follow(heading, kubectl=max(KUBECTL), helm=max(HELM)):
        programs = tmp_path / "bin"
        programs.mkdir()
        (programs / "kubectl").write_text(KUBECTL_WITHOUT_CLUSTER.format(kubectl=KUBECTL[kubectl]))
        (programs / "kubectl").chmod(0o755)
        (programs / "helm").symlink_to(HELM[helm])
        (programs / "wispctl").symlink_to(WISPCTL)
        place = tmp_path / "place"
        (place / "base").mkdir(parents=True)
        # Without the label by which wisp gets in: where one is needed, the page has to say how to set it.
        deployment = (DEPLOY / "examples/old-sdk/deployment.yaml").read_text()
        (place / "base/deployment.yaml").write_text(deployment.replace("    wisp/inject: \"true\"\n", ""))
        (place / "base/kustomization.yaml").write_text("resources: [deployment.yaml]\n")
        for chart in ("chart", "base/charts/chart"):
            shutil.copytree(CHART, place / chart)
        (place / "deploy").symlink_to(DEPLOY)
        home = {f"HELM_{what}_HOME": str(tmp_path / what) for what in ("DATA", "CONFIG", "CACHE")}
        env = {**os.environ, **home, "PATH": f"{programs}:{os.environ['PATH']}"}
        said = ""
        for kind, body in blocks(heading):
            if kind == "yaml":
                (place / re.match(r"# (\S+)\n", body).group(1)).write_text(body)
            else:
                said += run("bash", "-euo", "pipefail", "-c", body, cwd=place, env=env)
        return place, said, env

    return follow


@pytest.mark.parametrize("version", list(KUBECTL))
def test_kustomize(version, follow):
    place, *_ = follow("Kustomize", kubectl=version)
    assert (place / "applied").exists()


@pytest.mark.parametrize("version", list(HELM))
def test_a_filter(version, follow):
    place, *_ = follow("A filter", helm=version)
    assert (place / "applied").exists()


@pytest.mark.parametrize(("heading", "version"), [("Helm 3", "3.17.2"), ("Helm 4", "4.1.4"), ("Helm 4", "4.3.1")])
def test_post_renderers(heading, version, follow):
    _, said, _ = follow(heading, helm=version)
    assert "name: wisp\n" in said


@pytest.mark.parametrize("version", list(KUBECTL))
def test_a_chart_below_a_component(version, follow):
    # Kustomize before 5.8 runs Helm 3 only.
    place, _, env = follow("Argo CD and Flux", kubectl=version, helm="3.17.2")
    (place / "kustomization.yaml").write_text("resources: [base]\ncomponents: [deploy/kustomize/env]\n")
    (place / "deploy").unlink()
    shutil.copytree(DEPLOY, place / "deploy")
    text = run("kubectl", "kustomize", "--enable-helm", place, cwd=place, env=env)
    assert len(re.findall(r"^ *name: wisp$", text, re.MULTILINE)) >= 2
