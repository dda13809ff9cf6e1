"""A chart whose pods get wisp while Helm installs it."""

import pytest
import yaml

from kit import images
from kit.helm import HELM, Helm
from kit.manifests import FOREVER
from kit.places import ROOT
from kit.questions import ASK_BY
from kit.space import named
from suite.wait import until

CHART = ROOT / "tests/deploy/chart"


@pytest.fixture
def values(space, tmp_path):
    """Those of the chart: what stands in for the applications."""
    values = {"image": images.APPLICATION, "command": ["sh", "-c", FOREVER], "hook": ["sh", "-c", "true"]}
    path = tmp_path / "values.yaml"
    path.write_text(yaml.safe_dump(values))
    data = {"AZURE_CLIENT_ID": space.client_id, "AZURE_TENANT_ID": space.tenant, "AZURE_AUTHORITY_HOST": space.authority}
    space.apply(named("ServiceAccount", "orders"), {**named("ConfigMap", "wisp"), "data": data})
    return f"--values={path}"


@pytest.mark.parametrize("version", HELM)
def test_helm(space, values, tmp_path, version):
    """Install, upgrade, an upgrade without the flags, uninstall."""
    helm = Helm(space, version, tmp_path)

    def upgraded(*arguments):
        helm.run("upgrade", "--install", "shop", CHART, values, "--wait", *arguments)
        return space.only_pod("app=orders")

    first = upgraded(*helm.renderer())
    first.token("app", ASK_BY["env"])
    second = upgraded("--set=podAnnotations.release=second", *helm.renderer())
    second.token("app", ASK_BY["env"])
    assert second.name != first.name
    plain = upgraded()
    assert plain.names() == ["app"], "the flags are needed each time"
    helm.run("uninstall", "shop", "--wait")
    until(lambda: not space.pods("app=orders"), "no pod is left")


@pytest.mark.parametrize("version", [version for version in HELM if not version.startswith("3")])
def test_hooks_get_wisp_by_helm_4(space, values, tmp_path, version):
    helm = Helm(space, version, tmp_path)
    hook = tmp_path / "hook.yaml"
    hook.write_text(yaml.safe_dump({"hook": ["sh", "-c", ASK_BY["env"]]}))
    helm.run("install", "shop", CHART, values, f"--values={hook}", "--wait", *helm.renderer())
    (migrate,) = space.pods("job-name=shop-migrate")
    migrate.wait_logged("migrate", '"access_token"')
