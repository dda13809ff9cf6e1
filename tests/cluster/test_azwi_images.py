"""wisp's image in the place of the two that the workload identity webhook writes into pods: PROXY_IMAGE and PROXY_INIT_IMAGE. The
webhook is its own program, unchanged."""

import json

import pytest

from kit import images
from kit.azwi import NAMESPACES, Webhook
from kit.client import Client
from kit.manifests import container, job, pod
from kit.pod import Pod
from kit.questions import ASK, VAULT
from suite.metadata import TOKEN
from test_clients import clients, driver

# There is one webhook, so that one worker has to do them all.
pytestmark = pytest.mark.xdist_group("azwi")

LABEL = {"azure.workload.identity/use": "true"}
ASKED = {"azure.workload.identity/inject-proxy-sidecar": "true"}
PORT = "azure.workload.identity/proxy-sidecar-port"
PROXY, PROXY_INIT = "azwi-proxy", "azwi-proxy-init"
ASK_ONCE = f"{ASK} && echo"


@pytest.fixture(scope="module", autouse=True)
def webhook(cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("azwi")
    # What it writes says nothing of the emulator's authority.
    tag = images.with_roots(cluster, folder / "image", cluster.emulator.ca)
    (folder / "keys").mkdir()
    webhook = Webhook(cluster, folder / "keys", PROXY_IMAGE=tag, PROXY_INIT_IMAGE=tag)
    yield
    webhook.end()


@pytest.fixture
def space(make_space):
    return make_space(NAMESPACES)


def annotated(*containers, annotations=(), **fields):
    return pod(*containers, labels=LABEL, annotations={**ASKED, **dict(annotations)}, **fields)


def run(space, manifest):
    space.apply(manifest)
    return Pod(space, "app").wait_ready()


def test_a_pod_that_asks_for_its_proxy_gets_tokens_from_wisp(space):
    app = run(space, annotated())
    named = {each["name"]: each for each in app.containers()}
    assert named[PROXY]["image"] == named[PROXY_INIT]["image"] == images.WITH_ROOTS
    assert named[PROXY]["restartPolicy"] == "Always"
    app.token()
    app.wait_logged(PROXY_INIT, "127.0.0.1:8000 (nftables, table ip wisp_redirect); proven by a connection")
    app.wait_logged(PROXY, "wisp is serving")
    assert (app.restarts(PROXY), app.restarts(PROXY_INIT)) == (0, 0)


def test_a_legacy_client_does(space):
    """One that knows the metadata service's address and nothing else: ADAL for Go."""
    manifest = clients()
    manifest["metadata"] |= {"labels": LABEL, "annotations": ASKED}
    run(space, manifest)
    question = {"credential": "c", "kind": "managed_identity", "identity": None, "resource": VAULT, "calls": 1}
    answer = space.kubectl("exec", "--stdin", "app", "--container=app", "--", *driver("go-autorest/autorest/adal"), stdin=json.dumps(question) + "\n")
    (result,) = json.loads(answer)["results"]
    assert "token" in result, result
    space.checked(result["token"])


def test_the_port_is_the_annotations(space):
    app = run(space, annotated(annotations={PORT: "9000"}))
    app.token()
    app.wait_logged(PROXY_INIT, "leads to 127.0.0.1:9000")


def test_a_job_ends(space):
    manifest = job(container(command=ASK_ONCE))
    manifest["spec"]["template"]["metadata"] = {"labels": LABEL, "annotations": ASKED}
    space.apply(manifest)
    space.kubectl("wait", "job/app", "--for=condition=Complete", "--timeout=60s")
    (app,) = space.pods("job-name=app")
    app.wait_logged("app", '"access_token"')


def test_no_spelling_of_a_path_reaches_the_node(space):
    """azwi's own proxy passes on what it does not take for a path of tokens, and the node hands out its identity."""
    app = run(space, annotated())
    for path in ["Identity/oauth2/token", "%69dentity/oauth2/token", "/identity/oauth2/token", "instance", "identity/info"]:
        url = f"http://169.254.169.254/metadata/{path}?api-version=2018-02-01&resource={VAULT}"
        assert TOKEN not in app.execute(f"wget -q -O - --header 'Metadata: true' '{url}'")[1], path


def test_a_failure_is_told_as_the_metadata_service_does(space):
    """Where azwi's own proxy answers 500 and a text."""
    app = run(space, annotated())
    with space.entra_goes_wrong({"aadsts": 7000112}):
        status, body = Client(app).ask()
    assert (status, body["error"]) == (400, "unauthorized_client"), body
    assert "AADSTS7000112" in body["error_description"]


def test_without_an_identity_it_says_what_is_missing(space):
    space.kubectl("annotate", "serviceaccount", "app", "azure.workload.identity/client-id-")
    space.apply(annotated())
    app = Pod(space, "app")
    app.wait_terminated(PROXY)
    app.wait_logged(PROXY, "azure.workload.identity/client-id")


def test_the_network_of_the_node_is_left_alone(space):
    """The webhook refuses such a pod; one that somebody wrote by hand in its manner is told from the kubelet's file of names."""
    refused = space.apply(annotated(hostNetwork=True), code=1)
    assert "hostNetwork is set to true" in refused
    init = {
        "name": PROXY_INIT,
        "image": images.WITH_ROOTS,
        "imagePullPolicy": "IfNotPresent",
        "env": [{"name": "PROXY_PORT", "value": "8000"}],
        "securityContext": {"privileged": True, "runAsUser": 0, "runAsNonRoot": False},
    }
    space.apply(pod(initContainers=[init], hostNetwork=True, restartPolicy="Never"))
    app = Pod(space, "app")
    assert app.wait_terminated(PROXY_INIT)["exitCode"] == 78
    app.wait_logged(PROXY_INIT, "/etc/hosts says so")
