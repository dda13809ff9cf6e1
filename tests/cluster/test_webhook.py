"""wisp's own webhook in the real API server: pods, refusals, certificates."""

import http.client
import json
import socket
import ssl
import statistics
import time

import pytest
import yaml

from kit.manifests import deployment, pod
from kit.pod import INIT, WISP
from kit.webhook import ASKS, PORT, Stream
from suite.wait import until

# They share a webhook, so that one worker has to do them all.
pytestmark = pytest.mark.xdist_group("webhook")

@pytest.fixture
def space(make_space, webhook):
    return make_space(webhook.labels)


def dry_run(space, manifest):
    """Exit code and what kubectl says, and the pod that would be there."""
    done = space.try_kubectl("create", "--dry-run=server", "--output=json", "--filename=-", stdin=json.dumps(manifest))
    return done.returncode, done.stderr, json.loads(done.stdout) if done.returncode == 0 else None


def names(made):
    return [each["name"] for each in [*made["spec"].get("initContainers", []), *made["spec"]["containers"]]]


def test_a_pod_of_a_deployment_gets_tokens(space):
    """Nothing of wisp is in the manifest but the label; the identity is that of the service account."""
    space.apply(deployment(labels={"app": "app", **ASKS}))
    space.wait_rolled_out("app")
    app = space.only_pod("app=app")
    assert app.names() == [INIT, WISP, "app"]
    app.token()


def test_a_namespace_asks_for_all_of_its_pods(make_space, webhook):
    space = make_space({**webhook.labels, **ASKS})
    assert WISP in names(dry_run(space, pod())[2])
    assert names(dry_run(space, pod(labels={"wisp/inject": "false"}))[2]) == ["app"]


def test_who_does_not_ask_is_not_sent(space, webhook):
    before = sum(webhook.metrics().values())
    assert names(dry_run(space, pod())[2]) == ["app"]
    counted = webhook.metrics()
    assert sum(value for name, value in counted.items() if "requests_total" in name) <= before


def test_choices_of_a_pod_count(space):
    chosen = {"wisp/mode": "env", "wisp/client-id": "33333333-3333-3333-3333-333333333333"}
    code, said, made = dry_run(space, pod(labels=ASKS, annotations=chosen))
    assert code == 0 and names(made) == [WISP, "app"]
    assert "33333333-3333-3333-3333-333333333333" in json.dumps(made["spec"])
    # The pod and its service account name different ones, which is worth a warning.
    assert "Warning: The client id is `33333333-3333-3333-3333-333333333333`" in said, said


def test_refusals_are_shown_by_kubectl(space):
    """For a pod at once, for a Deployment among the events of its ReplicaSet."""
    code, said, _ = dry_run(space, pod(labels=ASKS, annotations={"wisp/modus": "env"}))
    assert code == 1 and 'admission webhook "pods.inject.wisp" denied the request' in said, said
    assert "annotation `wisp/modus` is not known; known are `inject`" in said, said
    code, said, _ = dry_run(space, pod(labels=ASKS, annotations={"wisp/inject": "false"}))
    assert code == 1 and "annotation `wisp/inject` says `false` and the label of the same name `true`" in said, said
    space.apply(deployment(labels={"app": "app", **ASKS}, annotations={"wisp/mode": "magic"}))
    until(lambda: "`wisp/mode` cannot be `magic`" in space.events(), space.events)


def test_what_the_webhook_made_comes_through_again(space):
    """As an API server calls it again when other webhooks have changed the pod, and as a backup is restored."""
    _, _, made = dry_run(space, pod(labels=ASKS))
    for field in ["uid", "creationTimestamp", "resourceVersion", "generation", "managedFields"]:
        made["metadata"].pop(field, None)
    code, said, again = dry_run(space, made)
    assert code == 0, said
    assert again["spec"] == made["spec"] and again["metadata"]["annotations"] == made["metadata"]["annotations"]


def test_a_huge_pod_is_injected(space):
    notes = {"example/notes": "x" * 200_000}
    assert WISP in names(dry_run(space, pod(labels=ASKS, annotations=notes))[2])


def test_rights_that_are_missing_are_named(space, webhook):
    """And pods that ask for wisp are refused meanwhile; with the right everything is well again by itself."""
    role = webhook.of_kind("ClusterRole")
    without = {**role, "rules": [each for each in role["rules"] if "mutatingwebhookconfigurations" not in each["resources"]]}
    configuration = webhook.of_kind("MutatingWebhookConfiguration")
    webhook.cluster.kubectl("replace", "--filename=-", stdin=yaml.safe_dump(without))
    try:
        webhook.cluster.kubectl("replace", "--filename=-", stdin=yaml.safe_dump(configuration))
        fix = "give its service account a ClusterRole that allows `get` on `mutatingwebhookconfigurations` with resource name"
        until(lambda: any(fix in line["message"] for line in webhook.logs()), webhook.describe, patience=60)
        code, said, _ = dry_run(space, pod(labels=ASKS))
        assert code == 1 and "certificate" in said, said
        assert dry_run(space, pod())[0] == 0, "who does not ask is not concerned"
    finally:
        webhook.cluster.kubectl("replace", "--filename=-", stdin=yaml.safe_dump(role))
    until(lambda: dry_run(space, pod(labels=ASKS))[0] == 0, webhook.describe, patience=90)


def test_an_account_that_cannot_be_read_refuses_the_pod(space, webhook):
    role = webhook.of_kind("ClusterRole")
    without = {**role, "rules": [each for each in role["rules"] if "serviceaccounts" not in each["resources"]]}
    webhook.cluster.kubectl("replace", "--filename=-", stdin=yaml.safe_dump(without))
    try:
        refused = lambda: "cannot be read: the API server refuses `get` of ServiceAccount" in dry_run(space, pod(labels=ASKS))[1]
        until(refused, webhook.describe, patience=30)
        named = {"wisp/client-id": space.client_id, "wisp/tenant-id": space.tenant}
        assert dry_run(space, pod(labels=ASKS, annotations=named))[0] == 0, "it need not be read then"
    finally:
        webhook.cluster.kubectl("replace", "--filename=-", stdin=yaml.safe_dump(role))
    until(lambda: dry_run(space, pod(labels=ASKS))[0] == 0, webhook.describe, patience=30)


def test_a_namespace_without_the_service_account(space):
    """Kubernetes itself refuses such a pod, and says which account is missing, before it asks anybody."""
    space.kubectl("delete", "serviceaccount", "app")
    code, said, _ = dry_run(space, pod(labels=ASKS))
    assert code == 1 and 'serviceaccount "app" not found' in said


def test_a_killed_replica_is_made_up_for(space, webhook):
    first, other = webhook.pods()
    restarts = first.restarts("webhook")
    first.kill("webhook")
    # As the owner of a pod tries again.
    until(lambda: dry_run(space, pod(labels=ASKS))[0] == 0, webhook.describe, patience=20)
    until(lambda: first.restarts("webhook") > restarts and first.is_ready(), webhook.describe)
    assert other.is_ready()


def test_a_rollout_refuses_nobody(space, webhook):
    with Stream(space.cluster, space.name, pod(labels=ASKS), rate=20) as stream:
        webhook.kubectl("rollout", "restart", f"deployment/{webhook.service}")
        webhook.wait_ready()
    assert stream.refused == [] and stream.admitted > 20


@pytest.mark.alone
@pytest.mark.flaky(reruns=2)
def test_an_answer_takes_few_milliseconds_and_the_webhook_little_memory(space, webhook):
    """At a hundred pods a second, asked without the API server between. Measured as whoever asks sees it."""
    replica = webhook.pods()[0]
    review = json.dumps(review_of(pod(labels=ASKS), space)).encode()
    context = ssl.create_default_context(cadata=webhook.bundle())
    connection = http.client.HTTPSConnection(replica.address(), PORT, context=context)
    connection.sock = context.wrap_socket(connect(replica), server_hostname=f"{webhook.service}.{webhook.name}.svc")
    took = []
    due = time.monotonic()
    while len(took) < 1000:
        time.sleep(max(0, due - time.monotonic()))
        due += 0.01
        start = time.perf_counter()
        connection.request("POST", "/mutate", review, {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        took.append((time.perf_counter() - start) * 1000)
        assert answer["response"]["allowed"], answer
    p99 = statistics.quantiles(took, n=100)[-1]
    status = space.cluster.process_status(replica.identity("webhook"))
    memory = int(status["VmRSS"].split()[0]) / 1024
    print(f"p50 {statistics.median(took):.2f} ms, p99 {p99:.2f} ms, {memory:.1f} MiB")
    assert p99 < 10
    assert memory < 20


def connect(replica):
    connection = socket.create_connection((replica.address(), PORT), timeout=5)
    # As API servers do: head and body go out at once, and neither waits for the other to be acknowledged.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def review_of(manifest, space):
    request = {
        "uid": "1",
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "namespace": space.name,
        "operation": "CREATE",
        "object": manifest,
    }
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
