"""The redirect on a real node: who gets past it, and where it refuses."""

import pytest

from kit.manifests import container, pod
from kit.metadata import ON_PURPOSE
from kit.pod import INIT, WISP
from kit.questions import ASK
from suite.metadata import TOKEN

INSTANCE = f"wget -q -O - --header 'Metadata: true' 'http://169.254.169.254/metadata/instance?api-version=2021-02-01&{ON_PURPOSE}'"
PASSTHROUGH = ["--set", "WISP_PASSTHROUGH=/metadata/instance"]


def test_what_is_passed_on_reaches_the_node_and_nothing_else_does(space):
    app = space.run(pod(), *PASSTHROUGH)
    code, written = app.execute(INSTANCE)
    assert (code, TOKEN in written) == (0, True), written
    app.token()


def test_no_spelling_of_the_identity_is_passed_on(space):
    app = space.run(pod(), *PASSTHROUGH)
    for path in ["identity", "IDENTITY", "%69dentity", "./identity", "instance/../identity", "/identity"]:
        url = f"http://169.254.169.254/metadata/{path}/oauth2/token?api-version=2018-02-01"
        code, written = app.execute(f"wget -q -O - --header 'Metadata: true' '{url}'")
        assert code != 0 and TOKEN not in written, path


def test_wisps_user_is_kept_for_wisp_where_something_is_passed_on(space):
    done = space.try_inject(pod(container(securityContext={"runAsUser": 54254})), choices=PASSTHROUGH)
    assert done.returncode == 1
    assert "54254" in done.stderr


def test_nothing_is_answered_while_wisp_is_down(space):
    """By nobody, the node least of all."""
    app = space.run(pod())
    app.pause(WISP)
    code, written = app.execute(f"timeout 2 {ASK}")
    app.resume(WISP)
    assert code != 0 and TOKEN not in written
    app.token()


def test_the_network_of_the_node_is_left_alone(space):
    """Injection refuses; and so does the command, where somebody adds the field later."""
    assert "hostNetwork" in space.try_inject(pod(hostNetwork=True)).stderr
    manifest = space.inject(pod(restartPolicy="Never"))
    manifest["spec"]["hostNetwork"] = True
    # Its ports would be the node's, of which another pod may have the same.
    for each in manifest["spec"]["initContainers"]:
        each.pop("ports", None)
    space.apply(manifest)
    (app,) = space.pods()
    state = app.wait_terminated(INIT)
    assert state["exitCode"] == 78
    assert "this pod uses the network of its node" in state["message"]


@pytest.mark.parametrize("backend", ["nft", "lo", "auto"])
def test_each_way_of_the_redirect_works(space, backend):
    app = space.run(pod(), "--redirect", backend)
    app.token()
    app.wait_logged(INIT, {"nft": "nftables", "lo": "address of lo", "auto": "nftables"}[backend])
