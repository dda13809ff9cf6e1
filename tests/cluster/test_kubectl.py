"""What an operator's kubectl shows of a pod with wisp, and what it reaches."""

import json
import re
import socket
import subprocess
import urllib.error
import urllib.request

import pytest

from kit import images
from kit.manifests import container, deployment, pod
from kit.places import KUBECTL, ROOT
from kit.pod import Pod
from kit.questions import VAULT

PAGE = ROOT / "docs/install.md"
SPEAKING = container(command="echo said by the application; exec sleep 3600", env=[{"name": "WHO", "value": "the application"}])


@pytest.fixture(params=["native", "container"])
def sidecar(request):
    return request.param


def test_logs_are_those_of_the_application(space, sidecar):
    """Where nobody names a container."""
    space.run(pod(SPEAKING), "--sidecar", sidecar)
    assert space.kubectl("logs", "app") == "said by the application\n"


def test_commands_run_in_the_application(space, sidecar):
    space.run(pod(SPEAKING), "--sidecar", sidecar)
    assert space.kubectl("exec", "app", "--", "sh", "-c", "echo $WHO") == "the application\n"


def orders(space, *choices):
    """The Deployment that docs/install.md speaks of, once it is up."""
    manifest = deployment(container(), name="orders")
    space.apply(space.inject(manifest, *choices))
    space.wait_rolled_out("orders")


def commands(heading):
    """The lines to type below a heading of the page, without what is said about them."""
    text = re.search(rf"\n## {heading}\n.*?```sh\n(.*?)```", PAGE.read_text(), re.DOTALL).group(1)
    return [line.partition(" #")[0].strip() for line in text.splitlines()]


def typed(space):
    """What the page's commands print."""
    lines = commands("5. Look")
    forward, ask, end = lines[-3:]
    assert forward.endswith(" &") and ask.startswith("curl ") and end == "kill %1"
    # The node's own is another pod's, where that has the node's network.
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    forward, ask = forward.replace(" 4255", f" {port}:4255"), ask.replace(":4255/", f":{port}/")
    # Whoever types is slower than kubectl.
    waiting = f"{forward}\nuntil {ask} >/dev/null; do sleep 0.1; done"
    return [*(shell(space, line) for line in lines[:-3]), shell(space, f"{waiting}\n{ask}\n{end}")]


def shell(space, script):
    done = subprocess.run(
        ["bash", "-ce", script.replace("--namespace shop ", f"--namespace {space.name} ")], capture_output=True, text=True, timeout=60,
        env={"PATH": f"{KUBECTL.parent}:/usr/bin:/bin", "KUBECONFIG": namespaced(space), "HOME": space.cluster.folder},
    )  # fmt: skip
    assert done.returncode == 0, f"{script}: {done.stderr}{done.stdout}"
    return done.stdout


def namespaced(space):
    """The cluster's kubeconfig, whose commands are about the test's namespace."""
    path = space.cluster.folder / f"{space.name}.kubeconfig"
    path.write_bytes(space.cluster.kubeconfig.read_bytes())
    subprocess.run([KUBECTL, f"--kubeconfig={path}", "config", "set-context", "wisp", f"--namespace={space.name}"], check=True)
    return path


def test_the_page_says_how_to_look(space):
    """Each command of it, one after the other."""
    orders(space)
    redirected, decisions, doctor, ready, token, metrics = typed(space)
    assert redirected.startswith("169.254.169.254:80 leads to 127.0.0.1:4254") and "proven by a connection" in redirected
    assert [json.loads(line)["message"] for line in decisions.splitlines()][-1] == "wisp is serving"
    assert "wisp answers where applications ask" in doctor and "✗" not in doctor
    assert ready == ""
    assert f"a token for {VAULT} was handed out" in token and space.client_id in token and "eyJ" not in token
    assert re.search(r"^azure_identity_token_acquisition_success_total{.*} 1$", metrics, re.MULTILINE)


def test_who_may_forward_ports_has_tokens(space):
    """For kubectl's tunnel ends on the pod's loopback, where wisp listens; the endpoint is guarded as ever."""
    app = space.run(pod())
    with app.forward(4254) as port:
        question = f"http://127.0.0.1:{port}/metadata/identity/oauth2/token?api-version=2018-02-01&resource={VAULT}"
        with urllib.request.urlopen(urllib.request.Request(question, headers={"Metadata": "true"})) as answer:
            space.checked(json.load(answer)["access_token"])
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(question)


def test_a_copy_for_debugging_has_tokens(space):
    """`kubectl debug --copy-to` makes a pod like it, with a container beside."""
    space.run(pod())
    space.kubectl(
        "debug", "app", "--copy-to=copy", "--container=debugger", f"--image={images.APPLICATION}", "--image-pull-policy=Never",
        "--profile=general", "--", "sh", "-c", "sleep 3600",
    )  # fmt: skip
    Pod(space, "copy").wait_ready().token("debugger")
