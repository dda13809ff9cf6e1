"""AKS identity bindings: wisp presents the projected token to the cluster's token proxy, which asks the API server whether the service
account may use the identity. Applications know the metadata service alone."""

import time

import pytest

from kit import entra, images
from kit.azwi import NAMESPACES, Webhook
from kit.client import Client
from kit.manifests import pod
from kit.pod import WISP, Pod
from kit.space import named
from suite.wait import until
from test_tokens import claims, projected

# There is one webhook, so that one worker has to do them all.
pytestmark = pytest.mark.xdist_group("azwi")

LABEL = {"azure.workload.identity/use": "true"}
BOUND = {"azure.workload.identity/use-identity-binding": "true"}
PROXY = {"azure.workload.identity/inject-proxy-sidecar": "true"}
AUDIENCE = "api://AKSIdentityBinding"
# As AKS starts the webhook.
FLAGS = ["--custom-token-endpoint-annotation-suffix=identity-binding", f"--custom-token-endpoint-audience={AUDIENCE}"]
CONFIG_MAP = "token-proxy"
VARIABLES = {"AZURE_KUBERNETES_TOKEN_PROXY": entra.TOKEN_PROXY, "AZURE_KUBERNETES_SNI_NAME": entra.SNI_NAME}
OWN = [
    *(word for name, value in VARIABLES.items() for word in ("--set", f"{name}={value}")),
    *("--file", f"AZURE_KUBERNETES_CA_FILE=configmap/{CONFIG_MAP}/ca.crt"),
]
GROUP, VERB = "cid.wi.aks.azure.com", "use-managed-identity"
SOON = ["--set", "WISP_PROPAGATION_GRACE=0s"]


@pytest.fixture(scope="module", autouse=True)
def webhook(cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("azwi")
    tag = images.with_roots(cluster, folder / "image", cluster.emulator.ca)
    (folder / "keys").mkdir()
    told = {**VARIABLES, "AZURE_KUBERNETES_CA_CONFIGMAP_NAME": CONFIG_MAP, "PROXY_IMAGE": tag, "PROXY_INIT_IMAGE": tag}
    webhook = Webhook(cluster, folder / "keys", FLAGS, **told)
    yield
    webhook.end()


@pytest.fixture
def space(make_space, cluster):
    space = make_space(NAMESPACES)
    space.since = int(time.time())
    space.apply({**named("ConfigMap", CONFIG_MAP), "data": {"ca.crt": (cluster.folder / entra.PROXY_CA).read_text()}})
    yield space
    for kind in ["clusterrolebinding", "clusterrole"]:
        cluster.kubectl("delete", kind, space.name, "--ignore-not-found")


def allow(space):
    """Lets the namespace's account use its identity."""
    rule = {"apiGroups": [GROUP], "resources": [space.client_id], "verbs": [VERB]}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": space.name}
    account = {"kind": "ServiceAccount", "name": "app", "namespace": space.name}
    space.apply(
        {**named("ClusterRole", space.name), "apiVersion": "rbac.authorization.k8s.io/v1", "rules": [rule]},
        {**named("ClusterRoleBinding", space.name), "apiVersion": "rbac.authorization.k8s.io/v1", "roleRef": role, "subjects": [account]},
    )


def has_asked(space):
    """The TLS server names by which tokens of the namespace's identity were asked for. An earlier test may have had the same."""
    requests = space.cluster.emulator.control("GET", "requests")["requests"]
    return {each["sni"] for each in requests if each.get("client_id") == space.client_id and each["time"] >= space.since}


def refused(app, *told):
    """What the description of a permanent failure has in it, which the log has too, but for client ids."""
    status, body = Client(app).ask()
    assert status == 400, body
    for words in told:
        assert words in body["error_description"], body
        app.wait_logged(WISP, words)


def variables(container):
    return {each["name"]: each.get("value") for each in container.get("env", [])}


def test_what_the_webhook_does_to_a_pod_without_wisp(space):
    """What AKS does to pods with the annotation, by the same code."""
    space.apply(pod(labels=LABEL, annotations=BOUND))
    app = Pod(space, "app")
    (container,) = app.containers()
    assert VARIABLES.items() <= variables(container).items()
    assert variables(container)["AZURE_KUBERNETES_CA_FILE"].endswith("/ca-cert/ca.crt")
    assert AUDIENCE in str(app.get()["spec"]["volumes"])


def test_an_application_that_knows_the_metadata_service_alone_has_tokens_by_a_binding(space):
    """What the webhook says goes to wisp, and to nobody else."""
    allow(space)
    app = space.run(pod(labels=LABEL, annotations=BOUND), identity=False)
    app.token()
    containers = {each["name"]: each for each in app.containers()}
    assert VARIABLES.items() <= variables(containers[WISP]).items()
    assert not any(name.startswith("AZURE_KUBERNETES") for name in variables(containers["app"]))
    assert has_asked(space) == {entra.SNI_NAME}


@pytest.mark.parametrize("mode", ["redirect", "env"])
def test_wisp_has_them_by_a_token_of_its_own(space, mode):
    """Nobody says the audience: it follows from the token proxy."""
    allow(space)
    app = space.run(pod(), "--mode", mode, *OWN)
    assert claims(projected(app))["aud"] == [AUDIENCE]
    assert app.wisp("probe", "token", "--resource", "https://vault.azure.net")[0] == 0
    assert has_asked(space) == {entra.SNI_NAME}


def test_wisp_in_the_place_of_the_webhooks_own_proxy_does(space):
    """Which has no identity bindings itself."""
    allow(space)
    space.apply(pod(labels=LABEL, annotations={**BOUND, **PROXY}))
    app = Pod(space, "app").wait_ready()
    app.token()
    assert has_asked(space) == {entra.SNI_NAME}


def test_the_verb_is_asked_for_and_a_rule_that_comes_later_is_enough(space):
    app = space.run(pod(), *OWN)
    account = f"system:serviceaccount:{space.name}:app"
    refused(app, f"{account} may not {VERB}", f"in the API group {GROUP}", "bind the account to a ClusterRole", f"subject '{account}'")
    allow(space)
    until(Client(app).is_answered, app.describe, patience=60)


def test_an_identity_without_a_binding_is_told(space):
    app = space.run(pod(), "--client-id", entra.UNBOUND, "--tenant-id", space.tenant, "--authority", space.authority, *OWN, identity=False)
    refused(app, "no identity binding of this cluster", "create an identity binding of this client id")


def test_allowed_subjects_that_leave_the_account_out_are_told(space):
    app = space.run(pod(), "--client-id", entra.CHOOSY, "--tenant-id", space.tenant, "--authority", space.authority, *OWN, identity=False)
    refused(app, "leave out system:serviceaccount", "have its allowedSubjects, if it has any, select this service account")


def test_a_token_for_the_proxy_is_nothing_to_entra(space):
    """`inject` writes no such pod; somebody may change it."""
    asked = ["--audience", AUDIENCE]
    assert "AADSTS700212" in space.try_inject(pod(), choices=asked).stderr
    manifest = space.inject(pod(), *SOON)
    (volume,) = (each for each in manifest["spec"]["volumes"] if each["name"] == "wisp-token")
    volume["projected"]["sources"][0]["serviceAccountToken"]["audience"] = AUDIENCE
    space.apply(manifest)
    refused(Pod(space, "app").wait_ready(), "AADSTS700212", "AZURE_KUBERNETES_TOKEN_PROXY is not set")


def test_a_proxy_that_is_not_there_is_told(space):
    elsewhere = [word.replace(f":{entra.ENTRA_PORT}", ":1") for word in OWN]
    status, body = Client(space.run(pod(), *elsewhere)).ask()
    assert status == 503, body
    assert "API Server VNet Integration" in body["error_description"]
