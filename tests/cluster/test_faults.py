"""What happens to tokens and pods while parts of the cluster, or Entra, are gone."""

import time

import pytest

from kit.client import Client
from kit.manifests import pod
from kit.pod import WISP
from kit.questions import STORAGE
from suite.wait import until

OUTAGE = 60


@pytest.fixture
def without_api_server(cluster):
    """A call that stops it, until the test is over."""
    server = cluster.part("kube-apiserver")
    yield server.stop
    server.resume()
    until(cluster.is_ready, "the API server is back")
    # They ask again after a pause that grows with an outage, and would keep the next tests waiting.
    for part in ["kubelet", "kube-controller-manager", "kube-scheduler"]:
        cluster.part(part).kill()


@pytest.mark.alone
def test_tokens_go_on_without_an_api_server(space, without_api_server):
    """Those that wisp has and new ones, which it gets without asking the API server; and a wisp that dies comes back."""
    app = space.run(pod())
    client, wisp = Client(app), app.identity(WISP)
    with client.never_refused():
        without_api_server()
        time.sleep(OUTAGE)
        client.new_token()
    space.cluster.kill(wisp)
    until(lambda: not client.is_answered(), "wisp has died")
    until(client.is_answered, "wisp is back", patience=10)


@pytest.mark.alone
@pytest.mark.parametrize("part", ["kubelet", "containerd"])
def test_tokens_go_on_while_a_part_of_the_node_starts_again(space, part):
    app = space.run(pod())
    client = Client(app)
    killed = space.cluster.part(part)
    before = killed.pid()
    with client.never_refused():
        killed.kill()
        until(lambda: killed.pid() != before, f"another {part}")
        client.new_token()
        # The node is itself again when it starts another pod.
        space.run(pod(name="other")).token()
    app.wait_ready().token()
    assert not_restarted(app)


@pytest.mark.parametrize("fault", ["hang", {"unavailable": {}}], ids=["hangs", "refuses"])
def test_tokens_that_wisp_has_go_on_without_entra(space, fault):
    """And the pod stays ready."""
    app = space.run(pod())
    client = Client(app)
    client.token()
    with space.entra_goes_wrong(fault), client.never_refused():
        assert client.ask(STORAGE)[0] == 503
        assert app.is_ready()
    assert not_restarted(app)


def not_restarted(app):
    return (app.restarts(WISP), app.restarts("app")) == (0, 0)
