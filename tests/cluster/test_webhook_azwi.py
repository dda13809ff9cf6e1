"""The webhook of Azure workload identity in the same cluster, before and after wisp gets into a pod."""

import json

import pytest

from kit.azwi import NAMESPACES, VOLUME, Webhook
from kit.manifests import deployment, pod
from kit.pod import Pod, WISP
from kit.questions import ASK_BY

# There is one webhook, so that one worker has to do them all.
pytestmark = pytest.mark.xdist_group("azwi")

LABEL = {"azure.workload.identity/use": "true"}
PROXY = "azure.workload.identity/inject-proxy-sidecar"
FILE = "/var/run/secrets/azure/wi/token/azure-identity-token"
"""Its token."""
OWN_FILE = "/var/run/secrets/wisp/azure-identity-token"


@pytest.fixture(scope="module", autouse=True)
def webhook(cluster, tmp_path_factory):
    webhook = Webhook(cluster, tmp_path_factory.mktemp("azwi"))
    yield
    webhook.end()


@pytest.fixture
def space(make_space):
    return make_space(NAMESPACES)


def variables(container):
    return {each["name"]: each.get("value") for each in container.get("env", [])}


def has_its_volume(container):
    return any(each["name"].startswith(VOLUME) for each in container.get("volumeMounts", []))


def of(pod):
    """Its containers by name."""
    return {each["name"]: each for each in pod.containers()}


def has_nothing_of_it(container):
    return not has_its_volume(container) and not any(name.startswith("AZURE_FEDERATED") for name in variables(container))


def test_what_it_does_to_a_pod_without_wisp(space):
    """What the other tests rely on."""
    space.apply(pod(labels=LABEL))
    app = of(Pod(space, "app"))["app"]
    assert has_its_volume(app)
    assert (variables(app)["AZURE_CLIENT_ID"], variables(app)["AZURE_FEDERATED_TOKEN_FILE"]) == (space.client_id, FILE)


@pytest.mark.parametrize("mode", ASK_BY)
def test_wisp_has_its_token_and_the_application_has_not(space, mode):
    """wisp's identity, authority and token file are the webhook's; the application gets tokens from wisp only."""
    space.apply(space.inject(deployment(labels={"app": "app", **LABEL}), "--mode", mode, identity=False))
    space.wait_rolled_out("app")
    (app,) = space.pods("app=app")
    told = variables(of(app)[WISP])
    assert (told["AZURE_CLIENT_ID"], told["AZURE_FEDERATED_TOKEN_FILE"]) == (space.client_id, FILE)
    assert "wisp-token" not in str(app.get()["spec"]["volumes"])
    assert has_nothing_of_it(of(app)["app"])
    assert app.execute("env | grep -E 'AZURE_(CLIENT|TENANT|FEDERATED)'; ls /var/run/secrets/azure")[1].startswith("ls:")
    app.token("app", ASK_BY[mode])


def test_wisp_with_a_token_of_its_own_beside_it(space):
    app = space.run(pod(labels=LABEL), "--token", "own")
    assert variables(of(app)[WISP])["AZURE_FEDERATED_TOKEN_FILE"] == OWN_FILE
    assert all(has_nothing_of_it(of(app)[name]) for name in ("app", "wisp-init"))
    app.token()


def live(space):
    """The pod as the API server has it after the webhook."""
    space.apply(pod(labels=LABEL))
    return Pod(space, "app").get()


def test_a_pod_that_it_was_at_is_refused(space):
    """For the application has a token already."""
    refused = space.try_inject(live(space), identity=False)
    assert refused.returncode == 1
    assert "container `app` has the token of the workload identity webhook mounted already" in refused.stderr


def test_a_pod_that_it_was_at_may_share_its_token(space):
    """The application keeps the webhook's, and wisp uses the same."""
    manifest = space.inject(live(space), "--share-token", "true", identity=False)
    space.kubectl("replace", "--force", "--grace-period=1", "--filename=-", stdin=json.dumps(manifest))
    app = Pod(space, "app").wait_ready()
    app.token()
    assert variables(of(app)[WISP])["AZURE_FEDERATED_TOKEN_FILE"] == FILE
    assert app.execute(f"test -s {FILE}") == (0, "")


def test_its_own_proxy_makes_room(space):
    """The annotation that asks for it is put aside, and wisp answers in its place."""
    asked = pod(labels=LABEL, annotations={PROXY: "true"})
    admitted = json.loads(space.kubectl("create", "--dry-run=server", "--output=json", "--filename=-", stdin=json.dumps(asked)))
    proxies = {"azwi-proxy", "azwi-proxy-init"}
    assert proxies <= {each["name"] for each in [*admitted["spec"]["initContainers"], *admitted["spec"]["containers"]]}
    app = space.run(asked, identity=False)
    assert not proxies & of(app).keys()
    app.token()
