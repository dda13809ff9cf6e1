"""The browser, and the pages of `tests/migrate` as wispctl writes them."""

import json
import pathlib
import subprocess

import pytest

from browser import Browser

ROOT = pathlib.Path(__file__).resolve().parents[2]
WISPCTL = ROOT / "target/debug/wispctl"
# Pages and pictures, to look at.
OUTPUT = ROOT / "target/report"
IDENTITIES = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/shop/providers/Microsoft.ManagedIdentity"
    "/userAssignedIdentities"
)
CASES = {path.parent.name: path for path in sorted((ROOT / "tests/migrate").glob("*/report.arguments"))}


def write(name, folder, arguments):
    """The page that `wispctl migrate report` writes in `folder`."""
    done = subprocess.run([WISPCTL, "migrate", "report", *arguments], cwd=folder, capture_output=True, text=True)
    assert done.stdout.endswith("</html>\n"), done.stderr
    OUTPUT.mkdir(parents=True, exist_ok=True)
    page = OUTPUT / f"{name}.html"
    page.write_text(done.stdout)
    return page


@pytest.fixture(scope="session", params=CASES)
def page(request):
    arguments = CASES[request.param]
    return write(request.param, arguments.parent, arguments.read_text().split())


@pytest.fixture(scope="session")
def big_page(tmp_path_factory):
    """Five thousand workloads in fifty namespaces."""
    folder = tmp_path_factory.mktemp("big")
    items = [item for number in range(5000) for item in workload(f"team-{number % 50:02}", f"service-{number:04}")]
    (folder / "dump.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return write("big", folder, ["dump.json", "--issuer", "https://issuer.example/", "--tenant", "t.example"])


def workload(namespace, name):
    """A workload with an identity of its own."""
    metadata = {"name": name, "namespace": namespace}
    identity = {"type": 0, "clientID": f"11111111-1111-1111-1111-{name[-4:]:0>12}", "resourceID": f"{IDENTITIES}/{name}"}
    pod = {"serviceAccountName": name, "containers": [{"name": "app", "image": "registry.example/app:1"}]}
    template = {"metadata": {"labels": {"aadpodidbinding": name}}, "spec": pod}
    return [
        {"apiVersion": "aadpodidentity.k8s.io/v1", "kind": "AzureIdentity", "metadata": metadata, "spec": identity},
        {
            "apiVersion": "aadpodidentity.k8s.io/v1",
            "kind": "AzureIdentityBinding",
            "metadata": metadata,
            "spec": {"azureIdentity": name, "selector": name},
        },
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"template": template}},
    ]


@pytest.fixture(scope="session")
def browser():
    browser = Browser()
    yield browser
    browser.close()
