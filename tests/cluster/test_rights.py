"""What containers may do: Pod Security, the file's capability, users, and containers that join later."""

import pytest

from kit import images
from kit.manifests import RESTRICTED, container, pod
from kit.metadata import ON_PURPOSE
from kit.pod import INIT, WISP
from kit.questions import ASK
from suite.metadata import TOKEN

FROM_NODE = f"wget -q -O - http://169.254.169.254/{ON_PURPOSE}"
LEVEL = "pod-security.kubernetes.io/enforce"


def test_without_wisp_the_node_answers(space):
    """What the other tests rely on: there is an identity to be leaked."""
    space.apply(pod())
    (app,) = space.pods()
    code, written = app.wait_ready().execute(FROM_NODE)
    assert (code, TOKEN in written) == (0, True), written


def test_the_capability_comes_from_the_file(space):
    """Under containerd, with `allowPrivilegeEscalation: false`: permitted by the file, for the init container alone."""
    app = space.run(pod())
    assert app.status(INIT)["state"]["terminated"]["exitCode"] == 0
    status = space.cluster.process_status(app.identity(WISP))
    assert (status["CapPrm"], status["CapEff"], status["NoNewPrivs"]) == ("0000000000000000", "0000000000000000", "1")


def test_an_image_that_lost_it_says_so(space):
    """It is the exit code, the log and the termination message that do."""
    space.apply(space.inject(pod(), "--image", images.WITHOUT_CAPABILITY))
    (app,) = space.pods()
    state = app.wait_terminated(INIT)
    assert state["exitCode"] == 72
    assert "file capability" in state["message"]


@pytest.mark.parametrize("level", ["baseline", "restricted"])
def test_pod_security_refuses_the_redirect(make_space, level):
    space = make_space({LEVEL: level})
    said = space.apply(space.inject(pod(container(securityContext=RESTRICTED))), code=1)
    assert "NET_ADMIN" in said and INIT in said, said


@pytest.mark.parametrize("mode", ["env", "http-proxy", "manual"])
def test_restricted_admits_the_other_modes(make_space, mode):
    space = make_space({LEVEL: "restricted"})
    app = space.run(pod(container(securityContext=RESTRICTED)), "--mode", mode)
    code, written = app.wisp("probe", "token", "--resource", "https://vault.azure.net")
    assert code == 0, written


def test_an_application_of_wisps_user_does_not_reach_the_node(space):
    app = space.run(pod(container(securityContext={"runAsUser": 54254})))
    app.token()


def test_a_debugging_container_gets_wisp_and_not_the_node(space):
    """`kubectl debug` adds a container to a pod that runs, whose image may have any user."""
    app = space.run(pod())
    users = [0, 1000, 54254, 54255, 65532]
    for user in users:
        app.debug(ASK, name=f"debugger-{user}", runAsUser=user)
    for user in users:
        assert app.wait_terminated(f"debugger-{user}")["exitCode"] == 0, app.describe()
        app.wait_logged(f"debugger-{user}", '"access_token"')
        assert TOKEN not in app.logs(f"debugger-{user}")
