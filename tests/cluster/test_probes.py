"""The kubelet's questions to wisp: what they hold back, what they end, and that nobody can crowd them out."""

import os
import shutil
import signal
import socket
import threading
import time

import pytest

from kit.client import Client
from kit.images import APPLICATION, BUILT
from kit.manifests import FOREVER, container, pod
from kit.pod import WISP
from kit.questions import ASK
from suite.wait import until

ADMIN_PORT = 4255
FLOOD_SECONDS = 10
CONNECTIONS_PER_SECOND = 500
OPEN = 2000
HELD_MOUNT = {"name": "held", "mountPath": "/held"}


def asked_quickly(manifest, *probes, **values):
    """The same injected pod, with its probes asked every second: those that are injected would take minutes to give up."""
    for each in wisp_of(manifest):
        for probe in probes:
            each[probe].update(periodSeconds=1, **values)
    return manifest


def wisp_of(manifest):
    return [each for each in [*manifest["spec"]["initContainers"], *manifest["spec"]["containers"]] if each["name"] == WISP]


def applied(space, manifest):
    space.apply(manifest)
    (app,) = space.pods()
    return app.wait_ready()


@pytest.mark.parametrize("sidecar", ["native", "container"])
def test_the_application_is_not_started_before_wisp_listens(space, tmp_path, sidecar):
    """The hook that waits for wisp holds it back, not luck: this wisp waits to be let go."""
    tmp_path.chmod(0o777)
    app = container(command=f"touch /held/application; {ASK} && echo || exit 1; {FOREVER}", volumeMounts=[HELD_MOUNT])
    space.apply(held_back(space.inject(pod(app), "--sidecar", sidecar), tmp_path))
    (app,) = space.pods()
    until((tmp_path / "wisp-waits").exists, app.describe)
    time.sleep(3)
    assert not (tmp_path / "application").exists()
    (tmp_path / "go").touch()
    app.wait_ready()
    app.wait_logged("app", '"access_token"')
    assert app.restarts("app") == 0


def held_back(manifest, folder):
    """The same, but its wisp does nothing until the file `go` is in the folder."""
    shutil.copy(BUILT / "wisp/wisp", folder)
    (wisp,) = wisp_of(manifest)
    wait = "touch /held/wisp-waits; until [ -e /held/go ]; do sleep 0.1; done"
    wisp.update(image=APPLICATION, command=["sh", "-c", f"{wait}; exec /wisp serve"], args=[])
    wisp["volumeMounts"] += [HELD_MOUNT, {"name": "held", "mountPath": "/wisp", "subPath": "wisp"}]
    manifest["spec"]["volumes"].append({"name": "held", "hostPath": {"path": str(folder)}})
    return manifest


@pytest.mark.parametrize("sidecar", ["native", "container"])
def test_a_wisp_that_hangs_is_started_again(space, sidecar):
    """However long the application may take to end, and an ordinary wisp to linger."""
    manifest = space.inject(pod(terminationGracePeriodSeconds=120), "--sidecar", sidecar)
    app = applied(space, asked_quickly(manifest, "livenessProbe", failureThreshold=2))
    os.kill(app.process(WISP), signal.SIGSTOP)
    until(lambda: app.restarts(WISP) == 1, app.describe, patience=40)
    assert "Liveness probe failed" in space.events()
    app.wait_ready().token()
    assert app.restarts("app") == 0
    app.delete("--grace-period=5")


def test_a_pod_is_not_ready_while_its_wisp_hangs(space):
    app = applied(space, asked_quickly(space.inject(pod()), "readinessProbe", failureThreshold=1))
    wisp = app.process(WISP)
    os.kill(wisp, signal.SIGSTOP)
    until(lambda: not app.is_ready(), app.describe)
    os.kill(wisp, signal.SIGCONT)
    app.wait_ready().token()
    assert app.restarts(WISP) == 0


def test_a_wisp_that_died_is_back_within_seconds(space):
    app = space.run(pod())
    client = Client(app)
    app.kill(WISP)
    died = time.monotonic()
    until(lambda: app.restarts(WISP) == 1, app.describe)
    until(client.is_answered, app.describe, pause=0.05)
    assert time.monotonic() - died < 6
    assert app.restarts("app") == 0


@pytest.mark.parametrize("said", [b"", b"GET /metrics HTTP/1.1\r\nHost: wisp\r\n\r\n"], ids=["silent", "metrics"])
def test_connections_from_elsewhere_crowd_out_neither_probes_nor_tokens(space, said):
    """Nobody in the cluster needs a right to open them."""
    manifest = asked_quickly(space.inject(pod()), "livenessProbe", "readinessProbe", failureThreshold=1)
    app = applied(space, manifest)
    with Client(app).never_refused(), Flood(app.address(), said) as flood:
        time.sleep(FLOOD_SECONDS)
    assert flood.opened > FLOOD_SECONDS * CONNECTIONS_PER_SECOND / 10
    assert "Unhealthy" not in space.events()
    assert app.restarts(WISP) == 0


class Flood(threading.Thread):
    """Opens connections to the pod's admin listener, says something, and never reads."""

    def __init__(self, address, said):
        super().__init__()
        self.address = (address, ADMIN_PORT)
        self.said = said
        self.opened = 0
        self.over = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()

    def run(self):
        held = []
        while not self.over.wait(0.02):
            for _ in range(CONNECTIONS_PER_SECOND // 50):
                held.append(self.open())
            if len(held) > OPEN:
                held.pop(0).close()

    def open(self):
        connection = socket.socket()
        connection.setblocking(False)
        connection.connect_ex(self.address)
        try:
            connection.send(self.said)
        except OSError:
            pass
        self.opened += 1
        return connection
